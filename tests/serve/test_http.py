# SPDX-License-Identifier: AGPL-3.0-or-later
"""The server over bare sockets: what is honest is answered, what is not is refused, and nothing that a
client does or leaves undone harms the others. HENG_SLOW=1 adds what takes half a minute."""
import os
import resource
import signal
import socket
import threading
import time

from client import Server, tap

HEALTH = b'GET /api/health HTTP/1.1\r\nHost: x\r\n'


def status(reply):
    """0: closed without a word."""
    return int(reply[9:12]) if reply.startswith(b'HTTP/1.1 ') else 0


def well(server, name):
    tap.equal(server.client().get('/api/health').status, 200, f'{name}: the others are served')


def honest(server):
    anyone = server.client()
    answer = anyone.get('/api/health')
    tap.ok(answer.status == 200 and answer.json['ok'] is True, 'health', answer)
    for name, value in {
            'Content-Security-Policy': "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
                                       "base-uri 'none'; frame-ancestors 'self'; form-action 'self'",
            'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store',
            'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin'}.items():
        tap.equal(answer.headers[name], value, name)
    tap.ok(not answer.headers['Strict-Transport-Security'], 'no HSTS without TLS')
    head = anyone.call('HEAD', '/api/health')
    tap.equal((head.status, head.body, head.headers['Content-Length']),
              (200, b'', answer.headers['Content-Length']), 'HEAD is GET without its body')
    options = anyone.call('OPTIONS', '/api/health')
    tap.equal((options.status, options.headers['Allow']), (204, 'OPTIONS, GET, HEAD'), 'OPTIONS names the methods')
    for method in ('POST', 'PUT', 'DELETE', 'TRACE', 'BREW'):
        answer = anyone.call(method, '/api/health')
        tap.equal((answer.status, answer.headers['Allow']), (405, 'OPTIONS, GET, HEAD'), f'{method} is not known')
    answer = anyone.get('/api/nothing/there')
    tap.ok(answer.status == 404 and answer.json['error']['key'] == 'serve.address', 'unknown under /api', answer)
    description = anyone.get('/api/openapi.json')
    etag = description.headers['ETag']
    tap.equal(anyone.get('/api/openapi.json', headers={'If-None-Match': f'"x", {etag}'}).status, 304, '304')
    tap.equal(anyone.get('/api/openapi.json', headers={'If-None-Match': '"x"'}).status, 200, 'another ETag')
    packed = anyone.get('/api/openapi.json', headers={'Accept-Encoding': 'br, gzip'})
    tap.ok(packed.headers['Content-Encoding'] == 'gzip' and packed.body == description.body and
           len(packed.raw) < len(packed.body) / 2, 'gzip unpacks to the same')
    tap.ok(not anyone.get('/api/openapi.json', headers={'Accept-Encoding': 'gzip;q=0'}).headers['Content-Encoding'],
           'gzip that is refused')
    return description.json


def description(api):
    """Every operation has what a reader needs, and every reference leads somewhere."""
    known = set(api['components']['schemas'])
    lost, ids = [], []

    def walk(value):
        if isinstance(value, dict):
            name = value.get('$ref')
            if isinstance(name, str) and name.rsplit('/', 1)[1] not in known:
                lost.append(name)
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(api)
    tap.equal(lost, [], 'every type that is named is described')
    for path, operations in api['paths'].items():
        for operation in operations.values():
            ids.append(operation['operationId'])
            if not operation['summary'] or 'responses' not in operation:
                lost.append(path)
    tap.equal(lost, [], 'every operation has a summary and answers')
    tap.equal(len(ids), len(set(ids)), 'no operation has the name of another')


