#!/usr/bin/env bash
# Prints the name of the node image for kind, built and stored in podman when
# it is missing: for hosts where no registry answers. A Debian with systemd,
# the files of kind's own node image, Kubernetes and containerd from their Go
# modules, and the images that a cluster and the tests need.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/archive.sh
source "$HACK/archive.sh"

kubernetes=$(module_version kubernetes k8s.io/kubernetes)

binary() { "$HACK/binaries.sh" "$1"; }

install_binaries() {
  local root=$1 name file
  for name in kubelet kubeadm kubectl; do
    file=$(binary "$name")
    install -m 0755 "$file" "$root/usr/bin/"
  done
  for name in containerd containerd-shim-runc-v2 ctr crictl; do
    file=$(binary "$name")
    install -m 0755 "$file" "$root/usr/local/bin/"
  done
  mkdir -p "$root/opt/cni/bin"
  for name in ptp loopback host-local portmap; do
    file=$(binary "$name")
    install -m 0755 "$file" "$root/opt/cni/bin/"
  done
}

# The static files of kind's node image lie in kind's own module.
install_kind_files() {
  local root=$1 source
  source=$(cd "$HACK/modules/kind" && GOWORK=off go list -m -f '{{.Dir}}' sigs.k8s.io/kind)
  cp -r --no-preserve=mode "$source/images/base/files/." "$root/"
  rm -rf "$root/LICENSES"
  chmod 0755 "$root"/kind/bin/*.sh "$root/usr/local/bin/entrypoint"
  mkdir -p "$root/kind/manifests" "$root/etc/kubernetes/manifests"
  printf '%s' "$kubernetes" >"$root/kind/version"
  cp "$HACK/node/storage.yaml" "$root/kind/manifests/default-storage.yaml"
  install -m 0755 "$HACK/node/pod-network" "$root/usr/local/bin/"
  install -m 0644 "$HACK/node/pod-network.service" "$root/etc/systemd/system/"
}

configure_systemd() {
  local root=$1 wants
  wants=$root/lib/systemd/system
  rm -rf "$wants"/{multi-user,local-fs,basic}.target.wants/* "$root"/etc/systemd/system/*.wants/* \
    "$wants/sysinit.target.wants/systemd-tmpfiles-setup.service"
  rm -f "$wants"/sockets.target.wants/{*udev*,*initctl*}
  echo ReadKMsg=no >>"$root/etc/systemd/journald.conf"
  # systemd-binfmt would register with the kernel that all nodes share.
  chroot "$root" systemctl --quiet mask systemd-binfmt.service
  chroot "$root" systemctl --quiet enable kubelet.service containerd.service undo-mount-hacks.service pod-network.service
  rm -f "$root/etc/machine-id" "$root/usr/sbin/policy-rc.d"
}

# A Pod's sandbox may not raise its OOM score where CAP_SYS_RESOURCE is missing,
# and dies of the attempt.
configure_containerd() {
  local root=$1 pause=$2
  sed -i -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
    -e "s#sandbox_image = .*#sandbox_image = \"$pause\"#" "$root/etc/containerd/config.toml"
  grep -q 'restrict_oom_score_adj = true' "$root/etc/containerd/config.toml" || die "kind's containerd configuration has changed"
  "$(binary ctr)" oci spec |
    jq '.hooks.createContainer += [{"path": "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \
      >"$root/etc/containerd/cri-base.json"
}

# with_libraries SOURCE-ROOT ROOT FILE... copies programs and what they link to.
with_libraries() {
  local source=$1 root=$2 file library
  for file in "${@:3}"; do
    install -D -m 0755 "$source$file" "$root$file"
    chroot "$source" ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
      install -D -m 0755 "$source$library" "$root$library"
    done
  done
}

# The proxy calls the tools of the kernel's packet filter.
proxy_root() {
  local source=$1 root=$2 name modules
  mkdir -p "$root"/{usr/lib,lib,usr/sbin,run,tmp}
  mapfile -t modules < <(cd "$source" && find usr/lib -path '*/xtables/*.so' -printf '/%p\n')
  with_libraries "$source" "$root" /usr/sbin/xtables-legacy-multi /usr/sbin/conntrack "${modules[@]}"
  for name in iptables ip6tables; do
    ln -s xtables-legacy-multi "$root/usr/sbin/$name"
    ln -s xtables-legacy-multi "$root/usr/sbin/$name-save"
    ln -s xtables-legacy-multi "$root/usr/sbin/$name-restore"
  done
}

# An image that holds one static program, found in the PATH.
program_image() {
  local reference=$1 name=$2 folder=$3 file
  file=$(binary "$name")
  mkdir -p "$folder/program/usr/local/bin"
  [[ $name != kube-proxy ]] || proxy_root "$debian" "$folder/program"
  install -m 0755 "$file" "$folder/program/usr/local/bin/"
  layer "$folder/program" "$folder/program.tar" --owner=0 --group=0
  archive_image "$reference" \
    "{\"Env\":[\"PATH=/usr/local/bin:/usr/sbin\"],\"Entrypoint\":[\"/usr/local/bin/$name\"]}" "$folder/program.tar"
  rm -rf "$folder/program" "$folder/program.tar"
}

cluster_images() {
  local folder=$1 reference name
  archive_begin "$folder/parts"
  while read -r reference; do
    name=${reference##*/}
    name=${name%%:*}
    # The pause image has no entry in the PATH to be called by.
    program_image "$reference" "$name" "$folder"
  done < <("$(binary kubeadm)" config images list --kubernetes-version "$kubernetes")
  program_image localhost/zookeeper-operator/local-path-provisioner:1 local-path-provisioner "$folder"
  archive_end "$folder/cluster.tar"
}

