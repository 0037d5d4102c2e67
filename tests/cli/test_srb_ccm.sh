#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# srb --ccm: counts and ratios, years ahead, sources, models, the Republic of Korea, what is refused.
. "${0%/*}/tap.sh"

# cell ROW NAME FILE: of a CSV without quoted cells
cell() {
    tr -d '\r' <"$3" | awk -F, -v row="$1" -v name="$2" \
        'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } $1 == row { print $c; exit }'
}

# between LOW VALUE HIGH NAME
between() {
    awk -v a="$1" -v x="$2" -v b="$3" 'BEGIN { exit !(x != "" && a <= x + 0 && x + 0 <= b) }'
    result $? "$4 ($2 in $1 to $3)"
}

# Two townships from 1990 to 2019, 20,000 births a year, without chance: one rises from 2001 on to
# 114.3, the other stays at 106.3. Births are expected up to 2031.
awk 'BEGIN {
    print "town,year,b,g,expected"
    for (y = 1990; y <= 2031; y++) {
        h = (y - 2001) / 10; h = h < 0 ? 0 : h > 1 ? 1 : h
        r = 1.063 + 0.08 * h
        if (y < 2020) { printf "Rising,%d,%d,%d,\n", y, 20000 * r / (1 + r), 20000 / (1 + r)
                        printf "Usual,%d,%d,%d,\n", y, 20000 * 1.063 / 2.063, 20000 / 2.063 }
        else { printf "Rising,%d,,,20000\nUsual,%d,,,20000\n", y, y } } }' >counts.csv

heng srb counts.csv --ccm --area town --period year --boys b --girls g --births expected \
    --draws 300 --csv areas.csv --json all.json --html page.html --lang en
exits 0 "counts"
is "$(cell Rising strong_evidence areas.csv)" yes "inflation is seen"
is "$(cell Usual strong_evidence areas.csv)" no "and none where there is none"
between 2000 "$(cell Rising start areas.csv)" 2003 "start"
between 2009 "$(cell Rising full_height areas.csv)" 2013 "full height"
between 113.3 "$(cell Rising peak areas.csv)" 114.8 "peak"
# 20000 / 2.143 x (1.143 / 1.063 - 1) = 702 a year at full height, half of it on the way up: 9,830
# to 2019; the prior draws the height somewhat down
between 8000 "$(cell Rising missing_girls areas.csv)" 10500 "girls missing"
between "$(cell Rising missing_girls_low areas.csv)" 9830 "$(cell Rising missing_girls_high areas.csv)" "within the interval"
is "$(cell Usual missing_girls areas.csv)" 0 "none missing"
has page.html "Rising: the ratio began to rise in" "a sentence"
has page.html "</svg>" "charts"
has page.html "The usual level was not given" "the default is said"
has all.json '"years":[{"area":"Rising","year":1990' "years in the JSON"
has all.json '"year":2031,"ahead":true' "up to the expected births"
has out "Girls missing by 2019" "girls missing in words"
has out "Scenarios are answers to 'what if'" "scenarios"

heng srb counts.csv --ccm --area town --period year --boys b --girls g --births expected \
    --draws 300 --csv again.csv --lang zh --region "Eastern Asia"
exits 0 "in Chinese"
has out "出生性别比：何时升高、多高、何时回落" "the title"
has out "没有迹象表明性别比曾高于正常水平" "a sentence"
heng srb counts.csv --ccm --area town --period year --boys b --girls g --births expected \
    --draws 300 --csv again.csv --lang en
cmp -s areas.csv again.csv
result $? "the same bytes the second time"
heng srb counts.csv --ccm --area town --period year --boys b --girls g --draws 200 --table years \
    --csv - --until 2019 --validate last
exits 0 "another table, and left-out years"
is "$(sed -n 1p out | cut -d, -f1-5)" "area,year,ahead,observed,observed_low" "by year"
is "$(wc -l <out | tr -d ' ')" 61 "years of both"

# --- ratios, sources, one area
awk 'BEGIN { print "year,ratio,sd,kind"
    for (y = 1985; y < 2016; y++) { h = (y - 2000) / 8; h = h < 0 ? 0 : h > 1 ? 1 : h
        r = 106.3 + 9 * h
        printf "%d,%.3f,0.01,register\n%d,%.3f,0.01,survey\n", y, r, y, r * exp((y % 3 - 1) * 0.05) } }' >ratios.csv
