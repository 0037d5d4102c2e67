#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# srb: published and real figures, every way in and out, and what is refused.
. "${0%/*}/tap.sh"

# column NAME FILE: values of a column of a CSV without quoted cells
column() {
    tr -d '\r' <"$2" | awk -F, -v name="$1" \
        'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }'
}

cat >births.csv <<'END'
district,order,year,b,g
East,1,2010,300,280
East,2,2010,163,115
West,1,2014,500,480
West,2,2014,260,150
West,3+,2014,40,9
END
heng srb births.csv --area district --boys b --girls g --csv areas.csv --json all.json --html page.html --lang en
exits 0 "a file of counts"
has out "858" "858 births"
has out "117.2 (102.5" "at 117 are 102.5 to"
has out "134.0)" "134.0"
has page.html "No region was chosen; Eastern Asia stands in" "the default is said"
is "$(sed -n 1p areas.csv | cut -d, -f1-7)" "level,name,births,boys,girls,ratio,ratio_low" "CSV"
is "$(column name areas.csv | sort | tr '\n' ' ')" "East West " "all areas"
has all.json '"reference_low":105.4' "JSON holds the settings"
has page.html "</html>" "a page"

heng srb births.csv --area district --boys b --girls g --order order --period year --lang zh
exits 0 "by order and period"
has out "孩次 3+：444.4" "orders"
has out "2014 与 2010 相比" "periods are compared"
has out "孩次构成" "what is composition"
has out "绝不针对妇女" "never of women"

heng srb births.csv --boys b --girls g --compare 2014:2010 --period year --reference 105 --csv - --lang en
exits 0 "no areas"
is "$(column ratio out)" "122.147001934" "the total as CSV"
heng srb births.csv --area district --boys b --girls g --compare East:West --order order --json - --lang en
exits 0 "two areas"
has out '"comparison":[{"a":"East","b":"West"' "are compared"

# one row a birth, and a sex with a count
{
    echo 'town,sex'
    for i in 1 2 3 4 5 6; do echo "A,男"; echo "A,女"; echo "B,2"; echo "B,m"; done
    echo 'B,'
} >single.csv
heng srb single.csv --area town --sex sex --csv - --lang en
exits 0 "one row a birth"
is "$(column boys out | tr '\n' ' ')" "6 6 " "boys"
heng srb single.csv --sex sex --html single.html --lang en
has single.html "1 births of unknown sex are not counted" "unknown sex is told"
printf 'a;sex;n\nx;M;1,063\nx;F;1000\n' >counted.csv
heng srb counted.csv --area a --sex sex --count n --csv - --lang en
is "$(column ratio out)" "106.3" "a sex with a count"
heng srb - --area a --sex sex --count n --csv - <counted.csv
exits 0 "standard input"

heng srb --tell 115,105 --power 0.8 --lang en
exits 0 "--tell"
has out "3805 births tell a ratio of 115 from a reference of 105" "about 3,800 births"

# a map
cat >map.geojson <<'END'
{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"n":"East"},"geometry":{"type":"Polygon","coordinates":[[[1,0],[2,0],[2,1],[1,1],[1,0]]]}},
{"type":"Feature","properties":{"n":"West"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}}]}
END
heng srb births.csv --area district --boys b --girls g --map map.geojson --html map.html --lang en
exits 0 "a map"
has map.html "<title>West: " "with its areas"
heng srb births.csv --area district --boys b --girls g --map map.geojson --map-id code
exits 66 "no such property" 
has err "n" "lists those there are"
printf 'district,b,g\nNorth,5,5\n' >north.csv
heng srb north.csv --area district --boys b --girls g --map map.geojson --map-id n
exits 66 "a map of elsewhere"
heng srb births.csv --boys b --girls g --map map.geojson
exits 64 "a map without areas"

