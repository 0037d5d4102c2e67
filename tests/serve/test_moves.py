# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows that go from stage to stage, over HTTP: what leads on, what is missing, two people, one of two who is faster,
the model and the picture of a workflow."""
import pathlib
import tempfile

from client import Server, tap

PACK = {
    'pack.yaml': '''pack: moves
version: "1"
label: {en: Moves, zh: 流程}
levels:
  county:   {label: {en: County, zh: 县}, digits: 6}
  township: {label: {en: Township, zh: 乡镇}, digits: 3}
''',
    'registers/areas.yaml': 'register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n',
    'supervision/registers/findings.yaml': '''register: findings
purpose: supervision
label: {en: Findings, zh: 问题}
area: place
date: found_on
key: [number]
workflow: finding
fields:
  number:   {type: text, required: true, label: {en: Number, zh: 编号}}
  place:    {type: area, required: true, label: {en: Place, zh: 地点}}
  found_on: {type: date, required: true, label: {en: Found on, zh: 日期}}
  measure:  {type: text, label: {en: Measure, zh: 措施}}
''',
    'supervision/workflows/finding.yaml': '''workflow: finding
label: {en: A finding, zh: 问题整改}
stages:
  open:   {label: {en: Open, zh: 待整改}, within: 30 days, from: found_on}
  mended: {label: {en: Mended, zh: 待复查}}
  closed: {label: {en: Closed, zh: 已办结}, final: true}
moves:
  mend:   {label: {en: Mend, zh: 整改}, from: open, to: mended, by: inspector, needs: measure}
  verify: {label: {en: Verify, zh: 复查}, from: mended, to: closed, by: inspector, not: mend}
''',
}


def prepare(folder):
    for path, text in PACK.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, 'utf-8')


def person(server, admin, name, role):
    made = admin.post('/api/people', {'name': name, 'roles': [{'role': role, 'area': '', 'until': None}]})
    client = server.client()
    client.use_link(made.json['link'])
    return client


def life(server):
    admin = server.administrator()
    zhang, li, leader = (person(server, admin, *one) for one in
                         (('zhang', 'inspector'), ('li', 'inspector'), ('wang', 'leader')))
    made = admin.post('/api/registers/areas/rows', {'values': {'code': '340221', 'name': '县', 'level': 'county'}})
    tap.equal(made.status, 201, 'an area')
    rows = '/api/registers/findings/rows'
    row = zhang.post(rows, {'values': {'number': '1', 'place': '340221', 'found_on': '2014-07-01'}})
    if not tap.equal(row.status, 201, 'a finding'):
        tap.note(row)
    path = f"{rows}/{row.json['id']}"
    tap.equal(zhang.get(path).json['values'].get('stage'), 'open', 'it is in the first stage')

    said = zhang.get(path + '/moves').json
    tap.equal((said['stage'], said['due'], said['version']), ('open', '2014-07-31', 1), 'its stage and deadline')
    tap.equal(said['offers'], [{'move': 'mend', 'blocked': None, 'missing': ['measure'], 'missing_file': False}],
              'what leads on, and what is missing')
    said = zhang.post(path + '/moves', {'move': 'mend', 'version': 1})
    tap.equal((said.status, said.json['problems'][0]['field'], bool(said.json['problems'][0]['text']['zh'])),
              (422, 'measure', True), 'what is missing is told in both languages')
    body = {'move': 'mend', 'version': 1, 'values': {'measure': 'roof'}, 'reason': 'done'}
    for none in (0, -1, 1.5, '1', 'x', True, [1], None):  # a 0 would pass on any version
        said = zhang.post(path + '/moves', {**body, 'version': none})
        tap.equal((said.status, said.json['error']['where']), (422, 'version'), f'{none!r} is no version of a row')
    said = zhang.post(path + '/moves', {one: body[one] for one in body if one != 'version'})
    tap.equal((said.status, said.json['error']['where']), (422, 'version'), 'nor may it be left out')
    tap.equal(zhang.get(path + '/moves').json['stage'], 'open', 'and the row stays where it is')
    tap.equal(zhang.post(path + '/moves', body).status, 200, 'the move')
    said = li.post(path + '/moves', body)
    tap.equal((said.status, said.json['error']['key'], said.json['current']['values']['stage']),
              (409, 'row.version', 'mended'), 'one who comes later is shown the row as it is')

    blocked = zhang.get(path + '/moves').json['offers'][0]['blocked']
    tap.equal(blocked['by'], 'hand', 'two people are needed')
    said = zhang.post(path + '/moves', {'move': 'verify', 'version': 2})
    tap.equal((said.status, said.json['problems'][0]['text']['en'][:14]), (403, 'another person'), 'and the server holds to it')
    tap.equal(admin.get(path + '/moves').json['offers'][0]['blocked']['by'], 'role', 'an administrator has no role here')
    tap.equal(leader.get(path + '/moves').status, 404, 'one who sees no rows learns nothing')
    tap.equal(li.post(path + '/moves', {'move': 'verify', 'version': 2}).status, 200, 'the other does it')
    tap.equal(li.get(path + '/moves').json['offers'], [], 'nothing leads on from the end')
    said = li.patch(path, {'version': 3, 'values': {'stage': 'open'}, 'reason': 'again'})
    tap.equal(said.status, 422, 'nobody types a stage')
    events = li.get(path + '/history').json['events']
    tap.equal([(one['change'], one['reason'], one['who']) for one in events[1:]],
              [('move', 'mend: done', 'zhang'), ('move', 'verify: ', 'li')], 'the history has the moves')

    model = li.get('/api/model').json
    findings = next(one for one in model['registers'] if one['name'] == 'findings')
    tap.equal((findings['workflow'], [one['name'] for one in findings['fields'][-3:]]),
              ('finding', ['stage', 'stage_on', 'stage_due']), 'the model says that the register has a workflow')
    tap.equal((model['workflows'][0]['stages'][0]['within'], model['workflows'][0]['moves'][1]['not']),
              ({'en': '30 days', 'zh': '30天'}, ['mend']), 'and what the workflow is')
    for lang, word in (('en', 'Mended'), ('zh', '待复查')):
        said = li.get(f'/api/workflows/finding/chart?lang={lang}')
        tap.ok(said.status == 200 and '<svg' in said.text and word in said.text, f'it is drawn ({lang})', said.text[:300])
    tap.equal(li.get('/api/workflows/none/chart').status, 404, 'one that is not there')
    tap.equal(zhang.get('/api/registers/areas/rows/1/moves').status in (404, 422), True, 'a register without a workflow')


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder) / 'pack'
    prepare(root)
    with Server(pack=str(root), environment={'HENG_TODAY': '2014-07-20'}) as server:
        life(server)
tap.end()
