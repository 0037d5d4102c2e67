# SPDX-License-Identifier: AGPL-3.0-or-later
"""The years ahead over HTTP: the demo county's figures are those of `heng project county.db`, intervals hold their
medians, groups of ages are all the people, what is supposed is reached, 106 from a year on stands beside the same
without it, documents are documents, and what is asked wrongly or of another's area is refused in words."""
import json
import urllib.parse

from client import Server, tap

FIGURES = {'all': 'people', 'women': 'women', 'men': 'men', 'young': 'aged_0_14', 'working': 'aged_15_64', 'old': 'aged_65',
           'oldest': 'aged_80', 'dependent': 'dependent_on_100', 'old_share': 'aged_65_of_100', 'born': 'births_a_year',
           'died': 'deaths_a_year', 'boys_born': 'boys_to_100_girls_born', 'missing': 'girls_missing',
           'suitors': 'men_25_34_to_100_women_23_32'}
BOUNDS = ('low_95', 'low_80', 'median', 'high_80', 'high_95')
MEDIAN = 2


class County(Server):
    def start(self):
        if not getattr(self, 'filled', False):
            self.filled = True
            raw = self.folder / 'raw'
            self.heng('demo', str(raw), '--people', '8000', '--seed', '12')
            for line in (raw / 'import.txt').read_text('utf-8').splitlines():
                register, file, source = line.split()[:3]
                self.heng('import', str(self.db), register, str(raw / file), *(() if source == '-' else ('--source', source)))
        super().start()


def ask(client, **query):
    return client.get('/api/projections/county?' + urllib.parse.urlencode(query), timeout=300)


def line(lines, name):
    return next(one for one in lines if one['name'] == name)['values']


def of_command(server, *options):
    """{(scenario, year, figure): quantiles} as heng project has them."""
    out = json.loads(server.heng('project', str(server.db), *options, '--json', '-'))
    return {(one['scenario'], one['year'], one['figure']): [one[k] for k in BOUNDS] for one in out['ahead']}


def near(found, expected):
    return len(found) == len(expected) and all(
        a is b is None or (a is not None and b is not None and abs(a - b) <= .0006 + 1e-9 * abs(b))
        for a, b in zip(found, expected))


def differences(data, key, expected, scenario):
    return [(name, year) for name, other in FIGURES.items() for i, year in enumerate(data['years'])
            if not near(line(data[key], name)[i], expected[scenario, year, other])]


def test_figures(server, admin):
    listed = admin.get('/api/projections').json['projections']
    tap.equal([(one['name'], one['label']['zh']) for one in listed], [('county', '未来人口')], 'the pack has one')
    got = ask(admin, trajectories=200, to=2030)
    tap.equal(got.status, 200, 'the years ahead')
    data = got.json
    tap.equal((data['years'], data['trajectories'], data['width']), (list(range(2013, 2031)), 200, 1), 'as asked for')
    expected = of_command(server, '--trajectories', '200', '--to', '2030')
    tap.equal(differences(data, 'figures', expected, ''), [], 'every figure is that of heng project')
    tap.equal([one['name'] for one in data['figures']], list(FIGURES), 'all of them')
    tap.ok(data['without'] is None and data['freshness'], 'nothing was changed; how fresh the data are')
    lines = [q for one in data['figures'] + data['needs'] for q in one['values'] if q[0] is not None]
    ages = [q for sex in ('female', 'male') for moment in data['people'][sex] for q in moment]
    tap.ok(all(q == sorted(q) for q in lines + ages), f'{len(lines + ages)} intervals are about their medians')
    tap.ok(all(one['label']['en'] and one['label']['zh'] for one in data['figures'] + data['needs']), 'all named twice')
    return data


