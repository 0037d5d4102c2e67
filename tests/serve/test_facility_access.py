# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles for one facility: every route asked by people who answer for a facility, beside another one in the same
township. Rows of the other facility are answered as rows that are not there, byte by byte, and no row becomes the
other's."""
import base64
import http.client
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import uuid

from client import Server, known_query, read_routes, rows_in, tap

AREAS = 'code,name,level,parent\n110101,甲县,county,\n110101001,乙镇,township,110101\n110101002,丁镇,township,110101\n'
FACILITIES = 'code,name,area\nF1,一号卫生院,110101001\nF2,二号卫生院,110101001\nF3,三号卫生院,110101002\n'
OWN, TOWNSHIP = 'F1', '110101001'
PLACES = ('F1', 'F2', 'F3', '')  # rows of each facility, and of none, all in the one township
SECRET = '秘密患者ZQX'

# name: purpose, whether it has a facility, whether an area
REGISTERS = {'visits': ('care', True, True), 'births': ('vital', True, True), 'rounds': ('supervision', False, True),
             'cases': ('supervision', True, True), 'findings': ('supervision', True, False),
             'reports': ('statistics', True, False), 'counts': ('statistics', False, True)}
CHECKLIST = 'hygiene'
MARK = re.compile(rb'(visits|births|rounds|cases|findings|reports|counts|hygiene)-(F1|F2|F3|none)-\d')

# role: registers whose rows of the own facility are read, written, brought in by a file
ROLES = {
    'facility': ('reports findings hygiene', 'reports hygiene', ''),
    'clerk': ('births', 'births', 'births'),
    'care_worker': ('visits births', 'visits births', 'visits births'),
    'statistician': ('births reports', 'reports', 'reports'),
    'inspector': ('cases findings hygiene', 'cases findings hygiene', ''),
    'administrator': ('births cases findings reports hygiene',) * 3,
    'leader': ('', '', ''),
}

PACK = '''pack: facilities_own
version: "1"
label: {en: Facilities, zh: 机构}
levels:
  county:   {label: {en: County, zh: 县}, digits: 6}
  township: {label: {en: Township, zh: 乡镇}, digits: 3}
'''
AREAS_FILE = 'register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n'
FACILITIES_FILE = '''register: facilities
kind: facilities
purpose: supervision
label: {en: Facilities, zh: 机构}
area: area
key: [code]
fields:
  code: {type: text, required: true, max_length: 22, label: {en: Code, zh: 代码}}
  name: {type: text, required: true, max_length: 80, label: {en: Name, zh: 名称}}
  kind: {type: code, label: {en: Kind, zh: 类别}, codes: {centre: {en: centre, zh: 卫生院}}}
  area: {type: area, label: {en: Area, zh: 地区}}
'''
REGISTER = '''register: %s
purpose: %s
label: {en: Register of %s, zh: 登记册%s}
%sdate: on_day
key: [number]
fields:
  number: {type: text, required: true, max_length: 30, label: {en: Number, zh: 编号}}
  who: {type: %s, label: {en: Name, zh: 姓名}}
  remark: {type: text, max_length: 60, label: {en: Remark, zh: 备注}}
  on_day: {type: date, required: true, label: {en: Day, zh: 日期}}
'''
PLACE = '  place: {type: area, label: {en: Place, zh: 地点}}\n'
FACILITY = '  facility: {type: facility, label: {en: Facility, zh: 机构}}\n'
WORKFLOW = '''workflow: finding
label: {en: Finding, zh: 整改}
stages:
  open: {label: {en: open, zh: 待整改}}
  rectified: {label: {en: put right, zh: 已整改}}
  closed: {label: {en: closed, zh: 已销号}, final: true}
moves:
  rectify: {label: {en: Put right, zh: 完成整改}, from: open, to: rectified, by: [facility, inspector], sets: remark}
  verify: {label: {en: Looked at, zh: 复查}, from: rectified, to: closed, by: inspector}
'''
CHECKS = '''checklist: hygiene
edition: "1"
label: {en: Hygiene, zh: 卫生检查}
sections:
  all:
    label: {en: All, zh: 全部}
    items:
      note: {label: {en: Note, zh: 备注}, type: text, max_length: 60}
      clean: {label: {en: Clean, zh: 整洁}, type: code, points: 10, codes: {yes: {en: "yes", zh: 是, points: 10}, no: {en: "no", zh: 否, points: 0, fails: true}}}
'''
LEDGER = '''ledger: stock
label: {en: Stock, zh: 台账}
kind: goods
purpose: supervision
items: {register: things, unit: unit}
accounts:
  supplier: {label: {en: suppliers, zh: 供应}, negative: true}
  used: {label: {en: used, zh: 消耗}}
movements:
  receive: {label: {en: received, zh: 入库}, from: supplier, to: place}
  hand_out: {label: {en: used, zh: 领用}, from: place, to: used}
'''
THINGS = '''register: things
purpose: supervision
label: {en: Things, zh: 物品}
area: area
key: [code]
fields:
  area: {type: area, label: {en: Area, zh: 地区}}
  code: {type: text, required: true, max_length: 20, label: {en: Code, zh: 代码}}
  name: {type: text, max_length: 20, label: {en: Name, zh: 名称}}
  unit: {type: text, max_length: 20, label: {en: Unit, zh: 单位}}
'''
INDICATORS = 'group: all\nlabel: {en: All, zh: 全部}\nindicators:\n' + ''.join(
    f'  n_{name}:\n    label: {{en: Number of {name}, zh: 数量{name}}}\n    definition: {{en: Rows., zh: 行数。}}\n'
    f'    numerator: count({name})\n    per: 1\n    unit: {{en: rows, zh: 行}}\n' for name in REGISTERS)
SCHEDULE = '''schedule: see_%s
label: {en: See %s, zh: 查看%s}
for: %s
from: on_day
points: {once: {at: 4 months, label: {en: once, zh: 一次}}}
'''


