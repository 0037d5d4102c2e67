#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The spine's measurements, each beside a peer in the same run: import, the cube, the report.
# Prints Markdown; what the programs say goes to stderr. Started by ./dev bench spine.
#   HENG_BENCH_ROWS, HENG_BENCH_RUNS: fewer for a quick look (default 1000000 and 3).
set -eu
cd "$(dirname "$0")/.."
rows=${HENG_BENCH_ROWS:-1000000}
runs=${HENG_BENCH_RUNS:-3}
ninja -C build bench/bench_cube bench/bench_make_births bench/bench_timed >&2
heng=$PWD/build/heng
timed=$PWD/build/bench/bench_timed
cube=$PWD/build/bench/bench_cube
pack=$PWD/bench/spine/pack
county_pack=$PWD/packs/cn-county
scratch=build/bench-spine
rm -rf $scratch; mkdir -p $scratch
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
build/bench/bench_make_births $scratch "$rows"
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
began=$(date +%s)

say() { printf '%s\n' "bench spine: $*" >&2; }

# measure NAME COMMAND...: adds seconds, seconds of CPU and MB to the file of the name.
measure() {
    name=$1; shift
    "$timed" "$scratch/$name.times" "$@" >"$scratch/last.txt" 2>&1 </dev/null ||
        { cat "$scratch/last.txt" >&2; say "$name failed"; exit 1; }
    say "$name: $(tail -n 1 "$scratch/$name.times")"
}

