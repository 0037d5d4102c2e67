# SPDX-License-Identifier: AGPL-3.0-or-later
# heng lifetable: tables of counts, rates and probabilities, closing, single ages, smoothing,
# models, and what is said of bad files.
. "${0%/*}/tap.sh"

# Preston, Heuveline and Guillot 2001, box 3.1: men, Austria, 1992; with its a(x)
cat >austria.csv <<'END'
sex,age,population,deaths,ax
male,0,47925,419,.068
male,1-4,189127,70,1.626
male,5-9,234793,36,2.5
male,10-14,238790,46,3.143
male,15-19,254996,249,2.724
male,20-24,326831,420,2.52
male,25-29,355086,403,2.481
male,30-34,324222,441,2.601
male,35-39,269963,508,2.701
male,40-44,261971,769,2.663
male,45-49,238011,1154,2.698
male,50-54,261612,1866,2.676
male,55-59,181385,2043,2.645
male,60-64,187962,3496,2.624
male,65-69,153832,4366,2.619
male,70-74,105169,4337,2.593
male,75-79,73694,5279,2.518
male,80-84,57512,6460,2.423
male,85+,32248,6146,5.247
END
heng lifetable austria.csv --lang en --csv lt.csv --json lt.json --html lt.html --pdf lt.pdf
exits 0 "a table in every form"
has out "men: life expectancy at birth 72.89" "the published e(0)"
is "$(awk -F, 'NR == 2 { printf "%.3f", $13 }' lt.csv)" "72.889" "to three decimals"
has lt.json '"summary":[{"area":' "the summary as JSON"
has lt.html "<svg" "the survivors drawn"
is "$(head -c 5 lt.pdf)" "%PDF-" "a PDF"
heng lifetable austria.csv --lang zh
has out "男：出生预期寿命 72.89" "in Chinese"

# the same table from rates and from probabilities
awk -F, 'NR == 1 { print "年龄,死亡率"; next } { printf "%s,%.17g\n", $2, $4 / $3 }' austria.csv >m.csv
heng lifetable m.csv --of 男 --csv m.out
exits 0 "rates, with Chinese names"
cut -d, -f1-4 austria.csv >plain.csv
heng lifetable plain.csv --csv plain.out
is "$(cut -d, -f4-13 m.out | tail -n +2 | cksum)" "$(cut -d, -f4-13 plain.out | tail -n +2 | cksum)" \
    "the same from rates"
awk -F, 'NR == 1 { print "age,qx"; next } { print $4 ($5 ? "" : "+") "," $7 }' plain.out >q.csv
heng lifetable q.csv --of male --csv q.out
exits 0 "probabilities"
is "$(awk -F, 'NR == 3 { printf "%.6f", $6 }' q.out)" "$(awk -F, 'NR == 3 { printf "%.6f", $6 }' plain.out)" \
    "the rates again"

# 0-4 in one group: apart by the log-quadratic model
awk -F, 'NR == 1 || $2 == 0 { if (NR > 1) { p = $3; d = $4 } else print; next }
    $2 == "1-4" { print $1 ",0-4," $3 + p "," $4 + d; next } { print }' plain.csv >joined.csv
heng lifetable joined.csv --csv joined.out --lang en
exits 0 "0-4 in one group"
has out "told apart by the log-quadratic model" "said"
is "$(awk -F, 'NR == FNR { e[FNR] = $13; d += FNR < 4 ? $10 : 0; next } FNR == 2 { x = $13 - e[2]; print (x * x < .0009) }
    FNR == 4 { x = $13 - e[4]; print (x * x < 1e-12), $4 }' plain.out joined.out | tr '\n' ' ')" "1 1 5 " \
    "e(0) within .03 years; from 5 on as before"
heng lifetable joined.csv --separation middle --csv middle.out
is "$(sed -n 3p middle.out | cut -d, -f4)" 5 "half the group is half the group"
sed 's/^male,0-4,.*/male,0-4,100,90/' joined.csv >many.csv
heng lifetable many.csv
exits 65 "more deaths than a model has"
has err "give ages 0 and 1-4 apart" "its cure"
heng lifetable plain.csv --close kannisto --to 110 --csv closed.csv --lang en
exits 0 "closed by a law"
has out "Kannisto's law, fitted from age 65 on" "and says so"
is "$(tail -1 closed.csv | cut -d, -f4)" "110" "to 110"
heng lifetable plain.csv --single --csv single.csv
is "$(wc -l <single.csv | tr -d ' ')" "87" "every year of age and the heading"
is "$(awk -F, '$4 == 60 { printf "%.9f", $9 }' single.csv)" "$(awk -F, '$4 == 60 { printf "%.9f", $9 }' plain.out)" \
    "the same survivors at 60"
