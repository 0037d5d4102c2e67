# SPDX-License-Identifier: AGPL-3.0-or-later
# heng project: trajectories given and drawn, scenarios, needs; the document as PDF, workbook and
# page; what is refused.
. "${0%/*}/tap.sh"

# A thousand of each sex at 25-29, who bear half of their children before and half after 30; nobody
# dies before 65.
awk 'BEGIN {
    print "year,sex,age,population"
    for (s = 0; s < 2; s++) for (x = 0; x <= 80; x += 5)
        printf "2020,%s,%s,%d\n", (s ? "male" : "female"), (x == 80 ? "80+" : x "-" (x + 4)),
            (x == 25 ? 1000 : 0)
}' >population.csv
awk 'BEGIN {
    print "year,sex,age,mx"
    for (y = 2020; y < 2030; y += 5) for (s = 0; s < 2; s++) for (i = 0; i < 18; i++) {
        x = i < 2 ? i : 5 * (i - 1)
        printf "%d-%d,%s,%d,%s\n", y, y + 5, (s ? "male" : "female"), x, (x < 65 ? 0 : s ? .12 : .1) } }' >mx.csv
printf 'age,asfr\n25-29,.1\n30-34,.1\n' >asfr.csv
printf 'trajectory,year,tfr,migration\na,2020,1,300\nb,2020,2,0\nc,2020,3,-300\n' >given.csv

sed 's/,0$/,.002/' mx.csv >deaths.csv # whose life expectancy can go up and down

run() { heng project population.csv mx.csv asfr.csv --srb 1 --timing end --mothers exposed --lang en "$@"; }
# figure JSON NAME YEAR: low 95, low 80, median, high 80, high 95
figure() {
    tr '{' '\n' <"$1" | sed -n "s/.*\"year\":$3,\"figure\":\"$2\",\(\"low_95.*\)/\1/p" | head -1 |
        tr -d '"}]' | awk -F'[:,]' '{ printf "%.6g %.6g %.6g %.6g %.6g", $2, $4, $6, $8, $10 }'
}
drawn() { heng project population.csv deaths.csv asfr.csv --srb 1 --lang en "$@"; }
# refused FILE ROW WORDS CURE OPTION: --OPTION FILE ends with 65 and names all of it
refused() {
    run --to 2025 "--$5" "$1"
    exits 65 "$1: refused"
    has err "$1$2" "$1: where"
    has err "$3" "$1: what"
    has err "$4" "$1: the cure"
}

