# SPDX-License-Identifier: AGPL-3.0-or-later
"""Phones: what OpenRosa 1.0 asks of a server, as ODK Collect, KoboCollect and Enketo use it."""
import base64
import csv
import hashlib
import io
import json
import shutil
import socket
import struct
import subprocess
import time
import uuid
import xml.etree.ElementTree as ET
import zlib

from client import PASSWORD, SOURCE, Server, rows_in, tap

LIST = '{http://openrosa.org/xforms/xformsList}'
MANIFEST = '{http://openrosa.org/xforms/xformsManifest}'
RESPONSE = '{http://openrosa.org/http/response}'
XF = '{http://www.w3.org/2002/xforms}'
H = '{http://www.w3.org/1999/xhtml}'


ROWS = '/api/registers/births/rows'
AREAS = '''code,name,name_en,level,parent
340221,芜湖县,Wuhu,county,
340221100,湾沚镇,Wanzhi,township,340221
340221101,六郎镇,Liulang,township,340221
340221100201,桃园村,Taoyuan,village,340221100
340221101201,官巷村,Guanxiang,village,340221101
'''
FACILITIES = '''code,name,kind,area
H1,湾沚医院,county_hospital,340221100
H2,六郎卫生院,health_centre,340221101
'''


def county(server, villages):
    more = ''.join(f'3402211{i % 2:02d}{300 + i},村{i},Village {i},village,3402211{i % 2:02d}\n' for i in range(villages))
    for name, text in (('areas', AREAS + more), ('facilities', FACILITIES)):
        path = server.folder / f'{name}.csv'
        path.write_text(text)
        server.heng('import', str(server.db), name, str(path))
    server.stop()
    server.start()


def clerk_of(server, admin, name, area):
    role = {'name': 'township', 'label': {'en': 'Township', 'zh': '乡镇'}, 'functions': ['figures'],
            'rows': [{'purpose': 'vital', 'registers': [], 'read': True, 'write': True}]}
    admin.put('/api/roles/township', role)
    link = admin.post('/api/people', {'name': name, 'full_name': name,
                                      'roles': [{'role': 'township', 'area': area, 'until': None}]}).json['link']
    client = server.client()
    client.use_link(link)
    return client


# --- a phone

class Phone:
    """Speaks to the server as a phone does: name and token with each request."""

    def __init__(self, server, name, token):
        self.client, self.name, self.token = server.client(), name, token

    def headers(self):
        both = base64.b64encode(f'{self.name}:{self.token}'.encode()).decode()
        return {'Authorization': 'Basic ' + both, 'X-OpenRosa-Version': '1.0',
                'Date': 'Sun, 20 Jul 2014 09:15:00 GMT+08:00'}  # as Collect writes it; nobody reads it

    def call(self, method, path, body=None, **more):
        return self.client.call(method, path, body, headers={**self.headers(), **more})

    def send(self, xml, files=(), **more):
        boundary, body = multipart([('xml_submission_file', 'form.xml', 'text/xml', xml), *files])
        return self.call('POST', '/openrosa/submission?deviceID=phone%3A1', body,
                         **{'Content-Type': f'multipart/form-data; boundary={boundary}', **more})


def multipart(parts):
    boundary = 'x-' + uuid.uuid4().hex
    out = io.BytesIO()
    for name, filename, kind, data in parts:
        data = data.encode() if isinstance(data, str) else data
        out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                  f'Content-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\n\r\n'.encode())
        out.write(data + b'\r\n')
    out.write(f'--{boundary}--\r\n'.encode())
    return boundary, out.getvalue()


def instance():
    return 'uuid:' + str(uuid.uuid4())


NUMBERS = iter(range(1000))


def filled(id_=None, deprecated=None, form='births', version='', source='hospital', extra='', **values):
    row = {'certificate': f'P{next(NUMBERS):09d}', 'child_name': '王小明', 'sex': 'm', 'born_on': '2014-06-05', 'weight': '3200',
           'residence': '340221100201', 'facility': 'H1', **values}
    answers = ''.join(f'<{k}>{v}</{k}>' for k, v in row.items() if v is not None)
    old = f'<orx:deprecatedID>{deprecated}</orx:deprecatedID>' if deprecated else ''
    return (f'<?xml version="1.0"?><data id="{form}" version="{version}" xmlns:orx="http://openrosa.org/xforms">'
            f'<source>{source}</source><choose><residence/></choose><row>{answers}</row>{extra}'
            f'<orx:meta><orx:instanceID>{id_ or instance()}</orx:instanceID>{old}</orx:meta></data>')


def message(answer):
    try:
        return ET.fromstring(answer.body).find(f'{RESPONSE}message').text or ''
    except ET.ParseError:
        return f'no XML: {answer}'


