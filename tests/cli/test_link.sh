#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# heng link, link find and link report as they are used: by someone in a hurry, who gives the
# wrong option, writes where nothing can be written, and presses Ctrl-C.
. "${0%/*}/tap.sh"

# people N TWICE: N people, the first TWICE of them again with a letter other, to standard output
people() {
    awk -v n="$1" -v twice="$2" 'BEGIN {
        srand(17)
        split("anna peter maria john elena thomas sofia daniel laura martin julia robert", g, " ")
        split("ander berg carl dahl eck fisch gold hart klein lind mor stein", a, " ")
        split("son mann feld bach er wood field ford ton ham ley worth", b, " ")
        print "rec_id,given_name,family_name,date_of_birth,postcode,phone"
        for (i = 1; i <= n; i++) {
            given[i] = g[1 + int(rand() * 12)]
            family[i] = a[1 + int(rand() * 12)] b[1 + int(rand() * 12)]
            born[i] = sprintf("%04d-%02d-%02d", 1930 + rand() * 80, 1 + rand() * 12, 1 + rand() * 28)
            code[i] = 10000 + int(rand() * 300) * 13
            phone[i] = "0" int(200000000 + rand() * 700000000)
            print "r" i "," given[i] "," family[i] "," born[i] "," code[i] "," phone[i]
        }
        for (i = 1; i <= twice; i++)
            print "d" i "," given[i] "," substr(family[i], 2) "," born[i] "," code[i] "," phone[i]
    }'
}
people 200 80 >people.csv
# the same twice
lines() {
    wc -l <"$1" | tr -d ' '
}

# --- without a word
heng link people.csv
exits 0 "no settings"
has out "records                   280" "the account is printed"
has out "given_name" "columns are told"
for file in people-pairs.csv people-clusters.csv people-report.html people-model.json; do
    [ -s "$file" ]
    result $? "$file is written"
    has out "$file" "$file is named"
done
is "$(head -1 people-clusters.csv | tr -d '\r')" "id,cluster" "heading of the clusters"
is "$(lines people-clusters.csv)" 281 "every record is in the clusters"
is "$(head -1 people-pairs.csv | tr -d '\r')" "id_a,id_b,probability,match_weight" "heading of the pairs"
n=$(awk -F, 'NR > 1 {a = substr($1, 2); b = substr($2, 2); n += a == b} END {print n + 0}' people-pairs.csv)
[ "$n" -ge 76 ]
result $? "nearly all of the 80 pairs are found ($n)"
is "$(awk -F, 'NR > 1 {a = substr($1, 2); b = substr($2, 2); n += a != b} END {print n + 0}' people-pairs.csv)" 0 \
    "and no other"
has people-report.html "<html" "the page is a page"
is "$(grep -c 'src="http' people-report.html)" 0 "it needs nothing from elsewhere"
cp people-pairs.csv pairs.before
cp people-clusters.csv clusters.before
heng link people.csv --threads 1
cmp -s people-pairs.csv pairs.before && cmp -s people-clusters.csv clusters.before
result $? "again, with one thread: the same"
heng link people.csv --lang zh --clusters c.csv
has out "各列" "in Chinese"
has out "比对的记录对" "in Chinese: pairs"
cmp -s c.csv clusters.before
result $? "with the same answer"
tr -d '\r' <clusters.before >c.lines
is "$(ls | grep -c part)" 0 "nothing half is left"

