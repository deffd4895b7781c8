#!/usr/bin/env bash
# Measures the two ways to restart a leader, on three real servers on loopback;
# e2e/bench/handover says how. Every run is a row of the table that it prints.
#
#   hack/handover.sh [-tree MB] [-pairs N] [-heap MIB] ...
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

jars=$("$HACK/zookeeper-jars.sh" 3.9.5)
command -v java >/dev/null || die "there is no java on this host"
cd "$ROOT"
go build -o bin/handover ./e2e/bench/handover
exec bin/handover -jars "$jars" "$@"