def write_pack(folder):
    for name in ('registers', 'indicators', 'schedules', 'workflows', 'checklists', 'ledgers'):
        (folder / name).mkdir(parents=True)
    (folder / 'pack.yaml').write_text(PACK, 'utf-8')
    (folder / 'registers/areas.yaml').write_text(AREAS_FILE, 'utf-8')
    (folder / 'registers/facilities.yaml').write_text(FACILITIES_FILE, 'utf-8')
    (folder / 'registers/things.yaml').write_text(THINGS, 'utf-8')
    for name, (purpose, facility, area) in REGISTERS.items():
        head = ('area: place\n' if area else '') + ('facility: facility\n' if facility else '') + \
            ('workflow: finding\n' if name == 'findings' else '')
        text = REGISTER % (name, purpose, name, name, head, 'name' if purpose in ('care', 'vital') else 'text, max_length: 60')
        text += (PLACE if area else '') + (FACILITY if facility else '')
        (folder / f'registers/{name}.yaml').write_text(text, 'utf-8')
        (folder / f'schedules/{name}.yaml').write_text(SCHEDULE % (name, name, name, name), 'utf-8')
    (folder / 'workflows/finding.yaml').write_text(WORKFLOW, 'utf-8')
    (folder / 'checklists/hygiene.yaml').write_text(CHECKS, 'utf-8')
    (folder / 'ledgers/stock.yaml').write_text(LEDGER, 'utf-8')
    (folder / 'indicators/all.yaml').write_text(INDICATORS, 'utf-8')


def values_of(register, facility, k):
    """What stands in a row, as a page would send it."""
    mark = f'{register}-{facility or "none"}-{k}'
    if register == CHECKLIST:
        return {'facility': facility, 'checked_on': f'2014-03-0{k + 1}', 'kind': 'self' if k else 'inspection', 'note': mark,
                'clean': 'yes'}
    _, has_facility, area = REGISTERS[register]
    out = {'number': mark, 'on_day': f'2014-03-0{k + 1}', 'who': SECRET + facility, 'remark': mark}
    if area:
        out['place'] = TOWNSHIP
    if has_facility:
        out['facility'] = facility
    return out


class Said:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        try:
            found = json.loads(body)
        except (ValueError, UnicodeDecodeError):
            found = None
        self.json = found if isinstance(found, dict) else {}
        self.key = self.json.get('error', {}).get('key', '')

    def __repr__(self):
        return f'{self.status} {self.key} {self.body[:300]!r}'

    def same_as(self, other, mine, theirs):
        def plain(said, word):
            return (said.status, sorted((k, v) for k, v in said.headers if k != 'Date'),
                    said.body.replace(word.encode(), b'#'))
        return plain(self, mine) == plain(other, theirs)


class Person:
    def __init__(self, server, client, role):
        self.cookie, self.csrf, self.role = client.cookie, client.csrf, role
        self.connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)

    def ask(self, method, path, body=None, raw=None, **more):
        send = {'Cookie': self.cookie, **more}
        if method != 'GET':
            send['X-Heng-CSRF'] = self.csrf
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            send['Content-Type'] = 'application/json'
        for last in (False, True):
            try:
                self.connection.request(method, path, data, send)
                got = self.connection.getresponse()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()
                if last:
                    raise
        if got.getheader('Content-Type', '').startswith('text/event-stream'):
            self.connection.close()
            return Said(got.status, got.getheaders(), b'')
        return Said(got.status, got.getheaders(), got.read())

    def reads(self, register):
        return register in ROLES[self.role][0].split()

    def writes(self, register):
        return register in ROLES[self.role][1].split()

    def imports(self, register):
        return register in ROLES[self.role][2].split()


ALL = (*REGISTERS, CHECKLIST)


def invite(server, admin, name, roles):
    made = admin.post('/api/people', {'name': name, 'roles': roles})
    if made.status != 201:
        raise RuntimeError(f'{name}: {made}')
    client = server.client()
    client.use_link(made.json['link'])
    return client


def foreign(person, body):
    """Rows in an answer that are not of the own facility, or of a register that the role does not say."""
    out = {(register.decode(), at.decode()) for register, at in MARK.findall(body)
           if at.decode() != OWN or not person.reads(register.decode())}
    for at in ('F2', 'F3'):
        if (SECRET + at).encode() in body:
            out.add(f'a name of {at}')
    return out


# --- the rows that are there

def fill(server, writers):
    """{register: {facility: [ids]}}: three rows of each facility, made by those who hold the register everywhere."""
    ids = {}
    for register in ALL:
        of = ids.setdefault(register, {})
        has = register == CHECKLIST or REGISTERS[register][1]
        for facility in PLACES if has else ('',):
            if register == CHECKLIST and not facility:
                continue
            for k in range(3):
                said = writers[register].ask('POST', f'/api/registers/{register}/rows',
                                             {'values': values_of(register, facility, k)})
                if said.status != 201:
                    raise RuntimeError(f'{register} {facility}: {said}')
                of.setdefault(facility, []).append(said.json['id'])
    return ids


def absent_like(id_, ids):
    other, flat = int(id_), {one for of in ids.values() for some in of.values() for one in some}
    while str(other) in flat:
        other += 1
    return str(other)


# --- lists, counts, search

