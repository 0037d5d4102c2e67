# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what: every route of the table x every built-in role x every place. What is expected comes
from what the table declares and from what the roles are for, written down here once more.

Also: a row that is elsewhere and a row that is not there get the same answer, byte by byte and in the same
time; nothing of care reaches one who gives no care, not even a small count."""
import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from client import PASSWORD, Server, known_query, read_routes, rows_in, tap, workbook

# --- what the roles are for

PURPOSES = ('care', 'vital', 'supervision', 'benefit', 'statistics')
ROLES = {  # functions, purposes whose rows are read, written
    'administrator': ('figures import explain people pack file audit', 'vital supervision benefit statistics',
                      'vital supervision benefit statistics'),
    'care_worker': ('figures import', 'care vital', 'care vital'),
    'clerk': ('figures import explain', 'vital', 'vital'),
    'statistician': ('figures import explain', 'vital statistics', 'statistics'),
    'inspector': ('figures', 'supervision', 'supervision'),
    'leader': ('figures', '', ''),
    'benefits_clerk': ('figures', 'benefit', 'benefit'),
    'auditor': ('figures audit', 'benefit', ''),
    'facility': ('', '', ''),
    'tip_reader': ('', '', ''),
    'office': ('figures', 'supervision', 'supervision'),
}
# functions that are of the whole file: with a role for a part of the county the door opens, and the answer
# is 403 (the one area above all others is the whole county)
WHOLE = ('pack', 'file', 'audit')
# where a role may be held: the area itself, one beside it, the one above, everywhere
PLACES = {'own': '110101001', 'sibling': '110101002', 'parent': '110101', 'everywhere': ''}
# what lies in each: rows are placed in these areas, '' is none
ROW_AREAS = ('110101001', '110101001201', '110101002', '110101', '')
WITHIN = {'own': ('110101001', '110101001201'), 'sibling': ('110101002',),
          'parent': ('110101001', '110101001201', '110101002', '110101'), 'everywhere': ROW_AREAS}

SECRET = '秘密患者ZQX'  # stands in every row of care and nowhere else
REGISTERS = {'visits': 'care', 'births': 'vital', 'rounds': 'supervision', 'grants': 'benefit',
             'counts': 'statistics'}

# --- a county with a register of every purpose

PACK = '''pack: matrix
version: "1"
label: {en: Every purpose, zh: 各类用途}
levels:
  county:   {label: {en: County, zh: 县}, digits: 6}
  township: {label: {en: Township, zh: 乡镇}, digits: 3}
  village:  {label: {en: Village, zh: 村}, digits: 3}
'''
AREAS = '''register: areas
kind: areas
label: {en: Areas, zh: 地区}
'''
REGISTER = '''register: %s
purpose: %s
label: {en: Register of %s, zh: 登记册%s}
area: place
date: on_day
key: [number]
fields:
  number:
    type: text
    required: true
    max_length: 20
    label: {en: Number, zh: 编号}
  remark:
    type: text
    max_length: 60
    label: {en: Remark, zh: 备注}
  on_day:
    type: date
    required: true
    label: {en: Day, zh: 日期}
  place:
    type: area
    label: {en: Place, zh: 地点}
'''
INDICATORS = '''group: all
label: {en: All, zh: 全部}
indicators:
'''
INDICATOR = '''  n_%s:
    label: {en: Number of %s, zh: 数量%s}
    definition: {en: Rows., zh: 行数。}
    numerator: count(%s)
    per: 1
    unit: {en: rows, zh: 行}
'''
# every row owes something, and never does it
SCHEDULE = '''schedule: see_%s
label: {en: See %s, zh: 查看%s}
for: %s
from: on_day
points: {once: {at: 4 months, label: {en: once, zh: 一次}}}
'''


def write_pack(folder):
    (folder / 'registers').mkdir(parents=True)
    (folder / 'indicators').mkdir()
    (folder / 'schedules').mkdir()
    (folder / 'pack.yaml').write_text(PACK, 'utf-8')
    (folder / 'registers' / 'areas.yaml').write_text(AREAS, 'utf-8')
    indicators = INDICATORS
    for name, purpose in REGISTERS.items():
        text = REGISTER % (name, purpose, name, name)
        if purpose == 'care':  # its rows are of persons
            text = text.replace('max_length: 60', 'max_length: 60\n    identifies: true')
        (folder / 'registers' / f'{name}.yaml').write_text(text, 'utf-8')
        (folder / 'schedules' / f'{name}.yaml').write_text(SCHEDULE % (name, name, name, name), 'utf-8')
        indicators += INDICATOR % (name, name, name, name)
    (folder / 'indicators' / 'all.yaml').write_text(indicators, 'utf-8')


def write_rows(folder):
    (folder / 'areas.csv').write_text(
        'code,name,level,parent\n110101,甲县,county,\n110101001,乙镇,township,110101\n'
        '110101001201,丙村,village,110101001\n110101002,丁镇,township,110101\n', 'utf-8')
    for name, purpose in REGISTERS.items():
        remark = SECRET if purpose == 'care' else 'plain'
        lines = ['number,remark,on_day,place']
        # three in each place: fewer than a count of care may show
        lines += [f'{name}-{i}-{k},{remark},2014-03-0{k + 1},{area}'
                  for i, area in enumerate(ROW_AREAS) for k in range(3)]
        (folder / f'{name}.csv').write_text('\n'.join(lines) + '\n', 'utf-8')


# --- asking

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
        return f'{self.status} {self.key} {self.body[:200]!r}'

    def same_as(self, other, mine, theirs):
        """But for what was asked for, which an error may repeat, and the clock."""
        def plain(said, word):
            return (said.status, sorted((k, v) for k, v in said.headers if k != 'Date'),
                    said.body.replace(word.encode(), b'#'))
        return plain(self, mine) == plain(other, theirs)


class Person:
    """One caller on one connection that stays open."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.cookie = self.csrf = None
        self.role = self.place = None
        self.connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)

    def ask(self, method, path, body=None, **more):
        send = dict(more)
        if self.cookie:
            send['Cookie'] = self.cookie
        if self.csrf and method != 'GET':
            send['X-Heng-CSRF'] = self.csrf
        data = None
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
            said = Said(got.status, got.getheaders(), b'')
            self.connection.close()  # it never ends
            return said
        return Said(got.status, got.getheaders(), got.read())

    def send_file(self, path, data, name):
        self.connection.request('POST', path, data, {
            'Cookie': self.cookie, 'X-Heng-CSRF': self.csrf, 'X-File-Name': name,
            'Content-Type': 'application/octet-stream'})
        got = self.connection.getresponse()
        return Said(got.status, got.getheaders(), got.read())

    def take(self, client):
        self.cookie, self.csrf = client.cookie, client.csrf
        return self

    def functions(self):
        return ROLES[self.role][0].split()

    def reads(self, register):
        return REGISTERS.get(register) in ROLES[self.role][1].split()

    def writes(self, register):
        return REGISTERS.get(register) in ROLES[self.role][2].split()


