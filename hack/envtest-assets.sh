#!/usr/bin/env bash
# Prints the folder with kube-apiserver, etcd and kubectl that envtest starts,
# made when it is missing: the value of KUBEBUILDER_ASSETS.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

version=$(module_version kubernetes k8s.io/kubernetes)
folder=$CACHE/kubebuilder-assets/$version
mkdir -p "$folder"
for name in kube-apiserver etcd kubectl; do
  program=$("$HACK/binaries.sh" "$name")
  ln -sfn "$program" "$folder/$name"
done
echo "$folder"
