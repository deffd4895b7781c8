#!/usr/bin/env bash
# Makes the test cluster, or repairs it, and leaves it alone when it is well:
# a control plane and three workers with ZooKeeper's images on each.
#
#   hack/cluster.sh up|down
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"

install_packages() {
  local package missing=()
  for package in podman netavark aardvark-dns runc iptables debootstrap jq; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  log "installing Debian packages: ${missing[*]}"
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
}

# Each node watches some thirty files; the default of many hosts suffices for
# four nodes at most, and a kubelet that finds none left does not start.
allow_watches() {
  local limit=/proc/sys/fs/inotify/max_user_instances
  (($(<"$limit") < 1024)) || return 0
  log "raising fs.inotify.max_user_instances to 1024"
  echo 1024 2>/dev/null >"$limit" || log "that is not allowed here; expect trouble with many nodes"
}

# A node that was switched off says so; one whose processes were killed behind
# the engine's back is still recorded as running, so it is asked.
alive() { timeout 10 "$ENGINE" exec "$1" true >/dev/null 2>&1; }

revive() {
  alive "$1" && return
  log "node $1 is down, starting it"
  timeout 20 "$ENGINE" unpause "$1" >/dev/null 2>&1 || true
  timeout 60 "$ENGINE" start "$1" >/dev/null 2>&1 || true
  alive "$1"
}