def people_of(server, admin):
    """Everyone: each role in each place."""
    out = []
    for role in ROLES:
        for place, area in PLACES.items():
            name = f'{role}-{place}'
            made = admin.post('/api/people', {'name': name, 'roles': [{'role': role, 'area': area, 'until': None}]})
            if made.status != 201:
                raise RuntimeError(f'{name}: {made}')
            client = server.client()
            client.use_link(made.json['link'])
            person = Person(server, name).take(client)
            person.role, person.place = role, place
            out.append(person)
    return out


# --- the matrix

def address(path, register):
    known = {'register': register or 'none', 'id': '4611686018427387904', 'token': 'A' * 43, 'kind': 'view',
             'name': 'nothing_of_this_name'}
    out = path
    while '{' in out:
        name = out[out.index('{') + 1:out.index('}')]
        out = out.replace('{' + name + '}', known.get(name, 'none'))
    return out


def expected(person, need, function, register):
    """What the door does: (status, key), or 'open'."""
    if need == 'nothing':
        return 'open'
    if need == 'device':  # for phones, with a token of theirs
        return (401, 'device')
    if person.role is None:
        return (401, 'serve.sign_in')
    if need == 'function' and function not in person.functions():
        return (403, 'access.function')
    if need == 'read_rows' and not person.reads(register):
        return (404, 'serve.register')
    if need == 'write_rows' and not person.writes(register):
        return (404, 'serve.register')
    return 'open'


# so that a GET has something to answer
ASKED = {'period': '2014', 'indicators': 'n_visits', 'format': 'csv'}
DOORS = ((401, 'device'), (401, 'serve.sign_in'), (403, 'access.function'), (404, 'serve.register'))
# these would end what the test goes on with
LAST = (('DELETE', '/api/session'),)


ROW = re.compile(rb'(visits|births|rounds|grants|counts)-(\d)-\d')


def foreign(person, body):
    """Rows in an answer that are not this person's to see: of another purpose or area."""
    out = set()
    for register, area in ROW.findall(body):
        name = register.decode()
        if person.role is None or not person.reads(name) or ROW_AREAS[int(area)] not in WITHIN[person.place]:
            out.add((name, int(area)))
    if SECRET.encode() in body and not (person.role and person.reads('visits')):
        out.add('the text of a row of care')
    return out


