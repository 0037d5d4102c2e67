# SPDX-License-Identifier: AGPL-3.0-or-later
"""Errors in the language of who asks: the same error in English and in Chinese, with the same particulars; of requests, rows,
files, imports, packs, people, ledgers and figures."""
import json
import re
import urllib.parse

from client import SOURCE, Server, tap

AREAS = 'code,name,level,parent\n130123,正定县,county,\n130123100,东镇,township,130123\n130123101,西镇,township,130123\n'
BIRTHS = '出生证编号,性别,出生日期,出生体重（克）,居住乡镇\nB1,男,2014-01-05,3200,东镇\nB2,女,2014-02-06,3100,西镇\n'
CHINESE = re.compile('[一-鿿]')
GOOD = {'certificate': 'B9', 'sex': 'm', 'born_on': '2014-03-01', 'weight': '3000', 'residence': '130123100'}


def named(name):
    return {'X-File-Name': urllib.parse.quote(name), 'Content-Type': 'application/octet-stream'}


def is_chinese(text):
    """Every clause has Chinese: no English sentence goes on inside a Chinese one."""
    return CHINESE.search(text) and not re.search(r'(?:\b[a-z]+ ){4}', re.sub('“[^”]*”', '', text))


def judge(name, english, chinese, particulars=()):
    # names and values of a Chinese county may stand in it
    own = re.sub(r"'[^']*'|\([^)]*\)", '', english['text'] + english['cure'])
    tap.ok(english['text'] and own.isascii() and 'detail' not in english, f'{name}: English', english)
    good = is_chinese(chinese['text']) and 'detail' not in chinese
    good = good and (not english['cure'] or is_chinese(chinese['cure']))
    good = good and chinese['key'] == english['key'] and chinese['where'] == english['where'] and chinese['code'] == english['code']
    said = chinese['text'] + chinese['cure']
    tap.ok(good and all(one in said for one in particulars), f'{name}: Chinese', chinese, english, particulars)


def both(who, name, method, path, body=None, status=None, particulars=(), headers=None):
    got = {}
    for language in ('en', 'zh'):
        answer = who.call(method, path, body, {**(headers or {}), 'X-Heng-Language': language})
        if answer.status < 400 or (status and answer.status != status):
            tap.ok(False, f'{name}: status', answer)
            return
        got[language] = answer.json['error']
    judge(name, got['en'], got['zh'], particulars)


def requests(who, nobody):
    both(nobody, 'nobody', 'GET', '/api/model', status=401)
    got = [nobody.post('/api/session', {'name': 'nobody-' + language, 'password': 'wrong wrong 1'},
                       headers={'X-Heng-Language': language}).json['error'] for language in ('en', 'zh')]
    judge('a wrong password', *got)
    both(nobody, 'a link', 'POST', '/api/links/0123456789abcdef', {'password': 'x'})
    both(who, 'an address', 'GET', '/api/nothing', status=404)
    both(who, 'a bad address', 'GET', '/api/%ff')
    both(who, 'a method', 'PATCH', '/api/model', {}, 405)
    # the words of the JSON library stay as they are
    got = who.call('POST', '/api/people', b'{"a":', {'Content-Type': 'application/json', 'X-Heng-Language': 'zh'})
    tap.ok(got.json['error']['text'].startswith('内容不是JSON：第1行第5列：'), 'not JSON', got)
    both(who, 'no object', 'POST', '/api/people', b'[]', None, (), {'Content-Type': 'application/json'})
    both(who, 'another type', 'POST', '/api/people', b'a', 415, (), {'Content-Type': 'text/plain'})
    both(who, 'a number', 'GET', '/api/registers/births/rows?limit=5000', None, None, ('5000', '1'))
    both(who, 'an id', 'GET', '/api/imports/x', None, 404, ('x',))
    both(who, 'an area', 'GET', '/api/today?area=999', None, 404, ('999',))
    both(who, 'a period', 'GET', '/api/overview?period=2014X', None, None, ('2014X', '201406'))
    both(who, 'a register', 'GET', '/api/registers/deaths/rows', None, 404, ('deaths',))
    both(who, 'an indicator', 'GET', '/api/indicators/none?period=2014', None, 404, ('none',))
    both(who, 'figures', 'GET', '/api/figures?period=2014')
    both(who, 'a report', 'GET', '/api/reports/none?period=2014', None, 404, ('none',))
    both(who, 'a search', 'GET', '/api/search?q=')
    both(who, 'a job', 'GET', '/api/jobs/77', None, 404, ('77',))
    both(who, 'a backup', 'DELETE', '/api/backups/none', None, 404)
    both(who, 'a calendar', 'GET', '/api/audit?from=2014-02-30', None, None, ('2014', '28'))
    both(who, 'what is kept', 'DELETE', '/api/kept/view/none')
    both(who, 'a token', 'DELETE', '/api/tokens/9', None, 404)
    csrf, who.csrf = who.csrf, 'wrong'
    both(who, 'another page', 'POST', '/api/people', {}, 403)
    who.csrf = csrf
    # the language: the address before the header, the header before what a browser prefers
    zh = who.get('/api/nothing?lang=zh', headers={'X-Heng-Language': 'en'}).json['error']['text']
    tap.ok(is_chinese(zh), '?lang= comes first', zh)
    zh = who.get('/api/nothing', headers={'Accept-Language': 'zh-CN,en;q=0.5'}).json['error']['text']
    tap.ok(is_chinese(zh), 'and Accept-Language last', zh)
    page = who.get('/api/nothing', headers={'Accept-Language': 'zh', 'X-Heng-Language': 'en'}).json['error']['text']
    tap.ok(page.isascii(), 'the language of the page before that of the browser', page)


