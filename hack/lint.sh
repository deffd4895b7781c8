#!/usr/bin/env bash
# Runs the linters over code and scripts. With --fix: formats, and applies the
# fixes that linters know.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

linter=$("$HACK/tool.sh" golangci-lint)
if [[ ${1:-} == --fix ]]; then
  "$linter" fmt ./...
fi
log "linting the code"
"$linter" run "$@" ./...
log "linting the API"
"$linter" run --config .golangci-kal.yml "$@" ./api/...
shellcheck=$("$HACK/tool.sh" shellcheck)
log "linting the scripts"
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard | xargs grep -lE '^#!.*(bash|/sh)' 2>/dev/null)
"$shellcheck" --external-sources "${scripts[@]}"