# --- outputs
heng link people.csv --pairs - --explain
exits 0 "pairs to standard output"
grep -q '^id_a,id_b,probability,match_weight,given_name_level,given_name_weight' out
result $? "the heading with levels and weights"
is "$(grep -vc ',' out)" 0 "and nothing else"
has err "pairs compared" "the account goes to standard error"
heng link people.csv --clusters /dev/stdout
tr -d '\r' <out | cmp -s - c.lines
result $? "/dev/stdout"
heng link people.csv --save-model - --pairs p.csv
is "$(head -c 1 out)$(tail -c 2 out | head -c 1)" "{}" "the model to standard output"
[ ! -e ./- ]
result $? "and not to a file called -"
[ -e /dev/stdout ]
result $? "which is still there"
heng link people.csv --pairs /nowhere/p.csv
exits 66 "a folder that is not there"
has err "/nowhere/p.csv" "is named"
mkdir folder
heng link people.csv --clusters folder
exits 65 "a folder as an output"
has err "cure: " "there is a cure"
if [ -w /dev/full ]; then
    heng link people.csv --pairs /dev/full
    exits 74 "a full disk"
fi
cp people.csv kept.csv
echo "as it was" >keep.txt
heng link people.csv --id nothing --clusters keep.txt
exits 65 "an id that is no column"
has err "nothing" "is named"
has err "rec_id" "with the columns that there are"
is "$(cat keep.txt)" "as it was" "what was there before a failure stays"
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod 555 locked
    heng link people.csv --pairs locked/p.csv
    [ "$status" -ne 0 ]
    result $? "a folder that is locked"
    chmod 755 locked
fi
cmp -s people.csv kept.csv
result $? "the records are as they were"

# --- wrong options
refused() { # refused STATUS TEXT NAME ARGUMENT...
    expected=$1 text=$2 name=$3
    shift 3
    heng "$@"
    exits "$expected" "$name"
    has err "$text" "$name: says '$text'"
}
refused 64 "FILE" "no file" link
refused 66 "missing.csv" "a file that is not there" link missing.csv
refused 64 "--threshold" "a threshold of 2" link people.csv --threshold 2
refused 64 "--threshold" "a threshold of nan" link people.csv --threshold nan
refused 64 "--threads" "no threads" link people.csv --threads 0
refused 64 "--threads" "threads in words" link people.csv --threads many
refused 64 "--memory" "a memory in words" link people.csv --memory lots
refused 64 "--memory" "a memory of minus 1" link people.csv --memory -1G
refused 64 "--memory" "an empty memory" link people.csv --memory ''
refused 64 "--seed" "a seed below 0" link people.csv --seed -3
refused 64 "one file" "one to one in one file" link people.csv --one-to-one
refused 64 "--nonsense" "an option that is none" link people.csv --nonsense
refused 65 "shoe" "to ignore what is not there" link people.csv --ignore shoe
refused 65 "shoe" "to keep what is not there" link people.csv --keep shoe
refused 69 "do not fit" "no memory at all" link people.csv --memory 1K --clusters c2.csv
has err "cure: " "and says how much is needed"
[ ! -e c2.csv ]
result $? "nothing is written"
refused 66 "no-model.json" "a model that is not there" link people.csv --model no-model.json
echo '{"link_type": ' >bad.json
refused 65 "bad.json" "a model that is broken" link people.csv --model bad.json
refused 65 "people.csv" "records as a model" link people.csv --model people.csv
sed 's/family_name/surname/g' people-model.json >other.json
refused 65 "surname" "a model of other columns" link people.csv --model other.json
has err "family_name" "says which columns there are"
printf 'a\0b\n\1\2\3\n' >binary.csv
refused 65 "binary.csv" "a file that is no table" link binary.csv
: >empty.csv
refused 65 "empty.csv" "an empty file" link empty.csv
head -1 people.csv >heading.csv
refused 65 "heading.csv" "a heading alone" link heading.csv
head -2 people.csv >one.csv
refused 65 "only one" "one record" link one.csv
refused 64 "--train-by" "train-by without a model" link people.csv --train-by 'l.phone = r.phone'
refused 65 "character" "a rule that cannot be read" link people.csv --model people-model.json \
    --train-by 'l.phone == == r.phone'

