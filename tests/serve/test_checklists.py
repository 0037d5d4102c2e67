# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checklists over HTTP: the model has sections, conditions and points; rows are scored when they are entered,
corrected and checked; self-checks are compared with inspections."""
import shutil

from client import SOURCE, Server, tap

CHECKLIST = '''checklist: rounds
edition: "2014-1"
label: {en: Rounds, zh: 巡查}
pass: 80
sections:
  notices:
    label: {en: Notices, zh: 公示}
    items:
      notice_shown: {label: {en: Notice shown, zh: 张贴告示}, points: 10, critical: true, photo: true, hint: {en: At the door, zh: 门口}}
      lent_out: {label: {en: Lent out, zh: 外借}, met: false, points: 5}
  records:
    label: {en: Records, zh: 记录}
    items:
      signed: {type: code, label: {en: Signed, zh: 签字}, codes: {every: {en: every one, zh: 全部, points: 10}, none: {en: none, zh: 没有, points: 0, fails: true}, na: {en: n/a, zh: 不适用, not_applicable: true}}}
      machines: {type: int, min: 0, label: {en: Machines, zh: 设备数}}
      registered: {ask: machines > 0, points: 5, label: {en: All registered, zh: 全部登记}}
      remarks: {type: text, required: false, label: {en: Remarks, zh: 备注}}
'''
FACILITIES = '''register: facilities
kind: facilities
label: {en: Facilities, zh: 机构}
fields:
  kind: {type: code, label: {en: Kind, zh: 类别}, codes: {clinic: {en: clinic, zh: 诊所}}}
'''


class County(Server):
    """The minimal pack with facilities and a checklist."""

    def heng(self, *arguments):
        if arguments[0] == 'init':
            pack = self.folder / 'pack'
            shutil.copytree(SOURCE / 'packs' / 'minimal', pack)
            (pack / 'checklists').mkdir()
            (pack / 'checklists' / 'rounds.yaml').write_text(CHECKLIST, 'utf-8')
            (pack / 'registers' / 'facilities.yaml').write_text(FACILITIES, 'utf-8')
            arguments = (*arguments[:-1], str(pack))
        return super().heng(*arguments)

    def start(self):
        areas = self.folder / 'areas.csv'
        areas.write_text('code,name,level,parent\n110101,甲县,county,\n110101001,乙镇,township,110101\n', 'utf-8')
        places = self.folder / 'facilities.csv'
        places.write_text('code,name,kind,area\nF1,一院,clinic,110101001\nF2,二院,clinic,110101001\n', 'utf-8')
        self.heng('import', str(self.db), 'areas', str(areas))
        self.heng('import', str(self.db), 'facilities', str(places))
        super().start()


def row(facility, day, kind, **answers):
    return {'values': {'facility': facility, 'checked_on': day, 'kind': kind, **answers}}


WELL = {'notice_shown': '1', 'lent_out': '0', 'signed': 'every', 'machines': '1', 'registered': '1'}


def test_model(admin):
    model = admin.get('/api/model').json
    tap.ok(len(model['checklists']) == 1, 'the model has the checklist')
    one = model['checklists'][0]
    tap.ok((one['register'], one['edition'], one['pass']) == ('rounds', '2014-1', 80), 'its name, edition and pass', one)
    items = {item['field']: item for section in one['sections'] for item in section['items']}
    tap.ok([s['name'] for s in one['sections']] == ['notices', 'records'], 'sections in order')
    tap.ok(items['registered']['ask'] == ['>', ['field', 'machines'], ['number', 0]], 'a condition as a tree',
           items['registered'])
    tap.ok(items['notice_shown']['critical'] and items['notice_shown']['photo'] and items['notice_shown']['ask'] is None,
           'what is critical, and where a photograph is asked for')
    scores = {s['code']: s for s in items['lent_out']['scores']}
    tap.ok(scores['0']['points'] == 5 and scores['1']['failed'], 'points of yes and no', scores)
    tap.ok(any(s['not_applicable'] for s in items['signed']['scores']), 'and of codes')
    fields = {f['name']: f for r in model['registers'] if r['name'] == 'rounds' for f in r['fields']}
    tap.ok(fields['score']['system'] and not fields['team']['system'], 'what only Heng sets is marked')


def values_of(admin, id_):
    return admin.get(f'/api/registers/rounds/rows/{id_}').json['values']


def test_rows(admin):
    made = admin.post('/api/registers/rounds/rows', row('F1', '2014-06-01', 'self', **WELL))
    tap.ok(made.status == 201, 'a row is entered', made)
    values = values_of(admin, made.json['id'])
    tap.ok((values['score'], values['critical'], values['edition']) == ('100', '0', '2014-1'), 'and scored', values)
    lacking = admin.post('/api/registers/rounds/rows', row('F1', '2014-06-01', 'self', notice_shown='1', machines='2'))
    names = [p['field'] for p in lacking.json.get('problems', [])]
    tap.ok(lacking.status == 422 or lacking.status == 400, 'what is asked and not answered is refused', lacking)
    tap.ok(names == ['lent_out', 'signed', 'registered'], 'each by its name', lacking)
    typed = admin.post('/api/registers/rounds/rows', row('F1', '2014-06-01', 'self', **WELL, score='100'))
    tap.ok(typed.status >= 400, 'nobody types a score', typed)
    changed = admin.patch(f"/api/registers/rounds/rows/{made.json['id']}",
                          {"version": 1, 'values': {'notice_shown': '0'}, 'reason': 'looked again'})
    values = values_of(admin, made.json['id'])
    tap.ok(changed.status == 200 and (values['score'], values['critical']) == ('66.67', '1'), 'a correction scores anew',
           changed, values)
    back = admin.patch(f"/api/registers/rounds/rows/{made.json['id']}",
                         {'version': 2, 'values': {'notice_shown': '1'}, 'reason': 'it was there'})
    tap.ok(back.status == 200, 'and back', back)


def test_compare(admin):
    for facility, day, kind, answers in (
            ('F1', '2014-06-20', 'inspection', {**WELL, 'notice_shown': '0', 'signed': 'none'}),
            ('F2', '2014-06-02', 'self', {**WELL, 'signed': 'na'})):
        admin.post('/api/registers/rounds/rows', row(facility, day, kind, **answers))
    got = admin.get('/api/checklists/rounds/compare?period=2014S1')
    tap.ok(got.status == 200, 'compare', got)
    x = got.json
    tap.ok((x['both'], x['only_self'], x['only_inspection']) == (1, 1, 0), 'facilities', x)
    items = {i['field']: i['counts'] for i in x['items']}
    tap.ok(items['notice_shown']['over'] == 1 and items['signed']['over'] == 1 and items['machines']['same'] == 1,
           'where the facility says yes and the inspectors no', items)
    tap.ok(x['counts']['n'] == 5 and x['counts']['same'] == 3 and 0 < x['counts']['low'] < .6 < x['counts']['high'] < 1,
           'all together, with its interval', x['counts'])
    first = x['facilities'][0]
    tap.ok(first['facility']['code'] == 'F1' and first['self']['score'] == 100 and first['inspection']['critical'] == 1,
           'by facility', first)
    tap.ok(x['facilities'][1]['inspection'] is None and x['facilities'][1]['counts']['low'] is None,
           'one without an inspection', x['facilities'][1])
    tap.ok(admin.get('/api/checklists/births/compare?period=2014').status == 404, 'a register that is no checklist')
    tap.ok(admin.get('/api/checklists/rounds/compare').status in (400, 422), 'without a period')
    empty = admin.get('/api/checklists/rounds/compare?period=2012').json
    tap.ok(empty['both'] == 0 and empty['counts']['low'] is None and empty['mean_self'] is None, 'a period without rows')


server = County()
administrator = server.administrator()
test_model(administrator)
test_rows(administrator)
test_compare(administrator)
tap.equal(server.stop(), 0, 'the server ends well')
tap.end()
