#!/usr/bin/env bash
# Prints snapshots.
set -eu
# shellcheck source=hack/zookeeper/bin/zkEnv.sh
. "$(dirname "$(readlink -f "$0")")/zkEnv.sh"
run_client org.apache.zookeeper.server.SnapshotFormatter "$@"
