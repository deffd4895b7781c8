#!/usr/bin/env bash
# The command line client.
set -eu
# shellcheck source=hack/zookeeper/bin/zkEnv.sh
. "$(dirname "$(readlink -f "$0")")/zkEnv.sh"
run_client org.apache.zookeeper.ZooKeeperMain "$@"
