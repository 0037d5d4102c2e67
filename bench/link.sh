#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The linkage engine's measurements: speed and memory beside Splink on DuckDB in the same run,
# ten million records, EM beside Splink's, accuracy with no settings, and the same answer for any
# number of threads and order of rows. Prints Markdown; what the programs say goes to stderr.
# Started by ./dev bench link.
#   HENG_BENCH_ROWS, HENG_BENCH_RUNS, HENG_BENCH_PEER_RUNS: fewer for a quick look (default
#   1000000, 3 and 2); the large file has ten times as many rows.
# Splink is put into bench/env/splink; without python3-venv or the network its parts are skipped.
set -eu
cd "$(dirname "$0")/.."
rows=${HENG_BENCH_ROWS:-1000000}
runs=${HENG_BENCH_RUNS:-3}
peer_runs=${HENG_BENCH_PEER_RUNS:-3}
ninja -C build heng bench/bench_make_people bench/bench_timed >&2
heng=$PWD/build/heng
timed=$PWD/build/bench/bench_timed
make_people=$PWD/build/bench/bench_make_people
settings=$PWD/bench/link
data=$PWD/../shared/data/linkage
scratch=build/bench-link
rm -rf $scratch; mkdir -p $scratch/peer
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
began=$(date +%s)

say() { printf '%s\n' "bench link: $*" >&2; }

# --- the peer
python=$PWD/bench/env/splink/bin/python
has_peer() { "$python" -c 'import splink' 2>/dev/null; }
if ! has_peer; then
    say 'putting Splink into bench/env/splink'
    # shellcheck disable=SC2015 # either may fail
    { python3 -m venv bench/env/splink && "$python" -m pip install --quiet 'splink==5.*'; } >&2 || true
fi
peer='' peer_name=Splink
if has_peer; then
    peer=yes
    peer_name=$("$python" bench/link/splink_peer.py versions)
fi

# measure NAME COMMAND...: adds seconds, seconds of CPU and MB to the file of the name.
measure() {
    times=$1; shift
    "$timed" "$scratch/$times.times" "$@" >"$scratch/last.txt" 2>"$scratch/last-errors.txt" </dev/null ||
        { cat "$scratch/last.txt" "$scratch/last-errors.txt" >&2; say "$times failed"; exit 1; }
    say "$times: $(tail -n 1 "$scratch/$times.times")"
}

