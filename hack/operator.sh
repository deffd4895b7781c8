#!/usr/bin/env bash
# Builds the operator, loads it on the cluster and installs it with the chart;
# an unchanged tree changes nothing.
#
#   [IMAGE_REF=COMMIT] hack/operator.sh [prepare]
#
# IMAGE_REF installs the operator of another commit, with the chart of that
# commit. "prepare" only compiles what is needed, and asks for no cluster.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"

namespace=zookeeper-operator-system
if [[ ${1:-} == prepare ]]; then
  "$HACK/tool.sh" helm >/dev/null
  exec "$HACK/image.sh" compile
fi
tree=$ROOT
[[ -z ${IMAGE_REF:-} ]] || tree=$("$HACK/tree.sh" "$IMAGE_REF")
reference=$("$HACK/image.sh")
helm=$("$HACK/tool.sh" helm)
use_engine || die "there is no cluster: make cluster"
log "installing the operator ($reference)"
# A run of the specs that was cut short may have left its own image or flags.
"$helm" upgrade --install --force-conflicts zookeeper-operator "$tree/charts/zookeeper-operator" \
  --namespace "$namespace" --create-namespace \
  --set "image.repository=${reference%:*}" --set "image.tag=${reference##*:}" >/dev/null
kubectl rollout status deployment/zookeeper-operator --namespace "$namespace" --timeout 120s >&2