def picture(seed=0):
    """A small PNG."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    pixels = bytes([0, seed % 256, 1, 2])
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(pixels)) + chunk(b'IEND', b''))


# --- what the tests ask

def rows_of(admin, **filters):
    query = '&'.join(f'f.{k}={v}' for k, v in filters.items())
    found = admin.get(f'{ROWS}?count=1&{query}').json
    return {'count': found['count']['shown'] if filters else found['count']['all'], 'rows': rows_in(found)}


def id_of(admin, certificate):
    rows = rows_of(admin, certificate=certificate)['rows']
    return rows[0]['id'] if len(rows) == 1 else None


def is_openrosa(answer):
    return answer.headers.get('X-OpenRosa-Version') == '1.0' and bool(answer.headers.get('Date')) and \
        int(answer.headers.get('X-OpenRosa-Accept-Content-Length', 0)) > 1 << 20


def tokens(server, admin):
    made = admin.post('/api/tokens', {'name': 'Phone of Li', 'days': 30, 'device': True,
                                      'address': 'https://heng.example:8443'})
    tap.ok(made.status == 201 and made.json['device'] and made.json['token'].startswith('heng_'), 'a token for a phone',
           made)
    settings = json.loads(made.json['settings'])
    tap.equal((settings['general']['server_url'], settings['general']['username'], settings['general']['password']),
              ('https://heng.example:8443/openrosa', 'admin', made.json['token']), "Collect's settings")
    tap.ok('<svg' in made.json['qr_svg'] and 'admin' in settings, 'as a QR code')
    listed = admin.get('/api/tokens').json['tokens']
    tap.ok(len(listed) == 1 and listed[0]['device'] and 'token' not in listed[0] and 'settings' not in listed[0],
           'one list of tokens, without secrets', listed)
    for bad in ('', 'heng.example', 'ftp://x', 'https://', 'https://a/b', 'https://a"b'):
        tap.ok(admin.post('/api/tokens', {'name': 'x', 'device': True, 'address': bad}).status in (400, 422),
               f'an address that is none: {bad!r}')
    token = made.json['token']
    tap.equal(server.client(token).get('/api/session').json.get('user'), None, 'a phone is nobody to the API')
    tap.equal(server.client(token).get('/api/model').status, 401, 'and may not ask it')
    return token, made.json['id']


def log_in(server, admin, token):
    stranger = server.client().get('/openrosa/formList')
    tap.ok(stranger.status == 401 and is_openrosa(stranger) and 'token' in message(stranger), 'nobody gets nothing', stranger)
    tap.equal(stranger.headers.get_all('WWW-Authenticate'), ['Basic realm="heng", charset="UTF-8"'],
              'basic is offered on loopback, digest is not turned on')
    tap.equal(Phone(server, 'admin', token).call('GET', '/openrosa/formList').status, 200, 'name and token')
    tap.equal(Phone(server, ' Admin ', token).call('GET', '/openrosa/formList').status, 200,
              'names are compared as for log-ins')
    tap.equal(admin.get('/openrosa/formList').status, 401, 'a session is no phone')
    plain = admin.post('/api/tokens', {'name': 'program'}).json['token']
    tap.equal(server.client(plain).get('/openrosa/formList').status, 401, 'a token behind Bearer is no phone')
    tries = [('admin', PASSWORD), ('admin', plain), ('nobody', token), ('admin', token[:-1]), ('', ''), ('admin', '')]
    for name, secret in tries:
        answer = Phone(server, name, secret).call('GET', '/openrosa/formList')
        tap.ok(answer.status in (401, 429) and is_openrosa(answer), f'not {name!r} with another secret', answer)
    answers = [Phone(server, 'careless', f'heng_{i}').call('GET', '/openrosa/formList') for i in range(4)]
    last = answers[-1]
    tap.ok(last.status == 429 and int(last.headers['Retry-After']) >= 1, 'who fails has to wait', last)
    tap.equal(len(last.headers.get_all('Retry-After')), 1, 'and is told once')
    tap.equal(Phone(server, 'admin', token).call('GET', '/openrosa/formList').status, 200,
              'but not a phone with the right token')
    for text in ('Basic', 'Basic !!!!', 'Basic ' + 'A' * 5000, 'Digest username="admin"', 'Basic YWRtaW4='):
        answer = server.client().call('GET', '/openrosa/formList', headers={'Authorization': text})
        tap.ok(answer.status in (401, 429), f'no log-in: {text[:20]}', answer)


def forms(phone):
    answer = phone.call('GET', '/openrosa/formList')
    tap.ok(answer.status == 200 and is_openrosa(answer) and answer.headers['Content-Type'].startswith('text/xml'),
           'the list of forms', answer)
    root = ET.fromstring(answer.body)
    tap.equal(root.tag, LIST + 'xforms', 'in its namespace')
    found = {x.find(LIST + 'formID').text: x for x in root}
    tap.ok('births' in found and 'areas' not in found and 'facilities' not in found, 'registers of rows are forms',
           sorted(found))
    births = found['births']
    tap.ok(births.find(LIST + 'descriptionText') is None, 'no description unless asked')
    tap.equal(births.find(LIST + 'name').text, 'Births', 'by its name')
    head = phone.call('HEAD', '/openrosa/formList')
    tap.ok(head.status == 200 and is_openrosa(head) and not head.raw, 'HEAD too, for Enketo', head)
    one = ET.fromstring(phone.call('GET', '/openrosa/formList?formID=births&verbose=true&listAllVersions=true').body)
    tap.equal([x.find(LIST + 'formID').text for x in one], ['births'], 'formID chooses')
    tap.equal(one[0].find(LIST + 'descriptionText').text, '出生登记', 'verbose describes')
    tap.equal(len(ET.fromstring(phone.call('GET', '/openrosa/formList?formID=nothing').body)), 0, 'no such form: an empty list')
    zh = ET.fromstring(phone.call('GET', '/openrosa/formList?lang=zh&formID=births').body)
    tap.equal(zh[0].find(LIST + 'name').text, '出生登记', 'in the language asked for')
    url = births.find(LIST + 'downloadUrl').text
    base = f'http://127.0.0.1:{phone.client.server.port}'
    tap.equal(url, base + '/openrosa/forms/births.xml', 'where the form is')
    form = phone.call('GET', url[len(base):])
    tap.ok(form.status == 200 and is_openrosa(form), 'the form', form)
    tap.equal(births.find(LIST + 'hash').text, 'md5:' + hashlib.md5(form.body).hexdigest(), 'with the hash of the list')
    model = ET.fromstring(form.body).find(f'{H}head/{XF}model')
    data = model.find(f'{XF}instance/data')
    tap.equal((data.get('id'), data.get('version')), ('births', births.find(LIST + 'version').text), 'its id and version')
    for path in ('births', 'nothing.xml', 'areas.xml', '.xml', 'births.xml.xml'):
        answer = phone.call('GET', '/openrosa/forms/' + path)
        tap.ok(answer.status == 404 and is_openrosa(answer) and message(answer), f'no form {path}', answer)
    return births, ET.fromstring(form.body), base


def content(form):
    binds = {b.get('nodeset'): b for b in form.iter(XF + 'bind')}
    weight = binds['/data/row/weight']
    tap.equal(weight.get('type'), 'int', 'a whole number')
    tap.ok('. >= 300 and . <= 7000' in weight.get('constraint'), 'its limits', weight.attrib)
    tap.equal(binds['/data/row/sex'].get('required'), 'true()', 'what is required')
    tap.ok('today()' in binds['/data/row/born_on'].get('constraint'), 'a rule as XPath', binds['/data/row/born_on'].attrib)
    year = binds['/data/row/mother_birth_year'].get('constraint')
    tap.ok('/data/row/born_on' in year and 'format-date' in year, 'a rule over two fields', year)
    languages = {t.get('lang'): t for t in form.iter(XF + 'translation')}
    tap.equal(sorted(languages), ['English (en)', '中文 (zh)'], 'both languages')
    ids = [{t.get('id') for t in one} for one in languages.values()]
    tap.ok(ids[0] == ids[1] and all(t[0].text for one in languages.values() for t in one), 'each text in both')
    for used in form.iter():
        for value in (used.get('ref') or '', *(v for k, v in used.items() if k.endswith('constraintMsg'))):
            if value.startswith("jr:itext('"):
                if value[10:-2] not in ids[0]:
                    tap.ok(False, f'the text {value} is there')
    names = {c.tag.split('}')[-1] for c in form.iter() if c.get('ref', '').startswith('/data/')}
    tap.ok(names <= {'input', 'select1', 'upload'}, 'questions', names)
    asked = {c.get('ref') for c in form.iter() if c.get('ref', '').startswith('/data/')}
    tap.ok({'/data/source', '/data/choose/residence', '/data/row/residence', '/data/row/facility'} <= asked,
           'places by township', asked)
    tap.ok(not asked & {'/data/row/id', '/data/row/state', '/data/row/version'}, "nothing of the system's own")
    tap.ok('/data/orx:meta/orx:instanceID' in binds, 'an instanceID')


def media(phone, births, base):
    url = births.find(LIST + 'manifestUrl').text
    tap.equal(url, base + '/openrosa/forms/births/manifest', 'where the manifest is')
    answer = phone.call('GET', url[len(base):])
    tap.ok(answer.status == 200 and is_openrosa(answer), 'the manifest', answer)
    root = ET.fromstring(answer.body)
    tap.equal(root.tag, MANIFEST + 'manifest', 'in its namespace')
    files = {f.find(MANIFEST + 'filename').text: f for f in root}
    tap.ok('areas.csv' in files, 'the areas are a file', sorted(files))
    for name, file in files.items():
        got = phone.call('GET', file.find(MANIFEST + 'downloadUrl').text[len(base):])
        tap.equal('md5:' + hashlib.md5(got.body).hexdigest(), file.find(MANIFEST + 'hash').text, f'{name} has its hash')
    got = phone.call('GET', '/openrosa/forms/births/media/areas.csv')
    rows = list(csv.DictReader(io.StringIO(got.text)))
    village = next(r for r in rows if r['name'] == '340221100201')
    tap.equal((village['label'], village['level'], village['within']), ('Taoyuan', 'village', '340221100'),
              'a village with its township')
    tap.equal(phone.call('GET', '/openrosa/forms/births/media/other.csv').status, 404, 'no other file')


def submission(phone, admin):
    head = phone.call('HEAD', '/openrosa/submission')
    tap.ok(head.status == 204 and is_openrosa(head) and not head.raw and 'Location' not in head.headers,
           'HEAD is exactly 204', head)
    tap.equal(phone.client.call('HEAD', '/openrosa/submission').status, 401, 'and finds who is nobody')
    tap.equal(phone.call('GET', '/openrosa/submission').status, 405, 'there is no GET')
    id_ = instance()
    xml = filled(id_, certificate='S000000001')
    first = phone.send(xml)
    tap.ok(first.status == 201 and is_openrosa(first) and 'submit_success' in first.text, 'a form is a row', first)
    found = rows_of(admin, certificate='S000000001')
    tap.equal((found['count'], found['rows'][0]['values']['weight'] if found['rows'] else None), (1, '3200'), 'the row')
    again = phone.send(xml)
    tap.ok(again.status == 201 and rows_of(admin, certificate='S000000001')['count'] == 1, 'the same again changes nothing', again)
    other = phone.send(filled(id_, certificate='S000000002'))
    tap.ok(other.status == 409 and is_openrosa(other) and 'instanceID' in message(other), 'another form of that id is a conflict',
           other)
    tap.equal(rows_of(admin, certificate='S000000002')['count'], 0, 'and nothing')
    row = found['rows'][0]['id']
    for part in range(2):  # each post has the form, and one file
        answer = phone.send(xml, [(f'photo{part}.png', f'photo{part}.png', 'image/png', picture(part)),
                                  ('*isIncomplete*', 'x', 'text/plain', 'yes')][:2 - part])
        tap.equal(answer.status, 201, f'post {part + 1} with a file')
    names = [a['name'] for a in admin.get(f'{ROWS}/{row}').json['attachments']]
    tap.equal(names, ['photo0.png', 'photo1.png'], 'both files are on the row')
    tap.equal(phone.send(xml, [('photo0.png', 'photo0.png', 'image/png', picture(0))]).status, 201, 'a file twice')
    tap.equal(len(admin.get(f'{ROWS}/{row}').json['attachments']), 2, 'is there once')
    return id_, row


def chunked(server, phone, admin):
    xml = filled(certificate='S000000010')
    boundary, body = multipart([('xml_submission_file', 'form.xml', 'text/xml', xml),
                                ('a.png', 'a.png', 'image/png', picture())])
    head = 'POST /openrosa/submission HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n' + \
        f'Content-Type: multipart/form-data; boundary="{boundary}"\r\n' + \
        ''.join(f'{k}: {v}\r\n' for k, v in phone.headers().items()) + '\r\n'
    pieces = [body[i:i + 37] for i in range(0, len(body), 37)]
    data = b''.join(f'{len(p):x}\r\n'.encode() + p + b'\r\n' for p in pieces) + b'0\r\n\r\n'
    answer = server.raw(head.encode() + data)
    tap.ok(b' 201 ' in answer.split(b'\r\n')[0], 'a body in pieces', answer[:200])
    tap.ok(id_of(admin, 'S000000010'), 'is a row')
    half = server.raw(head.replace('chunked', 'chunked').encode() + data[:len(data) // 2])
    tap.ok(b' 201 ' not in half[:20], 'half a post is nothing', half[:100])
    short = phone.call('POST', '/openrosa/submission', body[:-40],
                       **{'Content-Type': f'multipart/form-data; boundary={boundary}'})
    tap.ok(short.status == 400 and 'ends' in message(short), 'a body that ends early is named', short)


def edits(phone, admin, id_, row):
    new = instance()
    answer = phone.send(filled(new, deprecated=id_, certificate='S000000001', weight='3300'))
    tap.equal(answer.status, 201, 'deprecatedID corrects')
    now = admin.get(f'{ROWS}/{row}').json
    tap.equal((now['values']['weight'], now['version']), ('3300', 2), 'the row')
    tap.equal(rows_of(admin, certificate='S000000001')['count'], 1, 'and makes no other')
    events = admin.get(f'{ROWS}/{row}/history').json['events']
    tap.ok(len(events) == 2 and events[1]['change'] == 'correct' and 'phone' in events[1]['reason'], 'its history says so', events)
    answer = phone.send(filled(deprecated=id_, certificate='S000000001', weight='3400'))
    tap.ok(answer.status == 409 and message(answer), 'an old form is corrected once', answer)
    last = instance()
    same = filled(last, deprecated=new, certificate='S000000001', weight='3300')
    tap.equal([phone.send(same).status, phone.send(same).status], [201, 201], 'a correction that changes nothing')
    change = admin.patch(f'{ROWS}/{row}', {'values': {'weight': '3500'}, 'version': 2, 'reason': 'by the clerk'})
    tap.equal(change.status, 200, 'a clerk corrects meanwhile')
    answer = phone.send(filled(deprecated=last, certificate='S000000001', weight='3600'))
    tap.ok(answer.status == 409 and 'changed' in message(answer), 'then the phone is told', answer)
    answer = phone.send(filled(deprecated=instance(), certificate='S000000001'))
    tap.ok(answer.status == 404 and 'deprecatedID' in message(answer), 'it corrects what is not here', answer)
    tap.equal(admin.get(f'{ROWS}/{row}').json['values']['weight'], '3500', "the clerk's stays")


BOMB = '<!DOCTYPE data [<!ENTITY a "aaaaaaaaaa">' + ''.join(
    f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(8)) + ']>'


def bad_forms(phone, admin):
    before = rows_of(admin)['count']
    good = filled()
    head = '<data id="births" xmlns:orx="http://openrosa.org/xforms">'
    meta = f'<orx:meta><orx:instanceID>{instance()}</orx:instanceID></orx:meta>'
    cases = {
        'no XML': 'hello', 'nothing': '', 'half a form': good[:len(good) // 2],
        'entities': BOMB + good.split('?>', 1)[1].replace('王小明', '&i;'),
        'a document type': '<!DOCTYPE data SYSTEM "file:///etc/passwd">' + good.split('?>', 1)[1],
        'an unknown entity': good.replace('王小明', '&x;'),
        'depth': head + '<row>' + '<a>' * 5000 + '</a>' * 5000 + '</row>' + meta + '</data>',
        'no id of a form': '<data><row/></data>',
        'no instanceID': head + '<row><sex>m</sex></row></data>',
        'two instanceIDs': head + '<row/>' + meta + meta + '</data>',
        'an answer twice': head + '<row><sex>m</sex><sex>f</sex></row>' + meta + '</data>',
        'an answer in an answer': head + '<row><sex><b>m</b></sex></row>' + meta + '</data>',
        'a part that no form has': head + '<other/>' + meta + '</data>',
        'a long id': filled('uuid:' + 'x' * 200),
        'bytes that are no text': good.encode().replace('王'.encode(), b'\xff\xfe'),
        'control characters': good.replace('王', '\x01'),
    }
    for name, xml in cases.items():
        answer = phone.send(xml)
        tap.ok(answer.status in (400, 413) and is_openrosa(answer) and message(answer), f'refused: {name}', answer)
    huge = phone.send(filled(child_name='x' * (2 << 20)))
    tap.ok(huge.status in (400, 413) and message(huge), 'refused: a form of 2 MB', huge)
    boundary, body = multipart([('xml_submission_file', 'a.xml', 'text/xml', good)] * 2)
    kind = {'Content-Type': f'multipart/form-data; boundary={boundary}'}
    bodies = {'two forms in a post': (body, kind), 'none': (multipart([('x', 'y', 'text/plain', 'z')])[1], kind),
              'no boundary': (body, {'Content-Type': 'multipart/form-data'}),
              'another boundary': (body, {'Content-Type': 'multipart/form-data; boundary=other'}),
              'JSON': (b'{}', {'Content-Type': 'application/json'}), 'an empty body': (b'', kind)}
    for name, (data, headers) in bodies.items():
        answer = phone.call('POST', '/openrosa/submission', data, **headers)
        tap.ok(answer.status == 400 and is_openrosa(answer) and message(answer), f'refused: {name}', answer)
    tap.equal(rows_of(admin)['count'], before, 'none of them is a row')


CHECK = {'facility': 'H1', 'checked_on': '2014-06-20', 'kind': 'inspection'}


def checklist(admin):
    """A checklist of the pack with photographs, and answers to all that is asked."""
    one = next(c for c in admin.get('/api/model').json['checklists']
               if any(i['photo'] and i['required'] for s in c['sections'] for i in s['items']))
    fields = {f['name']: f for r in admin.get('/api/model').json['registers'] if r['name'] == one['register'] for f in r['fields']}
    items = [i for s in one['sections'] for i in s['items']]
    answers = {}
    for item in items:
        field = fields[item['field']]
        if not item['required'] and item['ask'] is None:
            continue
        best = max((s for s in item['scores'] if not s['not_applicable']), key=lambda s: s['points'], default=None)
        answers[item['field']] = best['code'] if best else '1' if field['type'] in ('int', 'decimal') else '2014-06-01' \
            if field['type'] == 'date' else 'text'
    return one['register'], answers, [i['field'] for i in items if i['photo'] and i['required']]


def inspected(form, answers, photos, id_=None, deprecated=None):
    row = ''.join(f'<{k}>{v}</{k}>' for k, v in {**CHECK, **answers}.items())
    files = ''.join(f'<{k}>{v}</{k}>' for k, v in photos.items())
    old = f'<orx:deprecatedID>{deprecated}</orx:deprecatedID>' if deprecated else ''
    return (f'<?xml version="1.0"?><data id="{form}" version="" xmlns:orx="http://openrosa.org/xforms"><source/><choose/>'
            f'<row>{row}</row><photo>{files}</photo><orx:meta><orx:instanceID>{id_ or instance()}</orx:instanceID>{old}'
            f'</orx:meta></data>')


def photographs(phone, admin):
    """Each stands at its item under the phone's name; the row is incomplete until all are there."""
    form, answers, items = checklist(admin)
    form_xml = ET.fromstring(phone.call('GET', f'/openrosa/forms/{form}.xml').body)
    binds = {b.get('nodeset'): b for b in form_xml.iter(XF + 'bind')}
    for item in items:
        bind = binds[f'/data/photo/{item}']
        tap.ok(bind.get('required') == 'true()' and f"/data/row/{item} != ''" in bind.get('relevant'),
               f'the photograph of {item} is required once it is answered', bind.attrib)
    rows = f'/api/registers/{form}/rows'
    lacking = phone.send(inspected(form, answers, {}))
    said = message(lacking)
    tap.ok(lacking.status == 400 and said.count('photograph') == len(items) and 'take it' in said,
           'without photographs it is refused, each named with its cure', lacking)
    zh = phone.call('POST', '/openrosa/submission?lang=zh', multipart_of(inspected(form, answers, {}))[1], **multipart_of.kind)
    tap.ok(zh.status == 400 and '缺少此项的照片' in message(zh) and '拍照' in message(zh), 'in Chinese', zh)
    id_, names = instance(), {item: f'16890000{i}.png' for i, item in enumerate(items)}
    xml = inspected(form, answers, names, id_)

    def part(i):
        return [(names[items[i]], names[items[i]], 'image/png', picture(40 + i))]

    more = [('*isIncomplete*', '', 'text/plain', 'yes')]
    first = phone.send(xml, part(0) + more)
    tap.ok(first.status == 202 and str(len(items) - 1) in message(first), 'the first post: 202, the others are still to come', first)
    row = rows_in(admin.get(f'{rows}?f.facility=H1').json)[0]
    tap.equal(row['photos_missing'], len(items) - 1, 'the list says how many')
    one = admin.get(f'{rows}/{row["id"]}').json
    warned = {w['field'] for w in one['warnings']}
    tap.equal(warned, set(items[1:]), 'the row says which')
    tap.equal(phone.send(xml).status, 202, 'the form again without its file changes nothing')
    for i in range(1, len(items)):
        last = phone.send(xml, part(i))
        tap.equal(last.status, 201 if i + 1 == len(items) else 202, f'post {i + 1}')
    one = admin.get(f'{rows}/{row["id"]}').json
    tap.equal((one['photos_missing'], [(a['item'], a['name']) for a in one['attachments']]), (0, list(names.items())),
              'each file at its item, under its own name')
    tap.equal(phone.send(xml, part(0)).status, 201, 'a file twice')
    tap.equal(len(admin.get(f'{rows}/{row["id"]}').json['attachments']), len(items), 'is there once')
    same_names(phone, admin, form, answers, items)
    put_right(phone, admin, form, answers, names)


