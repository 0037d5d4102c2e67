# SPDX-License-Identifier: AGPL-3.0-or-later
"""For tests over HTTP: a server of its own on a county of its own, a client, and TAP.

    from client import Server, tap
    with Server(pack='minimal') as server:
        admin = server.administrator()          # signed in by the first-run link
        answer = admin.get('/api/health')
        tap.equal(answer.status, 200, 'health')
        admin.post('/api/people', {...})        # X-Heng-CSRF is sent along
    tap.end()

Python's standard library only; HENG_BIN is the program, HENG_SOURCE the source folder (as for the
tests of the command line). Everything goes to 127.0.0.1; every wait has an end.
"""
import atexit
import gzip
import http.client
import io
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zipfile
from xml.etree import ElementTree

SOURCE = pathlib.Path(os.environ.get('HENG_SOURCE', pathlib.Path(__file__).parents[2]))
HENG = os.environ.get('HENG_BIN', str(SOURCE / 'build-test' / 'heng'))
PASSWORD = 'a long enough password 7'


def rows_in(said):
    """The rows of a list, which comes by columns, one by one; none of what is no list."""
    if 'id' not in said:
        return []
    heads = [name for name in ('id', 'version', 'state', 'source', 'saved_at', 'saved_by', 'photos_missing') if name in said]
    return [{**{name: said[name][i] for name in heads}, 'values': {name: column[i] for name, column in said['values'].items()}}
            for i in range(len(said['id']))]