heng lifetable plain.csv --draws 2000 --json draws.json
exits 0 "drawn intervals"

# areas, years and sexes
awk -F, 'BEGIN { print "乡镇,年份,性别,年龄组,死亡人数,平均人口" }
    NR > 1 { for (t = 1; t <= 3; t++) for (y = 2019; y <= 2020; y++) for (s = 0; s < 2; s++)
        printf "town %d,%d,%s,%s,%d,%d\n", t, y, s ? "男" : "女", $2, $4 * (s ? 1 : .6) * (y == 2020 ? .9 : 1) / 40 + .5, $3 / 40 }' \
    austria.csv >towns.csv
heng lifetable towns.csv --compare 2020:2019 --lang en --json towns.json
exits 0 "towns, years and sexes"
has out "18 tables" "three towns, two years, both sexes put together"
has out "What makes the difference" "ages of a difference"
has towns.json '"difference":[{"age":0' "and as JSON"
heng lifetable towns.csv --smooth topals --lang en
exits 0 "TOPALS"
has out "all areas of the year and sex together) bent to the deaths" "of all areas"
heng lifetable towns.csv --smooth brass --standard west:72 --lang en
exits 0 "Brass, of a model table"
has out "12 tables" "of women and men"

heng lifetable --model west --e0 50 --of female --csv -
exits 0 "a model table"
is "$(awk -F, 'NR == 2 { printf "%.3f", $13 }' out)" "50.000" "of its level"
heng lifetable --model west --of female --e0 5
exits 65 "a level out of reach"
has err "and 5 is wanted" "and which there are"

# bad files: where, what was found, what was expected, the cure
bad() { # bad NAME SED-SCRIPT FILE TEXT
    sed "$2" "$3" >bad.csv
    heng lifetable bad.csv --lang en
    exits 65 "$1"
    has err "$4" "$1: what"
    has err "cure:" "$1: the cure"
}
bad "a gap" "/10-14/d" plain.csv "this group should begin at age 10"
sed 's/^\(male,[0-9]*\)-[0-9]*/\1/' plain.csv >bare.csv
bad "a gap between bare ages" "/^male,60,/d" bare.csv "ages are missing before this group"
bad "an overlap" "s/15-19/14-19/" plain.csv "ends before age 15"
bad "an age twice" "s/^male,5-9,/male,0,/" plain.csv "a second row of age 0"
bad "no age" "s/15-19/teens/" plain.csv "'teens' is no group of ages"
bad "deaths below 0" "s/,249/,-249/" plain.csv "deaths of 0 or more"
bad "more deaths than people" "s/,249/,999999/" plain.csv "more people died than there are"
bad "nobody lives" "s/254996,/0,/" plain.csv "people died where nobody lives"
bad "an empty cell" "s/,249//;s/254996/254996,/" plain.csv "deaths of 0 or more"
bad "no open group" "s/85+/85-89/" plain.csv "there is no open group"
bad "no infants" "/^male,0,/d" plain.csv "begins at age 1"
bad "nobody dies in the open group" "s/,6146/,0/" plain.csv "a rate above 0 in the open group"
bad "a sex absent" "/town 2,2020,女/d" towns.csv "there are no rows of sex female for area town 2, year 2020"
bad "a year absent" "/town 2,2020/d" towns.csv "there are no rows of year 2020 for area town 2"
bad "no sex" "s/女/x/" towns.csv "'x' is no sex"
sed "/town 2,2020/d" towns.csv >ragged.csv
heng lifetable ragged.csv --ragged
exits 0 "left out when that is said"
bad "rates for 1,000" "s/,0\.19.*/,190/" m.csv "not for 1,000"
cut -d, -f2,3 plain.csv >none.csv
heng lifetable none.csv
exits 65 "nothing to make a table of"
heng lifetable plain.csv --fit 60-80
exits 64 "an option that would do nothing"
heng lifetable plain.csv --compare 2020:2010
exits 66 "nothing to compare"
heng lifetable plain.csv --close kannisto --to 93
exits 64 "an open age between groups"
end