def same_names(phone, admin, form, answers, items):
    """A file that several items name is of all of them; several files of one name are of one each."""
    def attached(facility):
        rows = rows_in(admin.get(f'/api/registers/{form}/rows?f.facility={facility}&sort=-checked_on').json)
        files = admin.get(f'/api/registers/{form}/rows/{rows[0]["id"]}').json['attachments']
        return [(a['item'], a['hash']) for a in files]

    shared = {item: 'photo.png' for item in items}
    one, *others = [picture(60 + i) for i in range(len(items))]
    hashes = [hashlib.blake2b(p, digest_size=32).hexdigest() for p in (one, *others)]
    sent = phone.send(inspected(form, {**answers, 'checked_on': '2014-06-22'}, shared), [('a', 'photo.png', 'image/png', one)])
    tap.ok(sent.status == 201, 'one file for all items: complete', sent)
    tap.equal(attached('H1'), [(item, hashes[0]) for item in items], 'at each of them')
    sent = phone.send(inspected(form, {**answers, 'checked_on': '2014-06-23'}, shared),
                      [(f'a{i}', 'photo.png', 'image/png', p) for i, p in enumerate([one, *others])])
    tap.ok(sent.status == 201, 'a file of that name for each', sent)
    tap.equal(attached('H1'), list(zip(items, hashes)), 'each at its own')


