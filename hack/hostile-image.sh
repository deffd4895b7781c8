#!/usr/bin/env bash
# Builds the image of the servers that lie, for the specs of hostile members, and
# loads it on the nodes of the cluster. Prints the image's reference. It holds one
# program, under the name by which the agent starts a server.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"
# shellcheck source=hack/archive.sh
source "$HACK/archive.sh"

pack() {
  local reference=$1 folder=$2
  layer "$rootfs" "$folder/layer.tar" --owner=0 --group=0
  archive_begin "$folder/parts"
  archive_image "$reference" '{"Env":["PATH=/"],"WorkingDir":"/"}' "$folder/layer.tar"
  rm "$folder/layer.tar"
  archive_end "$folder/image.tar"
}

# The folder's content is the image.
rootfs=$(mktemp -d)
trap 'rm -rf "$rootfs"' EXIT
chmod 0755 "$rootfs"
(cd "$ROOT" && CGO_ENABLED=0 GOOS=linux go build -buildvcs=false -trimpath -ldflags '-s -w' -o "$rootfs/zkServer.sh" ./e2e/hostile)
tag=dev-$(key "$HACK/hostile-image.sh" "$rootfs"/*)
reference=localhost/zookeeper-operator/hostile:$tag
keep "$CACHE/hostile/$tag" pack "$reference"
use_engine || die "there is no cluster: make cluster"
"$HACK/load.sh" "$reference" "$CACHE/hostile/$tag/image.tar"
echo "$reference"
