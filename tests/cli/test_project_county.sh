#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# heng project on the file of a county: years ahead from its own rows, what is supposed, what
# is refused.
. "${0%/*}/tap.sh"

awk 'BEGIN { print "sex,age,population"
    for (s = 0; s < 2; s++) for (x = 0; x <= 65; x += 5)
        printf "%s,%s,%d\n", s ? "male" : "female", x == 65 ? "65+" : x "-" (x + 4), 1000 - 10 * x }' >population.csv
awk 'BEGIN { print "year,sex,age,mx"
    for (s = 0; s < 2; s++) for (i = 0; i < 15; i++) { x = i < 2 ? i : 5 * (i - 1)
        printf "2020-2025,%s,%d,%.8f\n", s ? "male" : "female", x, 0.0004 * exp(0.07 * x) } }' >mx.csv
printf 'age,asfr\n20-34,.1\n' >asfr.csv

heng demo raw --people 40000
heng init c.db --pack "$HENG_SOURCE/packs/cn-county"
grep -E '^(areas|facilities|births|deaths|residents) ' raw/import.txt >list
while read -r register file source; do
    with=
    [ "$source" = - ] || with="--source $source"
    # shellcheck disable=SC2086 # two words, or none
    heng import c.db "$register" "raw/$file" $with --rejects /dev/null
    [ "$status" = 0 ] || [ "$status" = 65 ] || result 1 "import of $file"
done <list
heng project c.db --csv c.csv --json c.json --html c.html --xlsx c.xlsx --lang en
exits 0 "years ahead of a county"
has out "2013 to 2053, steps of 1 years" "from its latest count, 40 years"
has out "were counted on 31 December 2013" "which count"
has out "Rates are of 2010 to 2013" "which years"
has out "Since the count of 31 December 2012" "what is left over"
is "$(wc -l <c.csv | tr -d ' ')" $((41 * 2 * 101 + 1)) "single years"
people=$(sqlite3 c.db "SELECT sum(people) FROM r_residents WHERE date = '2013-12-31' AND state = 'current'")
is "$(awk -F, '$1 == 2013 { n += $4 } END { print n }' c.csv)" "$people" "it begins with those who were counted"
# the demo's people have 1.56 children and live 79.8 and 75.9 years; one birth in fifteen is not in the hospitals'
# register, and one death in 25 in none
tfr=$(sed -n 's/.*Children a woman: \([0-9.]*\).*/\1/p' out)
awk -v t="$tfr" 'BEGIN { exit !(t > 1.36 && t < 1.56) }'
result $? "fertility ($tfr)"
sed -n 's/.*women \([0-9.]*\) ([0-9.-]*), men \([0-9.]*\) .*/\1 \2/p' c.html | head -1 >e0
awk '{ exit !($1 > 78.5 && $1 < 82.5 && $2 > 74.5 && $2 < 78.5) }' e0
result $? "life expectancy ($(cat e0))"
heng project c.db --to 2033 --width 5 --tfr 2 --by 2020 --e0f 85 --boys 106 --migrants -100 \
    --shock deaths,year=2020,times=1.2 --json s.json --lang en
exits 0 "with suppositions and a shock"
has s.json '"total_fertility":2,' "the supposed fertility"
heng project c.db --country 970328100000 --country 新丰镇 --trajectories 100 --normal 2020 --to 2023 --lang en
exits 0 "two townships, drawn"
has out "Xinfeng Town: " "the second"
heng project c.db --trajectories 0 --normal 2016 --to 2018 --lang en
exits 0 "a scenario"
awk '/^Boys to 100 girls at birth/ { exit !($(NF - 3) > 107 && $(NF - 2) == "106.0" && $NF == "106.0") }' out
result $? "of births from 2016 on"
heng project c.db --lang zh
exits 0 "in Chinese"
has out "总和生育率" "its fertility"
heng project c.db --srb 106 --lang en
exits 64 "an option of files"
heng project population.csv mx.csv asfr.csv --srb 106 --tfr 2 --lang en
exits 64 "an option of a county"
heng project c.db --projection towns --lang en
exits 66 "an unknown projection"
has err "There is county." "the one there is"
heng project c.db --country nowhere --lang en
[ "$status" -ne 0 ]
result $? "no such area"
heng project c.db --from 2001 --lang en
exits 66 "no such count"
heng project c.db --tfr 50 --lang zh
exits 65 "a supposition out of range"
has err "总和生育率为50" "explained in Chinese"
heng project c.db --csv c.db --lang en
[ "$status" -ne 0 ] && [ "$(sqlite3 c.db 'SELECT count(*) > 0 FROM r_residents')" = 1 ]
result $? "the county is not written over"
heng init m.db --pack "$HENG_SOURCE/packs/minimal"
heng project m.db --lang en
exits 66 "a pack without a projection"
has err "docs/packs.md" "its cure"
end
