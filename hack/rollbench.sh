#!/usr/bin/env bash
# Rolls a plain StatefulSet and an ensemble of ours on the cluster, in turns and
# under writers, and fails when the claims about it do not hold; e2e/bench/rollbench
# says how. The table that it prints stays in the folder of artifacts. Takes a
# quarter of an hour, and wants cluster and machine for itself.
#
#   hack/rollbench.sh [-rolls N] [-leader ORDINAL] [-tree MB] ...
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"
cd "$ROOT"

namespace=rollbench
manifests=e2e/bench/rollbench/manifests
artifacts=${E2E_ARTIFACTS:-$ROOT/artifacts}/rollbench

dump() {
  log "writing what is there to $artifacts"
  kubectl get all,configmaps,zookeeperensembles --namespace "$namespace" --output yaml >"$artifacts/objects.yaml" || true
  kubectl get events --namespace "$namespace" --sort-by .lastTimestamp >"$artifacts/events" || true
  local pod
  for pod in {plain,ours}-{0,1,2}; do
    kubectl logs --namespace "$namespace" "$pod" --container zookeeper >"$artifacts/$pod.log" || true
  done
} 2>/dev/null

finish() {
  local status=$?
  trap - EXIT
  ((status == 0)) || dump
  log "removing both ensembles"
  kubectl delete namespace "$namespace" --ignore-not-found --wait=false >/dev/null || true
  exit "$status"
}

"$HACK/cluster.sh" up
"$HACK/operator.sh"
use_engine
mkdir -p "$artifacts"
program=$artifacts/rollbench
CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags '-s -w' -o "$program" ./e2e/bench/rollbench

log "creating both ensembles in the namespace $namespace"
kubectl delete namespace "$namespace" --ignore-not-found >/dev/null
trap finish EXIT
kubectl create namespace "$namespace" >/dev/null
kubectl apply --namespace "$namespace" --filename "$manifests" >/dev/null
kubectl wait --namespace "$namespace" --for=condition=Ready pod/rollbench --timeout 120s >/dev/null
kubectl exec --namespace "$namespace" --stdin rollbench -- \
  sh -c 'cat >/program/rollbench && chmod 0755 /program/rollbench' <"$program"

read -r load rest </proc/loadavg
log "rolling; on $(nproc) processors, load average $load ${rest% */*}"
((${load%.*} <= 3 * $(nproc))) || log "warning: the machine is busy with other things, whose pauses will be measured too"
kubectl exec --namespace "$namespace" rollbench -- /program/rollbench "$@" 2> >(tee "$artifacts/progress" >&2) | tee "$artifacts/table.md"
log "the table is in $artifacts/table.md"