heng srb ratios.csv --ccm --period year --ratio ratio --sd sd --source kind --registered register \
    --draws 300 --json - --reference 106.3
exits 0 "ratios of two sources"
has out '"name":"error of source survey"' "the survey has an error beside sampling"
if grep -q 'error of source register' out; then result 1 "the register has none"; else result 0 "the register has none"; fi
heng srb ratios.csv --ccm --period year --ratio ratio --sd sd --model india --ar1 0.9,0.004 --draws 300 --lang en
exits 0 "India's form"
has out "This form has no rise" "says what it is"
printf 'area,group,at_risk_from,start,earliest\n2000,a,1990,2001,1970\n' >risk.csv
heng srb ratios.csv --ccm --area year --period year --ratio ratio --sd sd --model national --areas risk.csv --draws 50
exits 0 "national form: areas without risk and one with it"

# --- the Republic of Korea: published start 1982 [1978; 1984], height .072 [.058; .087], end 2006
# [1997; 2011] (AoAS 2021, table 3)
korea=$HENG_SOURCE/../shared/data/srb/korea_china_srb_by_birth_order_owid.csv
if [ -f "$korea" ]; then
    awk -F, 'NR == 1 { print "country,year,ratio,sd" } $1 == "South Korea" { print "Korea," $2 "," $3 ",0.01" }' \
        "$korea" >korea.csv
    printf 'area,group,at_risk_from,baseline,start,earliest\nKorea,East Asia,1970,106.3,1980,1970\n' >korea_areas.csv
    heng srb korea.csv --ccm --area country --period year --ratio ratio --sd sd --model national \
        --ar1 0.9,0.004 --areas korea_areas.csv --draws 400 --csv korea_out.csv
    exits 0 "the Republic of Korea"
    between 1978 "$(cell Korea start korea_out.csv)" 1984 "start within the published interval"
    between 5.8 "$(cell Korea height korea_out.csv)" 8.7 "height too"
    between 1997 "$(cell Korea end korea_out.csv)" 2011 "end too"
    between 1989 "$(cell Korea peak_year korea_out.csv)" 1994 "peak year"
fi

# --- refused
refuse() { # STATUS TEXT ARGUMENT...
    expected=$1 text=$2
    shift 2
    heng srb "$@" --lang en
    exits "$expected" "$*"
    has err "$text" "... says why"
}
refuse 64 "Which column holds the year" counts.csv --ccm --area town --boys b --girls g
refuse 64 "What the ratio is made from" counts.csv --ccm --area town --period year
refuse 64 "said twice" ratios.csv --ccm --period year --ratio ratio --sd sd --log-ratio ratio
refuse 64 "is not a model" counts.csv --ccm --period year --boys b --girls g --model france
refuse 64 "names are start, height" counts.csv --ccm --period year --boys b --girls g --prior rise:10
refuse 64 "is not last, random or a year" counts.csv --ccm --period year --boys b --girls g --validate some
refuse 64 "a number from 1 to 64" counts.csv --ccm --period year --boys b --girls g --chains 0
refuse 64 "106 and not 1.06" counts.csv --ccm --period year --boys b --girls g --reference 1.06
refuse 65 "is not a number" counts.csv --ccm --period town --boys b --girls g
printf 'y,b,g\n2000.5,100,95\n' >half.csv
refuse 65 "is not a year" half.csv --ccm --period y --boys b --girls g
printf 'y,r,s\n2000,106,0.01\n2001,0,0.01\n' >zero.csv
refuse 65 "zero.csv:3" zero.csv --ccm --period y --ratio r --sd s
printf 'y,r,s\n2000,106,0.01\n2001,107,0\n' >sd.csv
refuse 65 "sampling error must be above 0" sd.csv --ccm --period y --ratio r --sd s
printf 'y,b,g\n2000,,\n2001,0,0\n' >none.csv
refuse 65 "There are no observations" none.csv --ccm --period y --boys b --girls g
printf 'y,b,g\n2000,100,95\n' >one.csv
heng srb one.csv --ccm --period y --boys b --girls g --draws 50 --lang en
exits 0 "one observation"
printf 'y,b,g\n2000,100,95\n1000,100,95\n' >far.csv
refuse 69 "are more than 400" far.csv --ccm --period y --boys b --girls g
refuse 65 "year about which its start" one.csv --ccm --period y --boys b --girls g --model nepal
end
