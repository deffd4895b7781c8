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

load() {
  local found
  found=$(on "$1" ctr --namespace k8s.io images list --quiet "name==$reference")
  [[ -z $found ]] || return 0
  log "loading $reference on $1"
  # Deprecation warnings of containerd would drown what matters.
  on "$1" ctr --namespace k8s.io images import --local --no-unpack - <"$archive" 2>&1 >/dev/null |
    { grep -v DEPRECATION >&2 || true; }
}

use_engine || die "there is no cluster: make cluster"
everywhere load