def lists(people, ids):
    wrong, counted, searched, filtered, sorted_wrong = [], [], [], [], []
    for person in people:
        for register in ALL:
            said = person.ask('GET', f'/api/registers/{register}/rows?limit=100&count=1')
            if not person.reads(register):
                if said.status != 404 or said.key != 'serve.register':
                    wrong.append(f'{person.role} {register}: {said}')
                continue
            own = set(ids[register][OWN])
            if {row['id'] for row in rows_in(said.json)} != own:
                wrong.append(f'{person.role} {register}: {said}')
            if said.json.get('count') != {'shown': 3, 'all': 3, 'hidden': 0}:
                counted.append(f'{person.role} {register}: {said}')
            for query in ('f.facility=F2', 'f.facility=F3', 'f.state=struck', 'state=struck', 'f.facility=null'):
                said = person.ask('GET', f'/api/registers/{register}/rows?limit=100&count=1&{query}')
                if said.json.get('id'):
                    filtered.append(f'{person.role} {register} {query}: {said}')
            field = 'checked_on' if register == CHECKLIST else 'on_day'
            for query in ('sort=id', 'sort=-id', f'sort={field}', f'sort=-{field}', 'sort=facility', f'f.{field}=2014-03-01..2014-03-31',
                          'f.facility=F1', 'f.facility=F1,F2', 'f.id=notnull', 'state=all') + (
                              (f'f.place={TOWNSHIP}', 'f.place=110101') if register != CHECKLIST and REGISTERS[register][2] else ()):
                seen, after = set(), ''
                for _ in range(5):
                    said = person.ask('GET', f'/api/registers/{register}/rows?limit=2&count=1&{query}{after}')
                    seen |= {row['id'] for row in rows_in(said.json)}
                    if not said.json.get('next'):
                        break
                    after = f'&after={said.json["next"]}'
                if seen != own:
                    sorted_wrong.append(f'{person.role} {register} {query}: {seen} {said}')
            for word in ('%E7%A7%98%E5%AF%86%E6%82%A3%E8%80%85', f'{register}-F2-1'):
                said = person.ask('GET', f'/api/registers/{register}/rows?limit=100&count=1&q={word}')
                if {row['id'] for row in rows_in(said.json)} - own:
                    searched.append(f'{person.role} {register} {word}: {said}')
        said = person.ask('GET', '/api/search?q=%E7%A7%98%E5%AF%86%E6%82%A3%E8%80%85')
        if said.status != 200 or foreign(person, said.body):
            searched.append(f'{person.role}: {said}')
    tap.ok(not wrong, 'a list has the rows of the own facility, of the registers that the role says', *wrong[:10])
    tap.ok(not counted, 'and counts those alone', *counted[:10])
    tap.ok(not filtered, 'no filter leads to another', *filtered[:10])
    tap.ok(not sorted_wrong, 'each order, page and filter has all of them', *sorted_wrong[:10])
    tap.ok(not searched, 'no search finds another', *searched[:10])


# --- one row

BODIES = {('PATCH', ''): {'version': 1, 'values': {}, 'reason': 'to see'},
          ('POST', '/strike'): {'reason': 'to see', 'version': 1},
          ('POST', '/restore'): {'reason': 'to see', 'version': 1},
          ('POST', '/moves'): {'move': 'rectify', 'version': 1}}


def rows_of_another(people, ids):
    base, different, seen_wrong, asked = '/api/registers/{register}/rows/{id}', [], [], 0
    for person in people:
        for register in ALL:
            if not person.reads(register):
                continue
            said = person.ask('GET', f'/api/registers/{register}/rows/{ids[register][OWN][0]}')
            if said.status != 200:
                seen_wrong.append(f'{person.role} {register}: {said}')
            for facility in ('F2', 'F3', ''):
                if facility not in ids[register]:
                    continue
                id_ = ids[register][facility][1]
                none = absent_like(id_, ids)
                for method, path, need, _, body_bytes, is_json, _ in read_routes():
                    if not path.startswith(base) or (need == 'write_rows' and not person.writes(register)):
                        continue
                    tail = path[len(base):]
                    body = None
                    if int(body_bytes) and is_json == '1':
                        body = dict(BODIES.get((method, tail), {}))
                        if (method, tail) == ('PATCH', ''):
                            body['values'] = {'note' if register == CHECKLIST else 'remark': 'changed'}
                    said, never = (person.ask(method, base.format(register=register, id=one) + tail, body)
                                   for one in (id_, none))
                    asked += 2
                    if said.status < 400 or not said.same_as(never, id_, none):
                        different.append(f'{person.role} {method} {register}{tail} of {facility or "none"}: {said} {never}')
                if person.writes(register):
                    said, never = (person.ask('POST', f'/api/registers/{register}/rows/check', {'values': {}, 'id': one})
                                   for one in (id_, none))
                    if said.status < 400 or not said.same_as(never, id_, none):
                        different.append(f'{person.role} check {register} of {facility or "none"}: {said} {never}')
    tap.ok(not seen_wrong, 'a row of the own facility is shown', *seen_wrong[:10])
    tap.ok(asked > 200 and not different, f'{asked} rows of others are answered as rows that are not there', *different[:10])


def own_facility(people, facility_ids):
    wrong = []
    for person in people:
        said = person.ask('GET', '/api/registers/facilities/rows?limit=10')
        if [row['id'] for row in rows_in(said.json)] != [facility_ids['F1']]:
            wrong.append(f'{person.role}: {said}')
        said = person.ask('GET', f'/api/registers/facilities/rows/{facility_ids["F1"]}')
        if said.status != 200 or said.json.get('may_write'):
            wrong.append(f'{person.role}: {said}')
        said = person.ask('GET', f'/api/registers/facilities/rows/{facility_ids["F2"]}')
        if said.status != 404:
            wrong.append(f'{person.role}: {said}')
        said = person.ask('PATCH', f'/api/registers/facilities/rows/{facility_ids["F1"]}',
                          {'version': 1, 'values': {'name': 'mine'}, 'reason': 'to see'})
        if said.status != 404:
            wrong.append(f'{person.role}: {said}')
        for code in ('F2', 'F3'):
            said = person.ask('GET', f'/api/facilities/{code}/file?format=json')
            if said.status == 200 or foreign(person, said.body):
                wrong.append(f'{person.role} file of {code}: {said}')
        said = person.ask('GET', '/api/facilities/F1/file?format=json')
        if said.status != 200 or foreign(person, said.body):
            wrong.append(f'{person.role} own file: {said}')
    tap.ok(not wrong, 'of the facilities the own row is read, and no other; nor is another\'s file', *wrong[:10])


# --- writing