# --- given: quantiles of three values lie on the lines between them
run --to 2025 --given given.csv --json given.json
exits 0 "three trajectories that are given"
is "$(figure given.json births_a_year 2025)" "105 120 200 280 295" "births a year: 100, 200, 300"
is "$(figure given.json people 2025)" "2810 2840 3000 3160 3190" "people: 2,800, 3,000, 3,200"
is "$(figure given.json deaths_a_year 2025)" "0 0 0 0 0" "what is not given stays as it is"
has out "Trajectories were given, not drawn, of: total fertility; net migration" "said"
has out "33.3% of the trajectories" "who leaves but is not there"
has out "In the projection itself nobody comes or goes." "migrants are the trajectories' own"
run --to 2025 --given given.csv --seed 7 --json again.json
cmp -s given.json again.json
result $? "nothing is drawn"
printf '轨迹,时期,总和生育率,净迁移\na,2020-2025,1,300\nb,2020-2025,2,0\nc,2020-2025,3,-300\n' >zh.csv
run --to 2025 --given zh.csv --json zh.json
cmp -s given.json zh.json
result $? "a Chinese header, periods"
printf 'trajectory,year,srb\na,2020,100\nb,2020,1.5\nc,2020,200\na,2025,1\nb,2025,1\nc,2025,1\n' >srb.csv
run --given srb.csv --json srb.json
exits 0 "boys a girl"
is "$(figure srb.json boys_to_100_girls_born 2025)" "102.5 110 150 190 197.5" "to 100 or to one"
is "$(figure srb.json boys_to_100_girls_born 2030)" "100 100 100 100 100" "step by step"
printf 'trajectory,year,e0_female,e0_male\n1,2020,75,73.333333333333\n1,2025,75,73.333333333333\n' >e0.csv
run --given e0.csv --json e0.json
exits 0 "life expectancies"
run --trajectories 0 --json plain.json
is "$(figure e0.json people 2030)" "$(figure plain.json people 2030)" "those of the projection change nothing"
run --given e0.csv --error tfr=0.1 --json mixed.json
exits 0 "fertility drawn beside them"
is "$(figure mixed.json deaths_a_year 2030)" "$(figure plain.json deaths_a_year 2030)" "and it alone"
[ "$(figure mixed.json people 2030)" != "$(figure plain.json people 2030)" ]
result $? "with an interval"
printf 'scenario,series,how,from,to,kind,value\ntwice,tfr,step,2020,,times,2\n' >twice.csv
run --to 2025 --given given.csv --scenario twice.csv --json twice.json
is "$(figure twice.json births_a_year 2025)" "210 240 400 560 590" "a scenario changes each of them"
awk 'BEGIN { print "area,year,sex,age,population" } NR > 1 { print "a," $0; print "b," $0 }' population.csv >two.csv
printf 'trajectory,year,area,tfr\n1,2020,a,1\n1,2020,b,2\n' >areas.csv
heng project two.csv mx.csv asfr.csv --srb 1 --to 2025 --given areas.csv --json areas.json
exits 0 "two areas"
is "$(tr '{' '\n' <areas.json | grep '"year":2025,"figure":"births_a_year"' | sed 's/.*median":\([0-9.]*\).*/\1/' | tr '\n' ' ')" \
    "100 200 " "each with its own"

printf 'trajectory,year,tfr\na,2020,1\nb,2020,many\n' >word.csv
refused word.csv ":3 tfr" "many" "number" given
printf 'trajectory,year,tfr\na,2020,1\nb,2020,30\n' >much.csv
refused much.csv ":3 tfr" "tfr of 30" "from 0 to 15" given
printf 'trajectory,year,tfr\na,2020,1\nb,2021,2\n' >within.csv
refused within.csv ":3 year" "2021 is within a step" "first year of each step" given
printf 'trajectory,year,tfr\na,2020,1\na,2020,2\n' >double.csv
refused double.csv ":3 year" "twice (also in line 2)" "leave one of the two rows out" given
printf 'trajectory,year,tfr\na,2020,1\nb,2030,2\n' >short.csv
refused short.csv "" "trajectory 'b' has no row of 2020" "add it" given
printf 'trajectory,year,tfr,tfx\na,2020,1,1\n' >name.csv
refused name.csv "" "'tfx' is no column" "trajectory, year" given
printf 'trajectory,year,e0_male\na,2020,70\n' >men.csv
refused men.csv "" "no column e0_female" "e0_female and e0_male" given
run --to 2025 --given given.csv --trajectories 10
exits 64 "another number of trajectories"
run --to 2025 --given given.csv --error tfr=0.1
exits 64 "an error of what is given"
has err "Leave --error out for it" "with its cure"

# --- drawn
drawn --trajectories 200 --seed 3 --json a.json --csv a.csv
exits 0 "drawn"
drawn --trajectories 200 --seed 3 --json b.json --csv b.csv
cmp -s a.json b.json
result $? "the same seed, the same answer"
drawn --trajectories 200 --seed 4 --json c.json
cmp -s a.json c.json
[ $? -eq 1 ]
result $? "another seed, another answer"
figure a.json people 2030 | awk '{ exit !($1 < $2 && $2 < $3 && $3 < $4 && $4 < $5) }'
result $? "quantiles ascend"
run --trajectories 10
exits 65 "nobody dies before 65: these tables cannot have a shorter life expectancy"
has err "--error e0=0 --error gap=0" "the cure: it need not be drawn"
run --trajectories 10 --error e0=0 --error gap=0
exits 0 "and with it"
run --trajectories many
exits 64 "a number that is none"