def put_right(phone, admin, form, answers, names):
    """A form that was refused is edited on the phone: it has a new id, and the old one waits no more."""
    rows, bad = f'/api/registers/{form}/rows', instance()
    wrong = inspected(form, {**answers, 'kind': 'stranger'}, names, bad)
    tap.equal(phone.send(wrong).status, 400, 'a kind that there is not')
    tap.ok(any(s['instance'] == bad for s in admin.get('/api/submissions').json['submissions']), 'waits')
    before = admin.get(rows + '?count=1').json['count']['all']
    fixed = phone.send(inspected(form, {**answers, 'facility': 'H2'}, names, deprecated=bad))
    tap.equal(fixed.status, 202, 'corrected on the phone it is a row, whose photographs are still to come')
    tap.ok(all(s['instance'] != bad for s in admin.get('/api/submissions').json['submissions']), 'and the old one waits no more')
    tap.equal(phone.send(wrong).status, 202, 'sent again it is of that row')
    tap.equal(admin.get(rows + '?count=1').json['count']['all'], before + 1, 'one row')


def large(phone, admin):
    xml = filled(certificate='S000000020')
    answer = phone.send(xml, [('big.jpg', 'big.jpg', 'image/jpeg', b'\xff\xd8\xff' + bytes(20 << 20))])
    tap.ok(answer.status == 413 and 'big.jpg' in message(answer) and '10485760' in message(answer),
           '20 MB are refused in words', answer)
    tap.equal(id_of(admin, 'S000000020'), None, 'with the whole form')
    head = ''.join(f'{k}: {v}\r\n' for k, v in phone.headers().items())
    said = phone.client.server.raw(f'POST /openrosa/submission HTTP/1.1\r\nHost: x\r\nContent-Length: {40 << 20}\r\n'
                                   f'{head}\r\n'.encode())
    tap.ok(b' 413 ' in said[:20] and b'OpenRosaResponse' in said, '40 MB at the door', said[:300])
    answer = phone.send(xml, [('page.html', 'page.html', 'text/html', '<html><script>1</script></html>')])
    tap.ok(answer.status == 400 and 'page.html' in message(answer), 'what could act is refused', answer)
    tap.equal(phone.send(xml).status, 201, 'without them it comes in')


