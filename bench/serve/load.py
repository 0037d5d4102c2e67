# SPDX-License-Identifier: AGPL-3.0-or-later
"""The loads of ./dev bench serve. load.py HENG FOLDER SECONDS: FOLDER has county.db; it is copied, and the copy
is served on loopback and put under wrk. Prints Markdown."""
import http.client
import json
import os
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time

heng, folder, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
here = os.path.dirname(os.path.abspath(__file__))
copy = f'{folder}/served.db'
IDLE = 10000
# what the page of births asks for when nobody has chosen (usualColumns, web/src/pages/registers/filters.ts)
COLUMNS = 'child_name,certificate,sex,born_on,birth_order,place,facility,weight,residence'


def say(text):
    print(f'bench serve: {text}', file=sys.stderr, flush=True)


class Server:
    def __init__(self):
        for end in ('', '-wal', '-shm'):
            if os.path.exists(copy + end):
                os.remove(copy + end)
        shutil.copyfile(f'{folder}/county.db', copy)
        self.log = open(f'{folder}/serve.log', 'w+')
        self.process = subprocess.Popen([heng, 'serve', copy, '--listen', '127.0.0.1:0'], stdout=self.log, stderr=self.log)
        for _ in range(300):
            self.log.seek(0)
            said = self.log.read()
            at = re.search(r'http://127\.0\.0\.1:(\d+)', said)
            link = re.search(r'/link/([A-Za-z0-9_-]{43})', said)
            if at and link:
                break
            time.sleep(.1)
        else:
            raise SystemExit('the server did not start: ' + said)
        self.port = int(at[1])
        status, head, body = self.call('POST', '/api/links/' + link[1], {
            'name': 'bench', 'full_name': 'Bench', 'password': 'a long pass phrase of the bench'})
        assert status in (200, 201), (status, body)
        self.cookie = head['Set-Cookie'].split(';')[0]
        self.csrf = body['csrf']

    def call(self, method, path, body=None):
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=120)
        head = {'Content-Type': 'application/json'}
        if hasattr(self, 'cookie'):
            head |= {'Cookie': self.cookie, 'X-Heng-CSRF': self.csrf}
        c.request(method, path, json.dumps(body) if body is not None else None, head)
        r = c.getresponse()
        text = r.read()
        try:
            text = json.loads(text)
        except ValueError:
            pass
        return r.status, dict(r.getheaders()), text

    def memory(self, what='VmRSS'):
        for line in open(f'/proc/{self.process.pid}/status'):
            if line.startswith(what + ':'):
                return int(line.split()[1]) / 1024

    def cpu(self):
        f = open(f'/proc/{self.process.pid}/stat').read().rsplit(') ', 1)[1].split()
        return (int(f[11]) + int(f[12])) / os.sysconf('SC_CLK_TCK')

    def wrk(self, script, path, connections=50, run='0', time_s=None):
        env = os.environ | {'HENG_COOKIE': self.cookie, 'HENG_CSRF': self.csrf, 'HENG_RUN': run,
                            'HENG_TOWNSHIPS': ' '.join(townships), 'HENG_VILLAGES': ' '.join(villages),
                            'HENG_COUNTY': county, 'HENG_COLUMNS': COLUMNS}
        cpu = self.cpu()
        out = subprocess.run(['wrk', '-t1', f'-c{connections}', f'-d{time_s or seconds}s', '-T10s', '-s',
                              f'{here}/{script}', f'http://127.0.0.1:{self.port}{path}'],
                             env=env, capture_output=True, text=True)
        found = re.search(r'RESULT (\S+) (\S+) (\S+) (\d+) (\d+)', out.stdout)
        if not found:
            raise SystemExit(out.stdout + out.stderr)
        rate, p50, p99 = (float(x) for x in found.groups()[:3])
        say(f'{script} {path}: {rate:.0f}/s, p50 {p50:.2f} ms, p99 {p99:.2f} ms, wrong {found[5]}')
        return {'rate': rate, 'p50': p50, 'p99': p99, 'n': int(found[4]), 'bad': int(found[5]), 'cpu': self.cpu() - cpu}


def row(what, r, want, met):
    print(f"| {what} | {r['rate']:,.0f} | {r['p50']:.2f} | {r['p99']:.2f} | {r['n']:,} | {r['cpu'] / max(1, r['n']) * 1e3:.2f} | {r['bad']} | {want} | {'yes' if met else '**no**'} |")


resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
db = sqlite3.connect(f'file:{folder}/county.db?mode=ro', uri=True)
townships = [c for c, in db.execute("SELECT code FROM r_areas WHERE level='township' AND state='current'")]
county, = (c for c, in db.execute("SELECT code FROM r_areas WHERE level='county' AND state='current'"))
villages = [c for c, in db.execute("SELECT code FROM r_areas WHERE level='village' AND state='current' AND valid_to IS NULL")]
counts = {t: db.execute(f'SELECT count(*) FROM r_{t}').fetchone()[0] for t in ('births', 'services')}
db.close()
s = Server()
overview = '/api/overview?period=2014S1'
began = time.time()
status, _, _ = s.call('GET', overview)
cold = time.time() - began
assert status == 200, status
began = time.time()
while s.call('GET', '/api/registers/births/rows?q=wxm&limit=1')[2].get('indexing') is not None and time.time() - began < 600:
    time.sleep(.5)
