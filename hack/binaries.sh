#!/usr/bin/env bash
# Prints the path of each program named, built from its Go module when it is
# not in the cache. Without arguments: lists the programs.
#
#   hack/binaries.sh kubectl etcd
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

kubernetes=$(module_version kubernetes k8s.io/kubernetes)

# name, module, package, build tags
programs='
kube-apiserver           kubernetes  k8s.io/kubernetes/cmd/kube-apiserver
kubectl                  kubernetes  k8s.io/kubernetes/cmd/kubectl
etcd                     etcd        go.etcd.io/etcd/server/v3
kubelet                  kubernetes  k8s.io/kubernetes/cmd/kubelet
kubeadm                  kubernetes  k8s.io/kubernetes/cmd/kubeadm
kube-controller-manager  kubernetes  k8s.io/kubernetes/cmd/kube-controller-manager
kube-scheduler           kubernetes  k8s.io/kubernetes/cmd/kube-scheduler
kube-proxy               kubernetes  k8s.io/kubernetes/cmd/kube-proxy
containerd               containerd  github.com/containerd/containerd/v2/cmd/containerd  no_btrfs,no_zfs,no_devmapper,no_aufs
containerd-shim-runc-v2  containerd  github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2
ctr                      containerd  github.com/containerd/containerd/v2/cmd/ctr
crictl                   crictl      sigs.k8s.io/cri-tools/cmd/crictl
ptp                      cni         github.com/containernetworking/plugins/plugins/main/ptp
loopback                 cni         github.com/containernetworking/plugins/plugins/main/loopback
host-local               cni         github.com/containernetworking/plugins/plugins/ipam/host-local
portmap                  cni         github.com/containernetworking/plugins/plugins/meta/portmap
coredns                  coredns     .
local-path-provisioner   localpath   github.com/rancher/local-path-provisioner
pause                    pause       .
kind                     kind        sigs.k8s.io/kind
'

# Kubernetes takes its version from the linker; kubelet and API server refuse
# to work together when it is missing.
stamp() {
  local package=k8s.io/component-base/version minor=${kubernetes#v1.}
  [[ $1 == kubernetes ]] || return 0
  printf -- '-X %s.gitVersion=%s ' "$package" "$kubernetes"
  printf -- '-X %s.gitMajor=1 -X %s.gitMinor=%s ' "$package" "$package" "${minor%%.*}"
  printf -- '-X %s.gitTreeState=clean' "$package"
}

build() {
  local name=$1 module=$2 package=$3 tags=$4 folder=$5
  log "building $name"
  cd "$HACK/modules/$module" || return
  CGO_ENABLED=0 GOWORK=off go build -buildvcs=false -trimpath -tags "$tags" \
    -ldflags "-s -w $(stamp "$module")" -o "$folder/$name" "$package"
}

program() {
  local name module package tags folder
  read -r name module package tags < <(awk -v name="$1" '$1 == name' <<<"$programs") ||
    die "no program $1"
  folder=$CACHE/binaries/$name-$(key "$HACK/binaries.sh" "$HACK/modules/$module"/*)
  keep "$folder" build "$name" "$module" "$package" "$tags"
  echo "$folder/$name"
}

if (($# == 0)); then
  awk 'NF { print $1 }' <<<"$programs"
fi
for name; do
  program "$name"
done