def refusals(phone, admin, clerk_phone, clerk):
    """What the rules refuse is told, kept, and dealt with."""
    for one in admin.get('/api/submissions').json['submissions']:
        admin.post(f'/api/submissions/{one["id"]}/settle', {'reason': 'of the tests before'})
    tap.equal(admin.get('/api/submissions').json['submissions'], [], 'nothing waits')
    id_ = instance()
    answer = phone.send(filled(id_, certificate='R000000001', weight='99999', born_on='2999-01-01'),
                        [('slip.png', 'slip.png', 'image/png', picture(9))])
    said = message(answer)
    tap.ok(answer.status == 400 and 'Birth weight' in said and '7000' in said and 'future' in said,
           'all that is wrong, in words', answer)
    zh = phone.call('POST', '/openrosa/submission?lang=zh', multipart_of(filled(certificate='R2', sex='x'))[1],
                    **multipart_of.kind)
    tap.ok(zh.status == 400 and '性别' in message(zh), 'in Chinese', zh)
    waiting = admin.get('/api/submissions').json['submissions']
    one = next((w for w in waiting if w['instance'] == id_), None)
    tap.ok(one and one['register'] == 'births' and one['values']['weight'] == '99999' and one['who'] == 'admin' and
           '7000' in one['reason']['en'] and one['reason']['zh'] and one['source'] == 'hospital', 'it waits', waiting)
    tap.equal([(f['name'], f['size']) for f in one['files']], [('slip.png', len(picture(9)))], 'with its file')
    tap.equal(phone.send(filled(id_, certificate='R000000001', weight='9999')).status, 400, 'wrong again')
    one = next(w for w in admin.get('/api/submissions').json['submissions'] if w['instance'] == id_)
    tap.equal((one['tries'], one['values']['weight']), (2, '9999'), 'the latest waits')
    tap.equal(phone.send(filled(id_, certificate='R000000001', weight='3000')).status, 201, 'put right on the phone it is a row')
    tap.ok(all(w['instance'] != id_ for w in admin.get('/api/submissions').json['submissions']), 'and waits no more')
    # dealt with by a person
    lost = filled(certificate='R000000003', residence=None)
    tap.equal(phone.send(lost, [('slip.png', 'slip.png', 'image/png', picture(8))]).status, 400, 'without a residence')
    one = admin.get('/api/submissions').json['submissions'][0]
    made = admin.post(ROWS, {'values': {**one['values'], 'residence': '340221100201'}, 'source': one['source']})
    tap.equal(made.status, 201, 'a clerk makes a row of it')
    tap.equal(admin.post(f'/api/submissions/{one["id"]}/settle', {'row': made.json['id']}).status, 204, 'and says so')
    tap.equal([a['name'] for a in admin.get(f'{ROWS}/{made.json["id"]}').json['attachments']], ['slip.png'],
              'its file is on that row')
    tap.equal(phone.send(lost).status, 201, 'the phone that tries again is content')
    tap.equal(rows_of(admin, certificate='R000000003')['count'], 1, 'and there is one row')
    one = admin.get('/api/submissions').json['submissions'][0]
    tap.ok(admin.post(f'/api/submissions/{one["id"]}/settle', {}).status in (400, 422), 'setting aside needs a reason')
    tap.equal(admin.post(f'/api/submissions/{one["id"]}/settle', {'reason': 'a test'}).status, 204, 'set aside')
    tap.equal(admin.post(f'/api/submissions/{one["id"]}/settle', {'reason': 'a test'}).status, 404, 'once')
    # whose are they
    tap.equal(clerk_phone.send(filled(certificate='R000000005', residence='340221101201')).status, 403,
              'a row of another township is refused')
    mine = clerk.get('/api/submissions').json['submissions']
    tap.equal([m['values']['certificate'] for m in mine], ['R000000005'], 'who sent it sees it')
    tap.equal(phone.send(filled(certificate='R000000006', residence='340221101201', sex='x')).status, 400, 'one there')
    tap.equal(phone.send(filled(certificate='R000000007', residence='340221100201', sex='x')).status, 400, 'one here')
    seen = {m['values']['certificate'] for m in clerk.get('/api/submissions').json['submissions']}
    tap.equal(seen, {'R000000005', 'R000000007'}, "a clerk sees what is of the clerk's township")
    unknown = phone.send(filled(form='nothing', certificate='R000000008'))
    tap.ok(unknown.status == 404 and "'nothing'" in message(unknown), 'an unknown form is named', unknown)
    named = phone.send(filled(certificate='R000000009', shoe_size='39', version='0-old'))
    tap.ok(named.status == 400 and 'shoe_size' in message(named), 'an unknown answer is named', named)
    tap.ok({'R000000008', 'R000000009'} <= {m['values']['certificate'] for m in
                                            admin.get('/api/submissions').json['submissions']}, 'both wait')