exists() { "$ENGINE" container inspect "$1" >/dev/null 2>&1; }
serves() { kubectl get --raw=/readyz --request-timeout=3s >/dev/null 2>&1; }
nodes_ready() { kubectl wait --for=condition=Ready nodes --all --timeout="${1:-60s}" >/dev/null 2>&1; }
# Connects to the cluster's name service from a node: node and service network
# work, and the node has learned of its services.
names_answer() { on "$1" timeout 2 bash -c 'exec 3<>/dev/tcp/10.96.0.10/53' 2>/dev/null; }
connected() { retry 90 names_answer "$1"; }
all_joined() { (($(kubectl get nodes --output=name 2>/dev/null | wc -l) == ${#NODES[@]})); }

# repair brings the nodes of an existing cluster back; it fails when only a new
# cluster can help.
repair() {
  local node
  for node in "${NODES[@]}"; do
    exists "$node" || return 1
  done
  everywhere revive || return 1
  retry 60 serves && all_joined && nodes_ready 90s && everywhere connected
}

configuration() {
  local node
  cat <<CONFIG
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking:
  disableDefaultCNI: $([[ $WAY == built ]] && echo true || echo false)
  podSubnet: 10.244.0.0/16
kubeadmConfigPatches:
  - |
    kind: ClusterConfiguration
    apiServer:
      extraArgs:
        - {name: audit-policy-file, value: /etc/kubernetes/audit-policy.yaml}
        - {name: audit-log-path, value: /var/log/kubernetes/audit.log}
        - {name: audit-log-maxsize, value: "200"}
        - {name: audit-log-maxbackup, value: "2"}
      extraVolumes:
        - {name: audit-policy, hostPath: /etc/kubernetes/audit-policy.yaml, mountPath: /etc/kubernetes/audit-policy.yaml, readOnly: true, pathType: File}
        - {name: audit-log, hostPath: /var/log/kubernetes, mountPath: /var/log/kubernetes, pathType: DirectoryOrCreate}
    etcd:
      local:
        extraArgs:
          # Nobody minds the loss of this cluster; its disk belongs to ZooKeeper.
          - {name: unsafe-no-fsync, value: "true"}
  - |
    kind: KubeletConfiguration
    failCgroupV1: false
nodes:
CONFIG
  for node in control-plane worker worker worker; do
    cat <<CONFIG
  - role: $node
    extraMounts:
      - {hostPath: $SHARED_VOLUMES, containerPath: /shared-volumes}
CONFIG
    [[ $node == control-plane ]] || continue
    echo "      - {hostPath: $CLUSTER_STATE/audit-policy.yaml, containerPath: /etc/kubernetes/audit-policy.yaml, readOnly: true}"
  done
}

create() {
  local kind image=()
  if [[ $WAY == built ]]; then
    image=(--image "$("$HACK/node-image.sh")")
  elif [[ -n ${NODE_IMAGE:-} ]]; then
    image=(--image "$NODE_IMAGE")
  fi
  kind=$("$HACK/binaries.sh" kind)
  mkdir -p "$SHARED_VOLUMES" /lib/modules
  chmod 0777 "$SHARED_VOLUMES"
  cp "$HACK/node/audit-policy.yaml" "$CLUSTER_STATE/"
  echo "$WAY $ENGINE" >"$CLUSTER_STATE/way"
  log "creating the cluster $CLUSTER with kind: a control plane and ${#WORKERS[@]} workers"
  configuration >"$CLUSTER_STATE/kind.yaml"
  "$kind" create cluster --name "$CLUSTER" --config "$CLUSTER_STATE/kind.yaml" --kubeconfig "$KUBECONFIG" \
    --quiet "${image[@]}" >&2
}

# The kubeconfig that lets a node's pod-network service watch the others.
network_node() {
  on "$2" sh -c 'umask 077; cat >/etc/kubernetes/pod-network.conf' <<CONFIG
apiVersion: v1
kind: Config
clusters:
  - name: cluster
    cluster:
      server: https://$CONTROL_PLANE:6443
      certificate-authority: /etc/kubernetes/pki/ca.crt
users:
  - name: pod-network
    user: {token: $1}
contexts:
  - name: pod-network
    context: {cluster: cluster, user: pod-network}
current-context: pod-network
CONFIG
}

network() {
  local token
  kubectl apply --filename "$HACK/node/pod-network.yaml" >/dev/null
  token=$(kubectl create token pod-network --namespace kube-system --duration 8760h)
  everywhere network_node "$token"
}

# The published node image brings the provisioner and its default class; it
# learns the second class here.
share_volumes() {
  local config
  kubectl apply --filename - >/dev/null < <(awk -v RS='---\n' '/name: shared\n/' "$HACK/node/storage.yaml")
  config=$(awk '/config.json: \|/ { on = 1; next } /^  [a-z]/ { on = 0 } on' "$HACK/node/storage.yaml" | tr -d '\n ')
  kubectl patch configmap local-path-config --namespace local-path-storage --type merge --patch \
    "$(jq --null-input --arg config "$config" '{data: {"config.json": $config}}')" >/dev/null
  kubectl rollout restart deployment local-path-provisioner --namespace local-path-storage >/dev/null
}

load_published() {
  local version kind
  kind=$("$HACK/binaries.sh" kind)
  for version in "${ZOOKEEPER_VERSIONS[@]}"; do
    "$ENGINE" image inspect "zookeeper:$version" >/dev/null 2>&1 || "$ENGINE" pull "docker.io/library/zookeeper:$version" >&2
  done
  log "loading ZooKeeper's images on the nodes"
  "$kind" load docker-image --name "$CLUSTER" "${ZOOKEEPER_VERSIONS[@]/#/zookeeper:}" >&2
}

# Unpacks ZooKeeper's images on a node, so that the first Pod need not wait for
# it: mounting is what makes containerd do that. It is a matter of speed only.
warm() {
  # shellcheck disable=SC2016 # expanded in the node
  on "$1" sh -c '
    for image; do
      mkdir -p /tmp/warm
      ctr --namespace k8s.io images mount "docker.io/library/zookeeper:$image" /tmp/warm
      ctr --namespace k8s.io images unmount --rm /tmp/warm
    done' sh "${ZOOKEEPER_VERSIONS[@]}" >/dev/null 2>&1 || true
}

finish() {
  if [[ $WAY == built ]]; then
    network
  else
    share_volumes
    load_published
  fi
  log "waiting for the nodes"
  retry 60 all_joined || die "not all nodes have joined"
  nodes_ready 180s || die "not all nodes became ready"
  [[ $WAY == published ]] || everywhere warm
  kubectl rollout status deployment/coredns --namespace kube-system --timeout 120s >&2
  kubectl rollout status deployment/local-path-provisioner --namespace local-path-storage --timeout 120s >&2
  everywhere connected || die "not all nodes reach the cluster's services"
  touch "$CLUSTER_STATE/complete"
}

up() {
  allow_watches
  if use_engine; then
    if [[ -f $CLUSTER_STATE/complete ]] && repair; then
      log "the cluster $CLUSTER is up: export KUBECONFIG=$KUBECONFIG"
      return
    fi
    log "the cluster $CLUSTER cannot be repaired, making a new one"
  fi
  choose_way
  configure_engine
  [[ $WAY == published ]] || install_packages
  remove
  create
  finish
  log "the cluster $CLUSTER is up: export KUBECONFIG=$KUBECONFIG"
}

# remove takes away whatever is left of a cluster, also what kind cannot.
remove() {
  local containers volumes
  mapfile -t containers < <("$ENGINE" ps --all --quiet --filter "label=io.x-k8s.kind.cluster=$CLUSTER")
  if ((${#containers[@]})); then
    log "removing the containers of the cluster $CLUSTER"
    mapfile -t volumes < <("$ENGINE" inspect --format \
      '{{range .Mounts}}{{if eq .Type "volume"}}{{println .Name}}{{end}}{{end}}' "${containers[@]}" | grep . || true)
    "$ENGINE" kill --signal KILL "${containers[@]}" >/dev/null 2>&1 || true
    "$ENGINE" rm --force --volumes "${containers[@]}" >/dev/null
    ((${#volumes[@]} == 0)) || "$ENGINE" volume rm --force "${volumes[@]}" >/dev/null 2>&1 || true
  fi
  rm -rf "$CLUSTER_STATE" "$KUBECONFIG"
}

down() {
  if ! use_engine; then
    log "there is no cluster $CLUSTER"
    return
  fi
  remove
  # kind's network is shared by all its clusters: it goes with the last.
  if [[ -z $("$ENGINE" ps --all --quiet --filter label=io.x-k8s.kind.cluster) ]]; then
    "$ENGINE" network rm kind >/dev/null 2>&1 || true
  fi
  log "the cluster $CLUSTER is gone; the cache in $CACHE stays (make clean)"
}

case ${1:-} in
up | down) "$1" ;;
*) die "usage: hack/cluster.sh up|down" ;;
esac
