#!/usr/bin/env bash
# Prints a folder that holds a Debian root file system, made when it is missing.
#
#   hack/debian.sh base|java|node
#
# base is the smallest Debian; java adds the Java runtime that ZooKeeper runs
# on, node adds what a Kubernetes node needs. bookworm, because newer systemd
# refuses to start on a host with version 1 control groups.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

release=bookworm

# host_site SUITE prints where this host's own apt gets a suite from.
host_site() {
  # shellcheck disable=SC2016 # expanded by apt-get
  apt-get indextargets --format '$(RELEASE) $(SITE)' 'Identifier: Packages' 2>/dev/null |
    awk -v suite="$1" '$1 == suite && !site { site = $2 } END { print site }'
}

codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mirror=${DEBIAN_MIRROR:-$(host_site "$codename")}
security=${DEBIAN_SECURITY_MIRROR:-$(host_site "$codename-security")}
[[ -n $mirror && -n $security ]] ||
  die "no mirror of Debian is known: set DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR"

java_packages=(openjdk-17-jre-headless procps hostname)
node_packages=(
  systemd systemd-sysv conntrack iptables nftables iproute2 ethtool kmod util-linux mount
  e2fsprogs procps jq runc ca-certificates hostname libseccomp2
)

# inside FOLDER COMMAND... runs a command with FOLDER as its root. The mounts it
# needs live in a namespace of their own, so none outlives the command.
inside() {
  local folder=$1
  shift
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork sh -ec '
    folder=$1; shift
    mount -t proc proc "$folder/proc"
    mount --bind /dev "$folder/dev"
    exec chroot "$folder" "$@"
  ' sh "$folder" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
    DEBIAN_FRONTEND=noninteractive "$@"
}

trim() {
  local folder=$1
  rm -rf "$folder"/usr/share/{doc,man,info,locale,lintian,bug}/* "$folder"/var/cache/{apt,debconf}/* \
    "$folder"/var/lib/apt/lists/* "$folder"/var/log/* "$folder"/tmp/*
}

make_base() {
  log "installing the smallest Debian ($release)"
  debootstrap --variant=minbase "$release" "$1" "$mirror" >"$1.log" 2>&1 ||
    die "debootstrap failed, see $1.log"
  rm "$1.log"
  printf 'deb %s %s main\n' "$mirror" "$release" "$mirror" "$release-updates" \
    "$security" "$release-security" >"$1/etc/apt/sources.list"
  # Nothing is to be started, here or by a later apt-get in the image.
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 0755 "$1/usr/sbin/policy-rc.d"
  # The folders of manual pages are missed by packages that write into them.
  trim "$1"
}

install_packages() {
  local base=$1 name=$2 folder=${!#} packages=("${@:3:$#-3}")
  log "installing Debian packages for $name: ${packages[*]}"
  cp -a "$base/." "$folder"
  mkdir -p "$folder/usr/share/man/man1"
  if ! { inside "$folder" apt-get update -q &&
    inside "$folder" apt-get install -q -y --no-install-recommends "${packages[@]}"; } >"$folder.log" 2>&1; then
    die "apt-get failed, see $folder.log"
  fi
  rm "$folder.log"
  trim "$folder"
}

base=$CACHE/debian/base-$(key "$HACK/debian.sh")
keep "$base" make_base
case ${1:-} in
base) folder=$base ;;
java)
  folder=$CACHE/debian/java-$(key "$HACK/debian.sh")
  keep "$folder" install_packages "$base" java "${java_packages[@]}"
  ;;
node)
  folder=$CACHE/debian/node-$(key "$HACK/debian.sh")
  keep "$folder" install_packages "$base" node "${node_packages[@]}"
  ;;
*) die "usage: hack/debian.sh base|java|node" ;;
esac
echo "$folder"
