# SPDX-License-Identifier: AGPL-3.0-or-later
# heng project: long tables of two areas to CSV, JSON, XLSX and a page; shocks; what is refused;
# a folder of the UN's in one go.
. "${0%/*}/tap.sh"

awk 'BEGIN {
    print "area,year,sex,age,population"
    for (a = 0; a < 300; a++) for (s = 0; s < 2; s++) for (x = 0; x <= 65; x += 5)
        printf "county %03d,2020,%s,%s,%d\n", a, s ? "male" : "female",
            x == 65 ? "65+" : x "-" (x + 4), 1000 - 10 * x + a }' >population.csv
awk 'BEGIN {
    print "year,sex,age,mx"
    for (y = 2020; y < 2030; y++) for (s = 0; s < 2; s++) for (i = 0; i < 15; i++) {
        x = i < 2 ? i : 5 * (i - 1)
        printf "%d,%s,%d,%.8f\n", y, s ? "male" : "female", x, 0.0004 * exp(0.07 * x) + (i == 0) * .02 } }' >mx.csv
printf 'age,asfr\n15-19,.05\n20-24,.1\n25-29,.12\n30-34,.08\n35-39,.03\n' >asfr.csv

heng project population.csv mx.csv asfr.csv --srb 106 --csv out.csv --json out.json --xlsx out.xlsx \
    --html out.html --lang en
exits 0 "300 counties in one go"
has out "2020 to 2030, steps of 1 years" "single years, since rates are"
is "$(head -1 out.csv | tr -d '\r')" "year,sex,age,population,area_code,area,source" "columns"
is "$(wc -l <out.csv | tr -d ' ')" $((300 * 11 * 2 * 66 + 1)) "every year, sex and age of each"
has out.json '"summary":[{"area":"county 000","year":2020,"period":"2020","at":"2020","population":' "a summary"
has out.html "<table" "a page"
heng project population.csv mx.csv asfr.csv --srb 1.06 --country "county 007" --csv -
exits 0 "one county"
is "$(grep -c 'county 007' out)" $((11 * 2 * 66)) "alone"
awk -F, 'NR == 2 { first = $4 } END { exit !(NR == 11 * 2 * 66 + 1 && first > 0) }' out
result $? "its CSV on standard output"
heng project population.csv mx.csv asfr.csv --srb 1.06 --width 5 --country "county 000" --json plain.json
exits 0 "the same in fives"
heng project population.csv mx.csv asfr.csv --srb 1.06 --width 5 --country "county 000" --json shock.json \
    --shock deaths,year=2022,times=3,ages=60+,first-half=0.8 --shock births,year=2023,times=0.5
exits 0 "with two shocks"
deaths() { sed 's/.*"summary":\[{\([^}]*\)}.*/\1/; s/.*"deaths":\([0-9.]*\).*/\1/' "$1"; }
awk -v a="$(deaths plain.json)" -v b="$(deaths shock.json)" 'BEGIN { exit !(a > 0 && b > 1.1 * a) }'
result $? "deaths of the step rise"
# death rates of 0-4 as one group: people in single years and in fives
awk -F, 'NR == 1 || $3 > 1' mx.csv >older.csv
awk -F, '{ print } NR > 1 && $3 == 5 { print $1 "," $2 ",0,.005" }' older.csv >joined.csv
for width in 1 5; do
    heng project population.csv joined.csv asfr.csv --srb 1.06 --width $width --country "county 000" --json joined.json --lang en
    exits 0 "0-4 in one group, steps of $width"
    has out "told apart by the log-quadratic model" "said"
done
awk -F, '{ print } NR > 1 && $3 == 5 { print $1 "," $2 ",0,.9" }' older.csv >many.csv
heng project population.csv many.csv asfr.csv --srb 1.06 --country "county 000"
exits 65 "a rate that no model has"
has err "give those of 0 and 1-4" "its cure"
heng project population.csv mx.csv asfr.csv --srb 1.06 --to 2040 --hold --lang zh
exits 0 "on with the last rates"
has out "2020年至2040年" "in Chinese"

heng project population.csv mx.csv asfr.csv --lang en
exits 65 "no sex ratio at birth"
has err "no sex ratio at birth of 2020" "named"
has err "--srb" "with its cure"
heng project population.csv mx.csv asfr.csv --srb 1.06 --to 2040 --lang en
exits 65 "rates end before the projection"
has err "no death rates of 2030" "named"
sed '5d' population.csv >gap.csv
heng project gap.csv mx.csv asfr.csv --srb 1.06 --lang en
exits 65 "a gap in the ages"
has err "gap.csv:5" "its line"
has err "ages 15 to 19 are missing before this row" "what is missing"
grep -v ',male' mx.csv >women.csv
heng project population.csv women.csv asfr.csv --srb 1.06 --lang en
exits 65 "one sex is absent"
has err "no death rates of 2020 of men" "named"
heng project population.csv mx.csv --srb 1.06 --lang en
exits 65 "no fertility"
heng project --shock deaths,year=0,times=2 population.csv --lang en
exits 64 "a shock in no year"
heng project --variant middle population.csv --lang en
exits 64 "a variant that is none"
heng project --lang en
exits 64 "no inputs"

wpp="$HENG_SOURCE/../shared/data/projection/wpp2019"
if [ -d "$wpp" ]; then
    heng project --wpp "$wpp" --country 31 --csv az.csv --check --json az.json --lang en
    exits 0 "Azerbaijan to 2100 in one go"
    is "$(wc -l <az.csv | tr -d ' ')" $((31 * 42 + 1)) "1950 to 2100, both sexes, 21 groups"
    is "$(grep -c '^2020,.*published' az.csv)" 42 "2020 is as published"
    awk -F, '$1 == 2100 { all += $4 } END { d = all / 9192.141 - 1; exit !(d * d < 2e-5 * 2e-5) }' az.csv
    result $? "the published total of 2100 within .002 %"
    heng project --wpp "${wpp%2019}2024" --country 156 --lang en
    exits 65 "an edition without population by age"
    has err "--base" "the cure"
else
    echo "ok $((tests += 1)) - published projections # SKIP the folder is absent"
fi

canada="${wpp%/wpp2019}/canada_1x1"
if [ -d "$canada" ]; then
    # The reference took migrants for thousands; a shock without a year is of every year.
    heng project "$canada"/canada1x1_base_pop_1950.csv "$canada"/canada1x1_lt_nMx_Sx_1950_1969.csv \
        "$canada"/canada1x1_asfr_1950_1969.csv "$canada"/canada1x1_srb_1950_1969.csv \
        "$canada"/canada1x1_netmig_1950_1969.csv --infants north --mothers exposed --timing end \
        --shock migrants,times=0.001 --csv canada.csv
    exits 0 "Canada 1950-69 from the files as they are"
    sed 's/"//g' "$canada"/canada1x1_OUTPUT_pop_selected_years.csv >reference.csv
    awk -F, 'FNR == 1 { next }
        NR == FNR { sub(/\+/, "", $3); here[$1 "," $2 "," $3] = $4; next }
        ($1 "," $2 "," $3) in here { d = here[$1 "," $2 "," $3] / $4 - 1; seen++; if (d * d > 1e-12) exit 1 }
        END { if (seen != 808) exit 1 }' canada.csv reference.csv
    result $? "each sex and age of the reference within a millionth"
else
    echo "ok $((tests += 1)) - the reference for Canada # SKIP the folder is absent"
fi
end
