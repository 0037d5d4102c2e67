#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# New records against records that are linked: clusters keep their names.
. "${0%/*}/tap.sh"

cat >model.json <<'EOF'
{"link_type": "dedupe_only", "probability_two_random_records_match": 0.1,
 "blocking_rules_to_generate_predictions": ["l.dob = r.dob"],
 "comparisons": [
  {"output_column_name": "name", "comparison_levels": [
   {"sql_condition": "l.name IS NULL OR r.name IS NULL", "is_null_level": true},
   {"sql_condition": "l.name = r.name", "m_probability": 0.8, "u_probability": 0.01},
   {"sql_condition": "levenshtein(l.name, r.name) <= 1", "m_probability": 0.15,
    "u_probability": 0.005},
   {"sql_condition": "ELSE", "m_probability": 0.05, "u_probability": 0.97}]}]}
EOF
cat >people.csv <<'EOF'
id,name,dob
1,anna,2001
2,anne,2001
3,bert,2002
4,carl,2003
5,carlaa,2003
6,carlaa,2003
EOF
cat >new.csv <<'EOF'
id,name,dob
7,bert,2002
8,zoe,2002
9,carla,2003
4,dora,2004
EOF
# cluster ID [SOURCE]: the name of a record's cluster in c.csv
cluster() {
    tr -d '\r' <c.csv | awk -F, -v id="$1" -v s="${2:-people}" '$1 == id && $2 == s {print $3}'
}
# sizes FILE COLUMN: of the clusters in it
sizes() {
    tail -n +2 "$1" | cut -d, -f"$2" | sort | uniq -c | awk '{print $1}' | sort | xargs
}

heng link people.csv --model model.json --clusters known.csv
exits 0 "people are linked"
# whatever the names are, they stay
tr -d '\r' <known.csv | awk -F, 'NR == 1 || $1 > 2 {print; next} {print $1 ",ANNA"}' >named.csv
heng link find --model model.json --against people.csv --known named.csv new.csv \
    --clusters c.csv --pairs p.csv
exits 0 "new records"
is "$(cluster 1)" ANNA "a cluster that nothing joins keeps its name"
is "$(cluster 3)" 3 "and so does one that new records join"
is "$(cluster 7 new)" 3 "a new record is in it"
is "$(cluster 8 new)" 8 "a new person is named by the id"
is "$(cluster 4 new)" new:4 "unless a record known has it"
is "$(cluster 9 new)" "$(cluster 6)" "the larger of two clusters stays"
is "$(cluster 4)" "$(cluster 6)" "the other is part of it"
grep -q '^new records  *4$' out && grep -q 'of people known  *2$' out &&
    grep -q 'new people  *2$' out && grep -q 'clusters merged  *1$' out
result $? "what became of them is told"
has out 'part of another' "and which clusters were merged"
is "$(tail -n +2 p.csv | grep -c new)" "$(tail -n +2 p.csv | grep -c .)" "pairs have a new record each"
is "$(tail -n +2 p.csv | grep -c .)" 4 "all of them"

# the answer of all at once
tail -n +2 new.csv | sed 's/^4,/40,/' | cat people.csv - >all.csv
heng link all.csv --model model.json --clusters whole.csv
is "$(sizes c.csv 3)" "$(sizes whole.csv 2)" "clusters are as large as when all are linked at once"

# the next time, the first new records are known too; clusters are written over
printf 'id,name,dob\n10,zoe,2002\n' >later.csv
heng link find --model model.json --against people.csv --against new.csv --known c.csv \
    later.csv --clusters c.csv
exits 0 "several files that are known, and their clusters written over"
is "$(cluster 10 later)" 8 "a record joins one that came before it"
is "$(cluster 1)" ANNA "names stay"

# without clusters known
heng link find --model model.json --against people.csv new.csv --clusters c.csv
exits 0 "no clusters are known"
is "$(cluster 7 new)" people:3 "a record that is known names the cluster"

rm -f ./*-clusters.csv
heng link find --model model.json --against people.csv new.csv
[ -f new-clusters.csv ] && [ ! -f people-clusters.csv ]
result $? "outputs are named after the new file"

# what cannot be done
heng link find --model model.json --against people.csv ./people.csv
exits 64 "the same file as new and known"
has err "both as new and with --against" "which is told"
heng link find --model model.json --against people.csv --against people.csv new.csv
exits 64 "a file that is known twice"
sed 's/"m_probability": 0.8, //' model.json >untrained.json
heng link find --model untrained.json --against people.csv new.csv
exits 65 "a model that is not trained"
has err "has no m for level 2" "which is told"
has err "--save-model" "and how to train it"
heng link find --model model.json --against people.csv --known model.json new.csv
exits 65 "clusters that are none"
cp named.csv c.csv
printf '77,77\n' >>c.csv
heng link find --model model.json --against people.csv --known c.csv new.csv --clusters c.csv
exits 65 "clusters of a record that is not there"
has err 'c.csv:8 id: the record "77" is not in the files known' "which is named"
has c.csv 77 "the clusters are as they were"
cp named.csv c.csv
(
    ulimit -f 0
    trap '' XFSZ
    "$HENG_BIN" link find --model model.json --against people.csv --known c.csv new.csv \
        --clusters c.csv >/dev/null 2>&1
)
[ $? -ne 0 ] && cmp -s c.csv named.csv && ! ls | grep -q part
result $? "a disk that is full: the clusters are as they were, and nothing lies about"
heng link find --model model.json --against people.csv new.csv --known named.csv --lang zh
has out "属已知人员" "in Chinese"
end