# --- scenarios
cat >cases.csv <<'END'
scenario,series,how,from,to,kind,value
half,tfr,step,2020,,times,0.5
normal,boys,step,2020,,value,106
END
run --scenario cases.csv --trajectories 0 --json half.json
exits 0 "the first scenario of a file"
is "$(figure half.json births_a_year 2025)" "50 50 50 50 50" "half of the births"
has out 'Scenario "half"' "named"
run --scenario cases.csv --case normal --trajectories 0 --json normal.json
is "$(figure normal.json boys_to_100_girls_born 2025)" "106 106 106 106 106" "another by --case"
run --normal 2020 --trajectories 0 --json normal2.json
is "$(figure normal2.json boys_to_100_girls_born 2030)" "106 106 106 106 106" "--normal"
run --scenario cases.csv --case third
exits 64 "a case that is not there"
run --scenario cases.csv --normal 2025
exits 64 "two scenarios at once"
has err "Put the year into the file" "with its cure"
printf 'scenario,series,how,from,to,kind,value\nx,tfr,step,2020,,times,0.5\nx,tfx,step,2020,,times,0.5\n' >series.csv
refused series.csv ":3 series" 'found "tfx", expected tfr or e0' "Correct this cell" scenario
printf 'scenario,series,how,from,to,kind,value\nx,tfr,slow,2020,,times,0.5\n' >how.csv
refused how.csv ":2 how" 'expected step or linear' "Correct this cell" scenario
printf 'scenario,series,how,from,to,kind,value\nx,tfr,linear,2030,2020,value,1\n' >back.csv
refused back.csv ":2 to" 'found "2020"' "Correct this cell" scenario
printf 'scenario,series,how,from,value\nx,tfr,step,2020,low\n' >value.csv
refused value.csv ":2 value" 'found "low"' "Correct this cell" scenario
printf 'scenario,series,how,from\nx,tfr,step,2020\n' >head.csv
refused head.csv "" 'there is no column "value"' "names of the columns" scenario
printf 'scenario,series,how,from,value\n' >none.csv
refused none.csv "" "there are no rows" "one row for each change" scenario

# --- areas within others: 900 people of each group in parts of a county of 1,000, who bear otherwise
{
    printf 'area,parent,year,sex,age,population\n'
    for age in 0-14 15-49 50+; do for sex in female male; do
        printf 'county,,2020,%s,%s,1000\neast,county,2020,%s,%s,300\nwest,county,2020,%s,%s,600\n' \
            $sex $age $sex $age $sex $age
    done; done
} >parts.csv
printf 'area,age,asfr\ncounty,20-34,.1\neast,20-34,.05\nwest,20-34,.13\n' >parts_asfr.csv
awk 'BEGIN { print "year,sex,age,mx"
    for (y = 2020; y < 2040; y += 5) for (s = 0; s < 2; s++) for (x = 0; x <= 85; x += x < 1 ? 1 : x < 5 ? 4 : 5)
        print y "-" y + 5 "," (s ? "male" : "female") "," x "," .0004 * exp(.07 * x) }' >parts_mx.csv
parts() { heng project parts.csv parts_mx.csv parts_asfr.csv --srb 106 --lang en "$@"; }
# of FILE AREA NAME: medians of all years
of() { tr '{' '\n' <"$1" | sed -n "s/.*\"area\":\"$2\",\"scenario\":\"\",.*\"figure\":\"$3\".*\"median\":\([0-9][0-9.]*\).*/\1/p"; }
{ echo trajectory,year,tfr; for y in 2020 2025 2030 2035; do printf "a,$y,1\nb,$y,1.5\nc,$y,2.5\n"; done; } >rising.csv
parts --given rising.csv --normal 2020 --json parts.json
exits 0 "given trajectories of a county and its parts"
has out "each trajectory of the parts adds up" "said"
for figure in people births_a_year deaths_a_year aged_65; do # the same order in each: medians add up as well
    of parts.json county $figure >whole && of parts.json east $figure >east && of parts.json west $figure >west
    paste east west whole | awk -v least=4 '{ d = ($1 + $2) / $3 - 1; n += d * d < 1e-16 } END { exit !(n == NR && n >= least) }'
    result $? "$figure of the parts and the whole"
