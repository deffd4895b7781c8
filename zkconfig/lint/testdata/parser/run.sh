#!/usr/bin/env bash
# Runs Parser.java, which reads cases on standard input, with the jars of one
# ZooKeeper version. It is compiled once, into the cache.
#
#   zkconfig/lint/testdata/parser/run.sh 3.9.5 FOLDER
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/../../../../hack/lib.sh"

version=${1:?usage: zkconfig/lint/testdata/parser/run.sh VERSION FOLDER}
folder=${2:?usage: zkconfig/lint/testdata/parser/run.sh VERSION FOLDER}
source=$(dirname "$0")/Parser.java

jars=$("$HACK/zookeeper-jars.sh" "$version")

compile() {
  if ! command -v javac >/dev/null; then
    log "installing the Debian package default-jdk-headless, to compile $(basename "$source")"
    apt-get update -q >/dev/null && apt-get install -q -y --no-install-recommends default-jdk-headless >/dev/null
  fi
  javac -d "$1" -cp "$jars/*" "$source"
}
classes=$CACHE/zookeeper/parser-$(key "$source")
keep "$classes" compile

# Without a logging library slf4j is silent. Without a name server nothing that
# a case names is looked up.
classpath=$classes
for jar in "$jars"/*.jar; do
  case ${jar##*/} in
  logback-* | log4j-* | reload4j-* | slf4j-log4j* | slf4j-reload4j*) ;;
  *) classpath+=:$jar ;;
  esac
done
mkdir -p "$folder/data"
echo "127.0.0.1 localhost" >"$folder/hosts"
exec java -Xshare:auto -XX:TieredStopAtLevel=1 -Xmx256m "-Djdk.net.hosts.file=$folder/hosts" \
  -cp "$classpath" Parser "$folder"
