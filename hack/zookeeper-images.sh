#!/usr/bin/env bash
# Prints the path of an archive with ZooKeeper images of the layout and names
# of the official ones, made when it is missing: for hosts where no registry
# answers. They share one layer, a Debian with a Java runtime.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/archive.sh
source "$HACK/archive.sh"

files() { find "$HACK/zookeeper" "$HACK"/{archive,debian,zookeeper-images,zookeeper-jars}.sh -type f | sort; }

java_layer() {
  local root
  root=$("$HACK/debian.sh" java)
  log "packing the Java layer"
  cp -al "$root" "$1/root"
  # Changed files are replaced, not edited: the others are links into the cache.
  sed '/^zookeeper:/d; $a zookeeper:x:1000:1000::/home/zookeeper:/bin/bash' "$root/etc/passwd" >"$1/passwd"
  sed '/^zookeeper:/d; $a zookeeper:x:1000:' "$root/etc/group" >"$1/group"
  mv "$1/passwd" "$1/group" "$1/root/etc/"
  mkdir -p "$1/root/opt/java" "$1/root/home/zookeeper"
  chown 1000:1000 "$1/root/home/zookeeper"
  ln -s "/usr/lib/jvm/java-17-openjdk-amd64" "$1/root/opt/java/openjdk"
  layer "$1/root" "$1/layer.tar" --exclude=./dev/* --exclude=./proc/*
  rm -rf "$1/root"
}

zookeeper_layer() {
  local version=$1 root=$2 home jars logging=logback.xml
  [[ $version != 3.[567].* ]] || logging=log4j.properties
  home=$root/apache-zookeeper-$version-bin
  jars=$("$HACK/zookeeper-jars.sh" "$version")
  mkdir -p "$home" "$root"/{conf,data,datalog,logs}
  cp -r "$HACK/zookeeper/bin" "$jars" "$home/"
  mkdir "$home/conf"
  cp "$HACK/zookeeper/conf/$logging" "$home/conf/"
  cp "$HACK/zookeeper/conf/$logging" "$root/conf/"
  cp "$HACK/zookeeper/docker-entrypoint.sh" "$root/"
  chown -R 0:0 "$root"
  chown -R 1000:1000 "$root"/{conf,data,datalog,logs}
}

image_config() {
  local home=/apache-zookeeper-$1-bin
  cat <<CONFIG
{"Env":["PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$home/bin",
"JAVA_HOME=/opt/java/openjdk","LANG=C.UTF-8",
"ZOO_CONF_DIR=/conf","ZOO_DATA_DIR=/data","ZOO_DATA_LOG_DIR=/datalog","ZOO_LOG_DIR=/logs","ZOOCFGDIR=/conf",
"ZOO_TICK_TIME=2000","ZOO_INIT_LIMIT=5","ZOO_SYNC_LIMIT=2","ZOO_AUTOPURGE_PURGEINTERVAL=0",
"ZOO_AUTOPURGE_SNAPRETAINCOUNT=3","ZOO_MAX_CLIENT_CNXNS=60","ZOO_STANDALONE_ENABLED=true","ZOO_ADMINSERVER_ENABLED=true"],
"WorkingDir":"$home","Entrypoint":["/docker-entrypoint.sh"],"Cmd":["zkServer.sh","start-foreground"],
"ExposedPorts":{"2181/tcp":{},"2888/tcp":{},"3888/tcp":{},"8080/tcp":{}},
"Volumes":{"/data":{},"/datalog":{},"/logs":{}}}
CONFIG
}

make_images() {
  local java=$1 folder=$2 version
  archive_begin "$folder/parts"
  for version in "${ZOOKEEPER_VERSIONS[@]}"; do
    log "packing zookeeper:$version"
    mkdir "$folder/root"
    zookeeper_layer "$version" "$folder/root"
    layer "$folder/root" "$folder/layer.tar"
    archive_image "docker.io/library/zookeeper:$version" "$(image_config "$version" | tr -d '\n')" \
      "$java/layer.tar" "$folder/layer.tar"
    rm -rf "$folder/root" "$folder/layer.tar"
  done
  # The Java layer alone: any program with a shell, for the volume provisioner.
  archive_image "localhost/zookeeper-operator/shell:1" '{"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["/bin/bash"]}' \
    "$java/layer.tar"
  archive_end "$folder/images.tar"
}

java=$CACHE/images/java-$(key "$HACK/zookeeper-images.sh" "$HACK/debian.sh" "$HACK/archive.sh")
keep "$java" java_layer
mapfile -t inputs < <(files)
images=$CACHE/images/zookeeper-$(key "${inputs[@]}" <(echo "${ZOOKEEPER_VERSIONS[@]}"))
keep "$images" make_images "$java"
echo "$images/images.tar"