def test_people(data):
    ages = data['ages']
    tap.ok(ages[0] == {'from': 0, 'to': 4} and ages[-1]['to'] is None and
           all(a['to'] + 1 == b['from'] for a, b in zip(ages, ages[1:])), 'groups of five, the last open', ages)
    sums = {sex: sum(q[MEDIAN] for q in data['people'][sex][0]) for sex in ('female', 'male')}
    people = data['basis']['people']
    tap.ok(all(abs(sums[sex] - people[sex]) < .1 for sex in sums), 'at the start they are those that were counted', sums, people)
    last = sum(q[MEDIAN] for sex in ('female', 'male') for q in data['people'][sex][-1])
    tap.ok(abs(last / line(data['figures'], 'all')[-1][MEDIAN] - 1) < .01, 'and at the end about all', last)
    # the same of 15-64 by groups and by the figure, where nothing is drawn yet
    working = sum(q[MEDIAN] for sex in ('female', 'male') for q in data['people'][sex][0][3:13])
    tap.ok(abs(working - line(data['figures'], 'working')[0][MEDIAN]) < .1, 'ages are where they belong')
    basis = data['basis']
    held = [basis['tfr'], basis['boys'], *basis['e0'].values()]
    tap.ok(all(one['low'] < one['value'] < one['high'] for one in held), 'what it stands on has intervals', held)
    kinds = {one['kind']: one for one in data['note']}
    tap.ok('people' in kinds and 'partners' in kinds and not kinds['people']['warns'], 'a note', kinds)
    tap.ok(all('⚠' not in one['text'][way] and one['text'][way] for one in data['note'] for way in ('en', 'zh')),
           'in both languages, without signs')


def test_supposed(server, admin, plain):
    data = ask(admin, trajectories=200, to=2030, tfr=2.1, e0f=85, e0m=80, boys=106, migrants=-50, by=2020).json
    last = data['supposed'][-1]
    tap.ok(abs(last['tfr'] - 2.1) < .002 and abs(last['boys'] - 106) < .001, 'fertility and ratio are reached', last)
    tap.ok(abs(last['e0_female'] - 85) < .3 and abs(last['e0_male'] - 80) < .3, 'and lives', last)
    tap.ok(abs(last['migrants'] + 50) < .01, 'and migrants', last)
    tap.ok(abs(data['supposed'][0]['tfr'] - plain['supposed'][0]['tfr']) < .2, 'not at once', data['supposed'][0])
    expected = of_command(server, '--trajectories', '200', '--to', '2030', '--tfr', '2.1', '--e0f', '85', '--e0m', '80',
                          '--boys', '106', '--migrants', '-50', '--by', '2020')
    tap.equal(differences(data, 'figures', expected, ''), [], 'figures are those of heng project with the same')
    five = ask(admin, width=5, to=2033).json
    tap.equal((five['years'], five['ages'][0]), ([2013, 2018, 2023, 2028, 2033], {'from': 0, 'to': 4}), 'steps of five years')
    other = ask(admin, trajectories=200, to=2030, seed=2).json
    tap.ok(line(other['figures'], 'all')[-1] != line(plain['figures'], 'all')[-1], 'another seed draws others')


def test_normal(server, admin, plain):
    data = ask(admin, trajectories=200, to=2030, normal=2020).json
    with_it, without = line(data['figures'], 'boys_born'), line(data['without'], 'boys_born')
    at = data['years'].index
    tap.equal(with_it[at(2019)], without[at(2019)], 'until then nothing is different')
    tap.ok(abs(with_it[at(2020)][MEDIAN] - 106) < .5, 'from that year on it is', with_it[at(2020)])
    tap.ok(abs(with_it[-1][MEDIAN] - 106) < .5 < abs(without[-1][MEDIAN] - 106), 'then it is 106', with_it[-1], without[-1])
    tap.equal(data['without'], plain['figures'], 'without it: what is there when nothing was asked')
    cohorts = {(one['name'], one['born'], one['without']): one for one in data['cohorts']}
    tap.equal({born % 5 for _, born, _ in cohorts}, {0}, 'every fifth year of birth')
    a, b = (cohorts['girls_missing', 2025, without]['values'][MEDIAN] for without in (False, True))
    missing = line(data['figures'], 'missing')[at(2025)]
    tap.ok(near(cohorts['girls_missing', 2025, False]['values'], missing) and a != b,
           'girls missing among those born in a year are those of the year', a, b, missing)
    now = cohorts['men_to_100_women', 1985, False]
    tap.equal((now['year'], now['values'][0] < now['values'][4]), (2015, True), 'men of thirty, two years from now')
    expected = of_command(server, '--trajectories', '200', '--to', '2030', '--normal', '2020')
    scenario = next(key[0] for key in expected if key[0])
    tap.equal(differences(data, 'figures', expected, scenario) + differences(data, 'without', expected, ''), [],
              'both are those of heng project')


def test_documents(admin):
    html = ask(admin, format='html', to=2030, width=5, normal=2020, lang='zh')
    tap.ok(html.status == 200 and all(word in html.text for word in ('未来人口', '预警提示', '数据基础', '情景的影响')),
           'the page in Chinese', html)
    english = ask(admin, format='html', to=2030, width=5, lang='en').text
    tap.ok('Early warning' in english and 'What it stands on' in english, 'and in English')
    pdf = ask(admin, format='pdf', to=2030, width=5)
    tap.ok(pdf.body[:5] == b'%PDF-' and '.pdf' in pdf.headers['Content-Disposition'], 'PDF', pdf)
    book = ask(admin, format='xlsx', to=2030, width=5)
    tap.ok(book.body[:2] == b'PK' and len(book.body) > 10000, 'XLSX', book)


