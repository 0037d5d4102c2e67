#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Facts that open reviews: signatures that inspectors found missing, goods that do not add up. Of the demo county exactly
# what was planted is found (truth/signals.csv); the third kind, the share of boys, is in test_watch.sh.
. "${0%/*}/tap.sh"
command -v sqlite3 >/dev/null || skip_all "sqlite3 is not there"
heng demo raw --people 1000
exits 0 "the raw files"
heng init c.db --pack "$HENG_SOURCE/packs/cn-county"
grep -E '^(areas|facilities|bodies|campaigns|teams|inspections|fetal_sex_control|record_signature|stock_items) ' raw/import.txt |
    while read -r register file source day; do
        HENG_TODAY=${day:-2014-07-20} "$HENG_BIN" import c.db "$register" "raw/$file" >>import.out 2>&1 || echo "$register"
    done >failed
[ ! -s failed ]
result $? "all of it goes in"
heng ledger post c.db stock raw/supervision/stock-sent.csv
exits 0 "what was sent"
tail -n +2 raw/supervision/stock-arrived.csv | tr -d '\r' | while IFS=, read -r entry on arrived; do
    "$HENG_BIN" ledger confirm c.db stock "$entry" --arrived "$arrived" --day "$on" >>confirm.out 2>&1 || echo "$entry"
done >failed
[ ! -s failed ]
result $? "what arrived"
heng ledger post c.db stock raw/supervision/stock-used.csv
exits 0 "what was used and counted"

heng watch c.db --watch supervision --period 2014S1 --lang en
exits 0 "the look at facts"
sqlite3 c.db "SELECT text_en FROM r_signals WHERE look = 'stock'" >out
has out "Goods that do not add up: what was counted differs from the book in 1 lot" "a count that differs"
has out "what came of 1 consignment is not what was sent" "a seller and a buyer who do not agree"
sqlite3 c.db "SELECT look || ',' || subject FROM r_signals WHERE review AND state = 'current' ORDER BY 1" >found
tail -n +2 raw/truth/signals.csv | cut -d, -f1,2 | sort >planted
is "$(tr '\n' ' ' <found)" "$(tr '\n' ' ' <planted)" "exactly what was planted opens a review"
is "$(cut -d, -f1 planted | sort -u | tr '\n' ' ')" "examination_signatures record_signatures stock " "of each kind there is one"
is "$(sqlite3 c.db "SELECT count(*) FROM r_signals WHERE p_value IS NOT NULL OR stage <> 'open'")" 0 "no chance is told of a fact, and each review is open"
heng watch c.db --watch supervision --period 2014S1 --lang en
has err "0 new, 0 changed" "a second look finds the same"
heng watch c.db --watch supervision --period 2013S2 --lang en
has out "0 signals open a review" "nothing is found in a period in which nothing was planted"
sqlite3 c.db "SELECT text_zh FROM r_signals WHERE look = 'stock'" >out
has out "盘点与账面不符1批次" "in Chinese"

# A reversal and a true entry put it right.
entry=$(sqlite3 c.db "SELECT e.id FROM heng_ledger_entries e JOIN heng_ledger_lines l ON l.entry = e.id WHERE e.movement = 'stocktake' AND l.quantity > 0 LIMIT 1" 2>/dev/null)
if [ -n "$entry" ]; then
    heng ledger reverse c.db stock "$entry" --reason 'counted again'
    heng watch c.db --watch supervision --period 2014S1 --lang en --dry-run
    [ "$(grep -c "differs from" out)" -eq 0 ] && grep -q "11 signals" out
    result $? "a count that was reversed is no signal"
fi

# What a pack says wrongly.
cp -r "$HENG_SOURCE/packs/cn-county" pack
cat >pack/watch/supervision.yaml <<'YAML'
watch: supervision
label: {en: Facts, zh: 事实}
keep: signals
looks:
  boys: {kind: area, level: township, alarm: 0.01, label: {en: Boys, zh: 性别比}}
  goods: {kind: ledger, ledger: shelves, more_than: 200, wait: 0, label: {en: Goods, zh: 物资}}
  found: {kind: rows, label: {en: Found, zh: 发现}}
YAML
heng pack check pack --lang en
[ "$status" -ne 0 ]
result $? "a watch without a ratio that looks at one, and others"
cat out >>err
has err "the watch names none" "the ratio that is missing"
has err "there is no ledger 'shelves'" "the ledger"
has err "more_than is a per cent" "the share"
has err "value" "the count that is missing"
end