def rows(who):
    base = '/api/registers/births/rows'
    made = who.post(base, {'values': GOOD})
    row = made.json['id']
    both(who, 'a row', 'GET', f'{base}/17', None, 404, ('17',))
    both(who, 'a taken key', 'POST', base, {'values': GOOD}, 409)
    both(who, 'no values', 'POST', base, {'values': 3})
    both(who, 'a value that is no text', 'POST', base, {'values': {'weight': 3}}, None, ('weight', '20000'))
    both(who, 'an old version', 'PATCH', f'{base}/{row}', {'version': 7, 'values': {'weight': '3100'}, 'reason': 'w'}, 409)
    both(who, 'no reason', 'PATCH', f'{base}/{row}', {'version': 1, 'values': {'weight': '3100'}})
    both(who, 'a long reason', 'PATCH', f'{base}/{row}',
         {'version': 1, 'values': {'weight': '3100'}, 'reason': 'w' * 3000})
    both(who, 'nothing changed', 'PATCH', f'{base}/{row}', {'version': 1, 'values': {'weight': '3000'}, 'reason': 'w'})
    both(who, 'it is current', 'POST', f'{base}/{row}/restore', {'reason': 'w'})
    both(who, 'no workflow', 'GET', f'{base}/{row}/moves')
    both(who, 'a filter', 'GET', f'{base}?f.weight=many')
    both(who, 'a filter of codes', 'GET', f'{base}?f.sex=q')
    both(who, 'a field', 'GET', f'{base}?f.none=1', None, None, ('none',))
    both(who, 'a state', 'GET', f'{base}?state=all_of_them', None, None, ('all_of_them',))
    both(who, 'a page', 'GET', f'{base}?after=zzz')
    both(who, 'a format', 'GET', '/api/registers/births/export?format=pdf', None, None, ('pdf',))
    both(who, 'an empty file', 'POST', f'{base}/{row}/attachments', b'', None, (), named('a.pdf'))
    both(who, 'a program', 'POST', f'{base}/{row}/attachments', b'MZ' * 100, None, (), named('a.exe'))
    large = {}
    for language in ('en', 'zh'):
        head = (f'POST {base}/{row}/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {who.cookie}\r\nX-Heng-CSRF: {who.csrf}\r\n'
                f'X-Heng-Language: {language}\r\nContent-Type: application/pdf\r\nX-File-Name: a.pdf\r\nContent-Length: {20 << 20}\r\n\r\n')
        large[language] = json.loads(who.server.raw(head.encode()).split(b'\r\n\r\n', 1)[1])['error']
    judge('a large file', large['en'], large['zh'], (str(10 << 20),))
    wrong = {
        'sex': 'q', 'born_on': '2014-02-30', 'weight': '35000', 'residence': '北镇', 'certificate': 'x' * 30,
    }
    answer = who.post(base, {'values': wrong}, headers={'X-Heng-Language': 'zh'})
    problems = {one['field']: one for one in answer.json['problems']}
    for field, said in (('sex', '男'), ('born_on', '2014年2月只有28天'), ('weight', '不在300至7000之间'),
                        ('residence', '乡镇'), ('certificate', '最多20个')):
        one = problems[field]
        words = one['text']['zh'] + one['cure']['zh']
        tap.ok(is_chinese(one['text']['zh']) and is_chinese(one['cure']['zh']) and said in words, f'a wrong {field}', one)
    tap.ok('北镇' in problems['residence']['text']['zh'] and is_chinese(answer.json['error']['text']), 'and what was found', answer)
    for text, said in (('2014/13/01', '没有13月'), ('12', '数字'), ('05/06/14', '年份'), ('今年', '日期'), ('2014-06', '缺少日')):
        one = who.post(f'{base}/check', {'values': {**GOOD, 'certificate': 'C1', 'born_on': text}}).json['problems'][0]
        tap.ok(is_chinese(one['text']['zh']) and text in one['text']['zh'] and said in one['text']['zh'], f'a day {text}', one)
    many = {'rows': [{'values': {**GOOD, 'certificate': 'D1', 'weight': '9'}}, {'values': GOOD}]}
    for language in ('en', 'zh'):
        results = who.post(f'{base}/batch', many, headers={'X-Heng-Language': language}).json['results']
        texts = [one['error']['text'] for one in results]
        tap.ok(all(t.isascii() if language == 'en' else is_chinese(t) for t in texts), f'each of many, {language}', texts)


