# SPDX-License-Identifier: AGPL-3.0-or-later
# heng project: townships that add up to their counties, counties to the province; whole persons.
. "${0%/*}/tap.sh"

# A province of 12 counties of 25 townships each. Townships add up to 90 % of their county at
# women of 25-29 of county 03, which counts 2,250 of them; elsewhere to all of it.
awk 'BEGIN {
    print "area,parent,year,sex,age,population"
    for (s = 0; s < 2; s++) for (x = 0; x <= 65; x += 5) {
        sex = s ? "male" : "female"; age = x == 65 ? "65+" : x "-" (x + 4); all = 0
        for (c = 1; c <= 12; c++) {
            county = 0
            for (t = 1; t <= 25; t++) {
                n = 100 - x + (c == 3 ? 15 : t)
                county += n
                printf "t%02d%02d,c%02d,2020,%s,%s,%d\n", c, t, c, sex, age, n
            }
            if (c == 3 && !s && x == 25) county /= 0.9
            all += county
            printf "c%02d,p,2020,%s,%s,%.9g\n", c, sex, age, county
        }
        printf "p,,2020,%s,%s,%.9g\n", sex, age, all
    } }' >population.csv
# Those of county 05 die twice as often as its townships say, and bear fewer children.
awk 'BEGIN {
    print "area,year,sex,age,mx"
    for (k = 0; k < 2; k++) for (y = 2020; y < 2030; y += 5) for (s = 0; s < 2; s++)
        for (i = 0; i < 15; i++) {
            x = i < 2 ? i : 5 * (i - 1); m = 0.0004 * exp(0.07 * x) + (i == 0) * .02
            printf "%s,%d-%d,%s,%d,%.8f\n", k ? "c05" : "", y, y + 5, s ? "male" : "female",
                x, k ? 2 * m : m } }' >mx.csv
printf 'age,asfr\n15-19,.05\n20-24,.1\n25-29,.12\n30-34,.08\n35-39,.03\n' >asfr.csv
# The townships of county 07 bear none, as they say.
{
    printf 'area,age,asfr\nc05,20-24,.1\nc05,25-29,.1\n'
    awk 'BEGIN { for (t = 1; t <= 25; t++) printf "t07%02d,20-24,0\n", t }'
} >asfr05.csv

# sums FILE TOLERANCE: people by year, sex and age, of parts and wholes; a line for each that differs
sums() {
    awk -F, -v most="$2" 'NR > 1 {
        v[$1 "," $2 "," $3 "," $5] = $4; n++
        whole = $5 ~ /^t/ ? "c" substr($5, 2, 2) : $5 ~ /^c/ ? "p" : ""
        if (whole != "") sum[$1 "," $2 "," $3 "," whole] += $4
    } END {
        for (k in sum) { seen++; d = sum[k] - v[k]; if (d > most || d < -most) print k, sum[k], v[k] }
        if (seen != 13 * 3 * 28 || n != 313 * 3 * 28) print "groups", seen, n }' "$1"
}
# flows JSON FIELD TOLERANCE: the same of a figure of the summary
flows() {
    tr '{' '\n' <"$1" | sed -n 's/^"area":"\([^"]*\)","year":\([0-9]*\),"period".*"'"$2"'":\(-\{0,1\}[0-9.e+-]*\),.*/\1,\2,\3/p' |
        awk -F, -v most="$3" '{
            v[$1 "," $2] = $3
            whole = $1 ~ /^t/ ? "c" substr($1, 2, 2) : $1 ~ /^c/ ? "p" : ""
            if (whole != "") sum[whole "," $2] += $3
        } END {
            for (k in sum) { seen++; d = sum[k] - v[k]; if (d > most || d < -most) print k, sum[k], v[k] }
            if (seen != 13 * 2) print "figures", seen }'
}
cell() { awk -F, -v a="$2" -v y="$3" -v s="$4" -v x="$5" \
    '$5 == a && $1 == y && $2 == s && $3 == x { printf "%.6g", $4 }' "$1"; }

files="population.csv mx.csv asfr.csv asfr05.csv --srb 106"
# shellcheck disable=SC2086 # a list of words
run() { heng project $files "$@"; }

run --csv out.csv --json out.json --xlsx out.xlsx --html out.html --lang en
exits 0 "a province, 12 counties, 300 townships in one file"
is "$(sums out.csv 0.000001)" "" "people add up at every step, by sex and age"
for flow in births deaths net_migrants; do
    is "$(flows out.json $flow 0.00001)" "" "$flow add up"
done
is "$(cell out.csv t0301 2020 female 25-29)" 100 "the planted conflict: 90 women become 100"
is "$(cell out.csv t0301 2020 male 25-29)" 90 "men are as counted"
is "$(cell out.csv t0401 2020 female 25-29)" 76 "and other counties too"
has out "Parts add up" "said"
has out.json '"within":[{"area":"c01","parts":25,' "how far parts were raked"
has out.html "greatest factor" "on the page"
unzip -p out.xlsx xl/workbook.xml >book
has book 'name="within"' "in the workbook"
run --free --csv free.csv
exits 64 "an option that is none"

run --round --csv round.csv --json round.json
exits 0 "whole persons"
is "$(sums round.csv 0)" "" "people add up exactly"
for flow in births deaths net_migrants; do
    is "$(flows round.json $flow 0)" "" "$flow add up exactly"
done
is "$(awk -F, 'NR > 1 && $4 != int($4)' round.csv | head -3)" "" "no part of a person"
paste -d, out.csv round.csv | awk -F, 'NR > 1 { d = $4 - $11; if (d <= -2 || d >= 2) print }' | head -3 >far
is "$(cat far)" "" "none is 2 or more away"

run --country c03 --csv one.csv
exits 0 "one county of them"
is "$(wc -l <one.csv | tr -d ' ')" $((3 * 28 + 1)) "alone"
grep ',c03,' out.csv >of.csv
tail -n +2 one.csv | cmp -s - of.csv
result $? "and as it is beside the others"
run --lang zh --html zh.html
has out "下级合计与上级一致" "in Chinese"
sed '1s/area,parent/地区,上级/' population.csv >zh.csv
heng project zh.csv mx.csv asfr.csv asfr05.csv --srb 106 --csv zh-out.csv
exits 0 "a Chinese header"
cmp -s zh-out.csv out.csv
result $? "the same figures"

sed 's/^p,,/p,c01,/' population.csv >circle.csv
heng project circle.csv mx.csv asfr.csv --srb 106 --lang en
exits 65 "within each other"
has err "leave the parent of the largest area empty" "with its cure"
sed 's/^\(t0101\),c01/\1,c99/' population.csv >orphan.csv
heng project orphan.csv mx.csv asfr.csv --srb 106 --lang en
exits 65 "a parent that is not there"
has err "no file has a population of 'c99'" "named"
has err "orphan.csv:2" "its line"
sed '2s/^\(t0101\),c01/\1,c02/' population.csv >two.csv
heng project two.csv mx.csv asfr.csv --srb 106 --lang en
exits 65 "two parents"
has err "give an area one parent" "with its cure"
end
