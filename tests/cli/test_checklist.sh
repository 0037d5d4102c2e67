#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# heng checklist: self-checks beside inspections on a county of two facilities.
. "${0%/*}/tap.sh"
export HENG_TODAY=2014-07-20

mkdir -p pack/registers pack/checklists
cat >pack/pack.yaml <<'TEXT'
pack: rounds
version: "1"
label: {en: Rounds, zh: 检查}
levels:
  county: {label: {en: County, zh: 县}, digits: 6}
  township: {label: {en: Township, zh: 乡镇}, digits: 3}
TEXT
printf 'register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n' >pack/registers/areas.yaml
cat >pack/registers/facilities.yaml <<'TEXT'
register: facilities
kind: facilities
label: {en: Facilities, zh: 机构}
fields:
  kind: {type: code, label: {en: Kind, zh: 类别}, codes: {clinic: {en: clinic, zh: 诊所}}}
TEXT
cat >pack/checklists/rounds.yaml <<'TEXT'
checklist: rounds
edition: "2014-1"
label: {en: Rounds, zh: 巡查}
pass: 80
sections:
  notices:
    label: {en: Notices, zh: 公示}
    items:
      notice_shown: {label: {en: Notice shown, zh: 张贴告示}, points: 10, critical: true, photo: true}
      machines: {type: int, min: 0, label: {en: Machines, zh: 设备数}}
      registered: {ask: machines > 0, points: 5, label: {en: All registered, zh: 全部登记}}
TEXT
printf 'code,name,level,parent\n340221,县,county,\n340221100,湾沚镇,township,340221\n' >areas.csv
printf 'code,name,kind,area\nF1,县医院,clinic,340221100\nF2,二院,clinic,340221100\n' >facilities.csv
cat >rows.csv <<'TEXT'
facility,checked_on,kind,notice_shown,machines,registered
F1,2014-06-01,self,yes,1,yes
F1,2014-06-21,inspection,no,1,yes
F2,2014-06-01,self,yes,0,
F2,2014-06-21,inspection,yes,1,no
F2,2014-06-22,inspection,yes,1,
TEXT
heng pack check pack
exits 0 "a pack with a checklist"
heng init c.db --pack pack
exits 0 "a county"
heng import c.db areas areas.csv && heng import c.db facilities facilities.csv
heng import c.db rounds rows.csv --lang en
exits 65 "a row without an answer that is asked is rejected"
has rows.csv.rejects.csv "'registered' is asked here and has no answer" "and told why"
is "$(sqlite3 c.db 'SELECT group_concat(score) FROM (SELECT score FROM r_rounds ORDER BY id)')" \
    "100.0,33.33,100.0,66.67" "rows are scored as they come in"

heng checklist compare c.db rounds --period 2014 --lang en
exits 0 "compare"
has out "2 facilities have a self-check and an inspection" "how many facilities"
has out "for 1 the facility said it is well and the inspectors did not" "what they say of themselves"
heng checklist compare c.db rounds --period 2014 --json -
is "$(python3 -c 'import json
x = json.load(open("out"))
print([(i["item"], i["compared"], i["same"], i["over"]) for i in x["items"]], [f["inspected_on"] for f in x["facilities"]])')" \
    "[('notice_shown', 2, 1, 1), ('machines', 2, 1, 0), ('registered', 1, 1, 0)] ['2014-06-21', '2014-06-21']" \
    "the same figures as JSON"
heng checklist compare c.db round --period 2014 --lang en
exits 66 "a checklist that is not there"
has err "there are rounds" "says which there are"
heng checklist compare c.db rounds --period 2014 --lang zh --html page.html
exits 0 "in Chinese, as a page"
has page.html "自查合格而检查不合格" "with its headings"

forms=$HENG_SOURCE/../shared/data/forms
if [ -d "$forms" ]; then
    heng checklist read "$forms/group.xlsx" --out pack/checklists/group.yaml --lang en
    exits 0 "a form of others is read"
    has out "3 items in 2 sections" "says what it made"
    has err "note: sheet survey, row 4, column type: 'phone number': taken as a text" "and what it took otherwise"
    heng pack check pack
    exits 0 "and compiles in the pack"
    heng checklist read "$forms/attribute_columns_test.xlsx" --lang en
    exits 65 "a form that cannot be taken"
    has err "refused: sheet survey, row 15, column type: 'repeat_test'" "says why"
    [ ! -s out ]
    result $? "and gives nothing"
fi
end