def imports(who):
    def upload(data, name, register='births'):
        return who.call('POST', f'/api/imports?register={register}', data, named(name))

    both(who, 'no such register', 'POST', '/api/imports?register=none', b'a,b\n1,2\n', 404, ('none',), named('a.csv'))
    both(who, 'nothing in it', 'POST', '/api/imports?register=births', b'', None, (), named('a.csv'))
    for name, data in (('a picture', b'\x89PNG\r\n\x1a\n' + b'0' * 100), ('a web page', b'<html><body>x</body></html>'),
                       ('a heading twice', '性别,性别\n男,男\n'.encode()), ('a heading alone', '性别,出生日期\n'.encode())):
        got = upload(data, 'a.csv')
        if got.status != 201:
            both(who, name, 'POST', '/api/imports?register=births', data, None, (), named('a.csv'))
            continue
        id_ = got.json['id']
        errors = {}
        for language in ('en', 'zh'):
            errors[language] = who.get(f'/api/imports/{id_}', headers={'X-Heng-Language': language}).json.get('error')
        if not errors['en']:
            for language in ('en', 'zh'):
                job = who.wait_for_job(who.post(f'/api/imports/{id_}/check', headers={'X-Heng-Language': language}).json['job'])
                errors[language] = who.get(f'/api/imports/{id_}').json.get('error') or job.get('error')
        judge(name, errors['en'], errors['zh'])
        who.delete(f'/api/imports/{id_}')
    got = upload('出生证编号,性别,出生日期,出生体重（克）,居住乡镇\nE1,男,2014-01-05,35000,南镇\n'.encode(), 'b.csv')
    id_ = got.json['id']
    both(who, 'a mapping', 'PUT', f'/api/imports/{id_}/mapping', {'map': 3})
    both(who, 'the rejects of none', 'GET', f'/api/imports/{id_}/rejects', None, 404)
    who.wait_for_job(who.post(f'/api/imports/{id_}/save').json['job'])
    problems = who.get(f'/api/imports/{id_}').json['result']['problems']
    tap.ok(problems and all(is_chinese(one['example']['zh']) for one in problems), 'problems of the rows', problems)
    rejects = who.get(f'/api/imports/{id_}/rejects').body.decode('utf-8-sig').splitlines()
    tap.ok('不在300至7000之间' in rejects[1] and '乡镇' in rejects[1], 'and of the file of rejects', rejects)
    both(who, 'saved before', 'POST', f'/api/imports/{id_}/save', {}, 409)
    both(who, 'no reason to undo', 'POST', f'/api/imports/{id_}/undo', {})