# Images go into the content store only: each node unpacks what it runs.
import_images() {
  local root=$1
  # shellcheck disable=SC2016 # expanded by the inner shells
  unshare --mount --pid --fork bash -ec '
    root=$1; shift
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/run"
    mount -t tmpfs tmpfs "$root/tmp"
    for file; do
      touch "$root/tmp/$(basename "$file")"
      mount --bind "$file" "$root/tmp/$(basename "$file")"
    done
    exec chroot "$root" bash -eo pipefail -c "
      containerd --log-level error >/tmp/containerd.log 2>&1 &
      until ctr version >/dev/null 2>&1; do
        kill -0 \$! || { cat /tmp/containerd.log >&2; exit 1; }
        sleep 0.2
      done
      for file in /tmp/*.tar; do
        ctr --namespace k8s.io images import --label io.cri-containerd.pinned=pinned --no-unpack --local \$file 2>&1 |
          { grep -v DEPRECATION || true; }
      done
      kill \$!
      wait \$! || true
    "
  ' bash "$root" "${@:2}" >&2
}

make_node() {
  local zookeeper=$1 folder=$2 root=$2/root pause
  log "building the node image (Kubernetes $kubernetes)"
  cp -a "$debian" "$root"
  install_binaries "$root"
  install_kind_files "$root"
  pause=$("$(binary kubeadm)" config images list --kubernetes-version "$kubernetes" | grep /pause:)
  configure_containerd "$root" "$pause"
  configure_systemd "$root"
  log "packing the cluster's images"
  cluster_images "$folder"
  log "importing images into the node image"
  import_images "$root" "$folder/cluster.tar" "$zookeeper"
  log "packing the node image"
  tar --create --file "$folder/node.tar" --directory "$root" --numeric-owner --exclude='./dev/*' --exclude='./proc/*' .
  rm -rf "$root" "$folder/cluster.tar"
}

store() {
  log "storing the node image in podman"
  podman import --quiet --change 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]' \
    --change 'ENV container=docker' --change 'STOPSIGNAL SIGRTMIN+3' "$1" "$2" >/dev/null
}

# Each node image takes more than a gigabyte, twice. Images of a cluster that
# still runs are left to the next time.
prune() {
  local old
  find "$CACHE/images" -mindepth 1 -maxdepth 1 -name 'node-*' ! -name "node-$id*" -exec rm -rf {} +
  while read -r old; do
    [[ $old == "$image" ]] || podman rmi "$old" >/dev/null 2>&1 || true
  done < <(podman images --format '{{.Repository}}:{{.Tag}}' localhost/zookeeper-operator/node)
}

# Compiling takes the processors for minutes, and the rest the network.
mapfile -t programs < <("$HACK/binaries.sh")
beside "$HACK/binaries.sh" "${programs[@]}" >/dev/null
debian=$("$HACK/debian.sh" node)
zookeeper=$("$HACK/zookeeper-images.sh")
await_beside
mapfile -t inputs < <(find "$HACK"/node/{pod-network,pod-network.service,storage.yaml} "$HACK/modules" "$HACK"/{node-image,archive,debian,binaries}.sh -type f | sort)
id=$(key "${inputs[@]}" <(echo "$zookeeper"))
keep "$CACHE/images/node-$id" make_node "$zookeeper"
image=localhost/zookeeper-operator/node:$id
podman image exists "$image" || store "$CACHE/images/node-$id/node.tar" "$image"
prune
echo "$image"
