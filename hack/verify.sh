#!/usr/bin/env bash
# Checks what no compiler sees: generated files are up to date, go.mod is tidy, what
# is shipped has licences that allow it and no known vulnerability, the documents'
# links lead somewhere. In CI the tree must be clean as well; elsewhere only generated
# changes count, for people verify unfinished work.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

# state prints a line for each file that differs from the last commit, with a
# hash of what it is now.
state() {
  local line
  git status --porcelain --untracked-files=all | while read -r line; do
    printf '%s %s\n' "$line" "$(git hash-object "${line##* }" 2>/dev/null || true)"
  done
}

if [[ -n ${CI:-} ]]; then
  [[ -z $(state) ]] || die "the tree is not clean: $(git status --short)"
fi
before=$(state)
"$HACK/generate.sh"
after=$(state)
if [[ $before != "$after" ]]; then
  diff <(echo "$before") <(echo "$after") >&2 || true
  die "generated files were not up to date: commit what make generate wrote"
fi
log "checking that go.mod is tidy"
go mod tidy -diff
log "checking the licences of what is shipped"
"$HACK/licences.sh"
log "looking for known vulnerabilities in what is shipped"
"$HACK/vulnerabilities.sh"
log "checking the links in the documents"
"$HACK/links.sh"
