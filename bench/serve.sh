#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The server's measurements: wrk on loopback against a county with five million service rows and a
# million births, on cores shared with the client. Prints Markdown. Started by ./dev bench serve.
#   HENG_BENCH_ROWS: fewer service rows for a quick look (default 5000000; a fifth of it are births).
#   HENG_BENCH_SECONDS: of each load (default 20).
# The county is kept in bench/env/serve for the next run.
set -eu
cd "$(dirname "$0")/.."
rows=${HENG_BENCH_ROWS:-5000000}
heng=$PWD/build/heng
keep=bench/env/serve
HENG_TODAY=2014-07-20; export HENG_TODAY
say() { printf '%s\n' "bench serve: $*" >&2; }
command -v wrk >/dev/null || { say 'installing wrk'; apt-get -qq update >&2; apt-get -qq install -y --no-install-recommends wrk >&2; }

mkdir -p $keep
of="$rows $(cat packs/cn-county/pack.yaml packs/cn-county/registers/*.yaml bench/serve/make_rows.py | cksum)"
if [ "$(cat $keep/of 2>/dev/null)" != "$of" ]; then
    rm -rf "${keep:?}"/*
    say "making a county with $rows service rows"
    "$heng" demo $keep/raw >&2
    "$heng" init $keep/county.db --pack packs/cn-county >&2
    while read -r register file source day; do
        case $source in -) set -- ;; *) set -- --source "$source" ;; esac
        HENG_TODAY=${day:-2014-07-20} "$heng" import $keep/county.db "$register" "$keep/raw/$file" "$@" \
            --rejects /dev/null </dev/null >$keep/import.log 2>&1 ||
            [ $? -eq 65 ]
    done <$keep/raw/import.txt
    for register in births services; do
        case $register in births) n=$((rows / 5)) source=hospital ;; *) n=$rows source=visit ;; esac
        python3 bench/serve/make_rows.py $keep/raw $register "$n" >$keep/$register.csv
        "$heng" import $keep/county.db $register $keep/$register.csv --source $source --rejects /dev/null >&2 </dev/null
        rm $keep/$register.csv
    done
    echo "$of" >$keep/of
fi
exec python3 bench/serve/load.py "$heng" $keep "${HENG_BENCH_SECONDS:-20}"
