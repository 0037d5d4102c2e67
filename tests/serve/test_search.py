# SPDX-License-Identifier: AGPL-3.0-or-later
"""Search beside saves: every save that was acknowledged is found by the next question for it, whoever saved it: other
callers, an import at the shell beside the server, or a server that was killed."""
import signal
import tempfile
import threading

from client import HENG, Server, tap

CALLERS, SAVES, IMPORTS, ROWS, KILLS = 8, 20, 4, 25, 3
AREAS = 'code,name,level,parent\n340221,甲县,county,\n340221100,东镇,township,340221\n340221101,西镇,township,340221\n'


def make(db):
    import subprocess
    with tempfile.NamedTemporaryFile('w', suffix='.csv') as f:
        f.write(AREAS)
        f.flush()
        subprocess.run([HENG, 'import', str(db), 'areas', f.name], check=True, capture_output=True)


def find(certificate):
    """The certificates that are found."""
    answer = admin.get(f'/api/registers/births/rows?columns=certificate&limit=5&q={certificate}')
    if answer.status != 200 or answer.json.get('indexing') is not None:
        return answer
    return answer.json['values']['certificate']


def save(certificate):
    return admin.post('/api/registers/births/rows', {'values': {
        'certificate': certificate, 'sex': 'm', 'born_on': '2014-03-05', 'weight': '3000', 'residence': '340221101'}})


def save_and_find(name, wrong):
    for n in range(SAVES):
        certificate = f'T{name:02}N{n:03}'
        answer = save(certificate)
        if answer.status != 201:
            wrong.append((certificate, answer))
            continue
        found = find(certificate)
        if found != [certificate]:
            wrong.append((certificate, found))


def save_until_killed(name, kept, enough):
    try:
        for n in range(100000):
            certificate = f'{name}N{n:05}'
            if save(certificate).status != 201:
                return
            kept.append(certificate)
            if len(kept) > SAVES:
                enough.set()
    except (OSError, ValueError, EOFError):
        return
    except Exception as one: # what http.client says of a server that is gone
        if type(one).__module__ != 'http.client':
            raise


server = Server(prepare=make)
admin = server.administrator()
tap.equal(find('T'), [], 'nothing yet')

wrong, missed = [], []
callers = [threading.Thread(target=save_and_find, args=(i, wrong)) for i in range(CALLERS)]
for one in callers:
    one.start()
for turn in range(IMPORTS):
    certificates = [f'I{turn}N{n:03}' for n in range(ROWS)]
    with tempfile.NamedTemporaryFile('w', suffix='.csv') as f:
        f.write('certificate,sex,born_on,weight,residence\n')
        f.writelines(f'{one},f,2014-02-03,3100,西镇\n' for one in certificates)
        f.flush()
        server.heng('import', str(server.db), 'births', f.name)
    for one in certificates:
        found = find(one)
        if found != [one]:
            missed.append((one, found))
for one in callers:
    one.join(300)
tap.equal(wrong, [], f'{CALLERS} callers find each of their {SAVES} saves at once')
tap.equal(missed, [], 'and what was imported at the shell is found as soon as the import is over')

for turn in range(KILLS):
    kept, enough = [], threading.Event()
    callers = [threading.Thread(target=save_until_killed, args=(f'K{turn}C{i}', kept, enough)) for i in range(CALLERS)]
    for one in callers:
        one.start()
    came = enough.wait(120)
    server.stop(signal.SIGKILL)
    for one in callers:
        one.join(120)
    server.start()
    missed = [(one, found) for one in list(kept) if (found := find(one)) != [one]]
    tap.ok(came and not missed, f'after kill -9: all that was acknowledged ({len(kept)}) is found', *missed[:5])
server.stop()
said = server.heng('verify', str(server.db))
tap.ok('all is as it was written' in said, 'heng verify passes', said)
tap.end()
