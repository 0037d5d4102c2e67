#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# A process killed at any moment of an import: all rows are in, or none, and the file
# verifies. HENG_KILLS: how often (200); HENG_SEED: which moments.
. "${0%/*}/tap.sh"
command -v sqlite3 >/dev/null || skip_all "no sqlite3 shell"
pack=$HENG_SOURCE/packs/minimal
kills=${HENG_KILLS:-200} seed=${HENG_SEED:-20140605} rows=3000
echo "# $kills kills, seed $seed"

heng init base.db --pack "$pack"
heng import base.db areas "$pack/sample/areas.csv"
awk -v n=$rows 'BEGIN {
    print "出生证编号,性别,出生日期,出生体重,居住乡镇"
    for (i = 1; i <= n; i++)
        printf "K%d,%s,2014-%02d-%02d,%d,110101%03d\n", i, i % 2 ? "男" : "女",
               i % 6 + 1, i % 28 + 1, 2500 + i % 2000, i % 3 + 1
}' >births.csv
cp base.db whole.db
began=$(date +%s%N)
heng import whole.db births births.csv
whole=$((($(date +%s%N) - began) / 1000))
exits 0 "the import, not killed, takes $((whole / 1000)) ms"

# moments from the start to a little after the end
awk -v n="$kills" -v seed="$seed" -v us="$whole" 'BEGIN {
    srand(seed)
    for (i = 0; i < n; i++)
        printf "%.4f\n", rand() * us * 1.05 / 1e6
}' >moments
wrong=0 none=0 all=0
while read -r moment; do
    rm -f k.db k.db-wal k.db-shm
    cp base.db k.db
    "$HENG_BIN" import k.db births births.csv >out 2>err &
    process=$!
    sleep "$moment"
    kill -9 $process 2>/dev/null
    wait $process 2>/dev/null
    # Heng opens the file first, so that it is Heng that mends it
    heng verify k.db
    there=$(sqlite3 k.db "SELECT count(*) FROM r_births")
    log=$(sqlite3 k.db "SELECT count(*) FROM heng_log WHERE register = 'births'")
    case $there in
    0) none=$((none + 1)) ;;
    "$rows") all=$((all + 1)) ;;
    esac
    if [ "$status" -ne 0 ] || [ "$there" != "$log" ] ||
        { [ "$there" -ne 0 ] && [ "$there" -ne $rows ]; }; then
        wrong=$((wrong + 1))
        echo "# killed after $moment s: $there rows, $log entries, verify $status"
    fi
done <moments
echo "# nothing in: $none, everything in: $all"
is "$wrong" 0 "killed $kills times: all rows or none, and the file verifies"
[ "$none" -gt 0 ]
result $? "some kills came before the end"
heng import k.db births births.csv
exits 0 "and the import can be done again"
heng verify k.db
exits 0 "then the file verifies"
is "$(sqlite3 k.db 'SELECT count(*) FROM r_births')" $rows "with every row"
end