def walk(people, stranger):
    doors_wrong, broken, leaks, asked = [], [], [], 0
    whole_wrong, rows_seen = [], 0
    for method, path, need, function, body_bytes, is_json, parameters in read_routes():
        if (method, path) in LAST:
            continue
        registers = (*REGISTERS, 'no_such_register') if '{register}' in path else (None,)
        for register in registers:
            where = address(path, register)
            for person in (*people, stranger):
                body = {} if int(body_bytes) and is_json == '1' else None
                query = known_query(parameters, **ASKED) if method == 'GET' else ''
                said = person.ask(method, where + query, body)
                asked += 1
                want = expected(person, need, function, register)
                key = 'device' if need == 'device' else said.key
                found = (said.status, key) if (said.status, key) in DOORS else 'open'
                if found != want:
                    doors_wrong.append(f'{person.name} {method} {where}: {said}, expected {want}')
                if said.status >= 500:
                    broken.append(f'{person.name} {method} {where}: {said}')
                rows_seen += len(ROW.findall(said.body))
                if foreign(person, said.body):
                    leaks.append(f'{person.name} {method} {where}: {foreign(person, said.body)} {said}')
                if want == 'open' and need == 'function' and function in WHOLE and person.place in ('own', 'sibling') \
                        and said.status != 403:
                    whole_wrong.append(f'{person.name} {method} {where}: {said}')
    tap.ok(not doors_wrong, f'{asked} requests: each door is as the table declares it', *doors_wrong[:20])
    tap.ok(not broken, 'none of them is an error of the server', *broken[:20])
    tap.ok(rows_seen > 300, f'{rows_seen} times a row was shown')
    tap.ok(not leaks, 'none to one who may not see it, of care or any other', *leaks[:20])
    tap.ok(not whole_wrong, 'what is of the whole file is not for one with a role for a part of the county', *whole_wrong[:20])


def last_ones(people):
    wrong = []
    for person in people:
        said = person.ask('DELETE', '/api/session')
        after = person.ask('GET', '/api/sessions')
        if said.status != 204 or after.status != 401:
            wrong.append(f'{person.name}: {said} {after}')
    tap.ok(not wrong, 'everyone can sign out, and is out', *wrong)


# --- rows and areas

def ids_by_area(admin_of, register):
    """{area: [ids]}, as one who sees all of the register is told."""
    said = admin_of[register].ask('GET', f'/api/registers/{register}/rows?limit=100')
    out = {}
    for row in rows_in(said.json):
        out.setdefault(row['values'].get('place') or '', []).append(row['id'])
    return out


def absent_like(id_, all_ids):
    """An id of no row, as long as this one."""
    other = int(id_)
    while str(other) in all_ids:
        other += 1
    return str(other)


# what is sent to a route of one row; others get {}
BODIES = {('PATCH', ''): {'version': 1, 'values': {'remark': 'changed'}, 'reason': 'to see'},
          ('POST', '/strike'): {'reason': 'to see', 'version': 1},
          ('POST', '/restore'): {'reason': 'to see', 'version': 1}}


def routes_of_one_row():
    """(method, what stands behind the row's id, body, whether it writes), from the table."""
    out, base = [], '/api/registers/{register}/rows/{id}'
    for method, path, need, _, body_bytes, is_json, _ in read_routes():
        if path.startswith(base):
            tail = path[len(base):]
            body = BODIES.get((method, tail), {}) if int(body_bytes) and is_json == '1' else None
            out.append((method, tail, body, need == 'write_rows'))
    return out


