#!/usr/bin/env bash
# Fails when a package that is linked into what is shipped is known to be vulnerable,
# by Go's database as of the version that tools/govulncheck requires: a module like any
# other, so no other network is needed than that of the modules, and an unchanged tree
# gives the same answer on every day. For a newer database:
#
#   (cd hack/tools/govulncheck && go get golang.org/x/vulndb@latest)
#
# The vulnerabilities of the standard library are those of whichever Go builds: a
# warning names them.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

govulncheck=$("$HACK/tool.sh" govulncheck)
database=$(cd "$HACK/tools/govulncheck" && GOWORK=off go mod download -json golang.org/x/vulndb | jq -r .Dir)
report=$("$govulncheck" -scan package -format json -db "file://$database/data/osv" ./cmd/...)

# found CONDITION prints the vulnerabilities in packages of the modules that meet it.
found() {
  jq -r "select(.finding).finding | select(.trace[0].package) | select(.trace[0].module $1) |
    \"\(.osv) in \(.trace[0].module), fixed in \(.fixed_version // \"no version\")\"" <<<"$report" | sort -u
}

go=$(found '== "stdlib"')
[[ -z $go ]] || log "warning: build what you ship with a newer release than $(go env GOVERSION): $(paste -sd ';' <<<"$go")"
modules=$(found '!= "stdlib"')
[[ -z $modules ]] || die "known vulnerabilities: $(paste -sd ';' <<<"$modules")"
