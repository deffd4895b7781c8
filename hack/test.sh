#!/usr/bin/env bash
# Everything that a change must pass, in phases, and a summary of what each
# took. A phase that fails does not stop the next: the whole picture comes in
# one run.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

summary=()
failed=0

phase() {
  local name=$1 start result=passed
  shift
  start=$(date +%s)
  log "== $name"
  if ! "$@"; then
    result=FAILED
    failed=1
  fi
  summary+=("$(printf '%-8s %-7s %4ds' "$name" "$result" "$(($(date +%s) - start))")")
}

phase verify "$HACK/verify.sh"
phase lint "$HACK/lint.sh"
phase unit "$HACK/unit.sh"
phase chart "$HACK/chart.sh"
phase cluster "$HACK/cluster.sh" up
phase e2e env E2E_TIMEOUT=45m "$HACK/e2e.sh" gate

printf '\n%s\n' "phase    result   took"
printf '%s\n' "${summary[@]}"
((failed == 0)) || die "the tests failed"
log "all tests passed"
