#!/usr/bin/env bash
# zkServer.sh start-foreground|print-cmd|status|version [CONFIG]
# shellcheck disable=SC2154 # variables of zkEnv.sh
set -eu
# shellcheck source=hack/zookeeper/bin/zkEnv.sh
. "$(dirname "$(readlink -f "$0")")/zkEnv.sh"

case ${2:-} in
'') ZOOCFG=$ZOOCFGDIR/$ZOOCFG ;;
*/*) ZOOCFG=$2 ;;
*) ZOOCFG=$ZOOCFGDIR/$2 ;;
esac

# jmx prints the management flags, which are on unless JMXDISABLE says otherwise.
jmx() {
  case ${JMXDISABLE:-false} in
  false) ;;
  *)
    echo "JMX disabled by user request" >&2
    return
    ;;
  esac
  echo "ZooKeeper JMX enabled by default" >&2
  printf -- '-Dcom.sun.management.jmxremote '
  if [[ -z ${JMXPORT:-} ]]; then
    printf -- '-Dcom.sun.management.jmxremote.local.only=%s' "${JMXLOCALONLY:-false}"
    return
  fi
  printf -- '-Dcom.sun.management.jmxremote.port=%s ' "$JMXPORT"
  printf -- '-Dcom.sun.management.jmxremote.authenticate=%s ' "${JMXAUTH:-false}"
  printf -- '-Dcom.sun.management.jmxremote.ssl=%s ' "${JMXSSL:-false}"
  printf -- '-Dzookeeper.jmx.log4j.disable=%s' "${JMXLOG4J:-true}"
}

server_command() {
  local management
  management=$(jmx)
  # shellcheck disable=SC2206 # the flags are meant to be split
  command=("$JAVA" "-Dzookeeper.log.dir=$ZOO_LOG_DIR" "-Dzookeeper.log.file=zookeeper-server-$HOSTNAME.log"
    -XX:+HeapDumpOnOutOfMemoryError '-XX:OnOutOfMemoryError=kill -9 %p' -cp "$CLASSPATH"
    $SERVER_JVMFLAGS ${JVMFLAGS:-} $management org.apache.zookeeper.server.quorum.QuorumPeerMain "$ZOOCFG")
}

setting() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$ZOOCFG" | tail -n 1; }

status() {
  local port dynamic
  port=$(setting clientPort)
  if [[ -z $port ]]; then
    dynamic=$(setting dynamicConfigFile)
    port=$(sed -n "s/^server\.$(cat "$(setting dataDir)/myid")=.*;\(.*:\)*\([0-9]*\)$/\2/p" "${dynamic:-$ZOOCFG}")
  fi
  echo "Client port found: ${port:?no client port in $ZOOCFG}" >&2
  # shellcheck disable=SC2086 # the flags are meant to be split
  "$JAVA" -cp "$CLASSPATH" $CLIENT_JVMFLAGS ${JVMFLAGS:-} \
    org.apache.zookeeper.client.FourLetterWordMain localhost "$port" srvr 2>/dev/null | grep Mode
}

echo "Using config: $ZOOCFG" >&2
case ${1:-} in
start-foreground)
  server_command
  exec "${command[@]}"
  ;;
print-cmd)
  server_command
  printf '%q ' "${command[@]}"
  echo
  ;;
status)
  status || {
    echo "Error contacting service. It is probably not running." >&2
    exit 1
  }
  ;;
version) run_client org.apache.zookeeper.version.VersionInfoMain ;;
*)
  echo "Usage: $0 {start-foreground|print-cmd|status|version} [config]" >&2
  exit 1
  ;;
esac
