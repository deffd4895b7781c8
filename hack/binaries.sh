#!/usr/bin/env bash
# Prints the path of each program named, built from its Go module when it is
# not in the cache. Without arguments: lists the programs.
#
#   hack/binaries.sh kubectl etcd
#
# The modules form a workspace, so each library has one version in all of them
# and is compiled once.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

kubernetes=$(module_version kubernetes k8s.io/kubernetes)

# name, package
programs='
kube-apiserver           k8s.io/kubernetes/cmd/kube-apiserver
kubectl                  k8s.io/kubernetes/cmd/kubectl
etcd                     go.etcd.io/etcd/server/v3
kubelet                  k8s.io/kubernetes/cmd/kubelet
kubeadm                  k8s.io/kubernetes/cmd/kubeadm
kube-controller-manager  k8s.io/kubernetes/cmd/kube-controller-manager
kube-scheduler           k8s.io/kubernetes/cmd/kube-scheduler
kube-proxy               k8s.io/kubernetes/cmd/kube-proxy
containerd               github.com/containerd/containerd/v2/cmd/containerd
containerd-shim-runc-v2  github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2
ctr                      github.com/containerd/containerd/v2/cmd/ctr
crictl                   sigs.k8s.io/cri-tools/cmd/crictl
ptp                      github.com/containernetworking/plugins/plugins/main/ptp
loopback                 github.com/containernetworking/plugins/plugins/main/loopback
host-local               github.com/containernetworking/plugins/plugins/ipam/host-local
portmap                  github.com/containernetworking/plugins/plugins/meta/portmap
coredns                  ./coredns
local-path-provisioner   github.com/rancher/local-path-provisioner
pause                    ./pause
kind                     sigs.k8s.io/kind
'

# What containerd would otherwise need the headers of C libraries for.
tags=no_btrfs,no_zfs,no_devmapper,no_aufs

mapfile -t inputs < <(find "$HACK/modules" -type f | sort)
id=$(key "$HACK/binaries.sh" "${inputs[@]}")

# Kubernetes takes its version from the linker; kubelet and API server refuse
# to work together when it is missing.
stamp() {
  local package=k8s.io/component-base/version minor=${kubernetes#v1.}
  printf -- '-X %s.gitVersion=%s ' "$package" "$kubernetes"
  printf -- '-X %s.gitMajor=1 -X %s.gitMinor=%s ' "$package" "$package" "${minor%%.*}"
  printf -- '-X %s.gitTreeState=clean' "$package"
}

package() { awk -v name="$1" '$1 == name { print $2 }' <<<"$programs"; }

missing() {
  local name
  for name; do
    [[ -n $(package "$name") ]] || die "no program $name"
    [[ -e $CACHE/binaries/$name-$id ]] || echo "$name"
  done
}

# compile FOLDER NAME... builds programs with one call of the Go command, so that
# linking one overlaps with compiling the others.
compile() {
  local folder=$1 name packages=()
  for name in "${@:2}"; do
    packages+=("$(package "$name")")
  done
  ((${#packages[@]})) || return 0
  log "building ${*:2}"
  (
    cd "$HACK/modules"
    CGO_ENABLED=0 GOWORK=$HACK/modules/go.work go build -buildvcs=false -trimpath -tags "$tags" \
      -ldflags "-s -w $(stamp)" -o "$folder/" "${packages[@]}"
  )
}

# build makes those of the programs that are missing. Like everything in the
# cache they appear by a rename, and of two runs at once the second waits.
build() {
  local names apart together name file partial=$CACHE/binaries/partial
  mkdir -p "$CACHE/binaries"
  (
    flock 9
    mapfile -t names < <(missing "$@")
    ((${#names[@]})) || exit 0
    rm -rf "$partial"
    mkdir "$partial"
    # It imports a library by an old name, which differs from today's in case
    # alone: the Go command refuses to have both in one call.
    mapfile -t apart < <(printf '%s\n' "${names[@]}" | grep -x local-path-provisioner)
    mapfile -t together < <(printf '%s\n' "${names[@]}" | grep -vx local-path-provisioner)
    compile "$partial" "${together[@]}" 9>&-
    compile "$partial" "${apart[@]}" 9>&-
    for name in "${names[@]}"; do
      # The Go command names a program after its package, without the version.
      file=$(package "$name")
      file=${file%/v[0-9]}
      mkdir "$partial/$name-$id"
      mv "$partial/${file##*/}" "$partial/$name-$id/$name"
      mv -T "$partial/$name-$id" "$CACHE/binaries/$name-$id"
    done
    rmdir "$partial"
  ) 9>"$CACHE/binaries/lock"
}

if (($# == 0)); then
  awk 'NF { print $1 }' <<<"$programs"
  exit
fi
wanted=$(missing "$@")
[[ -z $wanted ]] || build "$@"
for name; do
  echo "$CACHE/binaries/$name-$id/$name"
done