def rows_by_area(people, all_ids):
    """Each row in each place for each person: there, or like one that never was."""
    seen_wrong, listed_wrong, different, asked = [], [], [], 0
    one_row = routes_of_one_row()
    flat = {id_ for of in all_ids.values() for ids in of.values() for id_ in ids}
    for person in people:
        for register in REGISTERS:
            if not person.reads(register):
                continue
            base = f'/api/registers/{register}/rows'
            inside = {id_ for area in WITHIN[person.place] for id_ in all_ids[register].get(area, [])}
            listed = person.ask('GET', base + '?limit=100')
            if set(listed.json.get('id', [])) != inside:
                listed_wrong.append(f'{person.name} {register}: {listed}')
            for area, ids in all_ids[register].items():
                id_ = ids[0]
                if area in WITHIN[person.place]:
                    said = person.ask('GET', f'{base}/{id_}')
                    asked += 1
                    if said.status != 200 or said.json.get('id') != id_:
                        seen_wrong.append(f'{person.name} {register} in {area}: {said}')
                    continue
                none = absent_like(id_, flat)
                for method, tail, body, writes in one_row:
                    if writes and not person.writes(register):
                        continue
                    said = person.ask(method, f'{base}/{id_}{tail}', body)
                    never = person.ask(method, f'{base}/{none}{tail}', body)
                    asked += 2
                    if said.status < 400 or not said.same_as(never, id_, none):
                        different.append(f'{person.name} {method} {register}{tail} in {area or "no place"}: '
                                         f'{said} {said.headers} {never} {never.headers}')
                if person.writes(register):  # an id in the body of a check
                    said, never = (person.ask('POST', base + '/check', {'values': {'remark': 'x'}, 'id': one})
                                   for one in (id_, none))
                    if said.status < 400 or not said.same_as(never, id_, none):
                        different.append(f'{person.name} check {register} in {area or "no place"}: {said} {never}')
    tap.ok(asked > 500, f'{asked} rows asked for one by one')
    tap.ok(not listed_wrong, 'a list has the rows of the areas that one holds, and no other', *listed_wrong[:10])
    tap.ok(not seen_wrong, 'a row within is shown', *seen_wrong[:10])
    tap.ok(not different, 'a row elsewhere is answered as one that is not there, byte by byte', *different[:10])


def attachments(people, all_ids, sees_all):
    """What hangs on a row is seen with the row, and with nothing else."""
    wrong, asked = [], 0
    for register in ('visits', 'births'):
        row = all_ids[register]['110101002'][0]
        path = f'/api/registers/{register}/rows/{row}/attachments'
        made = sees_all[register].send_file(path, f'number,remark\n{register}-2-0,{SECRET}\n'.encode(), 'list.csv')
        if not tap.ok(made.status == 201, f'a file at a row of {register}', made):
            continue
        id_ = made.json['id']
        none = absent_like(id_, {id_})
        for person in people:
            said, never = (person.ask('GET', f'/api/attachments/{one}') for one in (id_, none))
            asked += 1
            if person.reads(register) and '110101002' in WITHIN[person.place]:
                good = said.status == 200
            else:
                good = said.status == 404 and said.same_as(never, id_, none)
            if not good:
                wrong.append(f'{person.name} {register}: {said} {never}')
    tap.ok(asked and not wrong, 'an attachment is seen with its row, and is else as one that is not there', *wrong[:10])


def in_the_same_time(person, register, id_, none):
    """Medians of many, taken in turns; other work on the machine is in both."""
    times = {id_: [], none: []}
    for turn in range(300):
        for which in ((id_, none) if turn % 2 else (none, id_)):
            begin = time.perf_counter()
            person.ask('GET', f'/api/registers/{register}/rows/{which}')
            times[which].append(time.perf_counter() - begin)
    elsewhere, never = (statistics.median(times[one]) * 1e6 for one in (id_, none))
    tap.ok(abs(elsewhere - never) < max(0.25 * never, 150),
           f'and in the same time: {elsewhere:.0f} us elsewhere, {never:.0f} us not there')


def nothing_was_changed(all_ids, sees_all):
    changed = []
    for register, of in all_ids.items():
        for ids in of.values():
            said = sees_all[register].ask('GET', f'/api/registers/{register}/rows/{ids[0]}')
            if said.json.get('version') != 1 or said.json.get('state') != 'current':
                changed.append(f'{register}: {said}')
    tap.ok(not changed, 'no row was changed by one who may not', *changed[:10])


# --- figures

