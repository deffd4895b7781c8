#!/usr/bin/env bash
# Sourced: container image archives without a container engine, in the format
# of "docker save". The same content always gives the same bytes.

# layer FOLDER FILE [TAR-OPTION...] packs a folder as a layer, owned by root
# unless the options say otherwise.
layer() {
  tar --create --file "$2" --directory "$1" --sort=name --mtime=@0 --numeric-owner "${@:3}" .
}

# archive_begin FOLDER starts an archive whose parts gather in FOLDER.
archive_begin() {
  archive_folder=$1
  archive_images=()
  mkdir -p "$archive_folder"
}

# archive_image REFERENCE CONFIG LAYER-FILE... adds an image for the architecture
# that Go builds for; CONFIG is the JSON object that says how to run it. A layer of
# several images is stored once.
archive_image() {
  local reference=$1 config=$2 layers=() diffs=() file digest image architecture
  architecture=$(go env GOARCH)
  for file in "${@:3}"; do
    digest=$(sha256sum "$file" | cut -d' ' -f1)
    ln -f "$file" "$archive_folder/$digest.tar" 2>/dev/null || cp "$file" "$archive_folder/$digest.tar"
    layers+=("\"$digest.tar\"")
    diffs+=("\"sha256:$digest\"")
  done
  image=$(printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":%s,"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$architecture" "$config" "$(commas "${diffs[@]}")")
  digest=$(sha256sum <<<"$image" | cut -d' ' -f1)
  echo "$image" >"$archive_folder/$digest.json"
  archive_images+=("$(printf '{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}' \
    "$digest" "$reference" "$(commas "${layers[@]}")")")
}

# archive_end FILE writes the archive and clears the folder.
archive_end() {
  echo "[$(commas "${archive_images[@]}")]" >"$archive_folder/manifest.json"
  tar --create --file "$1" --directory "$archive_folder" --sort=name --mtime=@0 \
    --owner=0 --group=0 --numeric-owner --transform 's#^\./##' .
  rm -rf "$archive_folder"
}

commas() {
  local IFS=,
  echo "$*"
}
