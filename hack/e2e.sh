#!/usr/bin/env bash
# Runs the promises on the cluster, with the operator of this tree installed.
#
#   hack/e2e.sh [LABEL-FILTER]
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"
cd "$ROOT"

"$HACK/cluster.sh" up
"$HACK/operator.sh"
use_engine
ginkgo=$("$HACK/tool.sh" ginkgo)
PATH=$(dirname "$("$HACK/binaries.sh" kubectl)"):$PATH
export PATH
export E2E_ARTIFACTS=${E2E_ARTIFACTS:-$ROOT/artifacts}
mkdir -p "$E2E_ARTIFACTS"
log "running the specs${1:+ with the labels $1}; artifacts in $E2E_ARTIFACTS"
"$ginkgo" --tags=e2e --procs="${E2E_PROCS:-3}" --label-filter="${1:-}" --timeout="${E2E_TIMEOUT:-2h}" \
  --junit-report=e2e.xml --output-dir="$E2E_ARTIFACTS" ./e2e
if [[ -z ${1:-} ]]; then
  # Whole packages, found by the variable, so that no test that asks for it is left out.
  mapfile -t packages < <(grep -rl --include='*_test.go' 'Getenv("ZK_REAL_STARTS")' . | xargs -n1 dirname | sort -u)
  log "starting real servers with settings of all kinds, for ${packages[*]}"
  ZK_REAL_STARTS=1 go test -p 1 -timeout 30m "${packages[@]}"
  log "holding the stand-in of the tests for the controller of StatefulSets against the real one"
  KUBEBUILDER_ASSETS=$("$HACK/envtest-assets.sh")
  KUBE_CONTROLLER_MANAGER=$("$HACK/binaries.sh" kube-controller-manager)
  export KUBEBUILDER_ASSETS KUBE_CONTROLLER_MANAGER
  go test -timeout 10m -run '^TestTheControllerOfStatefulSets$' ./controllers/ensemble
fi
