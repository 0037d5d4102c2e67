#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Whoever changes the file by hand is found out by heng verify.
. "${0%/*}/tap.sh"
command -v sqlite3 >/dev/null || skip_all "no sqlite3 shell"
pack=$HENG_SOURCE/packs/minimal

heng init good.db --pack "$pack"
heng import good.db areas "$pack/sample/areas.csv"
heng import good.db births "$pack/sample/births.csv" --rejects r.csv
id=$(sqlite3 good.db "SELECT id FROM r_births WHERE certificate = 'B11140013'")
heng correct good.db births "$id" weight=2820 --reason "figures swapped"
printf '出生证编号,性别,出生日期,居住乡镇\nX1,男,2014-01-02,110101001\n' >last.csv
heng import good.db births last.csv
heng verify good.db
exits 0 "the file as it was written"
head=$(awk '/head hash/ {print $3}' out)
sql good.db "SELECT 1"

tamper() { # tamper NAME STATEMENT: verify must find it
    cp good.db bad.db
    sql bad.db "$2"
    result $? "$1: the change was made"
    heng verify bad.db
    exits 76 "$1 is found"
    has err "heng: " "$1: with an error"
}
tamper "a row changed" "UPDATE r_births SET weight = 4000 WHERE certificate = 'B11140002'"
tamper "a corrected row changed" "UPDATE r_births SET weight = 2280 WHERE id = $id"
tamper "a row emptied" "UPDATE r_births SET weight = NULL WHERE certificate = 'B11140002'"
tamper "a row struck by hand" \
    "UPDATE r_births SET state = 'struck' WHERE certificate = 'B11140002'"
tamper "a row moved to another place" \
    "UPDATE r_births SET area = (SELECT area FROM r_births WHERE certificate = 'B11140005')
     WHERE certificate = 'B11140002'"
tamper "a row removed" "DELETE FROM r_births WHERE certificate = 'B11140002'"
tamper "a row without history" \
    "INSERT INTO r_births SELECT (SELECT max(id) + 1 FROM r_births), area, facility, date, source, state, version,
     saved_by, saved_at, fingerprint + 1, 'B99', sex, weight FROM r_births
     WHERE certificate = 'B11140002'"
tamper "a middle entry removed" "DELETE FROM heng_log WHERE seq = 20"
tamper "a middle entry removed with its row" \
    "DELETE FROM r_births WHERE id = (SELECT row FROM heng_log WHERE seq = 20);
     DELETE FROM heng_log WHERE seq = 20"
tamper "a reason rewritten" \
    "UPDATE heng_log SET reason = 'as ordered' WHERE change = 'correct'"
tamper "an old value rewritten" \
    "UPDATE heng_log SET before = '{\"weight\":\"2290\"}' WHERE change = 'correct'"
tamper "another person named" "UPDATE heng_log SET who = who + 1 WHERE seq = 20"
tamper "another time named" "UPDATE heng_log SET at = at + 1 WHERE seq = 20"
tamper "an area changed" "UPDATE r_areas SET name = '别处' WHERE code = '110101003'"

cp good.db bad.db
sql bad.db "DELETE FROM r_births WHERE certificate = 'X1';
            DELETE FROM heng_log WHERE seq = (SELECT max(seq) FROM heng_log)"
heng verify bad.db
exits 0 "the last entry and its row cut off: not to be seen from the file alone"
heng verify bad.db --expect "$head"
exits 76 "but with the hash that was written down"
heng verify good.db --expect 12345
exits 64 "no hash"

# a damaged page
cp good.db bad.db
dd if=/dev/zero of=bad.db bs=1 seek=8192 count=4096 conv=notrunc 2>/dev/null
heng verify bad.db
[ "$status" -ne 0 ]
result $? "a damaged file is found"
end
