# SPDX-License-Identifier: AGPL-3.0-or-later
# heng rota: a round of 31 facilities from a file.
. "${0%/*}/tap.sh"
awk 'BEGIN {
    print "facility,area,risk,last_visit,last_team,conflict"
    for (i = 1; i <= 31; i++)
        printf "F%02d,T%d,%d,%s,%s,%s\n", i, i % 5, i % 7 == 0 ? 2 : 0,
            i % 9 == 0 ? "" : sprintf("2014-%02d-15", 1 + i % 6), i % 3 ? 1 + i % 2 : "", i == 3 ? "2" : ""
}' >facilities.csv

heng rota --facilities facilities.csv --teams 2 --days 3 --per-day 6 --seed 5 --csv all.csv --lang en
exits 0 "a usual round"
has out "31 of 31 facilities are visited" "there is room for all"
is "$(sed 1d all.csv | cut -d, -f5 | sort -u | wc -l | tr -d ' ')" 31 "each once"
awk -F, 'NR == FNR { last[$1] = $5; bar[$1] = $6; next } FNR > 1 && ($3 == last[$5] || $3 == bar[$5])' \
    facilities.csv all.csv >wrong
is "$(wc -l <wrong | tr -d ' ')" 0 "no team twice in a row, no member's facility"
is "$(sed 1d all.csv | cut -d, -f1,3 | sort | uniq -c | awk '$1 > 6' | wc -l | tr -d ' ')" 0 \
    "six a day at most"
is "$(sed 1d all.csv | cut -d, -f2 | sort -u | tr '\n' ' ')" \
    "2014-07-21 2014-07-22 2014-07-23 " "working days from the Sunday that is today"

heng rota --facilities facilities.csv --teams 2 --days 2 --per-day 4 --seed 5 --csv few.csv --json few.json --lang en
exits 0 "a smaller round"
is "$(sed 1d few.csv | wc -l | tr -d ' ')" 16 "as many as there is room for"
has few.csv "must be visited: no visit is known" "those that nobody visited first"
has few.json '"left":[' "those left out are named"
has out "by lot" "and the lot is explained"
heng rota --facilities facilities.csv --teams 2 --days 2 --per-day 4 --seed 5 --csv again.csv
cmp few.csv again.csv >out 2>err
result $? "the same again with the same seed"
heng rota --facilities facilities.csv --teams 2 --days 2 --per-day 4 --seed 6 --csv again.csv
cmp -s few.csv again.csv
[ $? -eq 1 ]
result $? "another with another seed"
heng rota --facilities facilities.csv --seed 5 --lang zh
has out "检查轮次安排" "in Chinese"
has out "本次换组" "with reasons in Chinese"

# over a county's own rows
heng init county.db --pack "$HENG_SOURCE/packs/cn-county"
printf 'code,name,name_en,level,parent\n340221,芜湖县,Wuhu,county,\n340221100,湾沚镇,Wanzhi,township,340221\n' >areas.csv
printf 'code,name,kind,area,licence_until\nH1,甲诊所,clinic,340221100,2013-01-01\nH2,乙诊所,clinic,340221100,2030-01-01\nH3,丙药店,pharmacy,340221100,2030-01-01\n' >places.csv
heng import county.db areas areas.csv
heng import county.db facilities places.csv
heng rota county.db --seed 5 --lang en --csv county.csv
exits 0 "a round over a county"
is "$(sed 1d county.csv | wc -l | tr -d ' ')" 3 "its three facilities"
has county.csv "licence ran out on 2013-01-01" "a licence that ran out is a risk, in words"
heng rota county.db --seed 5 --kind pharmacy --csv - --lang zh
is "$(sed 1d out | cut -d, -f5)" "丙药店" "only of a kind"
heng rota county.db --seed 5 --facilities facilities.csv
exits 64 "a county or a file, not both"
heng rota --seed 5
exits 64 "neither"

heng rota --facilities facilities.csv
exits 64 "no seed"
heng rota --facilities facilities.csv --seed 1 --teams 0
exits 64 "no team"
printf 'facility,last_visit\nA,2015-01-01\n' >bad.csv
heng rota --facilities bad.csv --seed 1
exits 65 "a visit in the time to come"
has err "bad.csv:2 last_visit" "and where"
printf 'facility,conflict\nA,3\n' >bad.csv
heng rota --facilities bad.csv --seed 1
exits 65 "a team that is not there"
printf 'facility,risk\nA,-1\n' >bad.csv
heng rota --facilities bad.csv --seed 1
exits 65 "a risk below 0"
heng rota --facilities facilities.csv --seed 1 --csv facilities.csv
exits 64 "an output over the input"
end
