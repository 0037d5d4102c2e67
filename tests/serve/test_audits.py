# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plans of samples, audits of record books and rotas over HTTP, on the county pack."""
from client import Server, tap

AREAS = '''code,name,name_en,level,parent
340221,芜湖县,Wuhu,county,
340221100,湾沚镇,Wanzhi,township,340221
340221101,六郎镇,Liulang,township,340221
'''
FACILITIES = 'code,name,kind,area,licence_until\n' + ''.join(
    f'H{i},机构{i},{"clinic" if i % 2 else "pharmacy"},34022110{i % 2},{"2013-01-01" if i == 3 else "2030-01-01"}\n'
    for i in range(1, 32))


def plans(admin):
    answer = admin.get('/api/lqas?size=200')
    tap.equal((answer.status, answer.json['n'], answer.json['d']), (200, 31, 3), 'the published plan of 200')
    tap.ok(abs(answer.json['alpha'] - 0.0508216) < 1e-6 and abs(answer.json['beta'] - 0.0880733) < 1e-6,
           'its errors', answer)
    curve = answer.json['curve']
    tap.ok(curve[0] == {'share': 0, 'accepts': 1} and all(a['accepts'] >= b['accepts']
                                                          for a, b in zip(curve, curve[1:])), 'a falling curve', curve)
    tap.equal(answer.json['verdict'], None, 'no verdict unasked')
    answer = admin.get('/api/lqas?size=200&looked_at=31&wrong=4')
    verdict = answer.json['verdict']
    tap.ok(verdict['accepted'] is False and abs(verdict['error'] - 0.0508216) < 1e-6, 'four wrong refuse', answer)
    answer = admin.get('/api/lqas?size=1000&p0=.001&p1=.9&alpha=.5&beta=.5&seed=42')
    tap.equal(len(answer.json['lines']), answer.json['n'], 'lines drawn')
    for query, what in (('size=10&p0=.01&p1=.04', 'not to be told apart'), ('size=-1', 'no size'),
                        ('p0=.3&p1=.2', 'good worse than bad'), ('p0=x', 'no share'), ('alpha=0', 'no error'),
                        ('size=200&looked_at=31&wrong=32', 'more wrong than looked at'),
                        ('seed=1', 'lines of a lot without end'), ('p0=.5&p1=.50001&alpha=.001&beta=.001', 'too near')):
        tap.equal(admin.get('/api/lqas?' + query).status, 422, what)