# --- thresholds, kept columns, limits
heng link people.csv --threshold 0.999 --pairs p.csv --keep phone --ignore postcode --memory 64M --seed 5
exits 0 "threshold, keep, ignore, memory, seed"
is "$(head -1 p.csv | tr -d '\r')" "id_a,id_b,probability,match_weight,phone_a,phone_b" "kept columns"
is "$(awk -F, 'NR > 1 && $3 < 0.999 {n++} END {print n + 0}' p.csv)" 0 "nothing is under the threshold"
has out "phone" "the kept column is told"
heng link people.csv --model people-model.json --pairs p.csv --clusters c.csv
exits 0 "with the model that was saved"
cmp -s p.csv pairs.before
result $? "gives the same pairs"

# --- two files
head -121 people.csv >left.csv
(head -1 people.csv; tail -n 80 people.csv) >right.csv
heng link left.csv right.csv --one-to-one --clusters both.csv --pairs both_pairs.csv
exits 0 "two files, one to one"
is "$(head -1 both.csv | tr -d '\r')" "id,source,cluster" "clusters say the file"
is "$(head -1 both_pairs.csv | tr -d '\r')" "id_a,source_a,id_b,source_b,probability,match_weight" "so do pairs"
is "$(awk -F, 'NR > 1 {n[$1 "," $2]++; n[$3 "," $4]++} END {for (k in n) if (n[k] > 1) m++; print m + 0}' both_pairs.csv)" \
    0 "nobody has two partners"
heng link left.csv right.csv people.csv --sources-without-duplicates --clusters three.csv
exits 0 "three files"
is "$(awk -F, 'NR > 1 {n[$2 "," $3]++} END {for (k in n) if (n[k] > 1) m++; print m + 0}' three.csv)" 0 \
    "no cluster has two of one file"
is "$(lines three.csv)" 481 "all records of all files"
heng link left.csv right.csv --id rec_id,rec_id --clusters c.csv
exits 0 "an id for each file"
printf 'nom,naissance\nanna,1980-01-01\npeter,1977-01-01\n' >french.csv
refused 65 "same heading" "files without a column in common" link left.csv french.csv

# --- find, report
head -201 people.csv >known.csv
(head -1 people.csv; tail -n 80 people.csv) >new.csv
heng link known.csv --save-model m.json --clusters known-clusters.csv
exits 0 "the known records"
heng link find --model people-model.json --against known.csv --known known-clusters.csv new.csv \
    --pairs found.csv --clusters found-clusters.csv
exits 0 "link find"
n=$(awk -F, 'NR > 1 {n++} END {print n + 0}' found.csv)
[ "$n" -ge 70 ]
result $? "new records find their partners ($n)"
is "$(awk -F, 'NR > 1 && $2 == "known" && $4 == "known" {n++} END {print n + 0}' found.csv)" 0 \
    "pairs of two known records are not looked at"
refused 64 "--model" "find without a model" link find --against known.csv new.csv
refused 64 "--against" "find without records" link find --model people-model.json new.csv
heng link report people.csv --model people-model.json --out page.html
exits 0 "link report"
has page.html "<svg" "the page has charts"
heng link report people.csv --model people-model.json --lang zh
exits 0 "link report, in Chinese and with a name of its own"
has people-report.html "lang=\"zh" "the page says that it is in Chinese"

# --- Ctrl-C while it learns: it ends with what it has
people 9000 6000 >many.csv
"$HENG_BIN" link many.csv --threads 1 --clusters stopped.csv --pairs stopped-pairs.csv >out 2>err &
run=$!
sleep 0.5
kill -INT "$run" 2>kill.err
alive=$?
wait "$run"
status=$?
exits 0 "Ctrl-C"
if [ "$alive" -eq 0 ]; then
    has out "Stopped early" "it says so"
fi
is "$(lines stopped.csv)" 15001 "all records are in the clusters"
head -1 stopped-pairs.csv | grep -q '^id_a,id_b,'
result $? "the pairs have a heading"
is "$(ls | grep -c '\.part')" 0 "no half file is left"
end
