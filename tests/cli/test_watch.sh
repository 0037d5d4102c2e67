#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# heng watch on a small demo county: what is planted there and large enough, kept and
# reviewed. (bench/watch.sh does it on whole counties and many seeds.)
. "${0%/*}/tap.sh"
export HENG_TODAY=2014-07-20

heng demo raw --people 40000
exits 0 "a small county"
heng init c.db --pack "$HENG_SOURCE/packs/cn-county"
grep -E '^(areas|facilities|births|deliveries_report) ' raw/import.txt >list
while read -r register file source; do
    with=
    [ "$source" = - ] || with="--source $source"
    # shellcheck disable=SC2086 # two words, or none
    heng import c.db "$register" "raw/$file" $with --rejects /dev/null
    [ "$status" = 0 ] || [ "$status" = 65 ] || result 1 "import of $file"
done <list
facility=$(awk -F, '$1 == "falsifying_facility" {print $2}' raw/truth/facts.csv)

heng watch c.db --period 2014S1 --replications 999 --dry-run --lang en
exits 0 "a dry run"
is "$(sqlite3 c.db 'SELECT count(*) FROM r_signals')" 0 "keeps nothing"
heng watch c.db --period 2014S1 --replications 999 --lang en --out w.html --out w.pdf
exits 0 "watch"
has err "kept in 'signals': " "says where signals are kept"
[ -s w.html ] && [ -s w.pdf ]
result $? "a page and a PDF"
is "$(sqlite3 c.db "SELECT count(*) FROM r_signals WHERE review = 1 AND subject = '$facility' AND look IN ('round_weights', 'round_days', 'even_reports')")" \
    3 "the facility that writes what it likes is found in three ways"
is "$(sqlite3 c.db "SELECT count(*) FROM r_signals WHERE review = 1 AND subject <> '$facility' AND look IN ('round_weights', 'round_days', 'even_reports')")" \
    0 "and no other one"

# The figures of the page are those of the register.
births=$(sqlite3 c.db "SELECT count(*) FROM r_births WHERE source = 'hospital' AND state = 'current' AND sex IN ('m', 'f') AND date BETWEEN '2014-01-01' AND '2014-06-30'")
heng watch c.db --period 2014S1 --replications 999 --lang en
has out ", $births births; the reference is 106.3 [105.5" "births of the period, as SQL counts them"
has out "it is never about a person" "says what a signal is about"
is "$(grep -c 'kept in' err)" 1 "kept again"
has err ": 0 new, 0 changed, " "a second run finds the same and adds nothing"
rows=$(sqlite3 c.db "SELECT sum(of_all) FROM r_signals WHERE look = 'round_weights' AND subject = '$facility'")
is "$rows" "$(sqlite3 c.db "SELECT count(weight) FROM r_births b JOIN r_facilities f ON f.id = b.facility WHERE b.source = 'hospital' AND b.state = 'current' AND f.code = '$facility' AND b.date BETWEEN (SELECT since FROM r_signals WHERE look = 'round_weights' AND subject = '$facility') AND '2014-06-30'")" \
    "rows behind a signal, as SQL counts them"
one=$(sqlite3 c.db "SELECT id FROM r_signals WHERE look = 'even_reports' LIMIT 1")
heng correct c.db signals "$one" finding=facility 'explained=the record was counted' --reason reviewed
exits 0 "a reviewer writes the finding"
# A signal that was struck stays struck, though its figures are others now.
signal=$(sqlite3 c.db "SELECT id FROM r_signals WHERE look = 'round_weights' AND subject = '$facility'")
birth=$(sqlite3 c.db "SELECT b.id FROM r_births b JOIN r_facilities f ON f.id = b.facility WHERE b.source = 'hospital' AND f.code = '$facility' AND b.weight > 0 AND b.date BETWEEN '2014-06-01' AND '2014-06-30' LIMIT 1")
heng strike c.db signals "$signal" --reason "the scales are coarse"
heng strike c.db births "$birth" --reason "entered twice"
exits 0 "a signal and a birth behind it are struck"
heng watch c.db --period 2014S1 --replications 999 --seed 5 --lang zh
exits 0 "in Chinese, with another seed"
is "$(sqlite3 c.db "SELECT state || ' ' || of_all FROM r_signals WHERE id = $signal")" "struck $rows" "the struck signal stays as it was"
has out "需要复核" "with what is to be reviewed"
is "$(sqlite3 c.db "SELECT finding FROM r_signals WHERE id = $one")" facility "the finding stays"
heng verify c.db
exits 0 "verify"
township=$(awk -F, 'NR == 4 {print $1}' raw/truth/townships.csv)
heng watch c.db --period 2014S1 --area "$township" --replications 999 --dry-run --lang en
exits 0 "one township"

heng watch c.db --period 20140601
exits 65 "a day is too short"
has err "a month or more" "and says so"
heng watch c.db --period 2014S1 --watch none
exits 66 "a watch that is not there"
has err "there are srb" "and those there are"
heng watch c.db --period 2014S1 --replications 10
exits 64 "too few replications"
heng watch c.db --period 1999S1 --replications 999 --lang en
exits 0 "a period without a birth"
has out "nothing in this period" "and says so"
heng init m.db --pack "$HENG_SOURCE/packs/minimal"
heng watch m.db --period 2014
exits 66 "a pack without a watch"
has err "says nothing about what to watch" "and says so"
end