# median NAME COLUMN: 1 seconds, 2 seconds of CPU, 3 MB.
median() {
    sort -g -k "$2" "$scratch/$1.times" | awk -v column="$2" '{ v[NR] = $column }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

fresh() { rm -f "$scratch/$1.db" "$scratch/$1.db-"*; cp $scratch/empty.db "$scratch/$1.db"; sync; }

import_into() { "$heng" import "$@" --lang en >>"$scratch/said.txt" 2>&1 </dev/null; }

# --- import: heng and the shell of SQLite by turns, each into a new copy of one empty file
say "$rows births by heng and by sqlite3, $runs times each"
"$heng" init $scratch/empty.db --pack "$pack" >&2
import_into $scratch/empty.db areas $scratch/areas.csv
import_into $scratch/empty.db facilities $scratch/facilities.csv
shell_script() { # CACHE: the settings of heng's own writer but for the cache
    printf 'PRAGMA synchronous=FULL;\nPRAGMA cache_size=%s;\n.mode csv\n' "$1"
    printf '.import %s r_births\n' $scratch/rows.csv
}
shell_script -65536 >$scratch/same.sql
shell_script -2000 >$scratch/default.sql
peer() { measure "$1" sqlite3 -bail $scratch/peer.db ".read $scratch/$1.sql"; }
checked() { # both files hold the same rows
    [ "$(sqlite3 "$scratch/$1.db" 'SELECT count(*), sum(fingerprint & 65535) FROM r_births')" = \
        "$(sqlite3 $scratch/heng.db 'SELECT count(*), sum(fingerprint & 65535) FROM r_births')" ] ||
        { say 'the two files do not hold the same rows'; exit 1; }
}
run=1
while [ $run -le "$runs" ]; do
    fresh heng
    measure import "$heng" import $scratch/heng.db births $scratch/births.csv --lang en
    sqlite3 -csv $scratch/heng.db 'SELECT * FROM r_births ORDER BY id' >$scratch/rows.csv
    fresh peer
    peer same
    checked peer
    run=$((run + 1))
done
fresh peer
peer default
for run in 1 2; do
    measure again "$heng" import $scratch/heng.db births $scratch/births.csv --lang en
    grep -q 'inserted *0$' $scratch/last.txt || { say 'the second import has changed rows'; exit 1; }
    measure verify "$heng" verify $scratch/heng.db
done
rm -f $scratch/*.db* $scratch/rows.csv $scratch/births.csv

# --- the demo county and its report
say 'the demo county'
HENG_TODAY=2014-07-20; export HENG_TODAY
measure demo "$heng" demo $scratch/raw
"$heng" init $scratch/county.db --pack "$county_pack" >&2
import_county() {
    while read -r register file source _; do
        set -- --rejects $scratch/rejects.csv
        [ "$source" = - ] || set -- "$@" --source "$source"
        status=0
        import_into $scratch/county.db "$register" "$scratch/raw/$file" "$@" || status=$?
        case $status in 0|65) ;; *) say "import of $file: status $status"; return 1 ;; esac
    done <$scratch/raw/import.txt
}
start=$(date +%s.%N)
import_county
county_seconds=$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }')
report() { # NAME SUFFIX...
    name=$1; shift
    outs=
    for suffix in "$@"; do outs="$outs --out $scratch/half-year.$suffix"; done
    # shellcheck disable=SC2086 # a list of words
    measure "$name" "$heng" report $scratch/county.db half-year --period 2014S1 --lang zh $outs
}
for run in 1 2 3 4 5; do
    report report_html html
    report report_pdf pdf
    report report_xlsx xlsx
    report report_all html pdf xlsx
done

# --- the cube
say 'the cube over 5,000,000 rows'
"$cube" $scratch >$scratch/cube.md
cube_row() { # STEP COLUMN: 3 seconds, 4 ratio
    awk -F ' *[|] *' -v step="$1" -v column="$2" '$2 == step { sub(/ x$/, "", $column);
        print $column; n++ } END { exit n != 1 }' $scratch/cube.md
}

# --- the page
number() { awk -v x="$1" -v digits="$2" 'BEGIN { printf "%.*f", digits, x }'; }
per_second() { awk -v n="$rows" -v s="$1" 'BEGIN { printf "%.0f", n / s }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3g", a / b }'; }
unmet=0
# row MEASURE FIGURE PEER RATIO BAR VALUE TEST LIMIT: the bar is on VALUE, which must be TEST
# (< or >=) LIMIT; without a bar: row MEASURE FIGURE PEER RATIO.
row() {
    met=
    if [ $# -gt 4 ]; then
        met=$(awk -v v="$6" -v t="$7" -v l="$8" \
            'BEGIN { print (t == "<" ? v < l : v >= l) ? "met" : "**not met**" }')
        [ "$met" = met ] || unmet=$((unmet + 1))
    fi
    printf '| %s | %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$4" "${5:-}" "$met"
}
heng_s=$(median import 1); same_s=$(median same 1); default_s=$(median default 1)
# The median of the pairs' ratios: what else the machine does hits both of a pair.
paste -d ' ' $scratch/import.times $scratch/same.times |
    awk '{ print $4 / $1, $5 / $2 }' >$scratch/pair.times
import_ratio=$(median pair 1)
cpu_ratio=$(median pair 2)
memory=$(sort -g -k 3 $scratch/import.times | tail -n 1 | cut -d ' ' -f 3)
load_s=$(cube_row 'load from the file' 3); scan_s=$(cube_row 'SQLite scans the same columns' 3)
group=$(cube_row 'area and sex, cube' 4); groups_s=$(cube_row 'the same, SQLite GROUP BY' 4)
single=$(cube_row 'the same, one thread' 4)
all_s=$(median report_all 1)
cpu_model=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)

cat <<TEXT
# Bench: the spine

- $(date +%Y-%m-%d), Heng of commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(($(date +%s) - began)) s for the whole run
- ${cpu_model:-unknown CPU}, $(nproc) cores, $(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo) of memory
- SQLite $(sqlite3 --version | cut -d ' ' -f 1), gcc $(gcc -dumpfullversion), Linux $(uname -r | cut -d - -f 1)
- load average when it began: $load_before; when it ended: $(cut -d ' ' -f 1-3 /proc/loadavg) (its own work is about 1 to 2)

Seconds are of the clock; medians. The import and its peer run by turns, $runs times each, every
time into a new copy of one empty county file; their ratio is the median of the ratios of the
$runs pairs ($(cut -d ' ' -f 1 $scratch/pair.times | xargs printf '%.2f ' | sed 's/ $//')). Both are one transaction, \`synchronous=FULL\`, with a
page cache of 64 MB; sqlite3 gets the same rows ready made (ids, codes, place numbers, ISO dates)
and neither validates nor keeps a history.

| measure | figure | peer | ratio | bar | |
| --- | ---: | ---: | ---: | --- | --- |
TEXT
row "import of $rows births, 9 fields, 3 indexes, validated, history and hash chain" \
    "$(per_second "$heng_s") rows/s ($(number "$heng_s" 1) s)" \
    "\`sqlite3 .import\`: $(per_second "$same_s") rows/s ($(number "$same_s" 1) s)" \
    "$(number "$import_ratio" 2) x" '>= 0.5 x' "$import_ratio" '>=' 0.5
row 'its CPU time' "$(number "$(median import 2)" 1) s" "$(number "$(median same 2)" 1) s" \
    "$(number "$cpu_ratio" 2) x"
row 'the same, sqlite3 with its default cache of 2 MB' "$(per_second "$heng_s") rows/s" \
    "$(per_second "$default_s") rows/s ($(number "$default_s" 1) s)" "$(ratio "$default_s" "$heng_s") x"
row 'its memory at the most' "$(number "$memory" 0) MB" "$(number "$(median same 3)" 0) MB" '' \
    '< 300 MB' "$memory" '<' 300
row 'import of the same file again (nothing changes)' \
    "$(per_second "$(median again 1)") rows/s ($(number "$(median again 1)" 1) s)" '' ''
row "verify of $rows rows and their history" \
    "$(per_second "$(median verify 1)") rows/s ($(number "$(median verify 1)" 1) s)" '' ''
row 'cube: 5 M rows, group by area and sex' "$(number "$(cube_row 'area and sex, cube' 3)" 4) s" \
    "loop by hand: $(number "$(cube_row 'area and sex by hand' 3)" 4) s" "$group x" '< 10 x' "$group" '<' 10
row 'the same, one thread' "$(number "$(cube_row 'the same, one thread' 3)" 4) s" 'loop by hand' \
    "$single x" '< 10 x' "$single" '<' 10
row 'the same against SQLite GROUP BY without an index' \
    "$(number "$(cube_row 'area and sex, cube' 3)" 4) s" \
    "$(number "$(cube_row 'the same, SQLite GROUP BY' 3)" 2) s" "$groups_s x" '>= 50 x' "$groups_s" '>=' 50
row 'cube: loading 5 M rows from the file' "$(number "$load_s" 2) s" \
    "SQLite scans the same columns: $(number "$scan_s" 2) s" "$(ratio "$load_s" "$scan_s") x" \
    '< 4 s' "$load_s" '<' 4
row 'half-year report of the demo county, zh: HTML, PDF and XLSX in one call' \
    "$(number "$all_s" 2) s" '' '' '< 2 s' "$all_s" '<' 2
for suffix in html pdf xlsx; do
    row "the same, $suffix alone" "$(number "$(median report_$suffix 1)" 2) s" '' ''
done
row 'heng demo: the raw files of a county of 320,000 people' "$(number "$(median demo 1)" 1) s" '' ''
row "import of these $(grep -c . $scratch/raw/import.txt) files" "$county_seconds s" '' ''
printf '\n%s\n\n' "$([ $unmet = 0 ] && echo 'Every bar is met.' || echo "Bars not met: $unmet.")"
cat $scratch/cube.md