done
parts --trajectories 100 --json all.json
exits 0 "drawn ones"
parts --trajectories 100 --country west --json one.json
exits 0 "a part alone"
is "$(of one.json west people | cksum)" "$(of all.json west people | cksum)" "is as among the others"
of all.json county people >whole && of all.json east people >east && of all.json west people >west
paste east west whole | awk '{ d = ($1 + $2) / $3 - 1; n += d * d < 1e-6 } END { exit n != 5 }'
result $? "drawn: medians nearly add up"

# --- by cohort of birth
run --trajectories 0 --json cohorts.json
exits 0 "cohorts"
cohort() { # cohort FILE NAME BORN: the median
    tr '{' '\n' <"$1" | sed -n "s/.*\"born\":$3,.*\"figure\":\"$2\".*\"median\":\([-0-9.]*\).*/\1/p" | head -1
}
is "$(cohort cohorts.json boys_born 2020) $(cohort cohorts.json girls_born 2025)" "250 125" "births of a step in all"
is "$(cohort cohorts.json men_from_30 1990)" 1000 "those of 25-29 in 2020 are 30-34 in 2025"
is "$(tr '{' '\n' <cohorts.json | grep -c never_married)" 0 "no couples unless they are asked for"
has out "By cohort of birth" "as a table"
# as many women as men at each age, nobody dies before 65 and two children a woman: what is declared
awk 'BEGIN { print "year,sex,age,population"; for (s = 0; s < 2; s++) for (x = 0; x <= 80; x += 5)
    printf "2020,%s,%s,1000\n", (s ? "male" : "female"), (x == 80 ? "80+" : x "-" (x + 4)) }' >even.csv
awk 'BEGIN { print "sex,age,mx"; for (s = 0; s < 2; s++) for (i = 0; i < 18; i++) {
    x = i < 2 ? i : 5 * (i - 1); printf "%s,%d,%s\n", (s ? "male" : "female"), x, (x < 65 ? 0 : .1) } }' >even_mx.csv
printf 'age,asfr\n25-29,.2\n30-34,.2\n' >even_asfr.csv
for rule in harmonic matching; do
    heng project even.csv even_mx.csv even_asfr.csv --srb 1 --from 2020 --to 2080 --width 5 --trajectories 0 \
        --marriage "women=23,men=25,ever=95,rule=$rule" --json even.json --lang en
    exits 0 "couples, $rule"
    is "$(tr '{' '\n' <even.json | sed -n 's/.*never_married_at_50_of_100.*"median":\([0-9.]*\).*/\1/p' |
        awk '{ d = $1 - 5; n += d * d < .01 } END { print n, NR }')" "10 10" "$rule: as declared where both are as many"
done
has out "both sexes equally many" "the note"
heng project even.csv even_mx.csv even_asfr.csv --srb 1.2 --from 2020 --to 2090 --width 5 --trajectories 50 --marriage usual \
    --normal 2030 --error e0=0 --error gap=0 --json more.json --lang zh
exits 0 "more boys"
has out "50岁时从未结婚" "in Chinese"
tr '{' '\n' <more.json | grep '"born":2035' | sed -n 's/.*"scenario":"\([^"]*\)".*men_never_married_at_50_of_100.*"median":\([0-9.]*\).*/\1,\2/p' |
    awk -F, '{ v[NR] = $2; name[NR] = $1 } END { exit !(NR == 4 && name[1] != "" && name[3] == "" && v[1] < v[3] - 3 && v[2] >= v[4]) }'
result $? "fewer men stay single where the ratio is 106 from 2030 on"
run --marriage women=60
exits 65 "a mean that cannot be"
has err "16 to 45" "its cure"
run --marriage wives=20
exits 64 "a word that is none"

