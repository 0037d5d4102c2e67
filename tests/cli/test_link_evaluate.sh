#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# How right a linkage is: clusters and pairs against a truth from a column, a file, labels.
. "${0%/*}/tap.sh"

# value NAME: of a key in the JSON of out, the first of its name
value() {
    tr '{,' '\n\n' <out | sed -n "s/^\"$1\":\([^]}]*\).*/\1/p" | head -1
}

cat >people.csv <<'EOF'
id,name,who
1,a,x
2,b,x
3,c,y
4,d,y
5,e,z
EOF
cat >clusters.csv <<'EOF'
id,cluster
1,1
2,1
3,3
4,1
EOF
cat >pairs.csv <<'EOF'
id_a,id_b,probability,match_weight
1,2,0.99,6.6
3,4,0.4,-0.6
2,4,0.7,1.2
EOF
printf 'nr,person\n1,x\n2,x\n3,y\n4,y\n5,z\n' >truth.csv

# --- clusters
heng link evaluate clusters.csv --truth truth.csv
exits 0 "clusters against a file"
has out "Clusters against the truth" "clusters are recognised"
grep -q '^pairs  *2  *3  *1  *0.3333  *0.5000  *0.4000$' out
result $? "pairs: 1 right of 3 found and 2 true"
grep -q '^whole clusters  *3  *3  *1  *0.3333  *0.3333  *0.3333$' out
result $? "whole clusters: the record that no cluster names is one"
grep -q '^records (B-cubed)  *0.7333  *0.8000  *0.7652$' out
result $? "B-cubed"
has out "1 of them in no cluster" "singletons are told"
heng link evaluate clusters.csv --truth truth.csv --lang zh
has out "聚类结果与真值比较" "in Chinese"
heng link evaluate clusters.csv --truth truth.csv --json
cp out by_file
is "$(value f1)" 0.4 "JSON"
is "$(value singletons)" 1 "JSON has the singletons"
heng link evaluate clusters.csv --truth who --records people.csv --json
cmp -s out by_file
result $? "a column of the records gives the same"
heng link evaluate clusters.csv --truth WHO --records people.csv --id ID --json
cmp -s out by_file
result $? "letter case of headings does not matter"
heng link evaluate clusters.csv --truth truth.csv --records people.csv --json
cmp -s out by_file
result $? "records and a file of the truth together"
printf 'id,cluster,who\n1,1,x\n2,1,x\n3,3,y\n4,1,y\n5,5,z\n' >kept.csv
heng link evaluate kept.csv --truth who --json
is "$(value exact)" 1 "a column of the clusters themselves"
is "$(value known)" 5 "all are known"
sed '1s/who/cluster/' kept.csv >same_name.csv
heng link evaluate same_name.csv --truth cluster --json
is "$(value exact)" 1 "a column that has the name of the clusters"
heng link evaluate clusters.csv --truth cluster
exits 65 "the clusters are not their own truth"
sed 's/,who$/,whose/' kept.csv >whose.csv
heng link evaluate whose.csv --truth whose --records people.csv --json
is "$(value exact)" 1 "the same, with the records"
sed 's/^3,3,y/3,3,/' kept.csv >unknown.csv
heng link evaluate unknown.csv --truth who --json
is "$(value known)" 4 "an empty truth is not known"
is "$(value true_pairs)" 1 "and its pairs do not count"
awk 'NR == 1 {print; next} {line[NR] = $0} END {for (i = NR; i > 1; i--) print line[i]}' kept.csv |
    sed 's/,1,/,99,/' >turned.csv
heng link evaluate turned.csv --truth who --json
cp out turned
heng link evaluate kept.csv --truth who --json
cmp -s out turned
result $? "order of rows and names of clusters do not matter"
printf 'cluster_id,unique_id\n1,1\n1,2\n3,3\n1,4\n' >splink.csv
heng link evaluate splink.csv --truth truth.csv --json
cmp -s out by_file
result $? "Splink's headings"
printf '\357\273\277id;cluster\r\n1;1\r\n2;1\r\n3;3\r\n4;1\r\n' >excel.csv
heng link evaluate excel.csv --truth truth.csv --json
cmp -s out by_file
result $? "as a spreadsheet saves it"
printf "id,cluster\n'=1,1\n=2,1\n'@3,2\n" >guarded.csv
printf 'id,person\n=1,x\n=2,x\n@3,y\n' >formulas.csv
heng link evaluate guarded.csv --truth formulas.csv --json
is "$(value f1)" 1 "ids that were guarded against being run as formulas"

