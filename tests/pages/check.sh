#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The pages' own checks as TAP: types, lint and layout, words in both languages.
cd "$1" || exit 1
if ! command -v node >/dev/null || [ ! -d node_modules ]; then
    echo '1..0 # SKIP node or web/node_modules is not there'
    exit 0
fi
# as_tap NUMBER NAME COMMAND...
as_tap() {
    number=$1; name=$2; shift 2
    if found=$("$@" 2>&1); then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        printf '%s\n' "$found" | sed 's/^/# /'
    fi
}
as_tap 1 types node_modules/.bin/tsc --noEmit
as_tap 2 'lint and layout' node_modules/.bin/biome check .
as_tap 3 'words and units' node test.mjs
echo 1..3