def figures(people, server):
    """Three rows of care in each place: a count that only the care role sees."""
    shown, hidden, beyond = [], [], []
    for person in people:
        for place, area in PLACES.items():
            asked = f'/api/figures?indicators=n_visits&period=2014&area={area}'
            if place == 'everywhere':
                continue
            said = person.ask('GET', asked)
            inside = person.place in ('everywhere', 'parent', place)
            if not inside:
                if said.status not in (403, 404):
                    beyond.append(f'{person.name} {area}: {said}')
                continue
            found = said.json.get('indicators', [{}])[0].get('figures', [{}])
            small = place == 'sibling'  # 3 rows; the others have 6 and more
            counts = [one.get('numerator') for one in found]
            if person.role == 'care_worker' and (said.status != 200 or counts == [None]):
                shown.append(f'{person.name} {area}: {said}')
            if person.role != 'care_worker' and small and any(n is not None and 0 < n < 5 for n in counts):
                hidden.append(f'{person.name} {area}: {said}')
        by = person.ask('GET', '/api/figures?indicators=n_visits&period=2014&by=village,month')
        for one in by.json.get('indicators', [{}])[0].get('figures', []):
            n = one.get('numerator')
            if person.role != 'care_worker' and n is not None and 0 < n < 5:
                hidden.append(f'{person.name} by village and month: {by}')
    whole = next(one for one in people if one.name == 'statistician-everywhere')
    said = whole.ask('GET', '/api/figures?indicators=n_visits&period=2013..2014&by=village,year').json['indicators'][0]
    years = [[*said['figures'][2 * k:2 * k + 2], total] for k, total in enumerate(said['sums'])]
    there = [(one['state'], one.get('numerator')) for line in years for one in line]
    shell = [(one['state'], one['numerator']) for one in json.loads(server.heng(
        'measure', str(server.db), '--period', '2013..2014', '--by', 'village,year', '--indicator', 'n_visits', '--json', '-'))]
    tap.equal(shell, there, 'the shell hides of several years what the pages hide')
    book = workbook(whole.ask('GET', '/api/figures?indicators=n_visits&period=2013..2014&by=village,year&format=xlsx').body)
    lines = [row for sheet in book.values() for row in sheet if '已隐去' in row or 'suppressed' in row]
    tap.ok(len(lines) == sum(state == 'suppressed' for state, _ in there) and
           not any(isinstance(cell, float) for row in lines for cell in row), 'and a workbook: no number stands there', lines)
    tap.ok(any(line[2]['state'] == 'suppressed' for line in years), 'so also a sum', years)
    tap.ok(not beyond, 'figures of an area that is not one\'s own are not given', *beyond[:10])
    tap.ok(not shown, 'who gives care sees its small counts', *shown[:10])
    tap.ok(not hidden, 'a count of care under five never leaves the care role', *hidden[:10])


def searches(people, all_ids):
    """By a word that stands in every row of care."""
    wrong, found_any = [], 0
    for person in people:
        inside = {id_ for area in WITHIN[person.place] for id_ in all_ids['visits'].get(area, [])}
        said = person.ask('GET', '/api/search?q=%E7%A7%98%E5%AF%86%E6%82%A3%E8%80%85')
        found = {one['id'] for one in said.json.get('people', [])}
        found_any += len(found)
        if said.status != 200 or not found <= (inside if person.reads('visits') else set()):
            wrong.append(f'{person.name}: {said}')
    tap.ok(found_any, 'who gives care finds a person by name')
    tap.ok(not wrong, 'in the areas of their care, and nobody else does', *wrong[:10])


def owed(people, all_ids):
    """What rows owe is told of the rows that one may read; figures of it hide small counts of care; the feed has
    no row of care, whoever asks."""
    listed, days, rates, feeds, dead = [], [], [], [], []
    all_care = {id_ for ids in all_ids['visits'].values() for id_ in ids}
    for person in people:
        inside = {id_ for register, of in all_ids.items() if person.reads(register)
                  for area in WITHIN[person.place] for id_ in of.get(area, [])}
        said = person.ask('GET', '/api/owed?from=2014-01-01&to=2014-12-31&limit=200')
        if said.status != 200 or {one['row'] for one in said.json['items']} != inside or said.json['late'] != len(inside):
            listed.append(f'{person.name}: {said}')
        said = person.ask('GET', '/api/owed/days?from=2014-01-01&to=2014-12-31')
        if sum(one['late'] for one in said.json.get('days', [])) != len(inside):
            days.append(f'{person.name}: {said}')
        said = person.ask('GET', '/api/owed?schedule=see_visits')
        if said.status != (200 if person.reads('visits') else 404):
            listed.append(f'{person.name}: {said}')
        for area in ('110101001', '110101002'):
            said = person.ask('GET', f'/api/owed/rates?from=2014-01-01&to=2014-12-31&area={area}')
            n = {one['name']: one['owed'] for one in said.json.get('schedules', [])}
            if n and not person.reads('visits') and n['see_visits'] not in ((None,) if area == '110101002' else (None, 6)):
                rates.append(f'{person.name}: {said}')
            if n and n['see_births'] != (6 if area == '110101001' else 3):
                rates.append(f'{person.name}: {said}')
        made = person.ask('POST', '/api/calendar')
        old = made.json['address']
        made = person.ask('POST', '/api/calendar')
        feed = Person(person.server, 'feed').ask('GET', made.json['address'])
        text = feed.body.decode().replace('\r\n ', '')
        told = {id_ for id_ in inside if f'UID:{id_}.' in text}
        bodies = {id_ for register, of in all_ids.items() if register in ('rounds', 'counts') and person.reads(register)
                  for area in WITHIN[person.place] for id_ in of.get(area, [])}
        if feed.status != 200 or SECRET in text or 'visits-' in text or 'births-' in text or told != bodies or \
                ('See visits' in text) != bool(inside & all_care):
            feeds.append(f'{person.name}: {feed}')
        ended = person.ask('DELETE', '/api/calendar')
        gone = [person.ask('GET', one) for one in (old, made.json['address'], '/calendar/' + 'A' * 43 + '.ics')]
        if ended.status != 204 or any(one.status != 404 or one.body != gone[2].body for one in gone):
            dead.append(f'{person.name}: {ended} {gone}')
    tap.ok(not listed, 'what is owed is told of the rows that one may read', *listed[:10])
    tap.ok(not days, 'and counted by day', *days[:10])
    tap.ok(not rates, 'small counts of what care owes are hidden', *rates[:10])
    tap.ok(not feeds, 'a calendar feed has rows about bodies, and of all others counts', *feeds[:10])
    tap.ok(not dead, 'and its address is void when another is made or it ends', *dead[:10])


