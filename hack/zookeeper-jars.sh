#!/usr/bin/env bash
# Prints the folder with the server and all its libraries, as the release
# tarball of that ZooKeeper version carries them, fetched when it is missing.
#
#   hack/zookeeper-jars.sh 3.9.5
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"

version=${1:?usage: hack/zookeeper-jars.sh VERSION}
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

fetch() {
  local logging=logback prometheus
  [[ $version != 3.[567].* ]] || logging=log4j
  # Maven Central has the metrics provider of some releases only. These work with
  # the servers of their own and the minor version before.
  case $version in
  3.[78].*) prometheus=3.8.3 ;;
  *) prometheus=3.9.4 ;;
  esac
  if ! command -v mvn >/dev/null; then
    log "installing the Debian package maven, to fetch ZooKeeper from Maven Central"
    apt-get update -q >/dev/null && apt-get install -q -y --no-install-recommends maven >/dev/null
  fi
  log "fetching ZooKeeper $version and its libraries from Maven Central"
  mvn --batch-mode --quiet --file "$HACK/zookeeper/pom.xml" --activate-profiles "$logging" \
    "-Dzookeeper.version=$version" "-Dprometheus.version=$prometheus" "$plugin:copy-dependencies" \
    -DincludeScope=runtime "-DoutputDirectory=$1/lib" >&2 || die "maven could not fetch ZooKeeper $version"
  [[ -s $1/lib/zookeeper-$version.jar ]] || die "no server among the jars of ZooKeeper $version"
}

keep "$CACHE/zookeeper/$version" fetch
echo "$CACHE/zookeeper/$version/lib"
