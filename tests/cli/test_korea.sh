#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Real births: every yearly total is exactly that of the file.
. "${0%/*}/tap.sh"
file=$HENG_SOURCE/../shared/data/srb/korea_dong_births_by_sex_2017_2021.csv
[ -f "$file" ] || skip_all "the Korean data is not here"
unset HENG_TODAY

heng init k.db --pack "$HENG_SOURCE/packs/kr-births"
exits 0 "init"
heng import k.db areas "$file" --map '*='
exits 0 "areas, with those above them, from the list of births"
heng areas k.db
is "$(awk 'length($1) == 2' out | wc -l | tr -d ' ')" 17 "provinces"
is "$(awk 'length($1) == 10' out | cut -d' ' -f1 | sort -u | wc -l | tr -d ' ')" \
    "$(tail -n +2 "$file" | cut -d, -f2 | sort -u | wc -l | tr -d ' ')" "dong"
heng import k.db births "$file" --map '*='
exits 0 "births"
is "$(awk '$1 == "inserted" {print $2}' out)" 17,403 "rows"
heng measure k.db --period 2017 --by province --indicator srb --csv -
is "$(tr -d '\r' <out | awk -F, 'NR > 1 {m += $6; f += $7} END {print m, f}')" \
    "182513 171589" "provinces add up"
while read -r year boys girls; do
    heng measure k.db --period "$year" --indicator srb --csv -
    is "$(sed -n 2p out | cut -d, -f5-7)" "$year,$boys,$girls" "$year"
    is "$(awk -F, -v y="$year" '$1 == y {m += $6; f += $7} END {print m "," f}' "$file")" \
        "$boys,$girls" "$year in the file"
done <<'END'
2017 182513 171589
2018 165223 157110
2019 154168 146516
2020 139498 132825
2021 132309 125980
END
heng report k.db srb --period 2017 --out r.html --lang en
exits 0 "report"
has r.html "182,513 boys and 171,589 girls" "with those totals"
heng import k.db births "$file" --map '*='
is "$(awk '$1 == "unchanged" {print $2}' out)" 17,403 "the same file again changes nothing"
heng verify k.db
exits 0 "verify"
end