def multipart_of(xml):
    boundary, body = multipart([('xml_submission_file', 'form.xml', 'text/xml', xml)])
    multipart_of.kind = {'Content-Type': f'multipart/form-data; boundary={boundary}'}
    return boundary, body


def at_once(server, phone, admin):
    """The same form on ten connections: one row."""
    import threading
    xml, statuses = filled(certificate='S000000030'), []
    phones = [Phone(server, phone.name, phone.token) for _ in range(10)]
    threads = [threading.Thread(target=lambda p=p: statuses.append(p.send(xml).status)) for p in phones]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.equal(statuses, [201] * 10, 'ten times at once')
    tap.equal(rows_of(admin, certificate='S000000030')['count'], 1, 'is one row')


def two_phones(phone, other, admin):
    """What one phone has sent another may send again, correct, and not change."""
    id_ = instance()
    xml = filled(id_, certificate='S000000040')
    tap.equal([phone.send(xml).status, other.send(xml).status], [201, 201], 'the same form from two phones')
    tap.equal(rows_of(admin, certificate='S000000040')['count'], 1, 'is one row')
    tap.equal(other.send(filled(id_, certificate='S000000040', weight='2222')).status, 409, 'another under its id is a conflict')
    first, second = instance(), instance()
    tap.equal(other.send(filled(first, deprecated=id_, certificate='S000000040', weight='3100')).status, 201,
              'corrected by the other phone')
    tap.equal(phone.send(filled(second, deprecated=id_, certificate='S000000040', weight='3300')).status, 409,
              'then the first comes too late')
    row = admin.get(f'{ROWS}/{id_of(admin, "S000000040")}').json
    tap.equal((row['values']['weight'], row['version']), ('3100', 2), 'the row is the other one\'s')
    tap.equal(phone.send(filled(second, deprecated=first, certificate='S000000040', weight='3300')).status, 201,
              'corrected from what the other sent it is taken')