def addresses(server):
    bad = ['/api/%', '/api/%4', '/api/%zz', '/api/a%2fb', '/api/a%2Fb', '/api/a%5Cb', '/api/a%00b', '/api/%ff',
           '/api/%c0%ae', '/api/../x', '/api/%2e%2e/x', '/api//x', '/./x', '/api/x%0d%0ay', '*', 'x',
           'http://127.0.0.1/api/health', '/api/health?a=%', '/api/health?%ff=1', '/api/health?a=%00',
           '/api/health?' + '&' * 110, '/..%2f..%2fetc/passwd', '/../../etc/passwd']
    for path in bad:
        reply = server.raw(b'GET ' + path.encode() + b' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        tap.equal(status(reply), 400, f'address {path[:40]}')
    reply = server.raw(b'GET /api/health\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    tap.equal(status(reply), 400, 'bytes that are no UTF-8')
    reply = server.raw(b'GET /api/\0health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    tap.ok(status(reply) in (0, 400, 404), 'a zero byte in the address', reply)
    for size, expected in ((9000, 414), (40000, 414)):
        reply = server.raw(b'GET /' + b'a' * size + b' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        tap.equal(status(reply), expected, f'an address of {size} bytes')


def messages(server):
    cases = [
        (b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'two ways to say a length'),
        (b'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 400, 'two lengths'),
        (b'Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello', 400, 'one length twice'),
        (b'Content-Length: +5\r\n\r\nhello', 400, 'a length with a sign'),
        (b'Content-Length: -1\r\n\r\n', 400, 'a length below nothing'),
        (b'Content-Length: 5, 6\r\n\r\nhello', 400, 'a list of lengths'),
        (b'Content-Length: 99999999999999999999999\r\n\r\n', None, 'a length beyond numbers'),
        (b'Content-Length: 9999999999999999999\r\n\r\n', 413, 'a length that only an unsigned word holds'),
        (b'Content-Length: 1000000\r\n\r\n', 413, 'more than is taken here'),
        (b'Transfer-Encoding: gzip\r\n\r\n', 400, 'an encoding that is not known'),
        (b'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n', 400, 'chunked twice'),
        (b'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n', 400, 'nearly chunked'),
        (b'Transfer-Encoding: chunked\r\n\r\nzz\r\n', None, 'a chunk without a size'),
        (b'Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n', None, 'a chunk beyond numbers'),
    ]
    for more, expected, name in cases:
        reply = server.raw(b'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' + more)
        found = status(reply)
        tap.ok(found == expected if expected else found in (0, 400, 413), name, reply[:300])
        # libmicrohttpd 0.9.75 writes the head of its own refusals twice, then closes
        tap.equal(reply.count(b'HTTP/1.1 2'), 0, f'{name}: nothing is done')
    # what a proxy might take for the body must not be taken for a second request
    hidden = b'GET /api/health?second HTTP/1.1\r\nHost: x\r\n\r\n'
    reply = server.raw(b'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n'
                       b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n' % (5 + len(hidden)) + hidden)
    tap.equal((status(reply), reply.count(b'HTTP/1.1 ')), (400, 1), 'no request hides in a body')
    for junk, name in ((b'\r\n\r\n\r\n', 'empty lines'), (b'hello\r\n\r\n', 'no request'), (os.urandom(3000), 'noise'),
                       (b'GET / HTTP/9.9\r\n\r\n', 'a version that is not there'), (b'\x16\x03\x01\x02\0\x01\0', 'TLS'),
                       (b'GET /api/health HTTP/1.1\r\n\r\n', 'no Host'), (b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP/2')):
        reply = server.raw(junk)
        tap.ok(status(reply) in (0, 400, 405, 505), name, reply[:200])
    reply = server.raw(HEALTH + b'X: ' + b'y' * 40000 + b'\r\n\r\n')
    tap.ok(status(reply) in (431, 413), 'a header of 40 kB', reply[:200])
    reply = server.raw(HEALTH + b''.join(b'X-%d: y\r\n' % i for i in range(5000)) + b'\r\n')
    tap.ok(status(reply) in (431, 413), '5,000 headers', reply[:200])
    reply = server.raw(HEALTH + b'Cookie: x=' + b'y' * 4000 + b'\r\nConnection: close\r\n\r\n')
    tap.equal(status(reply), 200, 'a header of 4 kB is taken')
    well(server, 'after bad messages')


def pipelines(server):
    reply = server.raw(HEALTH * 1 + b'\r\n' + (HEALTH + b'\r\n') * 28 + HEALTH + b'Connection: close\r\n\r\n')
    tap.equal(reply.count(b'HTTP/1.1 200 OK'), 30, '30 requests in one go get 30 answers')
    reply = server.raw(b'HEAD /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n' + HEALTH + b'Connection: close\r\n\r\n')
    tap.equal(reply.count(b'HTTP/1.1 200 OK'), 2, 'what comes behind HEAD is answered')


def half_done(server):
    """Those who stop in the middle of anything."""
    whole = HEALTH + b'Connection: close\r\n\r\n'
    for cut in range(1, len(whole), 7):
        with server.connect() as bare:
            bare.sendall(whole[:cut])
    body = b'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"na'
    for cut in range(1, len(body), 11):
        with server.connect() as bare:
            bare.sendall(body[:cut])
    for _ in range(50):  # reset instead of an end
        bare = server.connect()
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        bare.sendall(b'GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n')
        bare.close()
    # byte by byte is slow but honest
    with server.connect() as bare:
        for i in range(len(whole)):
            bare.sendall(whole[i:i + 1])
        got = b''
        while part := bare.recv(65536):
            got += part
    tap.equal(status(got), 200, 'a request byte by byte')
    well(server, 'after many that stopped')


def idle(server):
    before, held = server.memory(), []
    for _ in range(1000):
        held.append(server.connect())
    started = time.monotonic()
    well(server, '1,000 idle connections')
    tap.ok(time.monotonic() - started < 5, 'and at once')
    for bare in held[:300]:
        bare.sendall(HEALTH + b'\r\n')
    answers = sum(status(bare.recv(65536)) == 200 for bare in held[:300])
    tap.equal(answers, 300, 'those that wake are answered')
    grown = server.memory() - before
    tap.ok(grown < 120e6, f'1,000 connections take less than 120 MB ({grown / 1e6:.0f} MB)')
    for bare in held:
        bare.close()


def crowd(server):
    """Many at once, and nobody is forgotten."""
    wrong = []

    def ask(count):
        client = server.client()
        for i in range(count):
            path = ('/api/health', '/api/openapi.json', '/api/jobs/1', '/nothing.js')[i % 4]
            expected = (200, 200, 401, 404)[i % 4]
            answer = client.get(path)
            if answer.status != expected:
                wrong.append((path, answer))

    threads = [threading.Thread(target=ask, args=(24,)) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    tap.equal(wrong[:3], [], '384 requests of 16 at once')


def signed_in(server):
    admin = server.administrator()
    health = admin.get('/api/health').json
    tap.ok({'read', 'write', 'slow', 'password', 'jobs'} == {lane['name'] for lane in health['lanes']}, 'the lanes')
    tap.ok(health['connections'] >= 1 and health['memory_bytes'] > 0 and health['history']['head'], 'health in full')
    tap.ok('lanes' not in server.client().get('/api/health').json, 'not for everyone')
    without = server.client()
    without.cookie = admin.cookie
    tap.equal(without.call('DELETE', '/api/session').status, 403, 'nothing is changed without the page\'s token')
    tap.equal(admin.get('/api/session').json['signed_in'], True, 'still signed in')
    with server.connect() as bare:
        bare.sendall(b'GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: ' + admin.cookie.encode() + b'\r\n\r\n')
        got = b''
        while b'event: fresh' not in got:
            part = bare.recv(65536)
            if not part:
                break
            got += part
        tap.ok(b'text/event-stream' in got and b'event: fresh' in got, 'an event stream begins', got)
    other_processes(server, admin)
    tap.equal(admin.delete('/api/session').status // 100, 2, 'signed out')
    tap.equal(admin.get('/api/sessions').status, 401, 'and out')


def listen(bare, got, what):
    """Reads on until this has come; what is behind it stays in got."""
    while what not in got:
        part = bare.recv(65536)
        if not part:
            return None
        got += part
    return got


def other_processes(server, admin):
    """What a command on the same file changes is noticed, told, and answered from then on."""
    areas = server.folder / 'areas.csv'
    areas.write_text('code,name,level\n110101,East,county\n110101001,Town,township\n')
    births = '/api/registers/births/rows?limit=5'
    row = {'values': {'certificate': 'C1', 'sex': 'm', 'born_on': '2014-01-06', 'weight': '3010',
                      'residence': '110101001'}}
    tap.equal(admin.post('/api/registers/births/rows', row).status, 422, 'a birth in an area that is not there')
    with server.connect() as bare:
        bare.sendall(b'GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: ' + admin.cookie.encode() + b'\r\n\r\n')
        got = listen(bare, b'', b'event: fresh')
        got = got[got.index(b'event: fresh') + 20:]
        server.heng('import', str(server.db), 'areas', str(areas))
        tap.ok(listen(bare, got, b'event: fresh') is not None, 'an event tells of it')
    for _ in range(50):
        answer = admin.post('/api/registers/births/rows', row)
        if answer.status == 201:
            break
        time.sleep(0.1)
    tap.equal(answer.status, 201, 'its areas can be used')
    tap.equal(len(admin.get(births).json['id']), 1, 'and a row is read by who wrote it')
    first = admin.get('/api/overview?period=2014').text
    row['values']['certificate'] = 'C2'
    tap.equal(admin.post('/api/registers/births/rows', row).status, 201, 'another row')
    second = admin.get('/api/overview?period=2014')
    tap.ok(second.status == 200 and second.text != first, 'no kept answer is older than what its reader wrote')
    tap.ok(admin.get('/api/overview?period=2014').text == second.text, 'and then it is kept')
    server.heng('verify', str(server.db))


def storm(server):
    """Log-ins take a fifth of a second of a core each; the rest must not wait for them."""
    found, times = [], []

    def log_in():
        found.append(server.client().log_in('nobody', 'wrong password here').status)

    threads = [threading.Thread(target=log_in) for _ in range(40)]
    for one in threads:
        one.start()
    for _ in range(20):
        started = time.monotonic()
        tap_status = server.client().get('/api/openapi.json').status
        times.append(time.monotonic() - started if tap_status == 200 else 99)
    for one in threads:
        one.join()
    times.sort()
    tap.ok(times[10] < 1, f'a storm of log-ins: others wait {times[10] * 1000:.0f} ms', times)
    tap.ok(set(found) <= {401, 429, 503}, 'and each is told', found)
    tap.ok(503 in found or 429 in found, 'some are sent away', found)


def slow(server):
    """A head that never ends is cut off, however often a byte of it comes."""
    held = [server.connect() for _ in range(20)]
    started = time.monotonic()
    for bare in held:
        bare.sendall(b'GET /api/health HT')
    cut = set()
    while len(cut) < len(held) and time.monotonic() - started < 45:
        for i, bare in enumerate(held):
            if i in cut:
                continue
            try:
                bare.sendall(b'T')
            except OSError:
                cut.add(i)
        time.sleep(1)
    tap.ok(len(cut) == len(held), f'slow heads are ended ({len(cut)} of {len(held)})')
    took = time.monotonic() - started
    tap.ok(15 < took < 40, f'after some 20 seconds ({took:.0f})')
    well(server, 'after slow heads')


def behind_proxy():
    """All connections come from the proxy; the limits go by whom it names."""
    ask = b'POST /api/session HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9, %s\r\n' \
          b'Content-Type: application/json\r\nContent-Length: 9\r\n\r\n'
    with Server(pack='minimal', options=['--behind-proxy']) as server:
        held = [server.connect() for _ in range(64)]
        for bare in held:
            bare.sendall(ask % b'1.1.1.1')
        time.sleep(1)
        tap.equal(status(server.raw(ask % b'1.1.1.1')), 429, 'the 65th request of one address')
        tap.equal(status(server.raw(ask % b'1.1.1.2' + b'{"a": 1} ')), 422, 'another address')
        held[0].sendall(b'{"a": 1} ')
        tap.equal(status(held[0].recv(4096)), 422, 'one of the 64 ends')
        # The place is given back when the answer is sent, a moment after it is read here.
        for _ in range(20):
            another = status(server.raw(ask % b'1.1.1.1' + b'{"a": 1} '))
            if another != 429:
                break
            time.sleep(.1)
        tap.equal(another, 422, 'and another may begin')
        for bare in held:
            bare.close()
        tap.ok('1.1.1' not in server.log(), 'no address in the log', server.log())
        tap.equal(server.stop(), 0, 'the end')


def encrypted():
    import shutil
    import ssl
    import subprocess
    if not shutil.which('openssl'):
        return tap.skip('TLS', 'no openssl')
    with Server(pack='minimal') as plain:
        folder = plain.folder
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                        '-keyout', folder / 'key.pem', '-out', folder / 'cert.pem', '-days', '2', '-subj',
                        '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)
        plain.stop()
        with Server(db=plain.db, options=['--certificate', str(folder / 'cert.pem'), '--key',
                                          str(folder / 'key.pem')]) as server:
            tap.ok(server.address.startswith('https://'), 'the address says https')
            context = ssl.create_default_context(cafile=str(folder / 'cert.pem'))
            with context.wrap_socket(server.connect(), server_hostname='127.0.0.1') as bare:
                bare.sendall(HEALTH + b'Connection: close\r\n\r\n')
                got = b''
                while part := bare.recv(65536):
                    got += part
                tap.ok(status(got) == 200 and b'Strict-Transport-Security: ' in got, 'health over TLS, with HSTS', got)
                tap.ok(bare.version() in ('TLSv1.2', 'TLSv1.3'), bare.version())
            old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
            old.set_ciphers('ALL:@SECLEVEL=0')
            import warnings
            warnings.simplefilter('ignore')
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            try:
                old.wrap_socket(server.connect())
                tap.ok(False, 'TLS 1.1 is refused')
            except (ssl.SSLError, OSError):
                tap.ok(True, 'TLS 1.1 is refused')
            tap.ok(status(server.raw(HEALTH + b'\r\n')) in (0, 400), 'plain HTTP is not spoken there')
            tap.equal(server.stop(), 0, 'the end')


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
with Server(pack='minimal') as server:
    description(honest(server))
    addresses(server)
    messages(server)
    pipelines(server)
    half_done(server)
    idle(server)
    crowd(server)
    signed_in(server)
    storm(server)
    if os.environ.get('HENG_SLOW'):
        slow(server)
    tap.ok('127.0.0.1' not in server.log() and 'python' not in server.log().lower(), 'nobody stands in the log',
           server.log())
    second = None
    try:
        second = Server(db=server.db)
    except RuntimeError as why:
        tap.ok('another' in str(why), 'a second server of the same file is refused in words', why)
    if second:
        second.stop()
        tap.ok(False, 'a second server of the same file')
    log = server.log
    tap.equal(server.stop(), 0, 'it ends with status 0 when it is told to')
    tap.ok('Sanitizer' not in log() and 'runtime error' not in log(), 'no complaint of a sanitizer', log())
    server.start()
    tap.equal(server.stop(signal.SIGINT), 0, 'and by Ctrl+C')
behind_proxy()
encrypted()
tap.end()
