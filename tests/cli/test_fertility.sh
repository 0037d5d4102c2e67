# SPDX-License-Identifier: AGPL-3.0-or-later
# heng fertility: rates of births and women, birth orders and tempo, births before a census,
# and what is said of bad files.
. "${0%/*}/tap.sh"

awk 'BEGIN {
    print "县,年份,孩次,年龄组,出生数,妇女数"
    split("5 90 110 60 20 4 1", f, " ")
    for (y = 2018; y <= 2020; y++) for (o = 1; o <= 2; o++) for (i = 1; i <= 7; i++)
        printf "A,%d,%d,%d-%d,%d,1000\n", y, o, 10 + 5 * i, 14 + 5 * i, f[i] * (1 + .03 * (i - 1) * (y - 2019)) / o
}' >births.csv
heng fertility births.csv --lang en --csv f.csv --json f.json --html f.html --pdf f.pdf
exits 0 "orders and years"
has out "Total fertility rates from" "in a sentence"
is "$(awk -F, '$2 == 2019 && $3 == 1 { printf "%.3f %.2f", $4, $7 }' f.csv)" "1.450 27.78" "TFR and mean age of an order"
is "$(awk -F, '$2 == 2019 && $3 == "" { printf "%.3f %d", $4, ($9 > $4) }' f.csv)" "2.170 1" \
    "both orders together, and more without the later births"
is "$(awk -F, '$2 == 2018 && $3 == 1 { print $9 }' f.csv)" "" "no tempo without the year before"
has f.json '"rates":[{"area":"A","year":"2018","order":"1","age":15,"width":5,"asfr":' "rates as JSON"
has f.html "<svg" "drawn"
is "$(head -c 5 f.pdf)" "%PDF-" "a PDF"
heng fertility births.csv --lang zh
has out "总和生育率" "in Chinese"
printf 'age,asfr\n15-19,.01\n20-24,.1\n25-29,.12\n30-34,.06\n35-39,.02\n40-44,.005\n45-49,.001\n' >rates.csv
heng fertility rates.csv --lang en
exits 0 "rates alone"
has out "Total fertility rate 1.58; mean age of mothers 27.5" "added up"

# a population that does not move, of 100 births a year and no deaths to speak of
awk 'BEGIN { print "sex,age,people"; for (s = 0; s < 2; s++) for (a = 0; a < 100; a++)
    printf "%s,%s,%d\n", s ? "m" : "f", a < 99 ? a : "99+", 5000 }' >still.csv
heng fertility still.csv --reverse west:79.9 --people people --csv still.out --lang en
exits 0 "single years"
is "$(wc -l <still.out | tr -d ' ')" 16 "fifteen years before the census"
is "$(awk -F, 'NR == 2 { print ($5 > 10000 && $5 < 10400) }' still.out)" 1 "as many births as children, and those that died"
data=$HENG_SOURCE/../shared/data/projection/wpp2019
if [ -d "$data" ]; then # World Population Prospects 2019: TFR of China 1.69, 1.64, 1.62
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == 2020) c = i; next }
        FNR == 1 { next } $1 == 156 { print (FILENAME ~ /popF/ ? "female" : "male") "," $3 "," $c }' \
        "$data/popF.csv" "$data/popM.csv" | { echo sex,age,population; cat; } >china.csv
    heng fertility china.csv --reverse west:77,73 --csv china.out
    is "$(awk -F, 'NR > 1 { printf "%s ", ($7 - (NR == 2 ? 1.69 : NR == 3 ? 1.64 : 1.62)) ^ 2 < .0005 }' china.out)" \
        "1 1 1 " "China 2005-2020 by the children of 2020, within .02"
fi

bad() { # bad NAME SED-SCRIPT FILE TEXT
    sed "$2" "$3" >bad.csv
    heng fertility bad.csv --lang en
    exits 65 "$1"
    has err "$4" "$1: what"
    has err "cure:" "$1: the cure"
}
bad "a gap" "/20-24/d" births.csv "should begin at age 20"
bad "an overlap" "s/15-19/15-24/" births.csv "ends before age 25"
bad "births below 0" "s/,90,/,-9,/" births.csv "births of 0 or more"
bad "more births than women" "s/,90,/,9000,/" births.csv "more births than women"
bad "a year absent" "/A,2019,2/d" births.csv "no rows of year 2019"
bad "rates to 1,000" "s/,.12$/,120/" rates.csv "not to 1,000"
bad "other widths" "s/15-19/10-19/" rates.csv "different widths"
bad "no columns" "s/asfr/x/" rates.csv "neither births and women nor rates"
heng fertility still.csv --reverse middle:70
exits 64 "no such model"
heng fertility births.csv --shares 1,2,3
exits 64 "shares of nothing"
sed '/^m/d' still.csv >women.csv
heng fertility women.csv --reverse west:75 --people people
exits 65 "one sex only"
head -50 still.csv >young.csv
heng fertility young.csv --reverse west:75 --people people
exits 65 "no old women"
end