def queue(phone, admin):
    """A day without a network: 200 forms one after the other, on one connection, and all again."""
    before = rows_of(admin)['count']
    forms = [filled(certificate=f'Q{i:09d}', version='0-of-last-week') for i in range(200)]
    began = time.monotonic()
    statuses = [phone.send(xml).status for xml in forms]
    took = time.monotonic() - began
    tap.equal(statuses, [201] * 200, '200 forms of an older version')
    tap.note(f'{took:.2f} s, {1000 * took / 200:.1f} ms a form')
    tap.equal([phone.send(xml).status for xml in forms], [201] * 200, 'and all of them again')
    tap.equal(rows_of(admin)['count'], before + 200, 'are 200 rows')


def changes(server, phone, admin):
    """What is edited has another hash, and only that."""
    def rows_in():
        found = ET.fromstring(phone.call('GET', '/openrosa/formList').body)
        return {f.find(LIST + 'formID').text: (f.find(LIST + 'hash').text, f.find(LIST + 'version').text) for f in found}

    def files():
        found = ET.fromstring(phone.call('GET', '/openrosa/forms/births/manifest').body)
        return {f.find(MANIFEST + 'filename').text: f.find(MANIFEST + 'hash').text for f in found}
    before, lists = rows_in(), files()
    tap.equal(rows_in(), before, 'asked again nothing has changed')
    alone = {name: hashlib.md5(phone.call('GET', f'/openrosa/forms/{name}.xml').body).hexdigest() for name in before}
    tap.equal({name: 'md5:' + md5 for name, md5 in alone.items()}, {name: h for name, (h, _) in before.items()},
              'each form is as it is listed')
    village = {'code': '340221100999', 'name': '新村', 'level': 'village', 'parent': '340221100'}
    made = admin.post('/api/registers/areas/rows', {'values': village})
    tap.equal(made.status, 201, 'a village is added')
    tap.ok(files()['areas.csv'] != lists['areas.csv'], 'the list of places has another hash')
    tap.equal(rows_in()['births'], before['births'], 'and the form is the same')
    tap.equal(phone.send(filled(certificate='S000000060', residence='340221100999')).status, 201, 'its first birth')
    folder = server.folder / 'pack'
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(SOURCE / 'packs' / 'cn-county', folder)
    file = folder / 'registers' / 'births.yaml'
    found = next(folder.rglob('births.yaml')) if not file.exists() else file
    found.write_text(found.read_text().replace('Birth weight', 'Weight at birth'))
    server.stop()
    server.heng('pack', 'apply', str(server.db), str(folder))
    server.start()
    after = rows_in()
    tap.ok(after['births'][0] != before['births'][0] and after['births'][1] != before['births'][1],
           'an edited label: another hash and version', (before['births'], after['births']))
    same = [name for name in before if name != 'births' and after.get(name) != before[name]]
    tap.equal(same, [], 'of this form only')


def of_a_clerk(clerk_phone):
    root = ET.fromstring(clerk_phone.call('GET', '/openrosa/formList').body)
    tap.ok('births' in [x.find(LIST + 'formID').text for x in root], "a clerk's forms")
    form = clerk_phone.call('GET', '/openrosa/forms/births.xml').text
    rest = clerk_phone.call('GET', '/openrosa/forms/births/media/areas.csv')
    own = form if rest.status == 404 else rest.text
    tap.ok('340221100201' in own, 'with the villages of that township')
    areas = form[form.index('<instance id="areas">'):] if '<instance id="areas">' in form else own
    areas = areas[:areas.index('</instance>')] if '</instance>' in areas else areas
    tap.ok('340221101201' not in areas, 'and no others')