# --- sessions at the doors

def the_doors(server, person, stranger):
    said = Person(server, 'no token').take(person)
    said.csrf = None
    answer = said.ask('PUT', '/api/kept/view/x', {'value': 1})
    tap.equal((answer.status, answer.key), (403, 'serve.csrf'), 'a change without the CSRF token is refused')
    said.csrf = 'A' * 43
    answer = said.ask('PUT', '/api/kept/view/x', {'value': 1})
    tap.equal((answer.status, answer.key), (403, 'serve.csrf'), 'and with a wrong one')
    answer = person.ask('PUT', '/api/kept/view/x', {'value': 1}, **{'Sec-Fetch-Site': 'cross-site'})
    tap.equal(answer.status, 403, 'and from a page of another site')
    answer = person.ask('PUT', '/api/kept/view/x', {'value': 1})
    tap.equal(answer.status, 200, 'with the right one it is done')
    for cookie in ('heng_session=', 'heng_session=' + 'B' * 43, 'heng_session=x', 'other=' + 'B' * 43):
        stranger.cookie = cookie
        tap.equal(stranger.ask('GET', '/api/sessions').status, 401, f'{cookie[:20]} is nobody')
    stranger.cookie = None


def log_in_over_http(server, admin):
    made = admin.post('/api/people', {'name': 'Zhou', 'roles': [{'role': 'leader', 'area': '', 'until': None}]})
    client = server.client()
    first = client.use_link(made.json['link'])
    cookie = first.headers['Set-Cookie']
    tap.ok(all(part in cookie for part in ('HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/')), 'the cookie', cookie)
    again = server.client().use_link(made.json['link'])
    never = server.client().post('/api/links/' + 'A' * 43, {'password': PASSWORD})
    tap.equal((again.status, again.body), (never.status, never.body), 'a link used twice is none')
    tap.equal(again.status, 404, 'which is 404')

    # The second of waiting begins when the wrong password is answered, so the next try follows at once; where the machine was
    # so busy that the second was over, a name that nobody has tried yet is asked.
    def twice(name):
        client = server.client()
        wrong = client.post('/api/session', {'name': name, 'password': 'wrong wrong wrong'})
        began = time.monotonic()
        right = client.post('/api/session', {'name': name, 'password': PASSWORD})
        return wrong, right, time.monotonic() - began

    for n in range(20):
        made = admin.post('/api/people', {'name': f'Wu{n}', 'roles': [{'role': 'leader', 'area': '', 'until': None}]})
        server.client().use_link(made.json['link'])
        known, then_known, took = twice(f'Wu{n}')
        if then_known.status == 429 or took < 1:
            break
    for k in range(20):
        unknown, then_unknown, took = twice(f'Chou{k}')
        if then_unknown.status == 429 or took < 1:
            break
    tap.equal(known.status, 401, 'a wrong password')
    tap.equal((known.body, known.headers.get('Retry-After')), (unknown.body, unknown.headers.get('Retry-After')),
              'is answered as an unknown name')
    tap.equal(then_known.status, 429, 'then one has to wait')
    tap.equal((then_known.json['error']['retry_after'], then_known.headers['Retry-After']), (1, '1'), 'a second')
    tap.equal(then_known.body, then_unknown.body, 'with an unknown name too')
    time.sleep(1.1)
    tap.equal(server.client().log_in(f'WU{n}').status, 200, 'then the right password opens, by a name in capitals')
    client = server.client()
    tap.equal(client.log_in('ZHOU').status, 200, 'and for one who made no mistake at once')
    sessions = client.get('/api/sessions').json['sessions']
    tap.equal(len(sessions), 2, 'two sessions')
    other = [one['id'] for one in sessions if not one['mine']][0]
    tap.equal(client.delete('/api/sessions/' + other).status, 204, 'the other is ended')
    tap.equal(client.delete('/api/sessions/' + other).status, 404, 'once')
    tap.equal(client.put('/api/kept/device/pad', {'value': {'half': 'of the key'}}).status, 200, 'this device keeps drafts, the server its half')
    elsewhere = server.client()
    elsewhere.log_in('Zhou')
    wrong = client.post('/api/session/password', {'old': 'not the password', 'new': 'four quite other words'})
    tap.equal((wrong.status, wrong.json['error']['key']), (403, 'login.password'), 'not without the old one')
    time.sleep(1.1)
    changed = client.post('/api/session/password', {'old': PASSWORD, 'new': 'four quite other words'})
    tap.equal(changed.status, 204, 'a new password')
    tap.equal(client.get('/api/sessions').status, 200, 'this session stays')
    tap.equal(elsewhere.get('/api/sessions').status, 401, 'one on another device ends')
    half = [one for one in client.get('/api/kept/device').json['kept'] if one['name'] == 'pad']
    tap.equal([one['value'] for one in half], [{'half': 'of the key'}], 'the half of the key stays: what the device keeps opens after it')
    tap.equal(server.client().log_in('Zhou', 'four quite other words').status, 200, 'the new password opens')
    tap.equal(server.client().log_in('Zhou').status, 401, 'the old one no more')
    time.sleep(1.1)

    token = client.post('/api/tokens', {'name': 'a program', 'days': 30}).json['token']
    program = server.client(token)
    tap.equal(program.get('/api/session').json['user']['name'], 'Zhou', 'a token is its person')
    tap.equal(program.get('/api/tokens').status, 403, 'and makes no tokens')
    client.cookie, kept = 'heng_session=' + token, client.cookie
    tap.equal(client.get('/api/sessions').status, 401, 'nor is it a cookie')
    client.cookie = kept

    person = [p for p in admin.get('/api/people').json['people'] if p['name'] == 'Zhou'][0]
    off = admin.put('/api/people/' + person['id'], {'roles': person['roles'], 'off': True})
    tap.equal((off.status, off.json['state']), (200, 'off'), 'turned off')
    tap.equal(client.get('/api/sessions').status, 401, 'the session is over at once')
    tap.equal(program.get('/api/session').json['signed_in'], False, 'and the token')


