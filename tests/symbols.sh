#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# One name, one meaning: no two rooms define the same global symbol. The linker would take the first of two
# static libraries silently. Usage: symbols.sh LIBRARY.a...
set -eu
# prints the names that stand in more than one of the lists given
twice() {
    for list in "$@"; do sort -u "$list"; done | sort | uniq -d
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo 1..2
printf 'a_open\nb_open\n' >"$folder/x"
printf 'b_open\nc_open\n' >"$folder/y"
if [ "$(twice "$folder/x" "$folder/y")" = b_open ]; then
    echo 'ok 1 - a name defined twice is found'
else
    echo 'not ok 1 - a name defined twice is found'
fi
rm "$folder/x" "$folder/y"
for library in "$@"; do
    nm -g --defined-only "$library" | awk 'NF == 3 && $3 !~ /^(__asan|__odr_asan|_GLOBAL_)/ {print $3}' \
        >"$folder/$(basename "$library")"
done
both=$(twice "$folder"/*)
if [ -z "$both" ]; then
    echo 'ok 2 - no name is defined in two rooms'
else
    echo 'not ok 2 - no name is defined in two rooms'
    echo "$both" | sed 's/^/# /'
fi