class Tap:
    """Prints TAP as it goes; end() prints the plan and ends the program."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, *details):
        self.count += 1
        print(f'{"ok" if good else "not ok"} {self.count} - {name}', flush=True)
        if not good:
            self.failed += 1
            for one in details:
                for line in str(one).splitlines()[:40]:
                    print('#   ' + line[:400], flush=True)
        return bool(good)

    def equal(self, found, expected, name):
        return self.ok(found == expected, name, f'found    {found!r}', f'expected {expected!r}')

    def skip(self, name, why):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {why}', flush=True)

    def note(self, text):
        print(f'# {text}', flush=True)

    def end(self):
        print(f'1..{self.count}', flush=True)
        sys.exit(1 if self.failed else 0)


tap = Tap()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.raw = status, headers, body
        packed = headers.get('Content-Encoding') == 'gzip' and body
        self.body = gzip.decompress(body) if packed else body

    @property
    def text(self):
        return self.body.decode('utf-8')

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f'{self.status} {self.body[:300]!r}'


def workbook(body):
    """The sheets of an XLSX file by name, each a list of rows; numbers as numbers, an empty cell as None."""
    tag = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
    sheets = {}
    with zipfile.ZipFile(io.BytesIO(body)) as z:
        shared = [''.join(t.text or '' for t in one.iter(f'{tag}t'))
                  for one in ElementTree.fromstring(z.read('xl/sharedStrings.xml')).iter(f'{tag}si')]
        names = [one.get('name') for one in ElementTree.fromstring(z.read('xl/workbook.xml')).iter(f'{tag}sheet')]
        for number, name in enumerate(names, 1):
            rows = sheets[name] = []
            for row in ElementTree.fromstring(z.read(f'xl/worksheets/sheet{number}.xml')).iter(f'{tag}row'):
                rows += [[] for _ in range(int(row.get('r')) - len(rows))]
                for cell in row.iter(f'{tag}c'):
                    column = 0
                    for letter in cell.get('r').rstrip('0123456789'):
                        column = column * 26 + ord(letter) - 64
                    value = cell.findtext(f'{tag}v')
                    rows[-1] += [None] * (column - 1 - len(rows[-1]))
                    rows[-1].append(value if value is None else shared[int(value)] if cell.get('t') == 's' else float(value))
    return sheets


class Client:
    """One caller: keeps its cookie and the token that goes with it."""

    def __init__(self, server, token=None):
        self.server, self.token = server, token
        self.cookie = self.csrf = None

    def call(self, method, path, body=None, headers=None, timeout=60):
        """body: a dict or list is sent as JSON, bytes as they are."""
        send = {'Connection': 'close'}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            send['Content-Type'] = 'application/json'
        if self.cookie:
            send['Cookie'] = self.cookie
        if self.csrf and method not in ('GET', 'HEAD'):
            send['X-Heng-CSRF'] = self.csrf
        if self.token:
            send['Authorization'] = 'Bearer ' + self.token
        send.update(headers or {})
        connection = http.client.HTTPConnection('127.0.0.1', self.server.port, timeout=timeout)
        try:
            connection.request(method, path, body, send)
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            connection.close()
        for cookie in got.headers.get_all('Set-Cookie') or []:
            name_value = cookie.split(';')[0].strip()
            if name_value.startswith('heng_session='):
                self.cookie = name_value if not name_value.endswith('=') else None
        return answer

    def get(self, path, **more):
        return self.call('GET', path, **more)

    def post(self, path, body=None, **more):
        return self.call('POST', path, {} if body is None else body, **more)

    def put(self, path, body=None, **more):
        return self.call('PUT', path, {} if body is None else body, **more)

    def patch(self, path, body=None, **more):
        return self.call('PATCH', path, {} if body is None else body, **more)

    def delete(self, path, body=None, **more):
        return self.call('DELETE', path, body, **more)

    def _signed_in(self, answer):
        if answer.status in (200, 201):
            self.csrf = answer.json.get('csrf')
        return answer

    def use_link(self, link, **given):
        """Opens a one-time link: sets the password and signs in."""
        secret = link.rsplit('/', 1)[1]
        return self._signed_in(self.post(f'/api/links/{secret}', {'password': PASSWORD, **given}))

    def log_in(self, name, password=PASSWORD, **more):
        return self._signed_in(self.post('/api/session', {'name': name, 'password': password, **more}))

    def wait_for_job(self, id_, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            answer = self.get(f'/api/jobs/{id_}')
            if answer.status not in (200, 503): # 503: ask again
                raise RuntimeError(f'job {id_}: {answer}')
            if answer.status == 200 and answer.json['state'] in ('done', 'failed'):
                return answer.json
            time.sleep(0.05)
        raise TimeoutError(f'job {id_} has not ended')


def read_routes():
    """The table of routes: method, path, need, function, largest body, '1' for JSON, names of its parameters."""
    said = subprocess.run([os.environ['HENG_ROUTES']], capture_output=True, text=True, check=True).stdout
    return [(*line[:6], line[6].split(',')) for line in (one.split('\t') for one in said.splitlines())]


def known_query(names, **asked):
    """Of what might be asked for what a route with these parameters knows."""
    return '?' + urllib.parse.urlencode({name: value for name, value in asked.items() if name in names})


class Server:
    """heng serve on a county made from a pack (or on one that is there: db), on a free port."""

    def __init__(self, pack='minimal', db=None, options=(), environment=None, prepare=None):
        """prepare: called with the path of the new county before the server starts."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='heng-serve-'))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {**os.environ, 'HENG_TODAY': '2014-07-20', 'LC_ALL': 'C.UTF-8', **(environment or {})}
        self.db = pathlib.Path(db) if db else self.folder / 'county.db'
        self.options = list(options)
        self.listen = '127.0.0.1:0'
        self.process = self.first_link = None
        if not db:
            self.heng('init', str(self.db), '--pack', str(SOURCE / 'packs' / pack))
        if prepare:
            prepare(self.db)
        self.start()

    def heng(self, *arguments):
        """Runs another command of the program on the same county; its output."""
        done = subprocess.run([HENG, *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=300, cwd=self.folder)
        if done.returncode not in (0, 65):
            raise RuntimeError(f'heng {arguments}: {done.stderr}')
        return done.stdout

    def start(self):
        self.errors = open(self.folder / 'server.err', 'ab')
        self.process = subprocess.Popen(
            [HENG, 'serve', str(self.db), '--listen', self.listen, '--lang', 'en', *self.options],
            stdout=subprocess.PIPE, stderr=self.errors, env=self.environment, cwd=self.folder)
        self.first_link = None
        # both lines come in one write
        if not select.select([self.process.stdout], [], [], 120)[0]:
            raise RuntimeError('the server says nothing')
        said = os.read(self.process.stdout.fileno(), 10000).decode()
        if not said.startswith('serving at '):
            raise RuntimeError(f'the server did not start: {said} {self.log()}')
        link = re.search(r'https?://\S+/link/\S+', said)
        self.first_link = link and link.group()
        self.address = said.split()[2]
        self.port = int(self.address.rsplit(':', 1)[1])

    def stop(self, how=signal.SIGTERM):
        """The exit status; with SIGTERM it must be 0 and no sanitizer may have complained."""
        if not self.process:
            return 0
        self.process.send_signal(how)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        self.process = None
        return status

    def log(self):
        return (self.folder / 'server.err').read_text('utf-8', 'replace')

    def client(self, token=None):
        return Client(self, token)

    def administrator(self, name='admin'):
        """Signed in by the one-time link of the first run."""
        one = Client(self)
        answer = one.use_link(self.first_link, name=name, full_name='')
        if answer.status not in (200, 201):
            raise RuntimeError(f'the first-run link does not work: {answer}')
        return one

    def memory(self):
        """Bytes of the server in real memory."""
        for line in pathlib.Path(f'/proc/{self.process.pid}/status').read_text().splitlines():
            if line.startswith('VmRSS:'):
                return int(line.split()[1]) * 1024
        return 0

    def connect(self, timeout=60):
        """A bare socket."""
        bare = socket.create_connection(('127.0.0.1', self.port), timeout=timeout)
        bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bare

    def raw(self, data, timeout=60):
        """Sends bytes and returns all that comes until the server closes, or nothing more comes for a
        second after an answer."""
        with self.connect(timeout) as bare:
            try:
                bare.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
            got = b''
            while True:
                try:
                    part = bare.recv(65536)
                except (ConnectionResetError, TimeoutError):
                    return got
                if not part:
                    return got
                got += part
                bare.settimeout(1)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.stop()