def writes(people, ids):
    made_wrong, refused_wrong, moved, n = [], [], [], 0
    for person in people:
        for register in ALL:
            path = f'/api/registers/{register}/rows'
            for facility in PLACES:
                values = dict(values_of(register, facility, 1), **({} if register == CHECKLIST else {
                    'number': f'{register}-{facility or "none"}-{n + 10}'}))
                n += 1
                said = person.ask('POST', path, {'values': values})
                mine = person.writes(register) and facility == OWN
                if mine != (said.status == 201):
                    made_wrong.append(f'{person.role} {register} of {facility}: {said}')
                said = person.ask('POST', path + '/batch', {'rows': [{'values': dict(values, **(
                    {} if register == CHECKLIST else {'number': values['number'] + '0'}))}]})
                if not mine and b'"id"' in said.body and '201' in json.dumps(said.json) and said.status < 300:
                    made_wrong.append(f'{person.role} batch {register} of {facility}: {said}')
            if not person.writes(register):
                continue
            id_ = ids[register][OWN][1]
            for values in ({'facility': 'F2'}, {'facility': 'F3'}, {'facility': ''},
                           {'facility': 'F2', 'place': TOWNSHIP} if register in REGISTERS and REGISTERS[register][2] else {'facility': 'F2'}):
                said = person.ask('PATCH', f'{path}/{id_}', {'version': 1, 'values': values, 'reason': 'to see'})
                if said.status < 400:
                    moved.append(f'{person.role} {register} {values}: {said}')
    tap.ok(not made_wrong, 'rows are entered for the own facility, and for no other', *made_wrong[:10])
    tap.ok(not moved, 'and none becomes another\'s', *moved[:10])


def self_checks(by_role, ids):
    person = by_role['facility']
    path = f'/api/registers/{CHECKLIST}/rows'
    values = values_of(CHECKLIST, OWN, 1)
    for kind in ('inspection', 'follow_up', ''):
        said = person.ask('POST', path, {'values': dict(values, kind=kind)})
        tap.ok(said.status in (403, 422), f'a facility enters no check of the kind {kind or "none"}', said)
    made = person.ask('POST', path, {'values': dict(values, checked_on='2014-03-09')})
    tap.equal(made.status, 201, 'but its self-check')
    id_, version = made.json['id'], made.json['version']
    said = person.ask('PATCH', f'{path}/{id_}', {'version': version, 'values': {'kind': 'inspection'}, 'reason': 'to see'})
    tap.ok(said.status >= 400, 'which does not become an inspection', said)
    said = person.ask('PATCH', f'{path}/{ids[CHECKLIST][OWN][0]}', {'version': 1, 'values': {'clean': 'no'}, 'reason': 'to see'})
    tap.ok(said.status >= 400, 'and an inspection of it stays as the inspectors have entered it', said)
    said = person.ask('POST', f'{path}/{ids[CHECKLIST][OWN][0]}/strike', {'version': 1, 'reason': 'to see'})
    tap.ok(said.status >= 400, 'and is not struck', said)


def moves(by_role, ids, writers):
    path = '/api/registers/findings/rows'
    person = by_role['facility']
    said = person.ask('POST', '/api/registers/reports/rows', {'values': dict(values_of('reports', OWN, 5), number='reports-F2-1')})
    tap.ok(said.status == 409 and ids['reports']['F2'][1].encode() not in said.body, 'a number that another has is refused, not told whose',
           said)
    own, other = ids['findings'][OWN][2], ids['findings']['F2'][2]
    said = person.ask('PATCH', f'{path}/{own}', {'version': 1, 'values': {'remark': 'x'}, 'reason': 'to see'})
    tap.equal((said.status, said.key), (404, 'serve.register'), 'a finding is not the facility\'s to correct')
    routes = [p for m, p, *_ in read_routes() if m == 'POST' and p.startswith('/api/registers/{register}/rows/{id}/move')]
    tap.ok(routes, 'there is a route of moves', read_routes())
    tail = routes[0][len('/api/registers/{register}/rows/{id}'):]

    def move(who, id_, name, values=None, version=1):
        at = tail.replace('{move}', name).replace('{name}', name)
        return who.ask('POST', f'{path}/{id_}{at}', {'move': name, 'version': version, 'values': values or {}, 'reason': 'done'})
    said, never = move(person, other, 'rectify'), move(person, absent_like(other, ids), 'rectify')
    tap.ok(said.status >= 400 and said.same_as(never, other, absent_like(other, ids)),
           'a finding about another facility is not there to be moved', said, never)
    said = move(person, own, 'rectify', {'facility': 'F2'})
    tap.ok(said.status >= 400, 'a move gives no row to another', said)
    said = move(by_role['clerk'], own, 'rectify')
    tap.ok(said.status >= 400, 'one of the same facility without the role makes no move', said)
    said = move(person, own, 'rectify', {'remark': 'findings-F1-2'})
    tap.equal(said.status, 200, 'its own it puts right')
    said = move(person, own, 'verify', version=2)
    tap.ok(said.status >= 400, 'and does not look at it itself', said)
    said = move(writers['findings'], other, 'rectify')
    tap.equal(said.status, 200, 'one with the area moves the other\'s')


# --- what hangs on rows, what leaves, what is owed

def attached(people, ids, writers):
    wrong, asked = [], 0
    for register in ('births', 'findings', 'reports'):
        for facility in (OWN, 'F2'):
            row = ids[register][facility][0]
            made = writers[register].ask('POST', f'/api/registers/{register}/rows/{row}/attachments', raw=b'a,b\n1,2\n',
                                         **{'X-File-Name': 'list.csv', 'Content-Type': 'application/octet-stream'})
            if made.status != 201:
                wrong.append(f'{register}: {made}')
                continue
            id_ = made.json['id']
            none = absent_like(id_, {'files': {'': [str(n) for n in range(1, 9)]}})
            for person in people:
                said, never = (person.ask('GET', f'/api/attachments/{one}') for one in (id_, none))
                asked += 1
                mine = person.reads(register) and facility == OWN
                if said.status != (200 if mine else 404) or (not mine and not said.same_as(never, id_, none)):
                    wrong.append(f'{person.role} {register} of {facility}: {said} {never}')
    tap.ok(asked and not wrong, 'an attachment is seen with its row, and is else as one that is not there', *wrong[:10])


