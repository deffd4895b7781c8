#!/usr/bin/env bash
# Prints the folder with kube-apiserver, etcd and kubectl that envtest starts,
# made when it is missing: the value of KUBEBUILDER_ASSETS.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

version=$(module_version kubernetes k8s.io/kubernetes)
folder=$CACHE/kubebuilder-assets/$version
mkdir -p "$folder"
programs=$("$HACK/binaries.sh" kube-apiserver etcd kubectl)
while read -r program; do
  ln -sfn "$program" "$folder/$(basename "$program")"
done <<<"$programs"
echo "$folder"
