#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# What rows owe, on the terminal: the pack of the measures' tests, two findings and three
# licences. Today is 20 July 2014.
. "${0%/*}/tap.sh"

heng init c.db --pack "$HENG_SOURCE/tests/measure/pack"
exits 0 "init"
printf 'code,name,name_en,level,parent\n340221,县,County,county,\n340221100,甲,T1,township,340221\n340221101,乙,T2,township,340221\n340221100001,甲一,V1,village,340221100\n' >areas.csv
heng import c.db areas areas.csv
exits 0 "areas"
printf 'Code,Name,Kind,Area,Licence,From,To\nH1,Hospital One,hospital,340221100,2014-09-10,,\nH2,Hospital Two,hospital,340221101,2010-03-01,,\nH3,Hospital Three,hospital,340221101,2013-12-01,,2014-01-01\n' >facilities.csv
heng import c.db facilities facilities.csv
exits 0 "facilities"
printf 'Number,Found,Mended,Grave,Facility\nf1,2014-05-01,2014-05-20,no,H1\nf2,2014-06-01,2014-07-10,no,H2\nf3,2014-06-02,,no,H2\n' >faults.csv
heng import c.db faults faults.csv
exits 0 "findings"
{
    echo Record,Born,Moved,Village
    for i in 1 2 3 4 5 6; do echo "R$i,2014-01-0$i,,340221100001"; done
} >children.csv
heng import c.db children children.csv
exits 0 "children"

heng due c.db --schedule licences
exits 0 "licences"
is "$(grep -c 'H[123] ' out)" 2 "one now, one long ago; the one that has closed owes nothing"
has out "2014-07-12" "sixty days before it ends"
has out "2009-12-31" "what ended long ago is still to be renewed"
heng due c.db --schedule licences --from 2014-07-01 --to 2014-07-31
is "$(grep -c 'H[123] ' out)" 1 "of July alone"

heng due c.db --schedule mending --csv - --from 2014-01-01 --to 2014-12-31
exits 0 "CSV"
is "$(head -1 out | tr -d '\r')" "schedule,label,point,point_label,register,row,key,area,facility,opens,due,late_from,done,state" "its columns"
is "$(sed -n 2p out | cut -d, -f7,9-14 | tr -d '\r')" "f1,H1,2014-05-01,2014-05-31,2014-06-01,2014-05-20,done" "in time"
is "$(sed -n 3p out | cut -d, -f7,9-14 | tr -d '\r')" "f2,H2,2014-06-01,2014-07-01,2014-07-02,2014-07-10,done_late" "late"
is "$(sed -n 4p out | cut -d, -f7,9-14 | tr -d '\r')" "f3,H2,2014-06-02,2014-07-02,2014-07-03,,late" "not at all"
heng due c.db --schedule mending --csv - --from 2014-01-01 --to 2014-12-31 --area 340221100
is "$(wc -l <out | tr -d ' ')" 2 "of one township"
heng due c.db --schedule mending --csv all.csv
has err "written: all.csv" "CSV into a file"

heng due c.db --schedule newborn_visits --from 2014-01-01 --to 2014-12-31
exits 0 "rows of care"
has out "does not hold" "are not listed for one who gives none"
hasnot() { ! grep -q "$1" out; }
hasnot R1
result $? "nor named"
is "$(awk '/^Newborn/ {print $3, $6}' out)" "16 16" "but counted"
heng due c.db --schedule newborn_visits --from 2014-01-01 --to 2014-12-30
is "$(awk '/^Newborn/ {print $3}' out)" "*" "over whole months only"

heng due c.db --period 2014S1 --lang zh
exits 0 "with the reports of a period"
has out "应报与实报" "reports"
has out "按日程应完成的事项" "and what rows owe"
heng due c.db --period 2014S1 --register report
is "$(grep -c 'What rows owe' out)" 0 "reports of one register alone"
heng due c.db --schedule mending --out owed.html --out owed.pdf
exits 0 "as a document"
has owed.html "Findings put right" "HTML"

heng due c.db
exits 64 "without days"
heng due c.db --schedule licence
exits 66 "a schedule that is not there"
has err "licences" "those there are"
heng due c.db --from 2014-07-01 --to 2014-06-01
exits 64 "days the wrong way round"
heng due c.db --from 2014-02-30
exits 65 "a day that is none"
end