# --- needs
run --demand --trajectories 0 --to 2025 --json demand.json
exits 0 "--demand"
is "$(figure demand.json 'births a year' 2025)" "100 100 100 100 100" "births of a year"
printf 'name,who,from,to,each,name_zh\nbeds,people,0,4,0.1,床位\nbeds,women,30,34,1,\n' >needs.csv
run --needs needs.csv --trajectories 0 --to 2025 --json needs.json
exits 0 "needs of one's own"
is "$(figure needs.json beds 2025)" "1050 1050 1050 1050 1050" "500 children x .1 and 1,000 women"
printf 'name,who,from,to,each\nbeds,dogs,0,4,0.1\n' >dogs.csv
refused dogs.csv ":2 who" 'found "dogs"' "Correct this cell" needs

# --- outputs that would overwrite something
same() { # same OUTPUTS NAMED: refused before anything is written
    # shellcheck disable=SC2086 # a list of words
    run --to 2025 $1
    exits 64 "$1: refused"
    has err "is also what $2 names" "$1: $2 is named"
}
same "--pdf same --xlsx same" --pdf
same "--html same --pdf same" --html
same "--given given.csv --csv given.csv" --given
same "--needs needs.csv --trajectories 0 --json needs.csv" --needs
cp mx.csv mx.before
same "--xlsx mx.csv" FILE
cmp -s mx.csv mx.before
result $? "an input is as it was"
[ ! -e same ]
result $? "nothing is written"

# --- the document; years stand as they are
drawn --trajectories 50 --demand --scenario cases.csv --check --pdf out.pdf --xlsx out.xlsx --html out.html
exits 0 "PDF, workbook and page"
cp out en.txt
head -c 5 out.pdf | grep -q '%PDF-'
result $? "a PDF"
unzip -p out.xlsx xl/workbook.xml >book
for sheet in population summary check ahead ahead_people needs cohorts; do
    has book "name=\"$sheet\"" "sheet $sheet"
done
is "$(grep -o '<sheet ' book | wc -l | tr -d ' ')" 7 "and no other"
# the number format of the year in row 2 of the first sheet
unzip -p out.xlsx xl/styles.xml | tr '>' '\n' >styles
sed -n '/<cellXfs/,/<\/cellXfs/s/<xf numFmtId="\([0-9]*\)".*/\1/p' styles >formats
style=$(unzip -p out.xlsx xl/worksheets/sheet1.xml | sed -n 's/.*<c r="A2" s="\([0-9]*\)"><v>2020<.*/\1/p')
number=$(sed -n "$((style + 1))p" formats)
is "$(sed -n "s/<numFmt numFmtId=\"$number\" formatCode=\"\(.*\)\"\/$/\1/p" styles)" 0 \
    "years of the workbook have no sign between thousands"
heng project population.csv deaths.csv asfr.csv --srb 1 --trajectories 50 --demand --normal 2025 --lang zh \
    --html zh.html --pdf zh.pdf
exits 0 "in Chinese"
cp out zh.txt
has zh.txt "未来需求" "needs"
pages="en.txt zh.txt out.html zh.html"
if command -v pdftotext >/dev/null; then
    pdftotext -layout out.pdf en-pdf.txt && pdftotext -layout zh.pdf zh-pdf.txt
    pages="$pages en-pdf.txt zh-pdf.txt"
fi
for page in $pages; do
    has "$page" 2025 "$page has years"
    ! grep -anE '(^|[^0-9,.])2[,  ]0(20|25|30)([^0-9,.]|$)' "$page" | grep -avE 'people|population|人|Category' >sign
    is "$(cat sign)" "" "$page: no sign between thousands of a year"
done
grep -E '^ +20(20|25|30) ' en.txt >rows
is "$(awk '{ print $1 }' rows | head -3 | tr '\n' ' ')" "2020 2025 2030 " "a row for each year, named alike"
end
