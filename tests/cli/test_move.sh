#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Moving rows at the shell, for whom, and that one hand at the shell does not make a step for two people.
. "${0%/*}/tap.sh"
command -v sqlite3 >/dev/null || skip_all "sqlite3 is not there"
heng init c.db --pack "$HENG_SOURCE/packs/cn-county"
cat >areas.csv <<'CSV'
code,name,level,parent
130123,正定县,county,
130123100,东镇,township,130123
130123101,西镇,township,130123
CSV
cat >facilities.csv <<'CSV'
code,name,name_en,kind,area,licence_number,licence_until
F1,东镇卫生院,East Health Centre,health_centre,130123100,L-1,2015-08-30
CSV
cat >findings.csv <<'CSV'
number,facility,found_on,origin,kind,severity,what
P-1,F1,2014-07-01,inspection,no_notice,minor,no notice
P-2,F1,2014-07-01,inspection,no_notice,minor,no notice
P-3,F1,2014-07-01,inspection,no_notice,minor,no notice
CSV
heng import c.db areas areas.csv
heng import c.db facilities facilities.csv
heng import c.db findings findings.csv
exits 0 "findings"
id() { sqlite3 c.db "SELECT id FROM r_findings WHERE number = '$1'"; }

heng move c.db findings P-1 --lang en
exits 0 "where a row stands"
has out "open" "its stage"
has out "it needs measure_taken, rectified_on; it needs a file" "and what a step asks for"
heng move c.db findings P-9
exits 66 "a row that is not there"
heng move c.db findings P-1 verify
exits 65 "a step that does not lead on from there"
heng move c.db findings P-1 rectify --set measure_taken
exits 64 "a value without ="
heng move c.db findings P-1 rectify --set measure_taken=done
[ "$status" -ne 0 ]
result $? "a step without what it needs"
echo 'put up on 2 July' >proof.txt
rectify() { # rectify ROW WHO
    heng move c.db findings "$1" rectify --set measure_taken=done --set rectified_on=2014-07-02 --attach proof.txt ${2:+--for "$2"} --lang en
}
rectify P-1 "East Health Centre"
exits 0 "for another"
has out "put right" "now it stands further"
heng history c.db findings "$(id P-1)" --lang en
has out "East Health Centre (entered by local administrator" "the history has both names"

heng move c.db findings P-1 verify --set verified_on=2014-07-10
exits 77 "the shell checks what the shell entered: no"
has err "heng serve" "with the cure"
heng move c.db findings P-1 verify --set verified_on=2014-07-10 --for 'Anybody'
exits 77 "nor for a name that has no account"
has err "no account" "which is said"
heng account invite c.db lena --role leader
heng move c.db findings P-1 verify --set verified_on=2014-07-10 --for lena
exits 77 "nor for an account without the role"
has err "holds no role" "which is said"
heng account invite c.db west --role inspector --area 130123101
heng move c.db findings P-1 verify --set verified_on=2014-07-10 --for west
exits 77 "nor for one with the role elsewhere"
heng account invite c.db ended --role inspector --until 2014-07-01
heng move c.db findings P-1 verify --set verified_on=2014-07-10 --for ended
exits 77 "nor for one whose role has ended"
heng account invite c.db wang --role inspector --area 130123100
heng move c.db findings P-1 verify --set verified_on=2014-07-10 --for ' WANG '
exits 0 "for an account that could make it"
heng history c.db findings "$(id P-1)" --lang en
has out "wang (entered by local administrator" "the history has the account's name, and who entered"

rectify P-2 wang
exits 0 "one who has an account puts right"
heng move c.db findings P-2 verify --set verified_on=2014-07-10 --for Wang
exits 77 "and may not look at it"
has err "another person" "another person must"
heng account invite c.db li --role inspector
heng move c.db findings P-2 verify --set verified_on=2014-07-10 --for li
exits 0 "the other may"

rectify P-3
exits 0 "the shell itself puts right"
heng move c.db findings P-3 send_back --reason 'not yet' --lang en
exits 0 "a step that checks nobody by rule is the shell's as before"
heng move c.db findings P-3 escalate --for "$(printf 'x%.0s' $(seq 1 101))"
exits 65 "a name that is too long"

echo 'put up again' >again.txt
cat >moves.csv <<'CSV'
day,register,row,move,for,reason,file,measure_taken,rectified_on,verified_on
2014-07-20,findings,P-3,rectify,East Health Centre,,again.txt,done,2014-07-03,
2014-07-20,findings,P-3,verify,Somebody,,,,,2014-07-11
2014-07-21,findings,P-3,verify,li,,,,,2014-07-11
CSV
heng moves c.db moves.csv --lang en
exits 77 "a list ends at the step that may not be made"
has err "moves.csv:3" "the line is named"
has err "no account" "and why"
has out "1 moves made" "what was before it is made"
HENG_TODAY=2014-07-21 "$HENG_BIN" moves c.db moves.csv --lang en >out 2>err
status=$?
exits 0 "the next day's goes on"
heng verify c.db
exits 0 "and the history is whole"
heng account list c.db
has out "invited" "accounts that nobody has used"
end
