#!/usr/bin/env bash
# Prints the folder with the tree of an earlier commit, which is taken out of the
# history once. Without an argument it is the commit in the file upgrade-from.
#
#   hack/tree.sh [COMMIT]
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

name=${1:-$(grep -v '^#' "$HACK/upgrade-from")}
commit=$(git -C "$ROOT" rev-parse --verify --quiet "$name^{commit}") ||
  die "this clone has no commit $name: it needs the whole history (git fetch --unshallow --tags)"

extract() { git -C "$ROOT" archive "$commit" | tar --extract --directory "$1"; }

keep "$CACHE/trees/$commit" extract
echo "$CACHE/trees/$commit"