# --- pairs
heng link evaluate pairs.csv --truth truth.csv
exits 0 "pairs against a file"
grep -q '^0.5  *2  *2  *1  *0.5000  *0.5000  *0.5000$' out
result $? "pairs at 0.5"
grep -q '^0.99  *2  *1  *1  *1.0000  *0.5000  *0.6667$' out
result $? "at 0.99 a pair of just that counts"
grep -q '^0.999  *2  *0  *0  *n/d  *0.0000  *0.0000$' out
result $? "nothing found has no precision"
grep -q '^best: 0.4  *2  *3  *2  *0.6667  *1.0000  *0.8000$' out
result $? "the best threshold"
grep -q '^0.7–0.8  *1  *0.7000  *0.0000$' out
result $? "calibration"
heng link evaluate pairs.csv --truth truth.csv --json
cp out by_file
is "$(value calibration_error | cut -c1-7)" 0.43666 "calibration error"
is "$(grep -o '"threshold":' out | wc -l | tr -d ' ')" 15 "14 thresholds and the best"
heng link evaluate pairs.csv --records people.csv --truth who --json
cmp -s out by_file
result $? "a column of the records gives the same"
printf 'unique_id_r,unique_id_l,match_probability\n1,2,0.99\n4,3,0.4\n2,4,0.7\n4,2,0.1\n' >splink.csv
heng link evaluate splink.csv --truth truth.csv --json
has out '"best":{"threshold":0.4,"true_pairs":2,"found_pairs":3,"right_pairs":2' \
    "Splink's headings; a pair given twice"
head -1 pairs.csv >none.csv
heng link evaluate none.csv --truth truth.csv
exits 0 "no pairs at all"
grep -q '^0.5  *2  *0  *0  *n/d  *0.0000  *0.0000$' out
result $? "recall is 0"
heng link evaluate none.csv --truth truth.csv --json
has out '"best":{"threshold":null' "there is no best threshold"
printf 'id,person\n1,x\n2,x\n' >part.csv
heng link evaluate pairs.csv --truth part.csv
has out "2 pairs do not count" "pairs of records that the truth does not know"

# --- labelled pairs
cat >labels.csv <<'EOF'
unique_id_l,source_dataset_l,unique_id_r,source_dataset_r,clerical_match_score
1,people,2,people,1.0
3,people,2,people,0.0
5,people,4,people,1.0
4,people,2,people,0
4,people,2,people,0
EOF
heng link evaluate pairs.csv --truth labels.csv --json
is "$(value labels)" 4 "labelled pairs, each once"
is "$(value true_pairs)" 2 "pairs labelled the same"
is "$(value found_pairs)" 2 "pairs that nobody labelled do not count"
heng link evaluate clusters.csv --truth labels.csv
grep -q '^pairs  *2  *2  *1  *0.5000  *0.5000  *0.5000$' out
result $? "clusters against labels"
grep -q 'whole clusters' out
is $? 1 "labels say nothing of whole clusters"

# --- several files
printf 'id,who\n1,x\n2,y\n3,y\n' >a.csv
printf 'id,who\n1,y\n2,x\n' >b.csv
printf 'id,source,cluster\n1,a,a:1\n2,a,a:2\n3,a,a:2\n1,b,a:2\n2,b,b:2\n' >both.csv
heng link evaluate both.csv --records a.csv --records b.csv --truth who --json
exits 0 "two files with the same ids"
cp out by_records
is "$(value true_pairs)" 3 "only pairs between files count"
is "$(value across_sources)" true "which is told"
heng link evaluate both.csv --truth who --records a.csv b.csv --json
cmp -s out by_records
result $? "both files behind one --records"
heng link evaluate both.csv --truth who --records a.csv b.csv --within-sources --json
is "$(value true_pairs)" 4 "pairs inside a file"
sed 's/^id/nr/' b.csv >b_nr.csv
sed 's/b/b_nr/g' both.csv >both_nr.csv
heng link evaluate both_nr.csv --truth who --records a.csv b_nr.csv --id id,nr --json
cmp -s out by_records
result $? "each file has its own column of ids"
printf 'source,id,who\na,1,x\na,2,y\na,3,y\nb,1,y\nb,2,x\n' >truth_both.csv
heng link evaluate both.csv --truth truth_both.csv --json
cmp -s out by_records
result $? "a truth with sources"
printf 'id_a,source_a,id_b,source_b,probability\n1,a,2,b,0.9\n2,a,1,b,0.8\n1,a,1,b,0.2\n' >across.csv
heng link evaluate across.csv --truth who --records a.csv b.csv --json
is "$(value across_sources)" true "pairs across files"
has out '"best":{"threshold":0.8,"true_pairs":3,"found_pairs":2,"right_pairs":2' "and the best of them"
heng link evaluate across.csv --truth truth.csv
exits 65 "sources here, none there, and ids that come twice"
has err "columns of sources" "the cure says so"
heng link evaluate clusters.csv --truth who --records a.csv b.csv
exits 65 "ids of several files without a source"
has err "'1'" "the id is named"

