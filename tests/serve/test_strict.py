# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the API does not understand it says: members and parameters that nobody knows, bodies where nothing is taken,
bodies that are larger than what is taken and come in pieces, tokens that only read, lives that would be for good by
accident. And who comes back to the stream of events hears nothing twice."""
import re
import select
import time

from client import Server, tap

server = Server()
admin = server.administrator()


def refused(name, answer, where, cure=''):
    error = answer.json['error'] if answer.status >= 400 else {}
    tap.ok(answer.status == 422 and error['key'] == 'request.unknown' and error['where'] == where and cure in error['cure'], name, answer)


# --- members and parameters

ROWS = '/api/registers/births/rows'
refused('a slip of the pen', admin.post(ROWS, {'valeus': {}}), 'valeus', "did you mean 'values'? known are: key, photos, source, values")
refused('a name of nothing', admin.post(ROWS, {'values': {}, 'colour': 'red'}), 'colour', 'leave it out; known are: key')
refused('in one of many', admin.post(ROWS + '/batch', {'rows': [{'values': {}}, {'values': {}, 'sources': ''}]}), 'rows[1].sources', "'source'")
many = admin.post(ROWS + '/batch', {'rows': [{'values': {}}, {'values': []}]})
tap.ok(many.status == 422 and many.json['error']['where'] == 'rows[1].values', 'which of many is no row', many)
own = admin.post(ROWS, {'values': {'colour': 'red'}})
tap.ok(own.status == 422 and own.json['error']['key'] != 'request.unknown', 'values have errors of their own', own)
refused('far down', admin.post('/api/people', {'name': 'li', 'roles': [{'role': 'leader', 'area': '', 'facilty': 'F1'}]}), 'roles[0].facilty', "'facility'")
refused('a row from elsewhere', admin.patch(ROWS + '/1', {'version': 1, 'values': {}, 'reason': 'x', 'source': ''}), 'source')
refused('a parameter', admin.get(ROWS + '?limt=5'), 'limt', "did you mean 'limit'?")
refused('a parameter of a POST', admin.post('/api/imports?registre=births', {}), 'registre', "'register'")
refused('a filter where there are none', admin.get('/api/areas?f.name=x'), 'f.name')
tap.equal(admin.get(ROWS + '?f.sex=m&f.sex=f&lang=zh&count=1').status, 200, 'filters as many as one likes, and the language')
twice = admin.get(ROWS + '?limit=5&limit=6')
tap.ok(twice.status == 422 and twice.json['error']['key'] == 'request.twice', 'a parameter given twice', twice)
tap.equal(server.client().get('/api/people?x=1').status, 401, 'a stranger hears first that they are one')
for query, key in (('/api/session?lang=fr', 'request.language'), ('/api/figures?indicators=srb&period=2014&before=yes', 'request.number')):
    got = admin.get(query)
    tap.ok(got.status == 422 and got.json['error']['key'] == key, f'a value that is none of a parameter\'s: {query}', got)
got = admin.get('/api/checks?period=2014&only=nothing').json['error']
tap.ok(got['where'] == 'only' and '--' not in got['cure'], 'options of commands are not named', got)
role = {'label': {'en': 'Reader', 'zh': '读者'}, 'functions': [], 'rows': []}
tap.equal(admin.put('/api/roles/reader', {**role, 'name': 'writer'}).status, 422, 'a role is not sent under another name')
tap.equal(admin.put('/api/roles/reader', admin.put('/api/roles/reader', role).json).status, 200, 'what was answered can be sent back')
kept = admin.put('/api/kept/view/a', {'valu': 1})
refused('what is kept', kept, 'valu', "'value'")
tap.equal(admin.put('/api/kept/view/a', {'shared': True}).status, 422, 'nothing is not kept')

# --- where nothing is taken

for body in (None, {}, b'', b' {\n} '):
    got = admin.call('POST', '/api/backups', body)
    tap.equal(got.status, 202, f'{body!r} is nothing')
    admin.wait_for_job(got.json['id'])
for body in ({'name': 'x'}, [], b'x' * 63, b'x' * 65, b'{}{}'):
    got = admin.call('POST', '/api/backups', body)
    tap.ok(got.status == 422 and got.json['error']['key'] == 'serve.no_body', f'{body!r:.20} is something', got)
tap.equal(admin.put('/api/kept/view/c', {'value': 1}).status, 200, 'a value is kept')
tap.equal(admin.delete('/api/kept/view/c', {}).status, 204, 'and dropped with {}')

packed = admin.call('POST', '/api/imports?register=births', b'\x1f\x8b\x08\x00', {'Content-Encoding': 'gzip', 'X-File-Name': 'b.csv'})
tap.ok(packed.status == 415 and packed.json['error']['key'] == 'serve.encoding', 'nor is a packed body taken for a file', packed)

# --- more than is taken, in pieces


def in_pieces(path, pieces):
    with server.connect() as bare:
        bare.sendall(f'POST {path} HTTP/1.1\r\nHost: x\r\nCookie: {admin.cookie}\r\nX-Heng-CSRF: {admin.csrf}\r\nConnection: close\r\n'
                     'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'.encode())
        piece = b'100000\r\n' + b' ' * 0x100000 + b'\r\n'
        for _ in range(pieces):
            bare.sendall(piece)
        bare.sendall(b'0\r\n\r\n')
        said = b''
        while part := bare.recv(65536):
            said += part
        return said


said = in_pieces(ROWS, 40)
tap.ok(said.startswith(b'HTTP/1.1 413') and b'serve.body' in said, '40 MB where 256 kB are taken', said[:200])
said = in_pieces('/api/backups', 3)
tap.ok(said.startswith(b'HTTP/1.1 422') and b'serve.no_body' in said, '3 MB where nothing is taken', said[:200])

# --- tokens

only = admin.post('/api/tokens', {'name': 'looks', 'read_only': True, 'days': 1})
looks = server.client(token=only.json['token'])
tap.equal(looks.get(ROWS).status, 200, 'a token that only reads reads')
for method, path, body in (('POST', ROWS, {'values': {}}), ('PUT', '/api/kept/view/b', {'value': 1}), ('DELETE', '/api/kept/view/b', None)):
    got = looks.call(method, path, body)
    tap.ok(got.status == 403 and got.json['error']['key'] == 'serve.read_only', f'and says so: {method} {path}', got)
refused('a token that would write by a slip', admin.post('/api/tokens', {'name': 'x', 'readonly': True}), 'readonly', "'read_only'")
for days in (0, '0', -1, 100000):
    got = admin.post('/api/tokens', {'name': 'x', 'days': days})
    tap.ok(got.status == 422 and got.json['error']['key'] == 'login.token_days', f'{days!r} days are not for good', got)
tap.equal(admin.post('/api/tokens', {'name': 'x', 'days': None}).json['until'], None, 'no days are')

# --- one's own password, asked for once more

once = admin.post('/api/session/totp', {'password': 'wrong'})
tap.equal((once.status, once.json['error']['key']), (403, 'login.password'), 'a wrong password')
for _ in range(60):
    wait = admin.post('/api/session/totp', {'password': 'wrong'})
    if wait.status != 403:
        break
tap.ok(wait.status == 429 and wait.json['error']['key'] == 'login.wait' and
       wait.json['error']['retry_after'] == int(wait.headers['Retry-After']), 'who fails waits, as at the log-in', wait)

# --- a role of everything by accident

null = admin.post('/api/people', {'name': 'wu', 'roles': [{'role': 'leader', 'area': '', 'facility': None}]})
tap.ok(null.status == 422 and null.json['error']['key'] == 'account.facility', 'a facility that is null', null)

# --- the stream of events


def first_words(last=None):
    """What a listener hears at once."""
    with server.connect() as bare:
        head = f'Last-Event-ID: {last}\r\n' if last else ''
        bare.sendall(f'GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: {admin.cookie}\r\n{head}\r\n'.encode())
        heard, until = b'', time.monotonic() + 60
        while b'\n\n' not in heard.split(b'\r\n\r\n', 1)[-1] and time.monotonic() < until:
            if select.select([bare], [], [], 1)[0]:
                heard += bare.recv(65536)
        return heard.split(b'\r\n\r\n', 1)[-1].decode()


def settled():
    """The id of an event after which the state stays as it is: what came before has been counted."""
    last = None
    for _ in range(60):
        found = re.search(r'^id: (\d+)$', first_words(), re.M).group(1)
        if found == last:
            return found
        last = found
        time.sleep(0.3)
    return None


last = settled()
again = first_words(last)
tap.ok('event:' not in again and 'retry:' in again, 'who has heard of this state hears nothing', again)
tap.ok(f'id: {last}' in first_words('7'), 'who has heard of another hears of it')
tap.ok(f'id: {last}' in first_words('x'), 'and who says nonsense')

tap.equal(server.stop(), 0, 'the server ends without a complaint')
tap.end()
