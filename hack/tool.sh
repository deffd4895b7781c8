#!/usr/bin/env bash
# Prints the path of a development tool, built when it is not in the cache.
#
#   hack/tool.sh controller-gen|crd-ref-docs|helm-docs|ginkgo|golangci-lint|govulncheck|helm|shellcheck
#
# Versions are those of go.tools.mod; golangci-lint, govulncheck and helm have a module
# each, for their dependencies conflict with everything. ginkgo is the one that the
# project's own go.mod requires, for it must match the library. golangci-lint is
# built with the linter of Kubernetes APIs as a plugin, by the command that comes
# with the plugin.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

tools=$ROOT/go.tools.mod

build() {
  local directory=$1 modfile=$2 package=$3 name=$4 folder=$5
  log "building $name"
  cd "$directory" || return
  CGO_ENABLED=0 GOWORK=off go build -buildvcs=false -trimpath -ldflags '-s -w' -modfile "$modfile" \
    -o "$folder/$name" "$package"
}

# tool NAME DIRECTORY MODFILE PACKAGE MODULE... prints the path of a tool, whose
# version is that of the modules.
tool() {
  local module version folder=$CACHE/tools/$1
  for module in "${@:5}"; do
    version=$(awk -v module="$module" '$1 == module && $2 ~ /^v/ { print $2; exit }' "$3")
    folder+=-${version:?no version of $module in $3}
  done
  keep "$folder" build "$2" "$3" "$4" "$1"
  echo "$folder/$1"
}

name=${1:-}
case $name in
controller-gen)
  tool "$name" "$ROOT" "$tools" sigs.k8s.io/controller-tools/cmd/controller-gen sigs.k8s.io/controller-tools
  ;;
crd-ref-docs) tool "$name" "$ROOT" "$tools" github.com/elastic/crd-ref-docs github.com/elastic/crd-ref-docs ;;
helm-docs) tool "$name" "$ROOT" "$tools" github.com/norwoodj/helm-docs/cmd/helm-docs github.com/norwoodj/helm-docs ;;
ginkgo)
  tool "$name" "$ROOT" "$ROOT/go.mod" github.com/onsi/ginkgo/v2/ginkgo github.com/onsi/ginkgo/v2
  ;;
golangci-lint)
  tool "$name" "$HACK/tools/$name" "$HACK/tools/$name/go.mod" \
    sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter \
    github.com/golangci/golangci-lint/v2 sigs.k8s.io/kube-api-linter
  ;;
govulncheck)
  tool "$name" "$HACK/tools/$name" "$HACK/tools/$name/go.mod" golang.org/x/vuln/cmd/govulncheck golang.org/x/vuln
  ;;
helm) tool "$name" "$HACK/tools/$name" "$HACK/tools/$name/go.mod" helm.sh/helm/v4/cmd/helm helm.sh/helm/v4 ;;
shellcheck)
  command -v shellcheck || {
    log "installing the Debian package shellcheck"
    apt-get install -q -y --no-install-recommends shellcheck >/dev/null
    command -v shellcheck
  }
  ;;
*) die "usage: hack/tool.sh controller-gen|crd-ref-docs|helm-docs|ginkgo|golangci-lint|govulncheck|helm|shellcheck" ;;
esac