# what is refused, and what has an answer
heng srb births.csv
exits 64 "no columns"
has err "--boys COL" "says how"
heng srb
exits 64 "no file"
heng srb births.csv --boys b --girls girl
exits 66 "a column that is not there"
heng srb births.csv --boys b --girls g --region Atlantis
exits 66 "a region that is not there"
has err "Eastern Asia" "lists those there are"
heng srb births.csv --boys b --girls g --region 东亚 --reference 106
exits 64 "two references"
heng srb births.csv --boys b --girls g --reference 1.06
exits 64 "a reference of another scale"
heng srb births.csv --boys b --girls g --reference 106 --reference-interval 107,108
exits 64 "an interval without its middle"
heng srb births.csv --boys b --girls g --compare East
exits 64 "half a comparison"
heng srb births.csv --area district --boys b --girls g --compare East:South
exits 66 "an unknown area"
heng srb births.csv --boys b --girls g --level 95
exits 64 "a level that is no share"
heng srb --tell 115
exits 64 "half a --tell"
heng srb births.csv --tell 115,105
exits 64 "--tell reads no file"
heng srb births.csv --boys b --girls b
exits 64 "one column for both sexes"
heng srb births.csv --area district,district --boys b --girls g
exits 64 "a level twice"
heng srb births.csv --area district --boys b --girls g --compare East:East
exits 64 "a comparison with itself"
heng srb births.csv --area district --boys b --girls g --smooth --ccm --period year
exits 64 "two models at once"
for alone in '--interaction II' '--draws 10' '--table years' '--power 0.9'; do
    # shellcheck disable=SC2086
    heng srb births.csv --area district --boys b --girls g $alone
    exits 64 "$alone would have no effect"
done
heng srb births.csv --area district --boys b --girls g --csv - --json -
exits 64 "two outputs to one place"
cp births.csv kept.csv
heng srb births.csv --area district --boys b --girls g --csv births.csv
exits 64 "an output over the input"
has err "is also what FILE names" "says so"
ln -s births.csv other.csv
heng srb births.csv --area district --boys b --girls g --html other.csv
exits 64 "also by another name"
cmp -s births.csv kept.csv
result $? "the input is as it was"
for bad in 'a,b,g
x,5,-3' 'a,b,g
x,5,many' 'a,b,g
x,5.5,3'; do
    echo "$bad" >bad.csv
    heng srb bad.csv --area a --boys b --girls g
    exits 65 "a count that is none: $(echo "$bad" | tail -1)"
    has err "bad.csv:2" "names the line"
done
printf 'a,b,g\nx,0,0\n' >zero.csv
heng srb zero.csv --area a --boys b --girls g --lang en
exits 65 "no births at all"
has err "counts no births" "says so"
printf 'a,b,g\nx,7,0\ny,3,0\n' >boys.csv
heng srb boys.csv --area a --boys b --girls g --lang en
exits 65 "one sex only"
has err "no girls" "says which"
printf 'a,s\nx,9q\n' >sex.csv
heng srb sex.csv --area a --sex s
exits 65 "a sex that is none"
printf 'a,b,g\nx,7,0\ny,0,5\n,0,0\nz,1000000000,940000000\n' >odd.csv
heng srb odd.csv --area a --boys b --girls g --html odd.html --csv odd_out.csv --lang en
exits 0 "one sex, no births, a blank area, a thousand million births"
has out "(blank)" "the blank area is there"
is "$(column births odd_out.csv | sort -n | tr '\n' ' ')" "0 5 7 1940000000 " "and all others"
is "$(grep -c -i 'nan\|inf[^a-z]' odd_out.csv)" 0 "no number that is none"
printf 'a,b,g\nx,10,12\n' >one.csv
heng srb one.csv --area a --boys b --girls g --lang en
exits 0 "one area"
has out "The only area with births (x) cannot be told apart" "in a sentence of its own"
printf 'a,b,g\nx,1000000000,1000000000\n' >girls.csv
heng srb girls.csv --area a --boys b --girls g --lang en
has out "There are 59,266,228 girls more" "no negative girls missing"

korea=$HENG_SOURCE/../shared/data/srb/korea_dong_births_by_sex_2017_2021.csv
if [ -f "$korea" ]; then
    heng srb "$korea" --area sido,sigungu,dong --boys births_m --girls births_f --period year --csv k.csv --html k.html --lang en
    exits 0 "Korea by dong"
    # every level adds up to all births
    for level in sido sigungu dong; do
        is "$(tr -d '\r' <k.csv | awk -F, -v l=$level '$1 == l { n += $3; b += $4 } END { print n, b }')" \
            "1507731 773711" "$level adds up"
    done
    is "$(column finding k.csv | grep -c .)" 0 "none of 4,000 areas is found by chance"
    [ "$(wc -c <k.html)" -lt 2000000 ]
    result $? "the page stays small"
    heng srb "${korea%/*}/india2011_districts_scan_ready.csv" --area state,district --boys boys_0_6 --girls girls_0_6 --region India --csv i.csv
    exits 0 "India"
    is "$(column level i.csv | grep -c district)" 638 "districts"
    is "$(tr -d '\r' <i.csv | awk -F, '$2 == "Haryana" { print $18 }')" above "Haryana is found"
fi
end