def owed(people, ids):
    wrong, days = [], []
    for person in people:
        inside = {id_ for register in REGISTERS if person.reads(register) for id_ in ids[register].get(OWN, [])}
        for where in ('', f'&area={TOWNSHIP}', '&area=110101'):
            said = person.ask('GET', f'/api/owed?from=2014-01-01&to=2014-12-31&limit=200{where}')
            if said.status == 200 and {one['row'] for one in said.json['items']} != inside or said.status >= 500:
                wrong.append(f'{person.role} {where}: {said}')
        said = person.ask('GET', '/api/owed?from=2014-01-01&to=2014-12-31&limit=200')
        if said.status != 200:
            wrong.append(f'{person.role}: {said}')
        said = person.ask('GET', '/api/owed/days?from=2014-01-01&to=2014-12-31')
        if sum(one['late'] for one in said.json.get('days', [])) != len(inside):
            days.append(f'{person.role}: {said}')
        made = person.ask('POST', '/api/calendar')
        feed = person.ask('GET', made.json['address'])
        if feed.status != 200 or foreign(person, feed.body.replace(b'\r\n ', b'')):
            days.append(f'{person.role}: {feed}')
    tap.ok(not wrong, 'what is owed is of the own rows', *wrong[:10])
    tap.ok(not days, 'counted by day and in a calendar too', *days[:10])


def stocks(by_role, everyone):
    wrong = []
    path = '/api/ledgers/stock'
    body = {'movement': 'receive', 'to': 'F2', 'day': '2014-06-01', 'lines': [{'item': 'gauze', 'quantity': '7'}]}
    made = everyone.ask('POST', path + '/entries', body)
    tap.equal(made.status, 201, 'stock of another facility')
    tap.equal(everyone.ask('POST', path + '/entries', dict(body, to='F1')).status, 201, 'and of the own')
    for person in by_role.values():
        reads = person.role in ('facility', 'inspector', 'administrator')
        balances = person.ask('GET', path + '/balances')
        entries = person.ask('GET', path + '/entries')
        if not reads:
            if (balances.status, entries.status) != (404, 404):
                wrong.append(f'{person.role}: {balances} {entries}')
            continue
        for said in (balances, entries, person.ask('GET', path + '/balances?facility=F2'),
                     person.ask('GET', path + '/entries?facility=F2')):
            if said.status >= 500 or b'"F2"' in said.body or '二号卫生院'.encode() in said.body:
                wrong.append(f'{person.role}: {said}')
        if b'F1' not in balances.body or balances.status != 200:
            wrong.append(f'{person.role} own: {balances}')
        theirs, none = made.json['id'], '9'
        for tail, more in (('reverse', {'reason': 'to see', 'day': '2014-06-02'}), ('confirm', {'day': '2014-06-02', 'lines': ['7']})):
            said, never = (person.ask('POST', f'{path}/entries/{one}/{tail}', more) for one in (theirs, none))
            if said.status < 400 or not said.same_as(never, str(theirs), none):
                wrong.append(f'{person.role} {tail}: {said} {never}')
        said = person.ask('POST', path + '/entries', body)
        if said.status < 400:
            wrong.append(f'{person.role} posted for another: {said}')
        said = person.ask('POST', path + '/entries', dict(body, to='F1'))
        if said.status != 201:
            wrong.append(f'{person.role} did not post for its own: {said}')
    tap.ok(not wrong, 'stock is read and posted of the own facility', *wrong[:10])


# --- telephones

def phones(server, by_role):
    """A form chooses among the own facility alone, and one filled in for another is kept for nobody but its sender."""
    person = by_role['facility']
    made = person.ask('POST', '/api/tokens', {'name': 'phone', 'days': 3, 'device': True, 'address': 'http://x'})
    both = base64.b64encode(f'facility of F1:{made.json["token"]}'.encode()).decode()
    headers = {'Authorization': 'Basic ' + both, 'X-OpenRosa-Version': '1.0'}
    phone = server.client()
    listed = phone.call('GET', '/openrosa/formList', headers=headers).text
    forms = set(re.findall(r'<formID>(\w+)</formID>', listed))
    tap.equal(forms, {'hygiene', 'reports'}, 'forms of what the facility enters')
    for name in sorted(forms):
        url = re.search(r'<downloadUrl>https?://[^/]*(/[^<]*/%s[^<]*)</downloadUrl>' % name, listed).group(1)
        form = phone.call('GET', url, headers=headers).text
        tap.ok('F1' in form and '>F2<' not in form and '>F3<' not in form, f'{name} chooses among the own facility', form[:300])
    version = re.search(r' version="([^"]+)"', form[form.index('id="reports"'):]).group(1)

    def send(facility):
        xml = (f'<data id="reports" version="{version}" xmlns:orx="http://openrosa.org/xforms"><source/><choose/><row>'
               f'<number>phone-{facility}</number><on_day>2014-06-01</on_day><facility>{facility}</facility></row>'
               f'<orx:meta><orx:instanceID>uuid:{uuid.uuid4()}</orx:instanceID></orx:meta></data>')
        line = 'x-' + uuid.uuid4().hex
        body = (f'--{line}\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="form.xml"\r\n'
                f'Content-Type: text/xml\r\n\r\n{xml}\r\n--{line}--\r\n').encode()
        return phone.call('POST', '/openrosa/submission?deviceID=p', body, headers={
            **headers, 'Content-Type': f'multipart/form-data; boundary={line}'})

    def kept():
        said = person.ask('GET', '/api/registers/reports/rows?limit=100&f.number=phone-F1,phone-F2')
        return [row['values']['number'] for row in rows_in(said.json)]
    said = send('F1')
    tap.equal((said.status, kept()), (201, ['phone-F1']), f'a form for the own facility is a row {said.text[:200]}')
    send('F2')
    tap.equal(kept(), ['phone-F1'], 'one for another is none')
    waiting = by_role['statistician'].ask('GET', '/api/submissions')
    tap.ok(b'phone-F2' not in waiting.body, 'and waits for those who answer for the other', waiting)


# --- giving such roles

