#!/usr/bin/env bash
# Purges old snapshots and transaction logs.
set -eu
# shellcheck source=hack/zookeeper/bin/zkEnv.sh
. "$(dirname "$(readlink -f "$0")")/zkEnv.sh"
run_client org.apache.zookeeper.server.PurgeTxnLog "$@"
