#!/usr/bin/env bash
# Writes what is generated, into the tree.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

controller_gen=$("$HACK/tool.sh" controller-gen)
log "generating deep copies and the CRD"
"$controller_gen" object paths=./api/...
"$controller_gen" crd paths=./api/... output:crd:dir=charts/zookeeper-operator/files/crds
log "generating the role from the markers in the code"
"$controller_gen" rbac:roleName=zookeeper-operator paths=./controllers/... output:rbac:dir=charts/zookeeper-operator/files
if [[ -f charts/zookeeper-operator/README.md.gotmpl ]]; then
  log "generating the chart's README"
  "$("$HACK/tool.sh" helm-docs)" --log-level warning --chart-search-root charts
fi
log "running go generate"
go generate ./...