def giving(server, admin):
    hold = {'role': 'facility', 'area': TOWNSHIP, 'facility': 'F1', 'until': None}
    made = admin.post('/api/people', {'name': 'two', 'roles': [hold, dict(hold, facility='F2')]})
    tap.equal((made.status, [one['facility'] for one in made.json['person']['roles']]), (201, ['F1', 'F2']),
              'a role for each of two facilities')
    person = made.json['person']
    again = admin.put(f'/api/people/{person["id"]}', {'roles': person['roles']})
    tap.equal((again.status, again.json['roles']), (200, person['roles']), 'sent back as it was it stays')
    without = {name: value for name, value in hold.items() if name != 'facility'}
    wider = admin.put(f'/api/people/{person["id"]}', {'roles': [without]})
    tap.ok(wider.status == 422 and 'facility' in wider.json['error']['text'],
           'a role of one facility does not become one of the area by leaving the facility out', wider)
    other = admin.put(f'/api/people/{person["id"]}', {'roles': [dict(without, role='clerk')]})
    tap.ok(other.status == 422 and other.json['error']['key'] == 'account.facility', 'nor is it exchanged for another role of the area', other)
    null = admin.put(f'/api/people/{person["id"]}', {'roles': [dict(hold, facility=None)]})
    tap.ok(null.status == 422 and null.json['error']['key'] == 'account.facility', 'null is no facility, and not all of the area', null)
    kept = next(one for one in admin.get('/api/people').json['people'] if one['id'] == person['id'])
    tap.equal(kept['roles'], person['roles'], 'and nothing is changed')
    for bad, status in ((dict(hold, facility='F3'), 422), (dict(hold, facility='F9'), 422), (dict(hold, facility=7), 422),
                        (dict(hold, facility='#12345'), 422)):
        said = admin.post('/api/people', {'name': 'bad', 'roles': [bad]})
        tap.equal(said.status, status, f'refused: {bad["facility"]} in {bad["area"]}')
    said = admin.post('/api/people', {'name': 'bad', 'roles': [hold, hold]})
    tap.equal(said.status, 422, 'twice the same')
    chief = invite(server, admin, 'chief', [{'role': 'administrator', 'area': TOWNSHIP, 'until': None}])
    for at, facility, status in ((TOWNSHIP, 'F1', 201), (TOWNSHIP, 'F3', 422), ('110101002', 'F3', 403), ('', 'F1', 403)):
        said = chief.post('/api/people', {'name': f'of {facility} in {at}', 'roles': [dict(hold, area=at, facility=facility)]})
        tap.equal(said.status, status, f'one who looks after a township gives {facility} in {at or "all"}')
    # a role of all functions for a facility is not one who looks after people
    boss = invite(server, admin, 'boss', [dict(hold, role='administrator')])
    tap.equal(boss.get('/api/session').json['functions'], ['figures', 'import'],
              'of the functions a facility has figures, and files of its rows')
    for path in ('/api/people', '/api/roles', '/api/audit', '/api/pack'):
        tap.equal(boss.get(path).status, 403, f'{path} is not for a facility')
    both = invite(server, admin, 'both', [dict(hold, role='care_worker'), hold])
    found = {one['name'] for one in both.get('/api/model').json['registers'] if one['may']['read']}
    tap.equal(found, {'visits', 'births', 'reports', 'facilities'}, 'who gives care sees nothing of supervision')
    mixed = invite(server, admin, 'mixed', [dict(hold, role='clerk'), {'role': 'clerk', 'area': '110101002', 'until': None}])
    rows = rows_in(mixed.get('/api/registers/births/rows?limit=100').json)
    tap.ok(rows and {row['values']['facility'] for row in rows} == {'F1'}, 'a role of an area and one of a facility', rows)


def walk(people):
    broken, leaks, asked, shown = [], [], 0, 0
    for method, path, _, _, body_bytes, is_json, parameters in read_routes():
        if (method, path) in (('DELETE', '/api/session'),):
            continue
        for register in (ALL if '{register}' in path else (None,)):
            where = path.replace('{register}', register or '')
            for name, value in (('id', '4611686018427387904'), ('token', 'A' * 43), ('kind', 'view'), ('code', 'F2'), ('ledger', 'stock'),
                                ('checklist', CHECKLIST)):
                where = where.replace('{' + name + '}', value)
            where = re.sub(r'\{\w+\}', 'none', where)
            for person in people:
                body = {} if int(body_bytes) and is_json == '1' else None
                for query in (({'period': '2014', 'indicators': 'n_births', 'format': 'csv'},
                               {'area': TOWNSHIP, 'format': 'json', 'facility': 'F2', 'limit': '100'}) if method == 'GET' else ({},)):
                    said = person.ask(method, where + known_query(parameters, **query), body)
                    asked += 1
                    shown += len(MARK.findall(said.body))
                    if said.status >= 500:
                        broken.append(f'{person.role} {method} {where}: {said}')
                    if foreign(person, said.body):
                        leaks.append(f'{person.role} {method} {where}: {foreign(person, said.body)} {said}')
    tap.ok(not broken, f'{asked} requests: none is an error of the server', *broken[:10])
    tap.ok(shown > 50, f'{shown} times a row was shown')
    tap.ok(not leaks, 'and none of another facility, or of a register that is not the role\'s', *leaks[:10])


def exports(people):
    wrong = []
    for person in people:
        for register in ALL:
            for format_ in ('csv', 'xlsx', 'json'):
                for path in (f'/api/registers/{register}/export?format={format_}', f'/api/registers/{register}/rows.{format_}'):
                    said = person.ask('GET', path)
                    if foreign(person, said.body) or said.status >= 500:
                        wrong.append(f'{person.role} {path}: {said}')
                    said = person.ask('POST', path, {})
                    if foreign(person, said.body) or said.status >= 500:
                        wrong.append(f'{person.role} POST {path}: {said}')
            said = person.ask('POST', f'/api/registers/{register}/rows/alike', {'values': dict(values_of(register, 'F2', 1), facility='F1')})
            if foreign(person, said.body) or said.status >= 500:
                wrong.append(f'{person.role} alike {register}: {said}')
    tap.ok(not wrong, 'nothing of others leaves, and nothing is alike to them', *wrong[:10])


# --- files

