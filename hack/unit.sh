#!/usr/bin/env bash
# Runs all tests that need no cluster. The race detector needs a C compiler and
# slows the exhaustive planner tests, so it runs where goroutines meet.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

# Each is named, so that one which moves away fails instead of being left out.
CONCURRENT=(
  ./internal/agent ./internal/agent/probe ./internal/agent/resolve ./internal/agent/supervise
  ./internal/zkclient ./internal/zkclient/fourletter ./internal/zkclient/zkclienttest
)

KUBEBUILDER_ASSETS=$("$HACK/envtest-assets.sh")
export KUBEBUILDER_ASSETS
for version in "${ZOOKEEPER_VERSIONS[@]}"; do
  "$HACK/zookeeper-jars.sh" "$version" >/dev/null
done
"$HACK/tool.sh" helm >/dev/null

log "running the tests, in random order"
go test -timeout 60m -shuffle=on "$@" ./...
if [[ $(go env CGO_ENABLED) == 1 ]] && command -v gcc >/dev/null; then
  log "running the tests of the concurrent packages with the race detector"
  go test -race -shuffle=on "${CONCURRENT[@]}"
fi
