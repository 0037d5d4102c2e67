# SPDX-License-Identifier: AGPL-3.0-or-later
# heng quality: what a file's digits, dates and counts say; heng quality watch: alarms.
. "${0%/*}/tap.sh"
data=$HENG_SOURCE/../shared/data
export HENG_TODAY=2016-01-01

# 3,000 births of two years: girls come twice as late, one in six weights is a round 500,
# hospital D writes whole hundreds, a list leaves out every tenth girl and no boy, and
# twenty certificates stand there twice.
awk 'function r() { return rand() }
BEGIN {
    srand(106)
    print "cert,born,registered,sex,weight,hospital,list,mother_age"
    for (i = 1; i <= 3000; i++) {
        girl = r() < 0.485
        day = int(r() * 730)
        delay = int(-log(1 - r()) * (girl ? 80 : 40))
        weight = 10 * int(320 + 43 * (r() + r() + r() + r() - 2) * 1.7)
        if (i % 6 == 0) weight = 500 * int(weight / 500 + 0.5)
        hospital = substr("ABCD", int(r() * 4) + 1, 1)
        if (hospital == "D") weight = 100 * int(weight / 100 + 0.5)
        list = girl && r() < 0.1 ? "" : "yes"
        printf "C%05d,%s,%s,%s,%d,%s,%s,%d\n", i - (i % 150 == 0),
            strftime("%Y-%m-%d", 1325400000 + 86400 * day, 1),
            strftime("%Y-%m-%d", 1325400000 + 86400 * (day + delay), 1),
            girl ? "girl" : "boy", weight, hospital, list, 18 + int(r() * 20)
    }
}' >births.csv
[ "$(wc -l <births.csv)" -eq 3001 ] || skip_all "this awk has no strftime"

awk 'BEGIN { print "week,n"; for (y = 2006; y < 2014; y++) for (w = 1; w < 53; w++)
    printf "%dW%02d,%d\n", y, w, 1000000000 + w }' >large.csv
heng quality watch large.csv --period week --count n --method farrington-flexible --lang en --csv -
exits 0 "a thousand million cases a week"
is "$(grep -c -i 'nan\|inf[^a-z]' out)" 0 "no number that is none"
heng quality births.csv --csv births.csv
exits 64 "an output over the input"

heng quality births.csv --lang en --csv measures.csv --json all.json --html page.html
exits 0 "a file of births"
has out "its name and values" "columns are recognised, and said to be"
has out "girls reach the register later: a ratio read early is too high" "girls come late"
has out "Whole multiples of 500 g" "round weights"
has out "round values" "a facility with rounder weights"
has out "not who wrote them" "and what it does not say"
awk -F, '$2 == "pace" && $3 < 0.6 && $3 > 0.42 && $5 < 1 && $8 == "yes"' <measures.csv >found
is "$(wc -l <found | tr -d ' ')" 1 "pace of girls is about half"
awk -F, '$2 == "weight_500" && $3 > 0.15 && $8 == "yes"' <measures.csv >found
is "$(wc -l <found | tr -d ' ')" 1 "round weights in the CSV"
has all.json '"late":[' "all tables in the JSON"
has all.json '"facilities":[' "facilities too"
has page.html "<svg" "a page with charts"

heng quality births.csv --duplicates cert --source list --lang en
exits 0 "duplicates and a source"
has out "20 duplicates (same" "twenty stand there twice"
has out "girls are left out more often: the ratio of what was reported is too high" \
    "the list leaves out girls"
heng quality births.csv --number weight --lang zh
has out "weight" "numbers"
heng quality births.csv --lang zh
has out "女婴登记较晚：过早读取的性别比偏高" "in Chinese"

# ages
for age in $(seq 0 90); do echo "$age,$((1000 - 10 * age)),$((980 - 10 * age))"; done |
    sed '1i age,males,females' >even.csv
heng quality even.csv --lang en
exits 0 "ages of a table"
has out "very accurate" "even ages"
has out "UN age-sex accuracy index" "by sex"
awk -F, 'NR == 1 || $1 % 10 == 0' even.csv >tens.csv
heng quality tens.csv --lang en
exits 0 "ages in tens"
printf 'age,people\n0-4,50\n5-9,40\n10-14,30\n85+,3\n' >groups.csv
heng quality groups.csv --lang en
exits 0 "age groups"
has out "open group from 85 years" "the open group is left out"
printf 'age\n-3\n30\n30\n\n200\nunknown\n' >same.csv
heng quality same.csv --age age --lang en
exits 0 "one age"
has out "nothing can be said of them" "said so"
has out "3 people have no age that can be used (2 of them below 0 or above 120)" "counted"
printf 'age\n30\nthirty\n' >word.csv
heng quality word.csv --age age --lang en
exits 65 "an age in words"
has err '"thirty" is not an age' "names the cell"
has err "word.csv:3" "and the line"
printf 'age,people\n0-9,50\n10-19,40\n' >ten.csv
heng quality ten.csv --age age --lang en
exits 65 "groups of ten years"

# columns
printf 'x,y\n1,2\n' >plain.csv
heng quality plain.csv --lang en
exits 64 "nothing recognised"
has err "they are x, y" "names the columns"
heng quality births.csv --weight wieght --lang en
has err 'Did you mean "weight"?' "a name nearby"
heng quality births.csv --boys weight --lang en
exits 64 "boys without girls"
printf 'born,registered,sex\n2014-01-01,2014-02-01,boy\n2014-13-01,2014-02-01,girl\n' >bad.csv
heng quality bad.csv --born born --registered registered --sex sex --lang en
exits 65 "no such month"
{
    echo 出生日期,性别
    for day in $(seq 10 30); do echo "2014年1月$day日,男"; done
    echo '2014年2月31日,女'
    echo '2104年1月3日,女'
} >feb.csv
heng quality feb.csv --lang en
exits 0 "a date that never was, among others"
has out '"2014年2月31日" (feb.csv:23)' "is a finding, with its line"
printf 'born,registered,sex\n2014-01-01,2014-02-01,boy\n' >boys.csv
heng quality boys.csv --born born --registered registered --sex sex --lang en
exits 0 "boys only"
has out "nothing to compare with" "a reason"