NOT_OWN = {'en': 'rows of your own facility only', 'zh': '只能导入本机构的记录'}
TAKEN = {'en': 'not yours to correct has this key', 'zh': '编号相同的记录已存在，且不由您更正'}


def file_of(rows):
    heads = list(rows[0])
    return ('\ufeff' + '\r\n'.join(','.join(row.get(one, '') for one in heads) for row in (dict(zip(heads, heads)), *rows))).encode()


def send(person, register, rows):
    return person.ask('POST', f'/api/imports?register={register}', raw=file_of(rows),
                      **{'X-File-Name': 'x.csv', 'Content-Type': 'application/octet-stream'})


def work(person, id_, what, body=None):
    """The import after a job on it; the answer where it is refused."""
    said = person.ask('POST', f'/api/imports/{id_}/{what}', body or {})
    if said.status >= 400:
        return said
    for _ in range(1200):
        job = person.ask('GET', f'/api/jobs/{said.json["job"]}') if said.json.get('job') else said
        if job.json.get('state') in ('done', 'failed', 'saved', 'undone'):
            break
        time.sleep(0.05)
    return person.ask('GET', f'/api/imports/{id_}')


def a_file(person, register, ids):
    """One row of the own facility; the others are of another, new and known, of none, of one that is not there, and with
    the key of another's row."""
    mark = f'file-{register}-{person.role[:5]}'
    if register == CHECKLIST:
        rows = [dict(values_of(register, at, 1), note=mark, checked_on='2014-04-01') for at in (OWN, 'F2', 'F3')]
        rows.append(dict(rows[0], kind='inspection', checked_on='2014-04-02'))
        return rows, {'access.facility facility': 3}, [NOT_OWN] * 3
    rows = [dict(values_of(register, at, 1), number=f'{mark}-{at}') for at in (OWN, 'F2', 'F3')]
    rows.append(dict(values_of(register, 'F2', 1), remark='mine now'))  # a correction of what is there
    rows.append(dict(rows[0], number=f'{mark}-none', facility=''))
    taken = dict(rows[0], remark='mine now')
    rows += [dict(taken, number=values_of(register, at, 1)['number']) for at in ('F2', '')]
    return rows, {'access.facility facility': 4, 'import.key_taken number': 2}, [NOT_OWN] * 4 + [TAKEN] * 2


def one_file(person, register, ids, wrong):
    rows, problems, reasons = a_file(person, register, ids)
    said = send(person, register, rows)
    if said.status != 201 or not said.json['complete']:
        wrong.append(f'{said}')
        return None
    id_ = said.json['id']
    checked, saved = work(person, id_, 'check'), work(person, id_, 'save')
    for got in (checked, saved):
        result = got.json.get('result', {})
        if (result.get('inserted'), result.get('corrected'), result.get('rejected')) != (1, 0, len(rows) - 1) or \
                {one['key']: one['count'] for one in result['problems'] if one['error']} != problems:
            wrong.append(f'{result} {got}')
    refused = person.ask('GET', f'/api/imports/{id_}/rejects').body.decode('utf-8-sig').splitlines()
    for line, reason in zip(refused[1:], reasons):
        if reason['en'] not in line or reason['zh'] not in line:
            wrong.append(f'{reason}: {line}')
    if len(refused) != len(rows):
        wrong.append(f'{refused}')
    return id_


def files(people, ids, writers):
    wrong, others, n = [], [], 0
    for person in people:
        may = {one['name'] for one in person.ask('GET', '/api/model').json['registers'] if one['may']['import']}
        if may != set(ROLES[person.role][2].split()):
            wrong.append(f'{person.role} is told of {may}')
        for register in (*ALL, 'facilities', 'areas'):
            if not person.imports(register):
                said = send(person, register, [dict(values_of(register if register in ALL else 'births', OWN, 1))])
                if said.status not in (403, 404):
                    wrong.append(f'{person.role} {register}: {said}')
                continue
            id_, said = one_file(person, register, ids, wrong), []
            if not id_:
                continue
            n += 1
            none = str(int(id_) + 1000)
            for other in people:
                listed = [one['id'] for one in other.ask('GET', '/api/imports').json.get('imports', [])]
                if (id_ in listed) != (other is person) or (ROLES[other.role][2] and len(listed) > n):
                    others.append(f'{other.role} of {person.role}: {listed}')
                for method, path, *_ in read_routes():
                    if other is person or not path.startswith('/api/imports/{id}'):
                        continue
                    body = {'mapping': {'map': {}}, 'undo': {'reason': 'to see'}}.get(path.rsplit('/', 1)[1])
                    got, never = (other.ask(method, path.replace('{id}', one), body) for one in (id_, none))
                    if got.status < 400 or (got.status, got.body.replace(id_.encode(), none.encode())) != (never.status, never.body):
                        others.append(f'{other.role} {method} {path} of {person.role}: {got} {never}')
            undone = work(person, id_, 'undo', {'reason': 'to see'})
            if undone.json.get('state') != 'undone':
                wrong.append(f'{person.role} {register}: {undone}')
    tap.ok(n > 8 and not wrong, f'{n} files: rows of the own facility come in, each other is refused and why is said', *wrong[:10])
    tap.ok(not others, 'nobody else sees such a file, or does anything with it', *others[:10])
    # the file of another says as little as its rows
    person, chief = next(one for one in people if one.role == 'clerk'), writers['births']
    rows = [dict(values_of('births', 'F2', 1), number='file-of-another')]
    known = work(chief, send(chief, 'births', rows).json['id'], 'save').json
    tap.equal(work(chief, send(chief, 'births', rows).json['id'], 'check').json['result']['before_at'] is None, False,
              'one who brings in all rows is told that a file came before')
    said = work(person, send(person, 'births', rows).json['id'], 'check').json['result']
    tap.equal((said['before_at'], said['rejected']), (None, 1), 'one of a facility is not told of the file of another')
    work(chief, known['id'], 'undo', {'reason': 'to see'})
    # a row that has become another's meanwhile: its correction is refused, and so is taking the file back
    row = dict(values_of('births', OWN, 1), number='file-moved')
    first = work(person, send(person, 'births', [row]).json['id'], 'save').json
    found = chief.ask('GET', '/api/registers/births/rows?f.number=file-moved').json['id'][0]
    path = f'/api/registers/births/rows/{found}'
    said = chief.ask('PATCH', path, {'version': 1, 'values': {'facility': 'F2'}, 'reason': 'to see'})
    tap.equal(said.status, 200, 'a row that a file brought becomes another\'s')
    again = work(person, send(person, 'births', [dict(row, remark='mine again')]).json['id'], 'save').json
    tap.equal([again['result'][one] for one in ('inserted', 'corrected', 'rejected')], [0, 0, 1], 'no file corrects it any more')
    undo = person.ask('GET', f'/api/imports/{first["id"]}').json['undo']
    tap.ok(undo['may'] is False and '机构' in undo['why']['zh'] and 'facilities' in undo['why']['en'],
           'nor is the file taken back', undo)
    said = work(person, first['id'], 'undo', {'reason': 'to see'})
    tap.ok(said.status >= 400 or said.json.get('state') == 'saved', 'though it is asked for', said)
    tap.equal(chief.ask('GET', path).json['version'], 2, 'and the row stays as it is')


