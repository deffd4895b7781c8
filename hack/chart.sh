#!/usr/bin/env bash
# Lints the chart, strictly: an undefined value or a warning is an error.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

helm=$("$HACK/tool.sh" helm)
"$helm" lint --strict "$ROOT/charts/zookeeper-operator"
