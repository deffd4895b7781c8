#!/usr/bin/env bash
# Fails when a module that is linked into what is shipped has no licence that lets
# anybody use and pass it on, as the text of its licence says.
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

# licence FOLDER prints the name of the licence of a module, empty for an unknown one.
licence() {
  local file text
  for file in "$1"/{LICENSE,LICENCE,COPYING}*; do
    [[ -f $file ]] || continue
    text=$(tr -s '[:space:]' ' ' <"$file")
    case $text in
    *'Apache License Version 2.0'* | *'Apache License, Version 2.0'*) echo Apache-2.0 ;;
    *'Permission is hereby granted, free of charge, to any person obtaining a copy'*) echo MIT ;;
    *'Redistribution and use in source and binary forms, with or without modification, are permitted'*) echo BSD ;;
    *'Permission to use, copy, modify, and'*'distribute this software for any purpose with or without fee is hereby granted'*) echo ISC ;;
    *) continue ;;
    esac
    return
  done
}

unknown=()
while read -r module folder; do
  [[ -n $(licence "$folder") ]] || unknown+=("$module")
done < <(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' ./cmd/... | sort -u)
((${#unknown[@]} == 0)) || die "read the licences of these modules, which hack/licences.sh does not know: ${unknown[*]}"