def audits(server, admin):
    base = '/api/registers/register_audits'
    made = admin.post(base + '/audits', {'facility': 'H1', 'book': 'Ultrasound book 2014', 'size': 1000, 'seed': '42'})
    tap.equal((made.status, made.json.get('error')), (201, None), 'an audit is planned')
    audit = made.json
    tap.equal((audit['n'], audit['d'], len(audit['lines'])), (32, 3, 32), 'n, d and as many lines')
    tap.equal([k['field'] for k in audit['kinds']], ['wrong_signatures', 'wrong_items'], 'kinds of errors are the pack\'s')
    path = f'{base}/rows/{audit["id"]}'
    again = admin.get(path + '/audit')
    tap.equal(again.json['lines'], audit['lines'], 'the same lines again')
    drawn = admin.get('/api/lqas?size=1000&seed=42')
    tap.equal(drawn.json['lines'], audit['lines'], 'and by the plan alone')
    said = admin.post(path + '/audit', {'version': audit['version'], 'looked_at': 32, 'wrong': 4,
                                        'kinds': {'wrong_signatures': 3, 'wrong_items': 2}})
    tap.equal(said.status, 200, 'counts are saved')
    tap.equal((said.json['verdict']['accepted'], said.json['kinds'][0]['wrong']), (False, 3), 'with the verdict')
    row = admin.get(path).json['values']
    tap.equal((row['verdict'], row['wrong'], row['looked_at']), ('refused', '4', '32'), 'as in the row')
    tap.ok(abs(float(row['chance']) - said.json['alpha']) < 1e-5, 'with its error', row)
    tap.equal(admin.post(path + '/audit', {'version': audit['version'], 'looked_at': 32, 'wrong': 3}).status, 409,
              'someone was faster')
    now = said.json['version']
    for body, what in (({'looked_at': 32, 'wrong': 33}, 'more wrong than looked at'),
                       ({'looked_at': 32, 'wrong': 1, 'kinds': {'wrong_signatures': 3, 'wrong_items': 0}},
                        'fewer than of one kind'),
                       ({'looked_at': 32, 'wrong': 6, 'kinds': {'wrong_signatures': 3, 'wrong_items': 2}},
                        'more than of all kinds'),
                       ({'looked_at': 32, 'wrong': 1, 'kinds': {'size': 3}}, 'a kind that is none'),
                       ({'looked_at': 32}, 'nothing counted')):
        tap.equal(admin.post(path + '/audit', {'version': now, **body}).status, 422, what)
    counts = {'looked_at': 32, 'wrong': 5, 'kinds': {'wrong_signatures': 3, 'wrong_items': 2}}
    for none in (0, -1, 1.5, str(now), 'x', True, [now], None):
        answer = admin.post(path + '/audit', {'version': none, **counts})
        tap.equal((answer.status, answer.json['error']['where']), (422, 'version'), f'{none!r} is no version of an audit')
    answer = admin.post(path + '/audit', counts)
    tap.equal((answer.status, answer.json['error']['where']), (422, 'version'), 'nor may it be left out')
    tap.equal(admin.get(path + '/audit').json['version'], now, 'and nothing was saved')
    answer = admin.post(path + '/audit', {'version': now, **counts})
    tap.ok(answer.status == 200, 'which the right one does', answer.text)
    for body, what in (({'facility': 'H1', 'book': 'x', 'size': 0}, 'an empty book'),
                       ({'facility': 'nowhere', 'book': 'x', 'size': 10}, 'no such facility'),
                       ({'facility': 'H1', 'book': 'x', 'size': 10, 'p0': .01, 'p1': .04}, 'read all of it'),
                       ({'facility': 'H1', 'size': 10}, 'no book'),
                       ({'facility': 'H1', 'book': 'x', 'size': 200, 'seed': '-3'}, 'no seed')):
        tap.equal(admin.post(base + '/audits', body).status, 422, what)
    tap.equal(admin.post('/api/registers/births/audits', {}).status, 422, 'a body is read first')
    answer = admin.post('/api/registers/births/audits', {'facility': 'H1', 'book': 'x', 'size': 10})
    tap.equal((answer.status, answer.json['error']['key']), (404, 'audit.register'), 'a register of something else')
    free = admin.post(base + '/audits', {'facility': 'H2', 'book': 'y', 'size': 200})
    other = admin.post(base + '/audits', {'facility': 'H2', 'book': 'z', 'size': 200})
    tap.ok(free.json['seed'] != other.json['seed'], 'seeds that nobody chose differ', free, other)


def rotas(admin):
    path = '/api/registers/facilities/rota'
    answer = admin.get(path + '?teams=2&days=3&per_day=6&seed=7')
    tap.equal(answer.status, 200, 'a rota')
    rota = answer.json
    tap.equal((rota['facilities'], len(rota['visits']), rota['left']), (31, 31, []), 'all 31 have room')
    tap.ok(all(v['why'] for v in rota['visits']), 'each with its reason')
    third = [v for v in rota['visits'] if v['facility']['code'] == 'H3']
    tap.ok(third[0]['risk'] == 1 and '2013-01-01' in third[0]['risk_text'], 'a licence that ran out is a risk', third)
    tap.equal(admin.get(path + '?teams=2&days=3&per_day=6&seed=7').json['visits'], rota['visits'], 'the same again')
    few = admin.get(path + '?teams=2&days=1&per_day=4&seed=7&kinds=pharmacy&conflicts=1:H2,2:H4').json
    tap.equal((few['facilities'], len(few['visits']), few['overdue']), (15, 8, 7), 'pharmacies, and a round too small')
    barred = [v for v in few['visits'] if (v['facility']['code'], v['team']) in (('H2', 1), ('H4', 2))]
    tap.equal(barred, [], 'no member at their own facility')
    one = admin.get(path + '?area=340221101').json
    tap.equal({v['area']['code'] for v in one['visits']}, {'340221101'}, 'one township')
    for query in ('teams=0', 'conflicts=9:H1', 'conflicts=H1', 'start=nonsense', 'seed=-1'):
        tap.equal(admin.get(f'{path}?{query}').status, 422, f'not {query}')
    tap.equal(admin.get(path + '?kinds=cdc').status, 404, 'no facility of a kind')
    tap.equal(admin.get('/api/registers/births/rota').status, 404, 'a rota is of facilities')


with Server(pack='cn-county') as server:
    for name, text in (('areas', AREAS), ('facilities', FACILITIES)):
        file = server.folder / f'{name}.csv'
        file.write_text(text)
        server.heng('import', str(server.db), name, str(file))
    admin = server.administrator()
    plans(admin)
    audits(server, admin)
    rotas(admin)
tap.end()
