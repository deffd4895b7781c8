#!/usr/bin/env bash
# Builds the operator's image and loads it on the nodes of the cluster, if
# there is one. Prints the image's reference and keeps it in the cache's file
# image-ref. Without VERSION the tag is derived from the content: an unchanged
# tree keeps its tag and loads nothing, and a changed one never reuses a tag.
#
#   [IMAGE_REF=COMMIT] hack/image.sh [compile]
#
# IMAGE_REF takes the programs of another commit, which are built once; the tag
# names the commit. "compile" only fills the compiler's cache, for the image that
# is built later.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"
# shellcheck source=hack/archive.sh
source "$HACK/archive.sh"

repository=${IMAGE_REPOSITORY:-ghcr.io/zkensemble/zookeeper-operator}
programs=(zookeeper-operator zookeeper-agent kubectl-zk)
tree=$ROOT
[[ -z ${IMAGE_REF:-} ]] || tree=$("$HACK/tree.sh" "$IMAGE_REF")

# compile OUTPUT builds the programs.
compile() {
  local name packages=()
  for name in "${programs[@]}"; do
    [[ ! -d $tree/cmd/$name ]] || packages+=("./cmd/$name")
  done
  ((${#packages[@]})) || die "nothing to build in cmd/"
  log "building ${packages[*]}"
  (cd "$tree" && CGO_ENABLED=0 GOOS=linux go build -buildvcs=false -trimpath -ldflags '-s -w' -o "$1" "${packages[@]}")
}

pack() {
  local reference=$1 folder=$2
  [[ $tree == "$ROOT" ]] || compile "$rootfs/"
  layer "$rootfs" "$folder/layer.tar" --owner=0 --group=0
  archive_begin "$folder/parts"
  archive_image "$reference" \
    '{"User":"65532:65532","Env":["PATH=/"],"WorkingDir":"/","Entrypoint":["/zookeeper-operator"]}' "$folder/layer.tar"
  rm "$folder/layer.tar"
  archive_end "$folder/image.tar"
}

if [[ ${1:-} == compile ]]; then
  compile /dev/null
  exit
fi
# The folder's content is the image.
rootfs=$(mktemp -d)
trap 'rm -rf "$rootfs"' EXIT
chmod 0755 "$rootfs"
if [[ $tree == "$ROOT" ]]; then
  compile "$rootfs/"
  tag=${VERSION:-dev-$(key "$HACK/image.sh" "$rootfs"/*)}
else
  tag=commit-$(basename "$tree" | cut -c1-12)-$(key "$HACK/image.sh")
fi
reference=$repository:$tag
# Few are needed again: keep the newest ones.
find "$CACHE/operator" -mindepth 1 -maxdepth 1 -mtime +2 -exec rm -rf {} + 2>/dev/null || true
[[ $tag != "${VERSION:-}" ]] || rm -rf "$CACHE/operator/$tag"
keep "$CACHE/operator/$tag" pack "$reference"
if use_engine; then
  "$HACK/load.sh" "$reference" "$CACHE/operator/$tag/image.tar"
fi
[[ $tree != "$ROOT" ]] || echo "$reference" >"$CACHE/image-ref"
echo "$reference"