# series
awk 'BEGIN {
    srand(7); print "month,area,count"
    for (y = 2008; y <= 2014; y++) for (m = 1; m <= 12; m++) for (a = 1; a <= 5; a++)
        printf "%d%02d,Area %d,%d\n", y, m, a, (a == 3 && y == 2014 && m == 12) ? 60 : 8 + 9 * rand()
}' >series.csv
for method in ears-c1 ears-c2 farrington farrington-flexible; do
    heng quality watch series.csv --period month --area area --count count --method $method \
        --lang en --csv points.csv
    exits 0 "$method"
    awk -F, '$1 == "Area 3" && $2 == "201412" && $9 == "yes"' points.csv >found
    is "$(wc -l <found | tr -d ' ')" 1 "$method rings for the month that was planted"
    has out "times a year over all areas" "$method tells its false alarms"
done
heng quality watch series.csv --period month --area area --count count --method ears-c3 \
    --lang zh --threads 1 --json one.json
exits 0 "C3"
heng quality watch series.csv --period month --area area --count count --method ears-c3 \
    --lang zh --threads 3 --json three.json
cmp one.json three.json >out 2>err
result $? "the same on any number of threads"

awk 'BEGIN {
    srand(8); print "month,town,boys,girls"
    for (m = 0; m < 48; m++) for (t = 1; t <= 4; t++) {
        n = 60; boys = 0
        for (i = 0; i < n; i++) boys += rand() < (t == 2 && m > 24 ? 0.62 : 0.515)
        printf "%d%02d,T%d,%d,%d\n", 2010 + int(m / 12), m % 12 + 1, t, boys, n - boys
    }
}' >towns.csv
heng quality watch towns.csv --period month --area town --boys boys --girls girls \
    --method cusum --detect 130 --lang en --csv cusum.csv
exits 0 "cusum"
awk -F, '$9 == "yes" {n[$1]++} END {print (n["T2"] > 3), (n["T1"] + n["T3"] + n["T4"] < 9)}' \
    cusum.csv >found
is "$(cat found)" "1 1" "it rings for the town with too many boys"
has out "for 130.0 boys per 100 girls rather than 106.3" "says what it looks for"

cut -d, -f1-4 births.csv | heng quality watch - --period born --by week --method ears-c2 --lang en
exits 0 "single events by week, from standard input"
has out "2013-12" "weeks are named by their Monday"
printf 'month,count\n201401,3\n201402,4\n201406,2\n' >gap.csv
heng quality watch gap.csv --period month --count count --method ears-c1 --lang en
exits 0 "a history too short"
has out "Nothing could be judged" "a reason"
printf 'week,count\n1,3\n2,4\n' >numbers.csv
heng quality watch numbers.csv --period week --count count --method ears-c1 --lang en
exits 64 "running numbers without a season"
has err "--season 52" "the cure"
heng quality watch series.csv --period month --method nothing --lang en
exits 64 "no such method"
printf 'month,count\n201401,3\n201402,-4\n' >minus.csv
heng quality watch minus.csv --period month --count count --method ears-c1 --lang en
exits 65 "a negative count"
printf 'month,count\n201401,3\n2014Q2,4\n' >mixed.csv
heng quality watch mixed.csv --period month --count count --method ears-c1 --lang en
exits 65 "months and quarters"

# the county of the demo: one facility is planted, with weights and days that are all round
heng demo county --people 60000
exits 0 "a county"
planted=$(awk -F, '$1 == "falsifying_facility" {print $2}' county/truth/facts.csv)
name=$(iconv -f GB18030 -t UTF-8 county/facilities.csv 2>/dev/null | cat - county/facilities.csv |
    awk -F, -v code="$planted" '{for (i = 1; i <= NF; i++) if ($i == code) {print; exit}}' | head -1)
heng quality county/births-hospital.csv --lang en --json county.json
exits 0 "headings as Chinese offices write them, GB18030"
is "$(tr '{' '\n' <county.json | grep '"sign":' | grep -c '"look":true')" 2 "two signs"
found=$(tr '{' '\n' <county.json | grep '"look":true' | sed -n 's/.*"facility":"\([^"]*\)".*/\1/p' | sort -u)
case $name in
*"$found"*) result 0 "both of the facility that was planted" ;;
*) is "$found" "$name" "both of the facility that was planted" ;;
esac
has out "cells that cannot be used as date of birth" "31 February, and a birth to come"

if [ -d "$data/surveillance" ]; then
    heng quality watch "$data/surveillance/salmNewport_weekly_germany.csv" --period epoch \
        --count count --method farrington --years 4 --last 96 --csv r.csv --lang en
    is "$(awk -F, '$9 == "yes" {print $2}' r.csv | tr '\n' ' ')" \
        "$(awk -F, 'NR == FNR {if ($3 ~ /TRUE/) a[$1] = 1; next} ($1 in a) {print $2}' \
            "$data/surveillance/ref_farrington_original_delta_b4_w3.csv" \
            "$data/surveillance/salmNewport_weekly_germany.csv" | tr '\n' ' ')" \
        "the weeks that R's surveillance rings for"
fi
end