def people_of_an_area(people, everyone_sees):
    """One who looks after people in one township sees and touches only those."""
    chief = next(p for p in people if p.name == 'administrator-own')
    found = {one['name'] for one in chief.ask('GET', '/api/people').json['people']}
    tap.equal(found, {f'{role}-own' for role in ROLES}, 'people of one\'s own area')
    wrong = []
    roles = [{'role': 'leader', 'area': '110101001', 'until': None}]
    for one in everyone_sees:
        for method, tail, body in (('PUT', '', {'roles': roles}), ('POST', '/link', {})):
            if one['name'] in found:
                continue
            said = chief.ask(method, f'/api/people/{one["id"]}{tail}', body)
            never = chief.ask(method, f'/api/people/{99}{tail}', body)
            if said.status != 404 or not said.same_as(never, one['id'], '99'):
                wrong.append(f'{one["name"]}: {said} {never}')
    tap.ok(not wrong, 'others are as if they were not there', *wrong[:5])
    for area, status in (('110101001', 201), ('110101001201', 201), ('110101002', 403), ('110101', 403), ('', 403)):
        said = chief.ask('POST', '/api/people', {'name': f'new {area}', 'roles': [
            {'role': 'clerk', 'area': area, 'until': None}]})
        tap.equal(said.status, status, f'a new clerk of {area or "everywhere"}')
    said = chief.ask('PUT', '/api/roles/own_role', {
        'label': {'en': 'x', 'zh': 'y'}, 'functions': ['figures'], 'rows': []})
    tap.equal(said.status, 403, 'roles are the county\'s')


