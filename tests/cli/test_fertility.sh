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
is "$(awk -F, '$2 == 2019 && $3 == "" { printf "%.3f %d", $4, ($10 > $4) }' f.csv)" "2.170 1" \
    "both orders together, and more without the later births"
is "$(awk -F, '$2 == 2018 && $3 == 1 { print $10 }' f.csv)" "" "no tempo without the year before"
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
heng fertility still.csv --reverse log-quadratic:82,78 --people people
exits 0 "single years of a model that goes on to 110"
heng fertility still.csv --reverse west:79.9 --people people --csv still.out --lang en
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

# net reproduction and married fertility: natural fertility times .9 exp(.8 v)
awk 'BEGIN {
    split(".460 .431 .395 .322 .167 .024", n, " "); split("0 -.279 -.667 -1.042 -1.414 -1.671", v, " ")
    print "age,births,women,married,L"
    print "15-19,500,100000,2000,4.9"
    for (i = 1; i <= 6; i++)
        printf "%d-%d,%.0f,100000,80000,%s\n", 15 + 5 * i, 19 + 5 * i, 80000 * n[i] * .9 * exp(.8 * v[i]), 4.9 - .01 * i
}' >married.csv
heng fertility married.csv --lived L --married married --lang en --csv net.csv
exits 0 "net rate and married fertility"
is "$(awk -F, '{ sub(/\r/, "") } NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { printf "%.3f %.2f %d %d", $at["marital_level"],
    $at["marital_control"], $at["marital_deviance"] < .1, $at["marital_groups"] }' net.csv)" "0.900 0.80 1 6" "M and m again"
is "$(awk -F, 'NR == FNR { if (FNR > 1) net += $2 / $3 * $5 / 2.06; next }
    FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } FNR == 2 { d = $at["nrr"] - net; print (d * d < 1e-12 && $at["nrr"] < $at["grr"]) }' \
    married.csv net.csv)" 1 "NRR by years lived"
heng fertility married.csv --mortality west:78 --lang zh --csv model.csv
exits 0 "NRR by a model table"
has out "净再生产率" "in Chinese"
awk -F, '{ sub(/\r/, "") } NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { exit !($at["nrr"] < $at["grr"] && $at["nrr"] > .97 * $at["grr"]) }' model.csv
result $? "nearly all live, at 78"
heng fertility rates.csv --married asfr
exits 64 "no counts of births"
heng fertility married.csv --lived women
exits 65 "no years lived"
has err "l(0) is 1" "its cure"
heng fertility married.csv --lived L --mortality west:70
exits 64 "two life tables"
heng fertility married.csv --reverse west:70 --married married
exits 64 "married women where births are counted back"

# own children: 1,000 women of each age; each year 80 children with their mothers, who were 25 in
# its middle, and 10 without
awk 'BEGIN {
    print "sex,age,mother_age,people"
    for (a = 15; a < 70; a++) printf "f,%d,,1000\n", a
    for (x = 0; x < 15; x++) for (s = 0; s < 2; s++) {
        for (k = 0; k < 2; k++) printf "%s,%d,%d,20\n", s ? "m" : "f", x, 25 + x + k
        printf "%s,%d,,5\n", s ? "m" : "f", x
    }
}' >household.csv
heng fertility household.csv --own-children west:79.9 --lang en --csv own.csv --json own.json --html own.html
exits 0 "own children"
has out "88.9 of 100 children" "in a sentence"
is "$(awk -F, '{ sub(/\r/, "") } NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } {
    t = $at["tfr"]; n += t > .09 && t < .0925 && $at["tfr_low"] < t && t < $at["tfr_high"] && $at["births"] > 90 &&
        $at["births"] < 92 && $at["mean_age"] > 25.49 && $at["mean_age"] < 25.51 && $at["matched"] > .888 &&
        $at["matched"] < .89 } END { print n, NR - 1 }' own.csv)" "18 18" "90 births to 1,000 women, and those that died"
has own.json '"before_rates":[{"area"' "rates by age as JSON"
heng fertility household.csv --own-children log-quadratic:84,79 --csv old.csv # its table ends at 110
exits 0 "a model that goes on to 110"
# a row is a person
awk -F, 'NR == 1 { print "性别,年龄,母亲年龄"; next } { for (i = 0; i < $4; i++) print ($1 == "f" ? "女" : "男") "," $2 "," $3 }' \
    household.csv >persons.csv
heng fertility persons.csv --own-children west:79.9 --lang zh --csv persons.out
exits 0 "persons, with a Chinese header"
cmp -s own.csv persons.out
result $? "the same figures"
has out "亲生子女法" "in Chinese"

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
own_bad() { # own_bad NAME SED-SCRIPT TEXT
    sed "$2" household.csv >bad.csv
    heng fertility bad.csv --own-children west:79 --lang en
    exits 65 "$1"
    has err "$3" "$1: what"
    has err "cure:" "$1: the cure"
}
own_bad "a mother as old as her child" "s/^f,3,28/f,3,8/" "10 to 59 years older"
own_bad "an age in groups" "s/^f,3,28/f,0-4,28/" "a single year of age"
own_bad "a sex that is none" "s/^f,3,28/x,3,28/" "a sex is expected"
own_bad "children below 0" "s/^f,3,28,20/f,3,28,-20/" "people of 0 or more"
own_bad "nobody with a mother" "s/^\\([fm],3\\),[0-9]*/\\1,/" "at age 3 no child"
own_bad "no mothers" "s/mother_age/x/" "the age of the mother"
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
