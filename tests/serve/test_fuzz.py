# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every route of the description, asked rightly, wrongly and absurdly. Made from /api/openapi.json: bodies of the
stated shape, then spoiled; parameters that are there, that are not, and that nobody would send. Whatever is asked:
an answer below 500 (503 only with Retry-After), of the described shape where it is 2xx and a Failure in words where
it is not; the server lives (it is built with sanitizers) and its memory stays bounded. HENG_FUZZ: how many requests
(default 2500); HENG_SEED: other requests than the usual ones."""
import http.client
import json
import os
import pathlib
import random
import re
import string
import subprocess
import tempfile
import urllib.parse

from client import HENG, PASSWORD, SOURCE, Server, tap

SEED = int(os.environ.get('HENG_SEED', 20140605))
REQUESTS = int(os.environ.get('HENG_FUZZ', '2500'))
chance = random.Random(SEED)
tap.note(f'seed {SEED}, {REQUESTS} requests')

AREAS = ('code,name,name_en,level,parent\n340221,甲县,A County,county,\n340221100,东镇,East,township,340221\n'
         '340221101,西镇,West,township,340221\n')
BIRTHS = 'certificate,sex,born_on,weight,residence\n' + ''.join(
    f'B{i},{"mf"[i % 2]},2014-0{1 + i % 6}-{1 + i % 28:02d},{2500 + i},34022110{i % 2}\n' for i in range(60))


def prepare(db):
    for register, text in (('areas', AREAS), ('births', BIRTHS)):
        with tempfile.NamedTemporaryFile('w', suffix='.csv') as f:
            f.write(text)
            f.flush()
            subprocess.run([HENG, 'import', str(db), register, f.name], check=True, capture_output=True)


server = Server(prepare=prepare)
admin = server.administrator()
description = admin.get('/api/openapi.json').json
schemas = description['components']['schemas']
named = set(re.findall(r'#/components/schemas/([^"]*)"', json.dumps(description)))
tap.equal(sorted(named - set(schemas)), [], 'the description names no type that it has not')
ids = admin.get('/api/registers/births/rows?limit=5').json['id']

# --- what may stand somewhere

ODD = ['', ' ', '0', '-1', '1', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e400', 'NaN', 'null',
       'true', "' OR 1=1 --", '"; DROP TABLE r_births; --', '%00', '%', '%zz', '../../etc/passwd', '..%2f..%2fetc', '\u202e\u0000'[:1],
       '王小明', 'é' * 300, 'a' * 5000, '🎈', '2014-02-30', '2014-13', '2014S3', '9999-12-31', '0000-00-00', '201406', '2014S1', '2014Q2',
       '340221', '340221100', 'births', 'areas', 'sex', '-born_on', 'sex,sex,sex', '..', '2014-01-01..', '..2013', '~王', 'notnull',
       'township', 'month,township,facility,year,quarter', 'srb', 'zh', 'x' * 120 + '=', 'MTIz', '${7*7}', '<script>alert(1)</script>', '\\', '/', '?', '#']


def text():
    if chance.random() < .7:
        return chance.choice(ODD)
    return ''.join(chance.choice(string.printable + '王小明\u00e9\u202e\ufeff\U0001f388') for _ in range(chance.randint(0, 40)))


def number():
    return chance.choice([0, 1, -1, 2, 5, 50, 1000, 10**6, 2**31, 2**53, 2**63, -2**63, 10**30, 1.5, -0.0, 1e308])


def resolve(schema):
    while '$ref' in schema:
        schema = schemas[schema['$ref'].rsplit('/', 1)[1]]
    return schema


def absurd(depth=0):
    kind = chance.randrange(8)
    if kind == 0 and depth < 4:
        return [absurd(depth + 1) for _ in range(chance.randint(0, 4))]
    if kind == 1 and depth < 4:
        return {text(): absurd(depth + 1) for _ in range(chance.randint(0, 4))}
    return chance.choice([None, True, False, number(), text(), text()])


SENSIBLE = {  # by the name of the member; what makes sense here, so that requests get past the first door
    'values': lambda: {'certificate': f'N{chance.randrange(10**6)}', 'sex': chance.choice('mf'), 'born_on': f'2014-0{chance.randint(1, 6)}-11',
                       'weight': str(chance.randint(2500, 4000)), 'residence': '340221101'},
    'reason': lambda: 'looked up again', 'version': lambda: 1, 'source': lambda: '', 'area': lambda: '340221', 'role': lambda: 'clerk',
    'name': lambda: f'n{chance.randrange(1000)}', 'full_name': lambda: '王小明', 'until': lambda: None, 'days': lambda: 30,
    'map': lambda: {}, 'language': lambda: 'zh', 'functions': lambda: ['figures'], 'purpose': lambda: 'vital', 'registers': lambda: ['births'],
    'type': lambda: 'FeatureCollection', 'features': lambda: [], 'files': lambda: PACK}
PACK = [{'path': str(f.relative_to(SOURCE / 'packs' / 'minimal')), 'text': f.read_text('utf-8')}
        for f in sorted((SOURCE / 'packs' / 'minimal').rglob('*.yaml'))]


def made(schema, depth=0, name=''):
    """A value of this shape, most of the time."""
    schema = resolve(schema)
    if name in SENSIBLE and chance.random() < .75:
        return SENSIBLE[name]()
    if chance.random() < .04:
        return absurd()
    for words in ('anyOf', 'oneOf'):
        if words in schema:
            return made(chance.choice(schema[words]), depth)
    if 'allOf' in schema:
        out = {}
        for one in schema['allOf']:
            part = made(one, depth)
            out.update(part if isinstance(part, dict) else {})
        return out
    if 'enum' in schema:
        return chance.choice(schema['enum'])
    if 'const' in schema:
        return schema['const']
    kind = schema.get('type')
    if isinstance(kind, list):
        kind = chance.choice(kind)
    if kind == 'object':
        out = {}
        for name, one in schema.get('properties', {}).items():
            if name in schema.get('required', ()) and chance.random() < .95 or chance.random() < .6:
                out[name] = made(one, depth + 1, name)
        more = schema.get('additionalProperties')
        if more:
            for _ in range(chance.randint(0, 3)):
                name = chance.choice(['certificate', 'sex', 'born_on', 'weight', 'residence', 'code', 'name', text()])
                out[name] = made(more if isinstance(more, dict) else {'type': 'string'}, depth + 1)
        if chance.random() < .05:
            out[text()] = absurd()
        return out
    if kind == 'array':
        return [made(schema.get('items', {}), depth + 1) for _ in range(chance.choice([0, 1, 2, 3, 30]))] if depth < 6 else []
    if kind in ('integer', 'number'):
        return number()
    if kind == 'boolean':
        return chance.random() < .5
    if kind == 'null':
        return None
    return chance.choice(['m', 'f', 'B7', '2014-03-04', '3000', '340221101', text()]) if chance.random() < .6 else text()


def spoiled(raw):
    """Bytes of JSON, broken."""
    kind = chance.randrange(7)
    if kind == 0:
        return raw[:chance.randrange(len(raw) + 1)]
    if kind == 1:
        at = chance.randrange(len(raw) + 1)
        return raw[:at] + bytes([chance.randrange(256)]) + raw[at:]
    if kind == 2:
        return b'[' * chance.choice([10, 100, 3000]) + raw
    if kind == 3:
        return raw + raw
    if kind == 4:
        return b'\xff\xfe' + raw
    if kind == 5:
        return raw.replace(b'"', b'"\\ud800', 1)
    return bytes(chance.randrange(256) for _ in range(chance.randint(0, 200)))


# --- does an answer have the described shape?

def misfit(value, schema, at='$', depth=0):
    if depth > 30:
        return None
    if '$ref' in schema:
        return misfit(value, resolve(schema), at, depth + 1)
    for words in ('anyOf', 'oneOf'):
        if words in schema:
            wrong = [misfit(value, one, at, depth + 1) for one in schema[words]]
            return None if None in wrong else wrong[0]
    for one in schema.get('allOf', ()):
        wrong = misfit(value, one, at, depth + 1)
        if wrong:
            return wrong
    if 'enum' in schema and value not in schema['enum']:
        return f'{at}: {value!r} is none of {schema["enum"]}'
    kinds = schema.get('type')
    kinds = [kinds] if isinstance(kinds, str) else kinds or []
    is_a = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}
    if kinds and not any((k in is_a and isinstance(value, is_a[k])) or
                         (k in ('integer', 'number') and isinstance(value, (int, float)) and not isinstance(value, bool)) for k in kinds):
        return f'{at}: {str(value)[:80]!r} is no {kinds}'
    if isinstance(value, dict):
        for name in schema.get('required', ()):
            if name not in value:
                return f'{at}: no {name}'
        for name, one in value.items():
            inner = schema.get('properties', {}).get(name, schema.get('additionalProperties'))
            wrong = isinstance(inner, dict) and misfit(one, inner, f'{at}.{name}', depth + 1)
            if wrong:
                return wrong
    if isinstance(value, list) and 'items' in schema:
        for i, one in enumerate(value[:50]):
            wrong = misfit(one, schema['items'], f'{at}[{i}]', depth + 1)
            if wrong:
                return wrong
    return None


# --- asking

operations = [(path, method.upper(), one) for path, methods in description['paths'].items() for method, one in methods.items()
              if not (path == '/api/events')
              and not (method == 'post' and path in ('/api/session', '/api/session/password', '/api/links/{token}'))  # argon2: below
              and not (method == 'delete' and path in ('/api/session', '/api/sessions/{id}'))
              and not (path == '/api/session/totp')]
RIGHT = {'register': ['births', 'areas', 'births'], 'id': ids, 'name': ['births', 'srb', 'administrator', 'clerk'], 'kind': ['view', 'dashboard'],
         'area': ['340221', '340221100', ''], 'period': ['2014', '201403', '2014S1', '2014Q1'], 'by': ['township', 'month', 'sex'],
         'format': ['csv', 'xlsx', 'html', 'pdf'], 'indicators': ['low_birth_weight'], 'limit': ['1', '50', '1000'], 'q': ['B7', '东镇', 'a'],
         'state': ['current', 'struck', 'all'], 'sort': ['-born_on', 'weight', 'id'], 'source': [''], 'lang': ['zh', 'en']}


LEARNED = {}  # by the first part of the path: ids that answers have named


def known(path, name):
    if name == 'id' and LEARNED.get(path.split('/')[2]):
        return chance.choice(LEARNED[path.split('/')[2]][-20:])
    if name == 'name' and path.split('/')[2] in ('reports', 'roles', 'indicators', 'backups', 'kept'):
        return {'reports': 'half-year', 'roles': 'clerk', 'indicators': 'low_birth_weight'}.get(path.split('/')[2], 'n1')
    return chance.choice(RIGHT.get(name, ['x']))


def address(path, one):
    where = path
    for name in re.findall(r'{(\w+)}', path):
        value = known(path, name) if chance.random() < .85 else text()
        where = where.replace('{' + name + '}', urllib.parse.quote(value, safe='') if chance.random() < .97 else
                              re.sub(r'[\x00-\x20\x7f-\U0010ffff?#]', '', value) or 'x')
    query = []
    for parameter in one.get('parameters', ()):
        if parameter['in'] != 'query' or chance.random() < .6 and not parameter.get('required'):
            continue
        name = parameter['name']
        if name == 'f.*':
            name = 'f.' + chance.choice(['sex', 'born_on', 'weight', 'residence', 'certificate', 'id', 'version', text()])
        value = chance.choice(RIGHT[name]) if name in RIGHT and chance.random() < .85 else text()
        query.append((name, value))
        if chance.random() < .03:
            query.append((name, text()))
    return where + ('?' + urllib.parse.urlencode(query, errors='surrogatepass') if query else '')


def body_of(one):
    content = one.get('requestBody', {}).get('content', {})
    if 'application/json' in content:
        raw = json.dumps(made(content['application/json'].get('schema', {}))).encode()
        return spoiled(raw) if chance.random() < .15 else raw, 'application/json'
    if content:
        return chance.choice([b'', BIRTHS.encode(), BIRTHS.encode('utf-16'), b'PK\x03\x04' + os.urandom(300), os.urandom(2000), b'%PDF-1.4\n',
                              b'a,b\n"', AREAS.encode('gb18030')]), 'application/octet-stream'
    return (b'', None) if chance.random() < .9 else (b'{}', 'application/json')


# --- what nobody knows is told: in every object of every body, and in every address

def objects(schema, way=()):
    """The ways to the objects of a body whose members are named; a list is passed through."""
    schema = resolve(schema)
    for one in schema.get('anyOf', schema.get('allOf', ())):
        yield from objects(one, way)
    if schema.get('items'):
        yield from objects(schema['items'], (*way, 0))
    if 'properties' in schema:
        yield way
        for name, one in schema['properties'].items():
            yield from objects(one, (*way, name))


passed_over, told, no_shape = [], 0, []
for path, method, one in operations:
    where = re.sub(r'{(\w+)}', lambda m: known(path, m.group(1)), path)
    content = one.get('requestBody', {}).get('content', {}).get('application/json')
    if content is not None and not content.get('schema'):
        no_shape.append(f'{method} {path}')
    asked = [(where + '?unheard_of=1', None, 'unheard_of')] if path.startswith('/api/') else []
    for way in sorted(set(objects(content['schema']))) if content and content.get('schema') and path != '/api/areas/map' else ():
        body, name = {'unheard_of': 1}, 'unheard_of'
        for step in reversed(way):
            body = [body] if step == 0 else {step: body}
            name = ('[0]' if step == 0 else str(step)) + ('' if name.startswith('[') else '.') + name
        asked.append((where, body, name))
    for address_, body, name in asked:
        got = admin.call(method, address_, body if body or not content else {})
        said = got.json['error'] if got.status >= 400 else {}
        told += said.get('key') == 'request.unknown'
        # what the address names may not be there, which is said first
        if said.get('key') != 'request.unknown' and got.status not in (403, 404) or said.get('key') == 'request.unknown' and said['where'] != name:
            passed_over.append(f'{method} {address_} {json.dumps(body)}: {got}')
tap.ok(not passed_over, 'what nobody knows is passed over nowhere', *passed_over)
tap.ok(told > 130, f'and told of at {told} places')
tap.equal(no_shape, [], 'every body has a shape')

bad, statuses, answered, shapes = [], {}, {}, 0
connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
highest = 0
for n in range(REQUESTS):
    path, method, one = operations[n % len(operations)] if n < 4 * len(operations) else chance.choice(operations)
    where, (body, kind) = address(path, one), body_of(one)
    head = {'Cookie': admin.cookie, 'X-Heng-CSRF': admin.csrf}
    if kind:
        head['Content-Type'] = kind if chance.random() < .95 else 'text/plain'
    if kind == 'application/octet-stream':
        head['X-File-Name'] = urllib.parse.quote(chance.choice(['a.csv', '../../a.csv', '名单.xlsx', 'a' * 400, 'x\r\ny', '']))
    if chance.random() < .05:
        head['Accept-Language'] = text().encode('ascii', 'ignore').decode().replace('\n', '').replace('\r', '')[:200]
    if chance.random() < .1:
        head['Accept-Encoding'] = 'gzip'
    try:
        connection.request(method, where, body or None, head)
        got = connection.getresponse()
        raw = got.read()
    except (OSError, http.client.HTTPException, ValueError) as problem:
        connection.close()
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
        if server.process.poll() is not None:
            bad.append(f'{method} {where}: the server has ended: {server.log()[-3000:]}')
            break
        if not isinstance(problem, (ValueError, http.client.InvalidURL)):
            bad.append(f'{method} {where[:200]} {body[:100]!r}: no answer: {problem!r}')
        continue
    status = got.status
    statuses[status] = statuses.get(status, 0) + 1
    if status < 400:
        answered[(method, path)] = answered.get((method, path), 0) + 1
    if status >= 500 and not (status == 503 and got.headers.get('Retry-After')):
        bad.append(f'{method} {where[:300]} {body[:300]!r}: {status} {raw[:300]!r}')
    is_json = got.headers.get('Content-Type', '').startswith('application/json')
    if got.headers.get('Content-Encoding') == 'gzip':
        import gzip
        raw = gzip.decompress(raw)
    if is_json:
        try:
            value = json.loads(raw)
        except ValueError as problem:
            bad.append(f'{method} {where[:200]}: {status}, not JSON: {problem} {raw[:200]!r}')
            continue
        if isinstance(value, dict) and status < 400:
            found = [value] + [x for list_ in value.values() if isinstance(list_, list) for x in list_ if isinstance(x, dict)]
            LEARNED.setdefault(path.split('/')[2], []).extend(str(x['id']) for x in found[:10] if 'id' in x)
        shape = one['responses'].get('2XX' if status < 400 else 'default', {}).get('content', {}).get('application/json', {}).get('schema')
        wrong = shape and misfit(value, shape)
        shapes += bool(shape)
        if wrong:
            bad.append(f'{method} {where[:200]}: {status}, not as described: {wrong}')
        if status >= 400 and not value['error']['text']:
            bad.append(f'{method} {where[:200]}: {status} without words')
    elif status >= 400 and not where.startswith('/openrosa/'):  # phones are answered in XML
        bad.append(f'{method} {where[:200]}: {status} is not JSON: {raw[:100]!r}')
    if n % 100 == 0:
        highest = max(highest, server.memory())
connection.close()
# one line for each kind of trouble
kinds = {}
for line in bad:
    kinds.setdefault(re.sub(r'\?.*?:', ':', re.sub(r'\d+', '9', line))[:60], line)
tap.ok(not bad, f'{REQUESTS} requests: no answer of 500, none out of shape ({len(bad)} were)', *list(kinds.values())[:30])
tap.note('answers: ' + ', '.join(f'{k}: {v}' for k, v in sorted(statuses.items())))
never = sorted(f'{m} {p}' for p, m, _ in operations if (m, p) not in answered)
tap.note(f'never answered well: {", ".join(never)}')
# engines that the pack of this test has nothing for cannot be asked rightly
WITHOUT = r'openrosa|letter|channel|ledger|checklist|campaign|workflow|/moves|/audit|/rota|/file|submission'
own = [o for o in operations if not re.search(WITHOUT, o[0])]
right = [o for o in own if (o[1], o[0]) in answered]
tap.ok(len(right) > len(own) * .7, f'{len(right)} of {len(own)} routes were also asked rightly; {shapes} answers held against their shape')
tap.ok(highest < 1200 * 2**20, f'memory at most {highest >> 20} MB (with sanitizers)')

# a few of the slow ones (argon2), as a stranger
stranger = server.client()
odd = []
for body in ({}, {'name': 'admin'}, {'name': 'admin', 'password': ''}, {'name': 'x' * 3000, 'password': 'y' * 3000}, {'name': None, 'password': []},
             {'name': 'admin', 'password': 'wrong', 'code': 7}, [], 'text', {'name': '管理员', 'password': '密码' * 20}):
    raw = json.dumps(body).encode()
    for path in ('/api/session', '/api/links/' + 'A' * 43):
        got = stranger.call('POST', path, raw, {'Content-Type': 'application/json'})
        if not 400 <= got.status < 500:
            odd.append((path, body, got))
tap.ok(not odd, 'log-ins and links that make no sense are refused in words', *odd)
admin2 = server.client()
tap.ok(admin2.log_in('admin', PASSWORD).status in (200, 429), 'and the right one is not locked out for long')
said = server.heng('verify', str(server.db))
tap.ok('all is as it was written' in said, 'heng verify passes afterwards', said)
tap.equal(server.stop(), 0, 'the server ends without a complaint of a sanitizer')
log = server.log()
tap.ok('ERROR' not in log and 'runtime error' not in log, 'and none in its log', log[-3000:])
tap.end()
