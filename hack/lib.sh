#!/usr/bin/env bash
# Sourced by the scripts of this folder: where things are, log lines, the cache.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HACK=$ROOT/hack
export CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/zookeeper-operator

# The newest release of each minor version that the operator supports.
export ZOOKEEPER_VERSIONS=(3.7.2 3.8.6 3.9.5)

# Scripts that call each other count from the start of the first.
export STARTED=${STARTED:-$(date +%s)}

log() { printf '[%4ds] %s\n' "$(($(date +%s) - STARTED))" "$*" >&2; }
die() {
  log "error: $*"
  exit 1
}

# key FILE... prints a short hash of the files' contents: the part of a cache
# entry's name that changes when what it was made from changes.
key() { cat "$@" | sha256sum | cut -c1-12; }

# keep FOLDER COMMAND... makes FOLDER once, by "COMMAND... EMPTY-FOLDER". The
# result appears by one rename, so an interrupted run leaves nothing half done,
# and of two runs at once the second waits. The lock is not handed down: a
# process that a container engine leaves behind would hold it for ever.
keep() {
  local folder=$1
  shift
  [[ ! -e $folder ]] || return 0
  mkdir -p "$(dirname "$folder")"
  (
    flock 9
    [[ ! -e $folder ]] || exit 0
    rm -rf "$folder.partial"
    mkdir "$folder.partial"
    "$@" "$folder.partial" 9>&-
    mv -T "$folder.partial" "$folder"
  ) 9>"$folder.lock"
}

# beside COMMAND... starts a command in the background; await_beside waits for
# it and fails when it failed, after what it said itself. It has a process group
# of its own, so that nothing of it outlives the script, however that ends.
beside() {
  set -m
  "$@" </dev/null &
  set +m
  BESIDE=$!
  trap 'kill -- "-$BESIDE" 2>/dev/null || true' EXIT
}

await_beside() {
  local status=0
  wait "$BESIDE" || status=$?
  trap - EXIT
  return "$status"
}

# module_version MODULE PATH prints the version of PATH that MODULE requires.
module_version() {
  awk -v path="$2" '{ sub(/^require /, "") } $1 == path && $2 ~ /^v/ { print $2; exit }' \
    "$HACK/modules/$1/go.mod"
}

# retry SECONDS COMMAND... repeats COMMAND until it succeeds or time is up.
retry() {
  local end=$(($(date +%s) + $1))
  shift
  until "$@"; do
    (($(date +%s) < end)) || return 1
    sleep 1
  done
}