indexed = time.time() - began
say(f'searchable after {indexed:.0f} s')
print(f'''# The server under load

{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores shared with wrk, load before {os.getloadavg()[0]:.1f}, heng {subprocess.run([heng, 'version'], capture_output=True, text=True).stdout.split(chr(10))[0].removeprefix('heng ')}, commit {subprocess.run(['git', 'rev-parse', '--short', 'HEAD'], capture_output=True, text=True).stdout.strip()}; {subprocess.run(['wrk', '-v'], capture_output=True, text=True).stdout.split(chr(10))[0].split(' [')[0]}.
A county of {counts['services']:,} rows of services and {counts['births']:,} births ({os.path.getsize(copy) / 2**20:,.0f} MB). Each load {seconds} s, 50 connections where nothing else is said; times in ms as wrk saw them; CPU: ms of the server for an answer, by which runs of a machine that others share can be told apart.

| load | a second | p50 | p99 | answers | CPU | wrong | wanted | met |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |''')
r = s.wrk('get.lua', overview)
row('overview, JSON', r, 'p99 < 20, 2,000/s', r['p99'] < 20 and r['rate'] >= 2000 and not r['bad'])
r = s.wrk('list.lua', '/', run='page')
row('list of births as the page asks (its columns; newest of a half-year, by day, township, village and sex, name), 50 connections', r,
    'p99 < 20', r['p99'] < 20 and not r['bad'])
r = s.wrk('list.lua', '/', 4, run='page')
row('the same, 4 connections', r, 'p99 < 20', r['p99'] < 20 and not r['bad'])
r = s.wrk('list.lua', '/', 4, run='count')
row('how many rows such a list has, 4 connections', r, 'p99 < 20', r['p99'] < 20 and not r['bad'])
r = s.wrk('list.lua', '/', run='program')
row('list of births as a program might ask (every column, everywhere), 50 connections', r, 'p99 < 20', r['p99'] < 20 and not r['bad'])
before = int(s.call('GET', '/api/registers/births/rows?count=1&limit=1')[2]['count']['all'])
r = s.wrk('save.lua', '/', 64, run='1')
row('save a birth, durable, 64 connections', r, '500/s', r['rate'] >= 500 and not r['bad'])
after = int(s.call('GET', '/api/registers/births/rows?count=1&limit=1')[2]['count']['all'])
kept = after - before
saves = r['n']

# readers while others save: each save makes the kept overview old
results = {}
other = threading.Thread(target=lambda: results.update(save=s.wrk('save.lua', '/', 8, run='2')))
other.start()
results['list'] = s.wrk('list.lua', '/', 8, run='page')
other.join()
row('list, 8 connections, while 8 others save', results['list'], 'no error', not results['list']['bad'])
row('those saves', results['save'], 'no error', not results['save']['bad'])

# idle connections; the overview is old after the saves and is made anew first
began = time.time()
s.call('GET', overview)
anew = time.time() - began
idle = []
for i in range(IDLE):
    c = socket.create_connection(('127.0.0.1', s.port))
    c.sendall(b'GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n')
    idle.append(c)
    if i % 100 == 99:
        for c in idle[-100:]:
            assert c.recv(4096).startswith(b'HTTP/1.1 200'), 'an idle connection was refused'
r = s.wrk('get.lua', overview, time_s=max(5, seconds // 2))
row(f'overview beside {IDLE:,} idle connections', r, 'p99 < 20', r['p99'] < 20 and not r['bad'])
alive = 0
for c in idle:
    try:
        c.sendall(b'GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n')
        alive += c.recv(64).startswith(b'HTTP/1.1 200')
    except OSError:
        pass
    c.close()

# a storm of log-ins
stop, tried, answers = time.time() + max(8, seconds), [0], {}


def storm(n):
    while time.time() < stop:
        status = s_storm(n)
        answers[status] = answers.get(status, 0) + 1


def s_storm(n):
    c = http.client.HTTPConnection('127.0.0.1', s.port, timeout=60)
    try:
        c.request('POST', '/api/session', json.dumps({'name': f'nobody{n}-{tried[0]}', 'password': 'wrong and long enough'}),
                  {'Content-Type': 'application/json'})
        tried[0] += 1
        return c.getresponse().status
    except OSError:
        return 0
    finally:
        c.close()


threads = [threading.Thread(target=storm, args=(n,)) for n in range(32)]
for t in threads:
    t.start()
time.sleep(1)
r = s.wrk('get.lua', overview, time_s=max(5, seconds // 2))
for t in threads:
    t.join()
row('overview beside a storm of log-ins (32 at a time)', r, 'not starved', r['rate'] >= 500 and not r['bad'])
highest = s.memory('VmHWM')
now = s.memory()
began = time.time()
s.process.terminate()
s.process.wait(60)
verify = subprocess.run([heng, 'verify', copy], capture_output=True, text=True)
print(f'''
- First overview after the start, nothing in memory yet: {cold:.1f} s.
- Overview made anew after saves: {anew * 1000:.0f} ms.
- Every name and number of the births was searchable {indexed:.0f} s after that.
- Saves that were acknowledged and are counted afterwards: {kept:,} of {saves:,} answers in time (wrk drops those under way at its end).
- Idle connections that still answered after {max(5, seconds // 2)} s: {alive:,} of {IDLE:,}.
- Storm: {tried[0]:,} log-ins tried; answers {', '.join(f'{k}: {v:,}' for k, v in sorted(answers.items()))} (503 and 429 say when to come again).
- Memory of the server: {now:.0f} MB at the end, {highest:.0f} MB at most (bar 400): {'met' if highest < 400 else '**not met**'}.
- `heng verify` afterwards: exit {verify.returncode}. The end took {time.time() - began:.1f} s with verify.''')
for end in ('', '-wal', '-shm'):
    if os.path.exists(copy + end):
        os.remove(copy + end)