def area_files(server, admin, ids):
    """The same rule for a role of an area: a file does not take the rows of another area."""
    client = invite(server, admin, 'of the other township', [{'role': 'clerk', 'area': '110101002', 'until': None}])
    person = Person(server, client, 'clerk')
    rows = [dict(values_of('births', '', 1), place='110101002', facility='', number=number)
            for number in ('file-area', 'births-F1-1', 'births-none-1')]
    said = work(person, send(person, 'births', rows).json['id'], 'save').json
    tap.equal([said['result'][one] for one in ('inserted', 'corrected', 'rejected')], [1, 0, 2],
              'a file of one area corrects no row of another')
    tap.equal(work(person, said['id'], 'undo', {'reason': 'to see'}).json['state'], 'undone', 'and is taken back')
    # who may import in an area, and only enter rows for a facility, brings no rows of the facility
    said = admin.put('/api/roles/typist', {'label': {'en': 'typist', 'zh': '录入员'}, 'functions': [],
                                           'rows': [{'purpose': 'vital', 'read': True, 'write': True, 'registers': ['births']}]})
    tap.equal(said.status, 200, f'a role that enters births by hand {said}')
    both = Person(server, invite(server, admin, 'typist of F1', [
        {'role': 'typist', 'area': TOWNSHIP, 'facility': OWN, 'until': None},
        {'role': 'clerk', 'area': '110101002', 'until': None}]), 'clerk')
    rows = [dict(values_of('births', '', 1), place='110101002', facility='', number='file-both'),
            dict(values_of('births', OWN, 1), number='file-both-F1')]
    said = work(both, send(both, 'births', rows).json['id'], 'save').json
    tap.equal([said['result'][one] for one in ('inserted', 'rejected')], [1, 1], 'entering rows is not bringing files of them')
    work(both, said['id'], 'undo', {'reason': 'to see'})
    alone = Person(server, invite(server, admin, 'typist alone', [
        {'role': 'typist', 'area': TOWNSHIP, 'facility': OWN, 'until': None}]), 'clerk')
    said = send(alone, 'births', rows)
    tap.equal((said.status, said.key), (403, 'access.function'), 'and without the function no file is taken')


def others_are_as_they_were(ids, writers):
    changed = []
    for register, of in ids.items():
        for facility in ('F2', 'F3', ''):
            for id_ in of.get(facility, [])[:2]:
                said = writers[register].ask('GET', f'/api/registers/{register}/rows/{id_}')
                if said.json.get('version') != 1 or said.json.get('state') != 'current':
                    changed.append(f'{register}: {said}')
    tap.ok(not changed, 'no row of another was changed', *changed[:10])


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='heng-facility-'))
    write_pack(folder / 'pack')
    (folder / 'areas.csv').write_text(AREAS, 'utf-8')
    (folder / 'facilities.csv').write_text(FACILITIES, 'utf-8')
    (folder / 'things.csv').write_text('code,name,unit\ngauze,纱布,包\n', 'utf-8')
    with Server(pack=folder / 'pack', prepare=lambda path: prepare(path, folder)) as server:
        admin = server.administrator()
        writers = {}
        by_purpose = {'care': 'care_worker', 'vital': 'clerk', 'supervision': 'inspector', 'statistics': 'statistician'}
        holders = {purpose: Person(server, invite(server, admin, f'all {role}', [{'role': role, 'area': '', 'until': None}]), role)
                   for purpose, role in by_purpose.items()}
        for register in ALL:
            writers[register] = holders[REGISTERS[register][0] if register in REGISTERS else 'supervision']
        ids = fill(server, writers)
        said = holders['supervision'].ask('GET', '/api/registers/facilities/rows?limit=10')
        facility_ids = {row['values']['code']: row['id'] for row in rows_in(said.json)}
        people = [Person(server, invite(server, admin, f'{role} of F1', [
            {'role': role, 'area': TOWNSHIP, 'facility': OWN, 'until': None}]), role) for role in ROLES]
        by_role = {one.role: one for one in people}
        lists(people, ids)
        rows_of_another(people, ids)
        own_facility(people, facility_ids)
        attached(people, ids, writers)
        owed(people, ids)
        exports(people)
        files(people, ids, writers)
        area_files(server, admin, ids)
        walk(people)
        writes(people, ids)
        others_are_as_they_were(ids, writers)
        self_checks(by_role, ids)
        moves(by_role, ids, writers)
        stocks(by_role, holders['supervision'])
        phones(server, by_role)
        giving(server, admin)
    tap.end()


def prepare(path, folder):
    import client
    for name in ('areas', 'facilities', 'things'):
        done = subprocess.run([client.HENG, 'import', str(path), name, str(folder / f'{name}.csv')],
                              capture_output=True, text=True, cwd=folder,
                              env={**os.environ, 'HENG_TODAY': '2014-07-20', 'LC_ALL': 'C.UTF-8'})
        if done.returncode:
            raise RuntimeError(f'{name}: {done.stdout} {done.stderr}')


main()