# median NAME COLUMN: 1 seconds, 2 seconds of CPU, 3 MB.
median() {
    sort -g -k "$2" "$scratch/$1.times" | awk -v column="$2" '{ v[NR] = $column }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# with_rules NAME COMMAND...: runs the command with the settings and rules of the name behind it.
with_rules() {
    name_of_settings=$1; shift
    set -- "$@" --model "$settings/$name_of_settings.json"
    while read -r option value; do set -- "$@" "--$option" "$value"; done \
        <"$settings/$name_of_settings.rules"
    "$@"
}

# f1 FILE TRUTH: of pairs, or of clusters counted by pairs; everything in the file counts.
f1() {
    "$heng" link evaluate "$1" --truth "$2" --lang en >"$scratch/evaluate.txt"
    awk '$1 == "pairs" || $1 == "0.01" { print $NF; n++ } END { exit n != 1 }' "$scratch/evaluate.txt"
}

# --- 1. speed
people=$scratch/people.csv
"$make_people" $people "$rows" 1
awk -F, 'NR == 1 { print "id,entity"; next } { print $1 "," $NF }' $people >$scratch/truth.csv
say "$rows records by heng and by $peer_name"
run=1
while [ "$run" -le "$runs" ]; do
    with_rules people measure heng "$heng" link $people --id unique_id --threads 2 --lang en \
        --seed "$run" --pairs $scratch/pairs.csv --clusters $scratch/clusters.csv
    mv $scratch/last.txt $scratch/heng.txt
    echo "$(f1 $scratch/clusters.csv $scratch/truth.csv) $(f1 $scratch/pairs.csv $scratch/truth.csv)" >>$scratch/heng.f1
    if [ -n "$peer" ] && [ "$run" -le "$peer_runs" ]; then
        measure peer "$python" bench/link/splink_peer.py link "$settings/people.json" \
            "$settings/people.rules" $people $scratch/peer "$run"
        mv $scratch/last.txt $scratch/peer.txt
        echo "$(f1 $scratch/peer/clusters.csv $scratch/truth.csv) $(f1 $scratch/peer/pairs.csv $scratch/truth.csv)" >>$scratch/peer.f1
    fi
    run=$((run + 1))
done
count_of() { awk -v what="$1" 'index($0, what) == 1 { gsub(/,/, ""); sub(what, ""); print $1; exit }' "$2"; }
heng_pairs=$(count_of 'pairs compared' $scratch/heng.txt)
# u comes from random pairs, so both answers move a little with the seed: the middle one counts.
middle() { cut -d ' ' -f "$2" "$scratch/$1.f1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
seeds_of() { cut -d ' ' -f 1 "$scratch/$1.f1" | sort -g | awk 'NR == 1 { a = $1 } { b = $1 } END { print a "-" b }'; }
heng_pairs_f1=$(middle heng 2)
heng_f1=$(middle heng 1)
if [ -n "$peer" ]; then
    peer_pairs=$("$python" bench/link/splink_peer.py count "$settings/people.json" \
        "$settings/people.rules" $people)
    peer_pairs_f1=$(middle peer 2)
    peer_f1=$(middle peer 1)
fi
say 'the same comparisons and rules, learned in the own way'
run=1
while [ "$run" -le "$runs" ]; do
    measure own "$heng" link $people --id unique_id --threads 2 --lang en --seed "$run" \
        --model "$settings/people.json" --pairs $scratch/pairs.csv --clusters $scratch/clusters.csv
    echo "$(f1 $scratch/clusters.csv $scratch/truth.csv) $(f1 $scratch/pairs.csv $scratch/truth.csv)" >>$scratch/own.f1
    run=$((run + 1))
done
say 'the same file, no settings'
for run in 1 2; do
    measure alone "$heng" link $people --threads 2 --lang en --ignore cluster \
        --pairs $scratch/alone-pairs.csv --clusters $scratch/alone-clusters.csv
done
alone_pairs=$(count_of 'pairs compared' $scratch/last.txt)
alone_pairs_f1=$(f1 $scratch/alone-pairs.csv $scratch/truth.csv)
alone_f1=$(f1 $scratch/alone-clusters.csv $scratch/truth.csv)

# --- 6. the same bytes for any number of threads; the same rows for a shuffled file
say 'threads and order of rows'
digest() { cat "$1-pairs.csv" "$1-clusters.csv" | cksum; }
# Rows with the ids of a pair in one order, and clusters by their smallest id: what a link says,
# whatever row came first.
shape() {
    awk -F, 'NR > 1 { if ($1 > $2) { t = $1; $1 = $2; $2 = t } print $1, $2, $3, $4 }' "$1-pairs.csv" |
        LC_ALL=C sort >"$1-shape.txt"
    awk -F, 'NR > 1 { if (!($2 in least) || $1 < least[$2]) least[$2] = $1; of[$1] = $2 }
        END { for (i in of) print i, least[of[i]] }' "$1-clusters.csv" | LC_ALL=C sort >>"$1-shape.txt"
}
by_threads=same by_order=same
for way in given alone; do
    for threads in 1 2 4; do
        set -- "$heng" link $people --threads $threads --lang en \
            --pairs $scratch/t$threads-pairs.csv --clusters $scratch/t$threads-clusters.csv
        if [ $way = given ]; then
            with_rules people "$@" >$scratch/last.txt
        else
            "$@" --ignore cluster >$scratch/last.txt
        fi
        [ "$(digest $scratch/t$threads)" = "$(digest $scratch/t1)" ] || by_threads="**not the same**"
    done
    { head -n 1 $people; tail -n +2 $people | shuf --random-source=$people; } >$scratch/shuffled.csv
    set -- "$heng" link $scratch/shuffled.csv --threads 2 --lang en \
        --pairs $scratch/s-pairs.csv --clusters $scratch/s-clusters.csv
    if [ $way = given ]; then
        with_rules people "$@" >$scratch/last.txt
    else
        "$@" --ignore cluster >$scratch/last.txt
    fi
    shape $scratch/t1; shape $scratch/s
    cmp -s $scratch/t1-shape.txt $scratch/s-shape.txt || by_order="**not the same**"
done
rm -f $scratch/t?-* $scratch/s-* $scratch/shuffled.csv $scratch/alone-*.csv

# --- 2. ten times as many
say "$((rows * 10)) records"
"$make_people" $scratch/large.csv $((rows * 10)) 2
large_size=$(wc -c <$scratch/large.csv)
with_rules people measure large "$heng" link $scratch/large.csv --id unique_id --threads 2 --lang en \
    --pairs $scratch/pairs.csv --clusters $scratch/clusters.csv
large_pairs=$(count_of 'pairs compared' $scratch/last.txt)
large_links=$(count_of 'links' $scratch/last.txt)
awk -F, 'NR == 1 { print "id,entity"; next } { print $1 "," $NF }' $scratch/large.csv >$scratch/large-truth.csv
large_f1=$(f1 $scratch/clusters.csv $scratch/large-truth.csv)
rm -f $scratch/large*.csv $scratch/pairs.csv $scratch/clusters.csv

# --- 3. EM beside Splink's
# parity NAME FILE LABEL: adds rows to parity.md
parity() {
    name=$1; file=$2; label=$3
    mkdir -p "$scratch/$name"
    say "EM on $name"
    with_rules "$name" "$heng" link "$file" --threads 2 --lang en \
        --save-model "$scratch/$name/ours.json" >"$scratch/last.txt"
    measure "train-$name" "$python" bench/link/splink_peer.py train "$settings/$name.json" \
        "$settings/$name.rules" "$file" "$scratch/$name"
    for em in trained trained-tf; do
        "$python" bench/link/compare_models.py "$scratch/$name/ours.json" "$scratch/$name/$em.json" \
            >"$scratch/compared.txt"
        read -r m u compared <"$scratch/compared.txt"
        printf '%s %s\n' "$m" "$u" >>"$scratch/parity.txt"
        way='without term frequencies'
        [ $em = trained ] || way='with term frequencies'
        printf '| %s | %s | %s | %s | %s |\n' "$label" "$way" "$compared" "$m" "$u" >>"$scratch/parity.md"
    done
}
if [ -n "$peer" ]; then
    "$make_people" $scratch/fifty.csv $((rows / 20)) 3
    parity people $scratch/fifty.csv "$((rows / 20)) made people"
    if [ -f "$data/fake_1000.csv" ]; then
        parity fake_1000 "$data/fake_1000.csv" fake_1000
        # DuckDB takes the spaces behind the commas for part of the names and values.
        sed 's/ *, */,/g' "$data/febrl3.csv" >$scratch/febrl3.csv
        parity febrl3 $scratch/febrl3.csv febrl3
    fi
fi

# --- 4. no settings
# accuracy NAME BAR LEAST ARGUMENT...: adds a row to accuracy.md; the truth is in truth-NAME.csv
accuracy() {
    name=$1; bar=$2; least=$3; shift 3
    say "no settings: $name"
    measure "alone-$name" "$heng" link "$@" --threads 2 --lang en \
        --pairs $scratch/pairs.csv --clusters $scratch/clusters.csv
    pairs_f1=$(f1 $scratch/pairs.csv "$scratch/truth-$name.csv")
    clusters_f1=$(f1 $scratch/clusters.csv "$scratch/truth-$name.csv")
    right=$(awk '$1 == "pairs" { print $5 " | " $6 }' $scratch/evaluate.txt)
    seconds=$(awk '{ printf "%.2f", $1 }' "$scratch/alone-$name.times")
    met=
    if [ -n "$bar" ]; then
        met=$(awk -v p="$pairs_f1" -v least="$least" -v s="$seconds" \
            'BEGIN { print (p > least && s < 3) ? "met" : "**not met**" }')
        [ "$met" = met ] || echo "$name" >>$scratch/unmet.txt
    fi
    printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$name" "$pairs_f1" "$clusters_f1" "$right" \
        "$seconds" "$bar" "$met" >>$scratch/accuracy.md
}
labelled() { # NAME AWK: the truth file of ids and entities
    { echo id,entity; awk -F, "$2" "$3"; } >>"$scratch/truth-$1.csv"
}
if [ -f "$data/febrl1.csv" ]; then
    for name in febrl1 febrl3; do
        labelled $name 'NR > 1 { split($1, part, "-"); print $1 "," part[2] }' "$data/$name.csv"
    done
    accuracy febrl1 '> 0.974, < 3 s' 0.974 "$data/febrl1.csv"
    accuracy febrl3 '> 0.996, < 3 s' 0.996 "$data/febrl3.csv"
    { echo id,entity
        awk -F, 'FNR > 1 { print $NF "," $1 }' "$data/essnet_cis.csv" "$data/essnet_prd.csv"
    } >$scratch/truth-essnet.csv
    accuracy essnet '> 0.9897, < 3 s' 0.9897 "$data/essnet_cis.csv" "$data/essnet_prd.csv" \
        --id cis_id,prd_id --ignore person_id
    labelled restaurant 'NR > 1 { gsub(/[^0-9]/, "", $NF); print NR - 1 "," $NF }' "$data/restaurant.csv"
    accuracy restaurant '' 0 "$data/restaurant.csv" --ignore unique_id
    labelled fake_1000 'NR > 1 { print $1 "," $NF }' "$data/fake_1000.csv"
    accuracy fake_1000 '' 0 "$data/fake_1000.csv" --ignore cluster
fi

# --- the page
number() { awk -v x="$1" -v digits="$2" 'BEGIN { printf "%.*f", digits, x }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3g", a / b }'; }
# verdict VALUE TEST LIMIT: met or not, also into unmet.txt
verdict() {
    met=$(awk -v v="$1" -v t="$2" -v l="$3" \
        'BEGIN { print (t == "<" ? v < l : t == "<=" ? v <= l : v >= l) ? "met" : "**not met**" }')
    [ "$met" = met ] || echo "$1 $2 $3" >>$scratch/unmet.txt
    echo "$met"
}
row() { printf '| %s | %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$4" "${5:-}" "${6:-}"; }
cpu_model=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
heng_s=$(median heng 1); heng_cpu=$(median heng 2); heng_mb=$(median heng 3)
alone_s=$(median alone 1)

cat <<TEXT
# Bench: link

- $(date +%Y-%m-%d), Heng of commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(($(date +%s) - began)) s for the whole run
- ${cpu_model:-unknown CPU}, $(nproc) cores, $(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo) of memory
- $peer_name, gcc $(gcc -dumpfullversion), Linux $(uname -r | cut -d - -f 1)
- load average when it began: $load_before; when it ended: $(cut -d ' ' -f 1-3 /proc/loadavg) (its own work is about 2)

Seconds are of the clock and of the whole process, start to end; medians of $runs runs of Heng, 2 with
no settings$([ -z "$peer" ] || echo ", $peer_runs of Splink, by turns"). Every program has 2 threads.

### From CSV to clusters

$rows made people (\`bench/link/make_people.c\`): names with the frequencies of real registers, 30 % of the
records second ones with slips of the pen. Both programs read \`bench/link/people.json\` (five comparisons, all
with term frequencies; five blocking rules) and \`people.rules\` (prior, u from random pairs, two EM sessions),
train, compare and cluster at a probability of 0.5, and write pairs and clusters as CSV. F1 is of clusters,
counted by pairs (in brackets of the pairs file); run n has seed n in both programs, for random pairs move F1 in
the fourth place. "Own training": the same comparisons and blocking rules, but learned by Heng's joint EM.

| measure | Heng | Splink | ratio | bar | |
| --- | ---: | ---: | ---: | --- | --- |
TEXT
if [ -n "$peer" ]; then
    peer_s=$(median peer 1); peer_mb=$(median peer 3)
    row 'candidate pairs' "$heng_pairs" "$peer_pairs" "$(ratio "$heng_pairs" "$peer_pairs")" 'the same' \
        "$(verdict "$heng_pairs" '<=' "$peer_pairs")"
    row 'seconds' "$(number "$heng_s" 2)" "$(number "$peer_s" 1)" "$(ratio "$peer_s" "$heng_s") x" \
        '>= 20 x' "$(verdict "$(ratio "$peer_s" "$heng_s")" '>=' 20)"
    row 'seconds of CPU' "$(number "$heng_cpu" 2)" "$(number "$(median peer 2)" 1)" \
        "$(ratio "$(median peer 2)" "$heng_cpu") x"
    row 'memory at the most' "$(number "$heng_mb" 0) MB" "$(number "$peer_mb" 0) MB" \
        "$(ratio "$heng_mb" "$peer_mb")" '< 1/3' "$(verdict "$(ratio "$heng_mb" "$peer_mb")" '<' 0.3333)"
    row 'F1, middle of its seeds' "$heng_f1 ($heng_pairs_f1; seeds $(seeds_of heng))" "$peer_f1 ($peer_pairs_f1; seeds $(seeds_of peer))" '' 'no less' \
        "$(verdict "$heng_f1" '>=' "$peer_f1")"
else
    for line in "candidate pairs|$heng_pairs" "seconds|$(number "$heng_s" 2)" \
        "seconds of CPU|$(number "$heng_cpu" 2)" "memory at the most|$(number "$heng_mb" 0) MB" \
        "F1|$heng_f1 ($heng_pairs_f1)"; do
        row "${line%%|*}" "${line#*|}" 'not measured' ''
    done
fi
if [ -n "$peer" ]; then
    row 'own training: seconds' "$(number "$(median own 1)" 2)" "$(number "$peer_s" 1)" \
        "$(ratio "$peer_s" "$(median own 1)") x" '>= 20 x' "$(verdict "$(ratio "$peer_s" "$(median own 1)")" '>=' 20)"
else
    row 'own training: seconds' "$(number "$(median own 1)" 2)" '' ''
fi
[ -z "$peer" ] || row 'own training: F1' "$(middle own 1) ($(middle own 2); seeds $(seeds_of own))" "$peer_f1" '' \
    'no less' "$(verdict "$(middle own 1)" '>=' "$peer_f1")"
row 'no settings: seconds' "$(number "$alone_s" 2)" '' ''
row 'no settings: candidate pairs' "$alone_pairs" '' ''
row 'no settings: memory at the most' "$(number "$(median alone 3)" 0) MB" '' ''
row 'no settings: F1' "$alone_f1 ($alone_pairs_f1)" '' ''
printf '\nHeng: %s.\n' "$(sed -n 's/^time  *//p' $scratch/heng.txt)"
if [ -n "$peer" ]; then
    printf 'Splink: %s.\n' "$(tail -n 1 $scratch/peer.txt)"
else
    printf '\nSplink was not measured: it needs python3-venv and the network.\n'
fi

cat <<TEXT

### $((rows * 10)) records

The same settings and rules, a file of $(number "$(ratio "$large_size" 1e6)" 0) MB.

| measure | figure | bar | |
| --- | ---: | --- | --- |
| seconds | $(number "$(median large 1)" 1) |  |  |
| seconds of CPU | $(number "$(median large 2)" 1) |  |  |
| memory at the most | $(number "$(median large 3)" 0) MB | < 4 GB | $(verdict "$(median large 3)" '<' 4000) |
| candidate pairs | $large_pairs |  |  |
| links | $large_links |  |  |
| F1 of clusters | $large_f1 |  |  |

### The same answer

Pairs and clusters of both runs (given settings, none) with 1, 2 and 4 threads, byte for byte: $by_threads.
The rows shuffled; pairs with the probabilities, and who is together with whom: $by_order.
TEXT
case $by_threads$by_order in *not*) echo same >>$scratch/unmet.txt ;; esac

printf '\n### m and u beside Splink\n\n'
if [ -n "$peer" ]; then
    cat <<TEXT
The same settings, levels and training rules; Splink's u from 20 million random pairs (so that its own
sampling noise is small) and its EM in both of its ways. The largest difference over all levels; bar: 0.005.

| data | Splink's EM | m and u compared | largest difference of m | of u |
| --- | --- | ---: | ---: | ---: |
TEXT
    cat $scratch/parity.md
    worst=$(tr ' ' '\n' <$scratch/parity.txt | sort -g | tail -n 1)
    printf '\nThe largest of all is %s: %s.\n' "$worst" "$(verdict "$worst" '<' 0.005)"
else
    echo 'Not measured: it needs python3-venv and the network.'
fi

printf '\n### Accuracy with no settings\n\n'
if [ -f $scratch/accuracy.md ]; then
    cat <<TEXT
F1 against the truth, which the program does not see; precision and recall are of the clusters, counted
by pairs. Bars on F1 of the pairs: the best known peer.

| data | F1 of pairs | F1 of clusters | precision | recall | seconds | bar | |
| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |
TEXT
    cat $scratch/accuracy.md
else
    echo 'Not measured: the labelled files are not there.'
fi
printf '\nThe comparators are measured by themselves: [comparators.md](comparators.md), ./dev bench comparators.\n'
printf '\n%s\n' "$([ ! -f $scratch/unmet.txt ] && echo 'Every bar is met.' ||
    echo "Bars not met: $(wc -l <$scratch/unmet.txt).")"
