#!/usr/bin/env bash
# From nothing to a running ensemble: the cluster, the operator, the example of
# the documents, and one value written through one member and read from another.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"

member() { kubectl exec "zk-$1" --container zookeeper -- "${@:2}"; }

status() { kubectl get zookeeperensemble zk --output "jsonpath={$1}" 2>/dev/null; }

# await_ready shows what the operator waits for while it waits.
await_ready() {
  local end=$(($(date +%s) + 300)) last='' now
  until [[ $(status '.status.conditions[?(@.type=="Ready")].status') == True ]]; do
    now=$(status '.status.conditions[?(@.type=="Ready")].reason}: {.status.conditions[?(@.type=="Ready")].message')
    if [[ -n ${now%: } && $now != "$last" ]]; then
      log "zk: $now"
      last=$now
    fi
    (($(date +%s) < end)) || die "the ensemble zk did not become ready: kubectl describe zke zk"
    sleep 1
  done
}

# The cluster has precedence: what it waits for is used for the operator.
beside nice -n 19 "$HACK/operator.sh" prepare
"$HACK/cluster.sh" up
await_beside
"$HACK/operator.sh"
use_engine
log "creating the ensemble of docs/examples/quickstart.yaml"
kubectl apply --filename "$ROOT/docs/examples/quickstart.yaml" >&2
await_ready

value="written at $(date +%T)"
log "writing a value through member 0, reading it through member 1"
member 0 zkCli.sh create /hello >/dev/null 2>&1 || true
member 0 zkCli.sh set /hello "$value" >/dev/null 2>&1
# A follower may lag behind; sync makes it catch up before it answers.
member 1 zkCli.sh sync / >/dev/null 2>&1
read_back=$(member 1 zkCli.sh get /hello 2>/dev/null | grep '^written at' || true)
[[ $read_back == "$value" ]] || die "wrote '$value' through member 0, read '$read_back' through member 1"

echo
kubectl get zookeeperensembles,pods
printf '\n%s\n' "$(status '.status.conditions[?(@.type=="Ready")].message')"
printf 'member 0 wrote and member 1 read: %s\n\n' "$read_back"
printf 'To look around: export KUBECONFIG=%s\n' "$KUBECONFIG"
