#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The whole way of a number, on the smallest pack and its sample.
. "${0%/*}/tap.sh"
pack=$HENG_SOURCE/packs/minimal
sample=$pack/sample

heng pack check "$pack"
exits 0 "pack check"
heng init c.db --pack nowhere
exits 66 "init from no folder"
[ ! -e c.db ]
result $? "leaves no file"
mkdir empty
heng init c.db --pack empty
[ "$status" -ne 0 ] && [ ! -e c.db ]
result $? "init from an empty folder"
heng init c.db --pack "$pack"
exits 0 "init"
has err "as local administrator " "says as whom"
heng init c.db --pack "$pack"
exits 73 "init on a file that is there"
heng import none.db births "$sample/births.csv"
exits 66 "import into no file"
echo text >text.db
heng measure text.db --period 2014
exits 65 "a file that is not Heng's"

heng import c.db areas "$sample/areas.csv"
exits 0 "import of areas"
heng import c.db births "$sample/births.csv" --dry-run
exits 65 "a dry run tells of rejects"
has out "nothing was saved" "and says that it saved nothing"
[ ! -e births.csv.rejects.csv ]
result $? "and writes no rejects"
heng import c.db births "$sample/births.csv" --rejects bad.csv
exits 65 "import with two bad rows"
has out "CSV, UTF-8, comma" "what the file is"
has out "by label" "how a column was matched"
is "$(awk '$1 == "inserted" {print $2}' out)" 41 "inserted"
is "$(awk '$1 == "rejected" {print $2}' out)" 2 "rejected"
has out "'31000' is not between 300 and 7000" "a problem with its example"
has bad.csv "B11140042" "the rejects file has the row"
is "$(wc -l <bad.csv | tr -d ' ')" 3 "and the heading, and one row more"
heng import c.db births "$sample/births.csv" --rejects bad.csv
is "$(awk '$1 == "unchanged" {print $2}' out)" 41 "the same file again changes nothing"
has out "this very file was imported before, on " "and it says so"
heng import c.db nothing "$sample/births.csv"
exits 66 "a register that is not there"
heng import c.db births missing.csv
exits 66 "a file that is not there"
: >empty.csv
heng import c.db births empty.csv
exits 65 "an empty file"
printf '出生证编号,性别,出生日期,居住乡镇,鞋码\nX1,男,2014-01-02,110101001,36\n' >shoe.csv
heng import c.db births shoe.csv
exits 65 "an unknown column"
has err "鞋码" "is named"
has err "--map" "and the cure"
heng import c.db births shoe.csv --map '鞋码='
exits 0 "left out by --map"

heng check c.db --period 2014S1
exits 0 "check"
has out "The checks found 1 thing: " "finds the child that is there twice"
heng check c.db --period 2014S1 --lang zh
has out "出生日期、性别、体重" "check in Chinese"
# boys under 2,500 g: two of eleven with the one just added, who has no weight
heng measure c.db --period 2014S1 --by sex --csv -
exits 0 "measure"
is "$(sed -n 2p out | tr -d '\r')" \
    "low_birth_weight,Low birth weight,m,boy,2014S1,2,10,20,5.66821514543752,50.9837528463358,ok" \
    "low birth weight of boys"
heng measure c.db --period 2014S1 --json f.json --csv f.csv
[ -s f.json ] && [ -s f.csv ]
result $? "figures as files"
has f.json '"numerator":3,"denominator":40' "the same figures as JSON"
has f.csv "low_birth_weight,Low birth weight,,,2014S1,3,40,7.5," "and as CSV"
heng measure c.db --period 2014S1 --indicator nothing
exits 66 "an indicator that is not there"
has err "low_birth_weight" "those there are"
heng measure c.db --period 2014S1 --by shoe
exits 64 "an axis that is not there"
heng measure c.db --period 2014S1 --by month --csv -
is "$(awk -F, 'NR > 1 {n += $7} END {print n}' out)" 40 "months add up to the half-year"
heng measure c.db --period 2014S1 --by township --csv -
is "$(awk -F, 'NR > 1 {n += $7} END {print n}' out)" 40 "and so do townships"
# several periods: each as it is alone, then their sum
heng measure c.db --period 2014Q1 --by township --csv first.csv
heng measure c.db --period 2014Q1..2014Q2 --by township,quarter --csv both.csv
exits 0 "two quarters"
grep ',2014Q1,' both.csv >one && tail -n +2 first.csv | cmp - one
result $? "a quarter is what it is alone"
is "$(awk -F, '$5 == "2014Q1..2014Q2" {n += $6; m += $7} END {print n, m}' both.csv)" "3 40" "sums of both"
is "$(awk -F, '{print $3}' both.csv | sort | uniq -c | awk '$1 == 3' | wc -l)" \
    "$(($(wc -l <first.csv) - 1))" "a row a period and place, and one of their sum"