# --- what cannot be judged
refused() { # refused STATUS TEXT NAME ARGUMENT...
    expected=$1 text=$2 name=$3
    shift 3
    heng link evaluate "$@"
    exits "$expected" "$name"
    has err "$text" "$name: says '$text'"
    has err "cure: " "$name: there is a cure"
}
refused 64 "needs --truth" "no truth" clusters.csv
refused 64 "needs FILE" "no file" --truth truth.csv
refused 66 "nowhere.csv" "a file that is not there" nowhere.csv --truth truth.csv
refused 65 "neither a file nor a column of clusters.csv (id, cluster)" "a truth that is not there" \
    clusters.csv --truth person
refused 65 "neither a file nor a column of people.csv (id, name, who)" "a column that records lack" \
    clusters.csv --records people.csv --truth person
refused 65 "with --records" "a column of records that are not given" pairs.csv --truth who
refused 65 "neither those of clusters" "another file" people.csv --truth truth.csv
refused 65 "(id, name, who)" "another file: its headings are told" people.csv --truth truth.csv
: >empty.csv
refused 65 "empty" "an empty file" empty.csv --truth truth.csv
refused 65 "empty" "an empty truth" clusters.csv --truth empty.csv
printf 'id,person\n' >heading.csv
refused 65 "says nothing of any record" "a truth without rows" clusters.csv --truth heading.csv
for bad in 1.5 -0.1 nan x ''; do
    printf 'id_a,id_b,probability\n1,2,0.5\n3,4,%s\n' "$bad" >bad.csv
    refused 65 "bad.csv:3 probability: '$bad'" "probability '$bad'" bad.csv --truth truth.csv
done
printf 'id_a,id_b,probability\n1,2,0.5\n3,77,0.5\n' >bad.csv
refused 65 "bad.csv:3 id_b: no record of people.csv has the id '77'" "an id of no record" \
    bad.csv --records people.csv --truth who
printf 'id,cluster\n1,1\n,1\n' >bad.csv
refused 65 "bad.csv:3 id: the id is empty" "an empty id" bad.csv --truth truth.csv
printf 'id,cluster\n1,1\n2\n' >bad.csv
refused 65 "bad.csv:3 cluster: the cluster is empty" "a short row" bad.csv --truth truth.csv
printf 'id,cluster\n1,1\n2,1\n1,2\n' >bad.csv
refused 65 "bad.csv:4 id: the id '1' stands in the clusters twice" "an id twice" bad.csv --truth truth.csv
printf 'id,cluster\nA,1\nB,1\n' >bad.csv
refused 65 "no id is one of truth.csv" "other ids" bad.csv --truth truth.csv
printf 'id_a,id_b,probability\nA,B,1\n' >bad.csv
refused 65 "no id is one of truth.csv" "pairs of other ids" bad.csv --truth truth.csv
printf 'id_l,id_r,score\nA,B,1\n' >bad.csv
refused 65 "no id is one of bad.csv" "labels of other ids" clusters.csv --truth bad.csv
refused 65 "no id is one of bad.csv" "labels of other ids, for pairs" pairs.csv --truth bad.csv
printf 'id_l,id_r,score\n' >bad.csv
refused 65 "says nothing of any record" "no labels" pairs.csv --truth bad.csv
printf 'id,person\n1,x\n1,y\n' >bad.csv
refused 65 "bad.csv:3 id: the id '1' is given two entities" "a truth that contradicts itself" \
    clusters.csv --truth bad.csv
printf 'id,person\n1,"x\n2,x\n' >bad.csv
refused 65 "bad.csv" "a quote that is never closed" clusters.csv --truth bad.csv
printf 'id,a,b\n1,x,y\n' >bad.csv
refused 65 "which column is the entity" "a truth of three columns" clusters.csv --truth bad.csv
printf 'unique_id_l,unique_id_r,clerical_match_score\n1,2,7\n' >bad.csv
refused 65 "bad.csv:2 clerical_match_score: '7'" "a score of 7" clusters.csv --truth bad.csv

# --- one word and two
if "$HENG_BIN" help link 2>err | grep -q '^heng link:'; then
    heng link evaluate
    has err "'heng link evaluate' needs FILE" "the longer name of two is taken"
fi
end