def packs(who):
    def plan(files, language):
        return who.post('/api/pack/plan', {'files': files}, headers={'X-Heng-Language': language}).json

    folder = SOURCE / 'packs' / 'minimal'
    files = [{'path': str(p.relative_to(folder)), 'text': p.read_text('utf-8')} for p in sorted(folder.rglob('*.yaml'))]
    both(who, 'no files', 'POST', '/api/pack/plan', {'files': []})
    both(who, 'a path', 'POST', '/api/pack/plan', {'files': [{'path': '../x.yaml', 'text': ''}]}, None, ('../x.yaml',))
    both(who, 'another plan', 'POST', '/api/pack/apply', {'files': files, 'hash': 'x' * 64})
    for name, found, put, said in (
            ('a key', 'purpose: vital', 'purpos: vital', 'purpos'),
            ('a value', 'purpose: vital', 'purpose: vitl', 'vitl'),
            ('a type', 'type: int', 'type: integer', 'integer'),
            ('an expression', 'born_on <= today()', 'born_on <= tody()', 'tody'),
            ('a key that is there twice', 'purpose: vital', 'purpose: vital\npurpose: vital', '2'),
            ('a field of no kind', 'type: int', 'label2: x', 'type'),
            ('a level', 'level: township', 'level: village', 'village'),
            ('the Charter', 'Birth certificate number', 'Birth quota permit', '章程'),
    ):
        changed = [{**f, 'text': f['text'].replace(found, put, 1) if f['path'] == 'registers/births.yaml' else f['text']}
                   for f in files]
        en, zh = plan(changed, 'en')['problems'], plan(changed, 'zh')['problems']
        good = en and zh and en[0]['text'].isascii() and is_chinese(zh[0]['text']) and said in zh[0]['text'] + zh[0]['cure']
        good = good and (not en[0]['cure'] or is_chinese(zh[0]['cure']))
        tap.ok(good, f'a pack: {name}', en[:1], zh[:1])
    changed = [{**f, 'text': f['text'].replace('register: areas', 'register: areas\nkey: [name]')
                if f['path'] == 'registers/areas.yaml' else
                f['text'].replace('key: [certificate]', 'key: [certificate, born_on]').replace('type: text', 'type: code\n    codes: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}', 1).replace('    max_length: 20\n', '')
                if f['path'] == 'registers/births.yaml' else f['text']} for f in files]
    steps = plan(changed, 'zh')
    tap.ok(steps['steps'] and all(is_chinese(s['text']['zh']) for s in steps['steps']) and steps['problems'] and
           all(is_chinese(p['text']) for p in steps['problems']), 'steps that are refused', steps)
    births = next(f['text'] for f in files if f['path'] == 'registers/births.yaml')
    kinds = set()
    for what, found, put in (
            ('a new field', '  residence:', '  note: {type: text, label: {en: Note, zh: 说明}}\n  residence:'),
            ('a wider type', 'type: int', 'type: decimal'),
            ('codes', 'codes:\n', 'codes:\n      u: {en: not recorded, zh: 未记录}\n'),
            ('another key', 'key: [certificate]', 'key: [certificate, born_on]'),
            ('another name', '  weight:\n', '  birth_weight:\n    was: weight\n'),
            ('a new register', None, births.replace('register: births', 'register: twins'))):
        changed = [{**f, 'text': f['text'].replace(found, put, 1)} if found and f['path'] == 'registers/births.yaml' else f for f in files]
        if what == 'another name':
            changed = [{**f, 'text': re.sub(r'(?<!was: )\bweight\b(?!:)', 'birth_weight', f['text'])} for f in changed]
        if not found:
            changed.append({'path': 'registers/twins.yaml', 'text': put})
        said = plan(changed, 'en')
        kinds |= {s['kind'] for s in said['steps']}
        tap.ok(said['steps'] and all(is_chinese(s['text']['zh']) and not is_chinese(s['text']['en']) for s in said['steps']),
               f'a plan in both languages: {what}', said)
    tap.ok(len(kinds) >= 5, 'of many kinds', kinds)


