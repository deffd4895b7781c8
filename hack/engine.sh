#!/usr/bin/env bash
# Sourced after lib.sh: which container engine holds the cluster, and how.
#
# Two ways lead to the same cluster. "published": Docker or podman works and
# Docker Hub answers, so nodes and ZooKeeper run the published images. "built":
# everything is built from Go modules, Debian packages and Maven Central, and
# podman runs it. CLUSTER_WAY overrides the choice.

CLUSTER=${CLUSTER:-zookeeper-operator}
CONTROL_PLANE=$CLUSTER-control-plane
WORKERS=("$CLUSTER-worker" "$CLUSTER-worker2" "$CLUSTER-worker3")
NODES=("$CONTROL_PLANE" "${WORKERS[@]}")
CLUSTER_STATE=$CACHE/cluster/$CLUSTER
export SHARED_VOLUMES=$CLUSTER_STATE/shared-volumes
export KUBECONFIG=$CACHE/kubeconfig
[[ $CLUSTER == zookeeper-operator ]] || KUBECONFIG=$CACHE/kubeconfig-$CLUSTER

engine_answers() { timeout 3 "$1" info >/dev/null 2>&1; }
registry_answers() { curl --silent --output /dev/null --max-time 2 https://registry-1.docker.io/v2/; }

choose_way() {
  WAY=${CLUSTER_WAY:-}
  if [[ -z $WAY ]] && registry_answers; then
    WAY=published
  fi
  if [[ $WAY == published ]]; then
    for ENGINE in docker podman; do
      if engine_answers "$ENGINE"; then
        log "$ENGINE works and Docker Hub answers: using the published images"
        return
      fi
    done
  fi
  WAY=built
  ENGINE=podman
  log "no container engine with a registry answers: using podman, and images built here"
}

# use_engine takes the engine of the cluster that exists; it fails without one.
use_engine() {
  [[ -f $CLUSTER_STATE/way ]] || return 1
  read -r WAY ENGINE <"$CLUSTER_STATE/way"
  configure_engine
}

# What podman needs on hosts with hybrid control groups and low hard limits.
configure_engine() {
  export KIND_EXPERIMENTAL_PROVIDER=$ENGINE
  [[ $WAY == built ]] || return 0
  export CONTAINERS_CONF=$CACHE/containers.conf
  mkdir -p "$CACHE"
  cat >"$CONTAINERS_CONF" <<'CONF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[engine]
runtime = "runc"
CONF
}

# on NODE COMMAND... runs a command in a node.
on() { "$ENGINE" exec --interactive "$@"; }

# everywhere FUNCTION runs "FUNCTION NODE" for all nodes at once.
everywhere() {
  local node pids=() pid failed=0
  for node in "${NODES[@]}"; do
    "$@" "$node" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
  done
  return "$failed"
}

# kubectl is the cluster's own: built beside it, or taken out of a node.
kubectl() {
  if [[ -z ${KUBECTL:-} ]]; then
    if [[ $WAY == built ]]; then
      KUBECTL=$("$HACK/binaries.sh" kubectl)
    else
      KUBECTL=$CLUSTER_STATE/kubectl
      [[ -x $KUBECTL ]] || "$ENGINE" cp "$CONTROL_PLANE:/usr/bin/kubectl" "$KUBECTL"
    fi
  fi
  "$KUBECTL" "$@"
}
