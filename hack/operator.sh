#!/usr/bin/env bash
# Builds the operator, loads it on the cluster and installs it with the chart;
# an unchanged tree changes nothing.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"

namespace=zookeeper-operator-system
reference=$("$HACK/image.sh")
helm=$("$HACK/tool.sh" helm)
use_engine || die "there is no cluster: make cluster"
log "installing the operator ($reference)"
"$helm" upgrade --install zookeeper-operator "$ROOT/charts/zookeeper-operator" \
  --namespace "$namespace" --create-namespace \
  --set "image.repository=${reference%:*}" --set "image.tag=${reference##*:}" >/dev/null
kubectl rollout status deployment/zookeeper-operator --namespace "$namespace" --timeout 120s >&2
