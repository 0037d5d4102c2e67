#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The watch on demo counties of many seeds: how often it finds what was planted, and how
# often it raises an alarm where nothing was. Prints Markdown. Started by ./dev bench watch.
#   HENG_BENCH_SEEDS: how many (default 200).
set -eu
cd "$(dirname "$0")/.."
seeds=${HENG_BENCH_SEEDS:-200}
scratch=build/bench-watch
rm -rf $scratch; mkdir -p $scratch
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
cat >$scratch/one.sh <<'TEXT'
set -eu
seed=$1 scratch=$2 folder=$2/$1
export HENG_TODAY=2014-07-20
heng=build/heng
$heng demo "$folder" --seed "$seed" >/dev/null 2>&1
$heng init "$folder.db" --pack packs/cn-county >/dev/null 2>&1
grep -E '^(areas|facilities|births|deliveries_report) ' "$folder/import.txt" |
    while read -r register file source _; do
        with=
        [ "$source" = - ] || with="--source $source"
        # shellcheck disable=SC2086 # two words, or none
        $heng import "$folder.db" "$register" "$folder/$file" $with --rejects /dev/null >/dev/null 2>&1 ||
            [ $? = 65 ] # some rows are planted to be refused
    done
$heng watch "$folder.db" --period 2014S1 >/dev/null 2>"$folder.log" || { cat "$folder.log" >&2; exit 1; }
mkdir -p "$scratch/out/$seed"
sqlite3 -csv -header "$folder.db" "SELECT look, subject, stratum, p_value FROM r_signals WHERE review = 1" \
    >"$scratch/out/$seed/signals.csv"
mv "$folder/truth/townships.csv" "$folder/truth/facts.csv" "$scratch/out/$seed/"
rm -rf "$folder" "$folder.db" "$folder.db-wal" "$folder.db-shm" "$folder.log"
TEXT
began=$(date +%s)
seq 1 "$seeds" | xargs -P 2 -I @ sh $scratch/one.sh @ $scratch
printf '# The watch on %s demo counties\n\n' "$seeds"
printf -- '- %s, Heng of commit %s\n\n' "$(date +%Y-%m-%d)" "$(git rev-parse --short HEAD)"
printf 'Period 2014S1; %s s on %s cores.\n\n' "$(($(date +%s) - began))" "$(nproc)"
python3 bench/watch/score.py $scratch/out packs/cn-county/watch/srb.yaml
cat <<'TEXT'

Signals of by_order are not counted as false: third births are raised everywhere, and two townships of sixteen
raise the first and second births of the whole. The demo county of `./dev demo` (seed 2014) has all seven found.
TEXT
