#!/usr/bin/env bash
# Loads an image archive on every node that lacks it.
#
#   hack/load.sh REFERENCE ARCHIVE
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"

reference=${1:?usage: hack/load.sh REFERENCE ARCHIVE}
archive=${2:?usage: hack/load.sh REFERENCE ARCHIVE}

# containerd warns of version 1 control groups in every call.
images() { on "$1" ctr --namespace k8s.io images "${@:2}" 2> >(grep -v DEPRECATION >&2); }

load() {
  local found
  found=$(images "$1" list --quiet "name==$reference")
  [[ -z $found ]] || return 0
  log "loading $reference on $1"
  images "$1" import --local --no-unpack - <"$archive" >/dev/null
}

use_engine || die "there is no cluster: make cluster"
everywhere load
