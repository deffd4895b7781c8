#!/usr/bin/env bash
# Checks that every relative link in the documents names a file, and every
# fragment a heading of it.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

# anchors FILE prints the fragments that the headings of a document have: as
# the forges build them, in lower case, without punctuation, blanks as hyphens.
anchors() {
  sed -n 's/^##* *//p' "$1" | tr '[:upper:]' '[:lower:]' |
    sed -E 's/`//g; s/\[([^]]*)\]\([^)]*\)/\1/g; s/[^[:alnum:] _-]//g; s/ /-/g'
  grep -oE '<a (id|name)="[^"]*"' "$1" | sed -E 's/.*="([^"]*)"/\1/' || true
}

broken=0
while read -r document; do
  while read -r link; do
    path=${link%%#*}
    target=$document
    if [[ -n $path ]]; then
      target=$(dirname "$document")/$path
    fi
    if [[ ! -e $target ]]; then
      log "$document: no such file: $link"
      broken=1
    elif [[ $link == *#* && $target == *.md ]] && ! anchors "$target" | grep -qxF "${link#*#}"; then
      log "$document: no such heading: $link"
      broken=1
    fi
  done < <(awk '/^ *```/ { code = !code } !code' "$document" | grep -oE '\]\([^) ]+\)' |
    sed 's/^](//; s/)$//' | grep -vE '^[a-z]+:' || true)
done < <(git ls-files --cached --others --exclude-standard '*.md')
exit "$broken"
