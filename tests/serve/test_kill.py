# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 under load, 50 times: every save that was acknowledged is there afterwards, as it was sent, once; a save
that is sent again after the restart makes no second row; and the history is whole each time the file is opened."""
import http.client
import json
import random
import signal
import sqlite3
import tempfile
import threading
import time

from client import Server, tap

ROUNDS, CALLERS = 50, 12
AREAS = 'code,name,level,parent\n340221,甲县,county,\n340221100,东镇,township,340221\n340221101,西镇,township,340221\n'


def make(db):
    import subprocess

    from client import HENG
    with tempfile.NamedTemporaryFile('w', suffix='.csv') as f:
        f.write(AREAS)
        f.flush()
        subprocess.run([HENG, 'import', str(db), 'areas', f.name], check=True, capture_output=True)


def row_of(certificate, weight):
    return {'key': 'key-' + certificate, 'values': {'certificate': certificate, 'sex': 'mf'[weight % 2], 'born_on': '2014-03-05',
                                                    'weight': str(weight), 'residence': '340221101'}}


class Caller(threading.Thread):
    """Saves, and now and then corrects what it has saved, on one connection until the server is gone."""

    def __init__(self, admin, port, name, seed):
        super().__init__()
        self.admin, self.port, self.label, self.random = admin, port, name, random.Random(seed)
        self.saved, self.weights, self.unsure, self.wrong, self.unsure_weight = {}, {}, None, [], None

    def run(self):
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        head = {'Cookie': self.admin.cookie, 'X-Heng-CSRF': self.admin.csrf, 'Content-Type': 'application/json'}
        n = 0
        while True:
            n += 1
            fix = self.saved and self.random.random() < .25
            if fix:
                certificate = self.random.choice(list(self.saved))
                id_, version = self.saved[certificate]
                weight = self.random.randint(2000, 4500)
                if weight == self.weights[certificate]:
                    continue
                self.unsure_weight = (certificate, weight)
                method, path = 'PATCH', f'/api/registers/births/rows/{id_}'
                body = {'version': version, 'values': {'weight': str(weight)}, 'reason': 'measured again'}
            else:
                certificate, weight = f'{self.label}-{n}', 2000 + n % 2500
                self.unsure = (certificate, weight)
                method, path, body = 'POST', '/api/registers/births/rows', row_of(certificate, weight)
            try:
                c.request(method, path, json.dumps(body), head)
                got = c.getresponse()
                answer = json.loads(got.read())
            except (OSError, http.client.HTTPException, ValueError):
                return
            if got.status not in (200, 201):
                self.wrong.append((got.status, answer))
                return
            self.saved[certificate] = (answer['id'], answer['version'])
            self.weights[certificate] = weight
            self.unsure = self.unsure_weight = None


seed = int(time.time())
tap.note(f'seed {seed}')
chance = random.Random(seed)
server = Server(prepare=make)
admin = server.administrator()
acknowledged, maybe, resent, wrong = {}, {}, [], []
for turn in range(ROUNDS):
    if not server.process:
        server.start()
    # what nobody heard yes to is sent again; the key sees to it that it is there once
    for certificate, weight in resent:
        answer = admin.post('/api/registers/births/rows', row_of(certificate, weight))
        if answer.status not in (200, 201):
            wrong.append((certificate, answer))
        acknowledged[certificate] = weight
    callers = [Caller(admin, server.port, f'{turn}-{i}', f'{seed}-{turn}-{i}') for i in range(CALLERS)]
    for one in callers:
        one.start()
    time.sleep(chance.uniform(.05, .6))
    server.stop(signal.SIGKILL)
    resent = []
    for one in callers:
        one.join(60)
        acknowledged.update(one.weights)
        wrong += one.wrong
        if one.unsure:
            resent.append(one.unsure)
        if one.unsure_weight:
            maybe.setdefault(one.unsure_weight[0], set()).add(one.unsure_weight[1])
    if turn % 10 == 9:
        server.heng('verify', str(server.db))
tap.ok(not wrong, 'no save was refused', *wrong[:5])
tap.ok(len(acknowledged) > 10 * ROUNDS, f'{len(acknowledged)} saves were acknowledged in {ROUNDS} rounds')
there = {}
with sqlite3.connect(f'file:{server.db}?mode=ro', uri=True) as db:
    for certificate, weight in db.execute('SELECT certificate, weight FROM r_births'):
        there.setdefault(certificate, []).append(weight)
missing = [c for c in acknowledged if c not in there]
tap.equal(missing, [], 'every acknowledged save is there')
other = [(c, w, there[c]) for c, w in acknowledged.items() if c in there and there[c][0] != w and there[c][0] not in maybe.get(c, ())]
tap.equal(other, [], 'as it was last acknowledged')
tap.equal([c for c, w in there.items() if len(w) > 1], [], 'each once')
unknown = [c for c in there if c not in acknowledged and c not in {r[0] for r in resent}]
tap.equal(unknown, [], 'and nothing that nobody sent')
said = server.heng('verify', str(server.db))
tap.ok('all is as it was written' in said, 'heng verify passes', said)
tap.end()