heng measure c.db --period 2014Q1..2014Q2 --by township --csv -
grep 2014Q1..2014Q2 both.csv >sums && tail -n +2 out | cmp - sums
result $? "not by time, the sum alone"
heng measure c.db --period 2014Q1..2014Q2 --by quarter,sex --lang zh
exits 0 "on the terminal"
has out "2014年第一季度至2014年第二季度" "the sum's name"
heng measure c.db --period 2014Q1..2014Q2 --by township,sex
exits 64 "two break-downs that are not time"
heng measure c.db --period 2014Q1..2014S2
exits 65 "a span of two kinds"
heng report c.db half-year --period 2014S1..2014S2
[ "$status" -ne 0 ]
result $? "a report is of one period"
heng measure c.db --period 2014S1 --area 999
[ "$status" -ne 0 ]
result $? "an area that is not there"
heng measure c.db --period 2014S1 --area 110101003 --csv -
has out ",1,6," "figures of one township"
heng report c.db half-year --period 2014S1 --out r.html --out r.pdf --out r.xlsx
exits 0 "report"
has r.html "42 births" "HTML"
is "$(head -c 5 r.pdf)" "%PDF-" "PDF"
is "$(head -c 2 r.xlsx)" "PK" "XLSX"
heng report c.db half-year --period 2014S1
has out "42 births" "without --out it is printed"
heng report c.db half-year --period 2014
exits 65 "a report for another kind of period"
heng report c.db half-year --period 2014S1 --out r.doc
exits 64 "a format that is not known"
heng report c.db year --period 2014
exits 66 "a report that is not there"
has err "half-year" "those there are"
heng due c.db --period 2014S1
exits 0 "due, where nothing is owed"
has out "No register of this pack is owed" "and it says so"
heng areas c.db
is "$(wc -l <out | tr -d ' ')" 4 "areas"

id=$(sqlite3 c.db "SELECT id FROM r_births WHERE certificate = 'B11140013'")
heng show c.db births "$id"
has out "2280" "show"
heng show c.db births 1
exits 66 "a row that is not there"
heng show c.db births x
exits 66 "neither number nor key of a row"
heng correct c.db births "$id" weight=2820
exits 64 "a correction without a reason"
heng correct c.db births "$id" weight=9000 --reason r
exits 65 "a correction that is not valid"
heng correct c.db births "$id" shoe=1 --reason r
[ "$status" -ne 0 ]
result $? "a field that is not there"
heng correct c.db births "$id" weight --reason r
exits 64 "a correction without ="
heng correct c.db births "$id" weight=2820 --reason "figures swapped" --version 1
exits 0 "a correction"
heng correct c.db births "$id" weight=2830 --reason "too late" --version 1
exits 73 "a correction of what another has changed"
heng measure c.db --period 2014S1 --csv -
has out ",2,40,5," "the figure follows"
heng strike c.db births "$id" --reason "a stillbirth"
exits 0 "strike"
heng correct c.db births "$id" weight=2840 --reason "too late"
exits 73 "a struck row is not corrected"
has err "heng unstrike" "and the cure is told"
heng measure c.db --period 2014S1 --csv -
has out ",2,39," "counts no more"
heng unstrike c.db births "$id" --reason "alive"
exits 0 "unstrike"
heng measure c.db --period 2014S1 --csv -
has out ",2,40,5," "counts again"
heng history c.db births "$id"
is "$(grep -c 'local administrator' out)" 4 "four entries of history"
has out "figures swapped" "with the reason"
has out '{"weight":"2280"}' "and the old value"

heng verify c.db
exits 0 "verify"
head=$(awk '/head hash/ {print $3}' out)
is "${#head}" 64 "the head hash"
heng verify c.db --expect "$head"
exits 0 "verify with the hash"
heng backup c.db b.db
exits 0 "backup"
heng strike c.db births "$id" --reason "by mistake"
heng verify c.db --expect "$head"
exits 0 "an older hash is still in the history"
heng restore b.db c.db
exits 0 "restore"
heng verify c.db
has out "$head" "the file is the backup"
[ -e c.db.before-restore ]
result $? "and the old one is kept"
heng restore text.db c.db
[ "$status" -ne 0 ]
result $? "restore of what is no backup"
heng verify c.db --expect "$head"
exits 0 "changes nothing"

cp c.db struck.db
place=$(sqlite3 struck.db 'SELECT area FROM r_births GROUP BY area ORDER BY count(*) DESC')
place=${place%%"
"*}
heng strike struck.db areas "$place" --reason "a slip"
exits 0 "an area with rows is struck"
has out "rows of births are placed there" "and the rows left behind are told"

cp -r "$pack" changed
chmod -R u+w changed
heng pack plan c.db changed
exits 0 "a plan without changes"
sed 's/^  weight:/  mother_age: {type: int, min: 10, max: 60, label: {en: Age, zh: 年龄}}\n  weight:/' \
    "$pack/registers/births.yaml" >changed/registers/births.yaml
heng pack plan c.db changed
has out "mother_age" "a plan names the new field"
heng pack apply c.db changed
exits 0 "apply"
heng correct c.db births "$id" mother_age=27 --reason "asked"
exits 0 "the new field is there"
heng verify c.db
exits 0 "and the history holds"
sed 's/type: int/type: nonsense/; s/^purpose: vital/purpose: gossip/' \
    "$pack/registers/births.yaml" >changed/registers/births.yaml
heng pack check changed
exits 65 "a pack with errors"
[ "$(grep -c '^heng: ' err)" -ge 2 ]
result $? "all are printed"

heng measure c.db --period 2014S1 --lang zh
has out "低出生体重率" "Chinese by --lang"
LC_ALL=zh_CN.UTF-8 "$HENG_BIN" measure c.db --period 2014S1 >out 2>err
has out "低出生体重率" "Chinese by LC_ALL"
has err "身份" "also on standard error"
end
