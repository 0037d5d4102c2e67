#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# What help shows as an example of a county's file runs on the demo county as it is typed.
. "${0%/*}/tap.sh"
heng demo raw --people 4000
exits 0 "the raw files"
heng init county.db --pack "$HENG_SOURCE/packs/cn-county"
while read -r register file source day; do
    set -- county.db "$register" "raw/$file" --rejects rejects
    [ "$source" = - ] || set -- "$@" --source "$source"
    HENG_TODAY=${day:-2014-07-20} "$HENG_BIN" import "$@" >>import.out 2>&1 || [ $? -eq 65 ] || echo "$register $file"
done <raw/import.txt >failed
[ ! -s failed ]
result $? "all of it goes in"
heng ledger post county.db stock raw/supervision/stock-sent.csv
exits 0 "what was sent"
"$HENG_BIN" measure county.db --period 201406 --csv june-figures.csv >out 2>err

# The files that examples name.
ln -s "$HENG_SOURCE/packs" packs
cp raw/areas.csv raw/areas.geojson .
cp raw/births-hospital.csv hospital.csv
printf 'movement,day,from,to,item,lot,quantity\nhand_out,2014-06-28,970328F0001,,F-FA04,FA140201,5\n' >stock.csv
printf 'register,row,move,measure_taken,rectified_on,file\nfindings,2014-W005,rectify,notice put up,2014-06-03,photo.jpg\n' >moves.csv
printf '\377\330\377\333\000\103\000%064d\377\300\000\013\010\000\001\000\001\001\001\021\000\377\331' 0 >photo.jpg

# Not tried here: those that stay (serve), and those of a row, an import or an entry that this county does not have as named.
"$HENG_BIN" help --markdown | sed -n 's/^ *\(heng .*county\.db.*\)/\1/p' | grep -vE '^heng (serve|init)|DB|--map .kg' >examples
grep -c . examples >count
[ "$(cat count)" -gt 35 ]
result $? "there are examples ($(cat count))"
while IFS= read -r example; do
    case $example in
    *june.csv*) cp "$(case $example in *ledger*) echo stock.csv ;; *) echo moves.csv ;; esac)" june.csv ;;
    esac
    rest=${example#heng }
    eval "heng $rest" </dev/null
    case $example in
    # the demo's own slips
    *hospital.csv*) exits 65 "$example" ;;
    *) exits 0 "$example" ;;
    esac
done <examples
heng campaign county.db 2014-01 --out both.pdf --json - --lang en
head -c 40 out | grep -q '^{"phases":\[' && head -c 5 both.pdf | grep -q '%PDF-'
result $? "the draft of a report and its figures in one run"
end