def test_kept(admin):
    first = ask(admin, trajectories=100, to=2020)
    tag = first.headers['ETag']
    again = admin.get('/api/projections/county?to=2020&trajectories=100', headers={'If-None-Match': tag})
    tap.ok(tag and again.status == 304, 'the same question is answered from what is kept', again)


BAD = ((dict(width=2), 'width'), (dict(width='x'), 'width'), (dict(tfr='many'), 'tfr'), (dict(tfr=.1), 'tfr'), (dict(tfr='nan'), 'tfr'),
       (dict(e0f=150), 'e0f'), (dict(e0m=1), 'e0m'), (dict(boys=1.06), 'boys'), (dict(migrants='1e9'), 'migrants'),
       (dict(trajectories=0), 'trajectories'), (dict(trajectories=5001), 'trajectories'), (dict(to=2114), 'to'), (dict(to=2500), 'to'),
       (dict(normal='later'), 'normal'), (dict(seed=-1), 'seed'), (dict(by='soon'), 'by'), (dict(format='doc'), 'format'))


def test_refused(server, admin):
    for query, where in BAD:
        got = ask(admin, **query)
        error = got.json.get('error', {})
        tap.ok(got.status == 422 and error['where'] == where and error['text'] and error['cure'], f'refused: {query}', got)
    for query in (dict(to=2013), dict(to=2000), dict(by=1950, tfr=2), dict(**{'from': 1990})):
        got = ask(admin, **query)
        tap.ok(got.status in (404, 422) and got.json['error']['cure'], f'refused: {query}', got)
    unknown = admin.get('/api/projections/nothing')
    tap.ok(unknown.status == 404 and unknown.json['error']['key'] == 'projection.name', 'no such projection', unknown)


def test_area(server, admin):
    children = admin.get('/api/overview?period=2014S1').json['children']
    towns = [one['code'] for one in children['buckets'] if one['code']]
    parts = [ask(admin, area=code, trajectories=1, to=2015) for code in towns]
    tap.ok(all(one.status == 200 or one.json['error']['key'].startswith('projection.') for one in parts),
           'a township has its own, or it is told why not', *[one for one in parts if one.status != 200])
    whole = ask(admin, trajectories=1, to=2015).json['basis']['people']['female']
    found = sum(one.json['basis']['people']['female'] for one in parts if one.status == 200)
    tap.ok(0 < found <= whole, f'{found} of {whole} women are in townships that have one')
    made = admin.post('/api/people', {'name': 'li', 'full_name': '', 'roles': [{'role': 'leader', 'area': towns[0], 'until': None}]})
    leader = server.client()
    leader.use_link(made.json['link']['link'] if isinstance(made.json['link'], dict) else made.json['link'])
    own, other, none = (ask(leader, area=code, to=2015, trajectories=1) for code in (towns[0], towns[1], '999999999'))
    tap.equal((own.status, other.status, none.status), (parts[0].status, 404, 404), 'a leader sees her own township alone')
    tap.equal(other.text.replace(towns[1], 'X'), none.text.replace('999999999', 'X'), 'and is not told whether there is another')
    tap.equal(ask(leader, to=2015, trajectories=1).status, parts[0].status, 'which is what she gets when she names none')
    clerk = server.client()
    made = admin.post('/api/people', {'name': 'wu', 'full_name': '', 'roles': [{'role': 'tip_reader', 'area': '', 'until': None}]})
    clerk.use_link(made.json['link']['link'] if isinstance(made.json['link'], dict) else made.json['link'])
    tap.ok(ask(clerk).status == 403 and clerk.get('/api/projections').status == 403, 'who sees no figures sees none of these')
    tap.equal(server.client().get('/api/projections/county').status, 401, 'and who is not signed in neither')


with County(pack='cn-county') as server:
    admin = server.administrator()
    plain = test_figures(server, admin)
    test_people(plain)
    test_supposed(server, admin, plain)
    test_normal(server, admin, plain)
    test_documents(admin)
    test_kept(admin)
    test_refused(server, admin)
    test_area(server, admin)
    tap.equal(server.stop(), 0, 'the server ends well')
tap.end()