def roles_as_data(server, admin):
    glass = {'label': {'en': 'All', 'zh': '全部'}, 'functions': ['figures'], 'rows': [
        {'purpose': 'care', 'registers': [], 'read': True, 'write': False},
        {'purpose': 'supervision', 'registers': [], 'read': True, 'write': False}]}
    said = admin.put('/api/roles/sees_all', glass)
    tap.equal((said.status, said.json['error']['key']), (422, 'account.glass'),
              'a role of care and supervision is refused')
    one = dict(glass, rows=[{'purpose': 'vital', 'registers': ['births'], 'read': True, 'write': False}])
    said = admin.put('/api/roles/reader', one)
    tap.equal((said.status, said.json['people']), (200, 0), 'a role of one register')
    made = admin.post('/api/people', {'name': 'reader', 'roles': [{'role': 'reader', 'area': '', 'until': None}]})
    client = server.client()
    client.use_link(made.json['link'])
    tap.equal(client.get('/api/registers/births/rows').status, 200, 'reads it')
    tap.equal(client.post('/api/registers/births/rows', {'values': {}}).status, 404, 'does not write it')
    said = admin.put('/api/roles/reader', dict(one, rows=[]))
    tap.equal(said.status, 200, 'the role is changed')
    tap.equal(client.get('/api/registers/births/rows').status, 404, 'and its holder with it, at once')
    tap.equal(admin.delete('/api/roles/reader').status, 409, 'it is not removed while it is held')
    for bad in ({'functions': ['fly']}, {'functions': 'figures'}, {'rows': [{'purpose': 'gossip', 'read': True}]},
                {'rows': [{'purpose': 'vital', 'registers': ['visits'], 'read': True}]},
                {'rows': [{'purpose': 'vital', 'registers': 'births', 'read': True}]}, {'label': {'en': 'x'}}):
        said = admin.put('/api/roles/bad', {**glass, 'rows': [], **bad})
        tap.equal(said.status, 422, f'refused: {bad}')
    me = admin.get('/api/session').json['user']['id']
    said = admin.put('/api/people/' + me, {'roles': [{'role': 'care_worker', 'area': '', 'until': None}]})
    tap.equal(said.status, 403, 'nobody gives a right to themselves')


def the_log(server, admin):
    kinds = {one['kind'] for one in admin.get('/api/audit?limit=500').json['events']}
    want = {'log_in', 'log_in_failed', 'link_made', 'link_used', 'person', 'role', 'token', 'password', 'log_out'}
    tap.ok(want <= kinds, 'what was done stands in the audit log', want - kinds)
    tap.ok('read' in kinds, 'and whose row was looked at')
    page = admin.get('/api/audit?limit=5&kind=log_in').json
    rest = admin.get(f'/api/audit?limit=5&kind=log_in&after={page["next"]}').json
    tap.ok(len(page['events']) == 5 and rest['events'] and int(rest['events'][0]['seq']) <
           int(page['events'][-1]['seq']), 'page by page')
    found = admin.get('/api/audit?q=sees_all').json['events']
    tap.equal(found, [], 'what was refused did not happen')
    tap.equal(admin.get('/api/audit?from=yesterday').status, 422, 'a day is a day')
    server.stop()
    said = server.heng('verify', str(server.db))
    tap.ok('all is as it was written' in said, 'heng verify proves it', said)


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='heng-access-'))
    write_pack(folder / 'pack')
    write_rows(folder)
    db = folder / 'county.db'

    with Server(pack=folder / 'pack', prepare=lambda path: fill(path, folder)) as server:
        admin = server.administrator()
        people = people_of(server, admin)
        everyone = admin.get('/api/people').json['people']
        stranger = Person(server, 'stranger')
        sees_all = {'visits': 'care_worker', 'births': 'clerk', 'rounds': 'inspector', 'grants': 'benefits_clerk',
                    'counts': 'statistician'}
        by_name = {one.name: one for one in people}
        sees_all = {register: by_name[f'{role}-everywhere'] for register, role in sees_all.items()}
        all_ids = {register: ids_by_area(sees_all, register) for register in REGISTERS}
        tap.ok(all(sorted(of) == sorted(ROW_AREAS) for of in all_ids.values()), 'rows in every place', all_ids)

        the_doors(server, by_name['clerk-own'], stranger)
        rows_by_area(people, all_ids)
        one = all_ids['births']['110101002'][0]
        in_the_same_time(by_name['clerk-own'], 'births', one,
                         absent_like(one, {i for ids in all_ids['births'].values() for i in ids}))
        nothing_was_changed(all_ids, sees_all)
        attachments(people, all_ids, sees_all)
        figures(people, server)
        searches(people, all_ids)
        owed(people, all_ids)
        people_of_an_area(people, everyone)
        roles_as_data(server, admin)
        log_in_over_http(server, admin)
        walk(people, stranger)
        last_ones(people)
        the_log(server, admin)
    tap.end()


def fill(path, folder):
    import client
    for name in ('areas', *REGISTERS):
        done = subprocess.run([client.HENG, 'import', str(path), name, str(folder / f'{name}.csv')],
                              capture_output=True, text=True, cwd=folder,
                              env={**os.environ, 'HENG_TODAY': '2014-07-20', 'LC_ALL': 'C.UTF-8'})
        if done.returncode:
            raise RuntimeError(f'{name}: {done.stdout} {done.stderr}')


main()