def people(who):
    both(who, 'a person', 'PUT', '/api/people/99', {'roles': []}, 404)
    both(who, 'a name', 'POST', '/api/people', {'name': '', 'full_name': '', 'roles': []})
    both(who, 'a taken name', 'POST', '/api/people', {'name': 'admin', 'full_name': '', 'roles': []}, None, ('admin',))
    both(who, 'roles', 'POST', '/api/people', {'name': 'a', 'full_name': '', 'roles': 3})
    both(who, 'a role', 'POST', '/api/people', {'name': 'a', 'full_name': '', 'roles': [{'role': 'none', 'area': ''}]}, None, ('none',))
    both(who, 'an area of a role', 'POST', '/api/people',
         {'name': 'a', 'full_name': '', 'roles': [{'role': 'clerk', 'area': '777'}]}, None, ('777',))
    both(who, 'the role of all', 'PUT', '/api/roles/administrator',
         {'label': {'en': 'A', 'zh': '甲'}, 'functions': [], 'rows': []})
    both(who, 'a purpose', 'PUT', '/api/roles/x', {'label': {'en': 'A', 'zh': '甲'}, 'functions': [], 'rows': [{'purpose': 'none'}]},
         None, ('none',))
    both(who, 'a weak password', 'PUT', '/api/session/password', {'old': 'a long enough password 7', 'new': 'short'})
    both(who, 'not the password', 'PUT', '/api/session/password', {'old': 'wrong', 'new': 'another long password 9'})


def roles_by_name(who):
    """The audit log names a role as the reader does."""
    role = {'label': {'en': 'Reader of births', 'zh': '出生查阅员'}, 'functions': [], 'rows': []}
    tap.equal(who.put('/api/roles/births_reader', role).status < 300, True, 'a role is made')
    made = who.post('/api/people', {'name': 'zhao', 'full_name': '', 'roles': [{'role': 'births_reader', 'area': '130123'}]})
    tap.ok(made.status < 300, 'and held', made)
    for language, name in (('en', 'Reader of births'), ('zh', '出生查阅员')):
        events = who.get('/api/audit', headers={'X-Heng-Language': language}).json['events']
        of_role = [e for e in events if e['kind'] == 'role'][0]
        of_person = [e for e in events if e['kind'] == 'person' and e['subject'] == 'zhao'][0]
        tap.ok(of_role['subject'] == name and name + ' in 130123' in of_person['text'], f'the log names it, {language}', of_role, of_person)


def of_a_county():
    with Server(pack='cn-county') as server:
        who = server.administrator()
        both(who, 'a ledger', 'GET', '/api/ledgers/none/balances', None, 404, ('none',))
        both(who, 'a stage', 'GET', '/api/workflows/none/chart', None, 404, ('none',))
        both(who, 'a schedule', 'GET', '/api/owed?schedule=none', None, 404, ('none',))
        both(who, 'a state of what is owed', 'GET', '/api/owed?state=none', None, None, ('none', 'late'))
        both(who, 'days', 'GET', '/api/owed/days?from=2014-01-01&to=2013-01-01')
        both(who, 'a channel', 'GET', '/api/channels/none/letters')
        both(who, 'a projection', 'GET', '/api/projections/none', None, 404, ('none',))
        both(who, 'a sample', 'GET', '/api/lqas?size=100&p0=9', None, None, ('9',))
        both(who, 'a campaign', 'GET', '/api/campaigns/none', None, 404)
        both(who, 'a checklist', 'GET', '/api/checklists/births/compare', None, 404, ('births',))
        both(who, 'a facility', 'GET', '/api/facilities/none/file', None, 404)
        tap.equal(server.stop(), 0, 'the server ends well')


with Server() as server:
    (server.folder / 'areas.csv').write_text(AREAS, 'utf-8')
    (server.folder / 'births.csv').write_text(BIRTHS, 'utf-8')
    server.heng('import', str(server.db), 'areas', 'areas.csv')
    server.heng('import', str(server.db), 'births', 'births.csv')
    admin, nobody = server.administrator(), server.client()
    clerk = {'name': 'clerk', 'full_name': '', 'roles': [{'role': 'clerk', 'area': ''}]}
    requests(admin, nobody)
    people(admin)
    roles_by_name(admin)
    packs(admin)
    link = admin.post('/api/people', clerk)
    one = server.client()
    one.use_link(link.json['link'])
    rows(one)
    imports(one)
    both(one, 'not for this role', 'GET', '/api/people', None, 403)
    tap.equal(server.stop(), 0, 'the server ends well')
of_a_county()
tap.end()
