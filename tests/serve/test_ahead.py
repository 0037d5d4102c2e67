# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the server keeps is right when another process has written: rows that the shell imports are in the next
answer, what the checks find of them is worked out before anyone asks, and a pack that is read again leaves
nothing of the old one. A job says at its end how many rows it has read."""
import shutil
import sqlite3
import time
import urllib.parse

from client import SOURCE, Server, tap


def prepare(server, path):
    raw = server.folder / 'raw'
    server.heng('demo', str(raw), '--people', '4000', '--seed', '5')
    for line in (raw / 'import.txt').read_text('utf-8').splitlines():
        register, file, source = line.split()[:3]
        if register in ('areas', 'facilities', 'births', 'births_report'):
            server.heng('import', str(path), register, str(raw / file), *(() if source == '-' else ('--source', source)))


class County(Server):
    def start(self):
        if not getattr(self, 'filled', False):
            self.filled = True
            prepare(self, self.db)
        super().start()


SEARCH = '/api/search?q=' + urllib.parse.quote('辛庚')
QUESTIONS = ('/api/today', '/api/checks?period=201406&limit=1', '/api/checks?period=201406&limit=500',
             '/api/checks?period=2014S1&limit=500', '/api/overview?period=201406', '/api/overview?period=2014S1',
             '/api/figures?indicators=births_total,srb&period=2014S1&by=township', '/api/srb?period=2014S1',
             '/api/indicators/births_total?period=201406', '/api/registers/births/rows?limit=50&f.born_on=2014-06-01..2014-06-30',
             SEARCH, '/api/model', '/api/imports')


def without_times(value):
    """When an answer was made, and of which state, is another with each start; so is how the counts of findings came about."""
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items()
                if key not in ('made', 'at') and not (key == 'findings' and not isinstance(one, list))}
    return [without_times(one) for one in value] if isinstance(value, list) else value


def ask_all(who):
    answers = {path: who.get(path) for path in QUESTIONS}
    tap.equal([path for path, one in answers.items() if one.status != 200], [], 'every question has an answer')
    return {path: without_times(one.json) for path, one in answers.items()}


def bad_rows(server, name, first, n):
    """Births of June with a mother older than 55 and nobody's sex: both are warnings."""
    village = sqlite3.connect(server.db).execute("SELECT code FROM r_areas WHERE level = 'village' LIMIT 1").fetchone()[0]
    file = server.folder / name
    file.write_text('certificate,sex,born_on,residence,mother_name,mother_birth_year,weight,registered_on\n' + ''.join(
        f'Z{first + i:08d},u,2014-06-{1 + i % 28:02d},{village},辛庚{chr(0x4e00 + i)},1950,3000,2014-07-01\n' for i in range(n)))
    return file


def wait_for(what, seconds=120):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    return None


def test_shell_import(server, admin):
    before = ask_all(admin)
    server.heng('import', str(server.db), 'births', str(bad_rows(server, 'shell.csv', 1, 40)), '--source', 'hospital')
    # found by name only once they are in the index, which goes on behind
    tap.ok(wait_for(lambda: without_times(admin.get(SEARCH).json) != before[SEARCH]), 'rows of the shell are found by name')
    after = ask_all(admin)
    tap.ok(after != before, 'another process has imported: the answers are others')
    said = {one['check']: one['count'] for one in admin.get('/api/checks?period=201406&limit=500').json['by']}
    tap.ok('mother_over_55' in said and 'sex_not_recorded' in said, 'and the checks find its rows', said)
    return after


def test_restarted(server, admin, after):
    """What a server says that has kept nothing."""
    tap.equal(server.stop(), 0, 'the server ends well')
    server.start()
    again = ask_all(admin)
    for path in QUESTIONS:
        tap.equal(again[path], after[path], f'{path}: a new server says the same')


def test_pages(admin):
    path, after, found = '/api/checks?period=2014S1&limit=', None, []
    while True:
        page = admin.get(path + '3' + (f'&after={after}' if after else '')).json
        found += page['findings']
        after = page['next']
        if not after:
            break
    whole = admin.get(path + '2000').json
    tap.ok(len(found) > 6, 'findings come in pages', len(found))
    tap.equal([one['key'] for one in found], [one['key'] for one in whole['findings']], 'which together are all of them')


def test_worked_out_ahead(server, admin):
    """Nobody asks for the checks after the import, and yet the first page says what they find."""
    known = lambda: admin.get('/api/today').json['findings']
    asked = admin.get('/api/checks?period=201406&limit=1').json['totals']
    tap.equal(known(), asked, 'the first page has the counts of who asked')
    server.heng('import', str(server.db), 'births', str(bad_rows(server, 'ahead.csv', 1000, 30)), '--source', 'household')
    # more rows break the same two rules: how many findings there are stays, when they were counted does not
    tap.ok(wait_for(lambda: (known() or asked)['at'] != asked['at']), 'the checks were run without being asked for')
    rows = {one['check']: one['count'] for one in admin.get('/api/checks?period=201406&limit=500').json['findings']}
    tap.equal((rows.get('mother_over_55'), rows.get('sex_not_recorded')), (70, 70), 'of the rows there are now')
    tap.equal(known(), admin.get('/api/checks?period=201406&limit=1').json['totals'], 'and who asks then is told the same')


def test_another_pack(server, admin):
    pack = server.folder / 'pack'
    shutil.copytree(SOURCE / 'packs' / 'cn-county', pack)
    births = pack / 'registers' / 'births.yaml'
    births.write_text(births.read_text('utf-8').replace('Mother older than 55', 'Mother older than five and fifty'), 'utf-8')
    admin.get('/api/checks?period=201406&limit=1')
    server.heng('pack', 'apply', str(server.db), str(pack))
    server.heng('import', str(server.db), 'births', str(bad_rows(server, 'pack.csv', 2000, 10)), '--source', 'hospital')

    def labels():
        answer = admin.get('/api/checks?period=201406&limit=500')
        return answer.status == 200 and 'five and fifty' in answer.text and answer.json
    found = wait_for(labels)
    tap.ok(found, 'the checks of the new pack')
    tap.equal(found and {one['check']: one['count'] for one in found['findings']}.get('mother_over_55'), 80, 'with all rows')


def test_job_rows(server, admin):
    """More than 4,096, for it counts by as many."""
    village = sqlite3.connect(server.db).execute("SELECT code FROM r_areas WHERE level = 'village' LIMIT 1").fetchone()[0]
    n = 4100
    data = 'certificate,sex,born_on,residence,mother_name\n' + ''.join(f'J{i:08d},f,2012-03-04,{village},王\n' for i in range(n))
    answer = admin.call('POST', '/api/imports?register=births&source=hospital', data.encode(),
                        {'X-File-Name': 'many.csv', 'Content-Type': 'application/octet-stream'})
    started = admin.post(f'/api/imports/{answer.json["id"]}/check')
    job = admin.wait_for_job(started.json['job'], 120)
    tap.equal((job['state'], job['done'], job['rows']), ('done', 1, n), 'a job has read all of its rows')


def main():
    with County(pack='cn-county') as server:
        admin = server.administrator()
        after = test_shell_import(server, admin)
        test_restarted(server, admin, after)
        test_pages(admin)
        test_worked_out_ahead(server, admin)
        test_job_rows(server, admin)
        test_another_pack(server, admin)
        tap.equal(server.stop(), 0, 'the server ends well, and nothing was touched after it was gone')
    tap.end()


main()
