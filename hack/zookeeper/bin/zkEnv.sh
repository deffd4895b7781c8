#!/usr/bin/env bash
# Sourced by the other scripts: where ZooKeeper lives and how its JVMs start.

ZOOBINDIR=${ZOOBINDIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}
ZOOKEEPER_PREFIX=$(dirname "$ZOOBINDIR")
ZOOCFGDIR=${ZOOCFGDIR:-$ZOOKEEPER_PREFIX/conf}

# Settings of the installation, then of the JVM, as files beside zoo.cfg.
for file in zookeeper-env.sh java.env; do
  if [[ -f $ZOOCFGDIR/$file ]]; then
    # shellcheck disable=SC1090 # part of the installation
    source "$ZOOCFGDIR/$file"
  fi
done

ZOOCFG=${ZOOCFG:-zoo.cfg}
ZOO_LOG_DIR=${ZOO_LOG_DIR:-$ZOOKEEPER_PREFIX/logs}
if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then
  JAVA=$JAVA_HOME/bin/java
else
  JAVA=java
fi

jars=("$ZOOKEEPER_PREFIX"/lib/*.jar)
CLASSPATH=$ZOOCFGDIR:$(
  IFS=:
  echo "${jars[*]}"
)${CLASSPATH:+:$CLASSPATH}

# The heap comes first, so that a -Xmx in the flags of the user wins.
SERVER_JVMFLAGS="-Xmx${ZK_SERVER_HEAP:-1000}m ${SERVER_JVMFLAGS:-}"
CLIENT_JVMFLAGS="-Xmx${ZK_CLIENT_HEAP:-256}m ${CLIENT_JVMFLAGS:-}"

# run_client CLASS ARG... replaces the shell by a command line tool.
run_client() {
  # shellcheck disable=SC2086 # the flags are meant to be split
  exec "$JAVA" "-Dzookeeper.log.dir=$ZOO_LOG_DIR" -cp "$CLASSPATH" $CLIENT_JVMFLAGS ${JVMFLAGS:-} "$@"
}