def curl(server, admin, *options):
    done = subprocess.run(['curl', '-sS', '-i', '--max-time', '20', *options], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def digest(server):
    if not shutil.which('curl'):
        tap.skip('digest log-in', 'there is no curl')
        return
    admin = server.administrator()
    token = admin.post('/api/tokens', {'name': 'old phone', 'device': True, 'address': 'http://x'}).json['token']
    base = f'http://127.0.0.1:{server.port}/openrosa'
    said = curl(server, admin, base + '/formList')
    line = next((x for x in said.splitlines() if x.startswith('WWW-Authenticate: Digest')), '')
    tap.ok('qop="auth"' in line and 'domain="/openrosa"' in line and 'realm="heng"' in line and 'MD5' in line, 'the challenge', said)
    said = curl(server, admin, '--digest', '-u', f'admin:{token}', base + '/formList')
    tap.ok(' 401 ' in said and ' 200 ' in said and 'formID>births<' in said, 'curl --digest', said)
    said = curl(server, admin, '--digest', '-u', 'admin:heng_wrong', base + '/formList')
    tap.ok(' 200 ' not in said and '401' in said, 'a wrong token', said)
    time.sleep(1.1)
    xml = server.folder / 'form.xml'
    xml.write_text(filled(certificate='D000000001'))
    said = curl(server, admin, '--digest', '-u', f'admin:{token}', '-F', f'xml_submission_file=@{xml};type=text/xml',
                base + '/submission')
    tap.ok(' 201 ' in said, 'a form by digest', said)
    said = curl(server, admin, '--basic', '-u', f'admin:{token}', '-I', base + '/submission')
    tap.ok(' 204 ' in said, 'basic still works', said)
    replayed(server, token)


def replayed(server, token):
    """A count of a nonce is good once; without qop a nonce is."""
    def ask(authorization=None):
        answer = server.client().call('GET', '/openrosa/formList', headers={'Authorization': authorization} if authorization else {})
        challenge = [c for c in answer.headers.get_all('WWW-Authenticate') or [] if c.startswith('Digest')]
        return answer.status, challenge[0] if challenge else ''

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    def proof(nonce, nc='', qop='auth', uri='/openrosa/formList', secret=token):
        one, two = md5(f'admin:heng:{secret}'), md5(f'GET:{uri}')
        middle = f'{nonce}:{nc}:c:{qop}' if qop else nonce
        more = f', qop={qop}, nc={nc}, cnonce="c"' if qop else ''
        return (f'Digest username="admin", realm="heng", nonce="{nonce}", uri="{uri}", '
                f'response="{md5(f"{one}:{middle}:{two}")}"{more}')

    nonce = ask()[1].split('nonce="')[1].split('"')[0]
    tap.equal(ask(proof(nonce, '00000001'))[0], 200, 'the first count')
    status, challenge = ask(proof(nonce, '00000001'))
    tap.ok(status == 401 and 'stale=true' in challenge, 'the same count again', challenge)
    tap.equal([ask(proof(nonce, f'{n:08x}'))[0] for n in (5, 3, 4, 3)], [200, 200, 200, 401], 'counts out of order')
    tap.equal(ask(proof(nonce, '00000009', uri='/openrosa/other'))[0], 401, 'an address that was not asked for')
    time.sleep(1.1)
    fresh = ask()[1].split('nonce="')[1].split('"')[0]
    tap.equal([ask(proof(fresh, qop=''))[0], ask(proof(fresh, qop=''))[0]], [200, 401], 'without qop: once')
    forged = ('0' if fresh[0] != '0' else '1') + fresh[1:]
    tap.ok(ask(proof(forged, '00000001'))[0] in (401, 429), 'a nonce that is not ours')


def encrypted(server):
    """Over a wire that is not encrypted nothing is offered; here only: loopback counts as safe."""
    if not shutil.which('openssl') or not shutil.which('curl'):
        tap.skip('over TLS', 'there is no openssl or no curl')
        return
    key, certificate = server.folder / 'key.pem', server.folder / 'certificate.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate,
                    '-days', '2', '-subj', '/CN=127.0.0.1'], check=True, capture_output=True, timeout=120)
    server.stop()
    server.options = ['--certificate', str(certificate), '--key', str(key)]
    server.start()
    secure = curl(server, None, '-k', f'https://127.0.0.1:{server.port}/openrosa/formList')
    tap.ok(' 401 ' in secure and 'WWW-Authenticate: Basic' in secure and 'Digest' not in secure, 'over TLS', secure)


def others_address():
    """An address of this machine that is not loopback, or None."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(('192.0.2.1', 9))  # nothing is sent
            found = s.getsockname()[0]
            return None if found.startswith('127.') else found
    except OSError:
        return None


def on_the_wire(server, token):
    address = others_address()
    if not address:
        tap.skip('over a plain wire', 'this machine has loopback only')
        return
    server.stop()
    server.listen = '0.0.0.0:0'
    server.start()
    import http.client
    both = base64.b64encode(f'admin:{token}'.encode()).decode()
    connection = http.client.HTTPConnection(address, server.port, timeout=20)
    connection.request('GET', '/openrosa/formList', headers={'Authorization': 'Basic ' + both})
    answer = connection.getresponse()
    tap.ok(answer.status == 403 and not answer.getheader('WWW-Authenticate') and b'https' in answer.read(),
           'a plain wire takes no password')
    connection.close()


def revoked(phone, admin, id_):
    tap.equal(admin.delete(f'/api/tokens/{id_}').status, 204, 'the token is revoked')
    answer = phone.call('GET', '/openrosa/formList')
    tap.ok(answer.status in (401, 429), 'and good no more', answer)


def proved(server):
    server.stop()
    said = server.heng('verify', str(server.db))
    tap.ok('problem' not in said.lower() and said, 'the file is proved', said)


with Server(pack='cn-county', prepare=None) as one:
    county(one, villages=80)
    boss = one.administrator()
    secret, token_id = tokens(one, boss)
    log_in(one, boss, secret)
    mobile = Phone(one, 'admin', secret)
    about, document, here = forms(mobile)
    content(document)
    media(mobile, about, here)
    sent, row_id = submission(mobile, boss)
    chunked(one, mobile, boss)
    edits(mobile, boss, sent, row_id)
    bad_forms(mobile, boss)
    photographs(mobile, boss)
    large(mobile, boss)
    worker = clerk_of(one, boss, 'li', '340221100')
    worker_token = worker.post('/api/tokens', {'name': 'mine', 'device': True, 'address': 'http://x'}).json['token']
    worker_phone = Phone(one, 'li', worker_token)
    of_a_clerk(worker_phone)
    refusals(mobile, boss, worker_phone, worker)
    at_once(one, mobile, boss)
    two_phones(mobile, worker_phone, boss)
    queue(mobile, boss)
    changes(one, mobile, boss)
    on_the_wire(one, secret)
    one.stop()
    one.listen = '127.0.0.1:0'
    one.start()
    boss.server = one
    revoked(mobile, boss, token_id)
    encrypted(one)
    proved(one)

with Server(pack='cn-county', options=['--digest']) as two:
    county(two, villages=2)
    digest(two)

tap.end()
