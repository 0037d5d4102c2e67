# SPDX-License-Identifier: AGPL-3.0-or-later
"""The numbers of the server on a demo county: the same as the command line's, added up, suppressed and
bounded; the drawer's filters lead to as many rows as it counts; reports are whole files."""
import json
import urllib.parse

from client import HENG, SOURCE, Server, rows_in, tap, workbook


def imports(server, raw):
    for line in (raw / 'import.txt').read_text('utf-8').splitlines():
        register, file, source = line.split()[:3]
        server.heng('import', str(server.db), register, str(raw / file),
                    *(() if source == '-' else ('--source', source)))


def prepare(server, path):
    raw = server.folder / 'raw'
    server.heng('demo', str(raw), '--people', '8000', '--seed', '12')
    imports(server, raw)


class County(Server):
    def start(self):
        if not getattr(self, 'filled', False):
            self.filled = True
            prepare(self, self.db)
        super().start()


def query(**parameters):
    return urllib.parse.urlencode(parameters)


def measured(server, period, names, by=None):
    asked = [word for name in names.split(',') for word in ('--indicator', name)]
    out = server.heng('measure', str(server.db), '--period', period, *asked, '--json', '-', *(('--by', by) if by else ()))
    return json.loads(out)


STATES = {'ok': 'ok', 'no data': 'no_data', 'suppressed': 'suppressed', 'not defined': 'not_defined'}


def same_figure(answer, cli):
    if cli['state'] == 'data error':
        return answer.get('outside') is True and 'value' not in answer
    if STATES[cli['state']] != answer['state']:
        return False
    for name in ('numerator', 'denominator', 'value', 'low', 'high'):
        wanted = cli[name]
        if (answer.get(name) is None) != (wanted is None):
            return False
        if wanted is not None and abs(answer[name] - wanted) > 1e-9 * max(1, abs(wanted)):
            return False
    return True


def test_spans(server, admin):
    """Years as one axis: each as it is alone, sums of what they are made of, and no sum beside a hidden year."""
    names = 'srb,births_total,record_rate'
    data = admin.get('/api/figures?' + query(indicators=names, period='2012..2014', by='township,year', before=1)).json
    places, years = (one['buckets'] for one in data['axes'])
    tap.equal(([one['code'] for one in years], data['before']['period']['code']), (['2012', '2013', '2014'], '2011..2013'),
              'three years, and those before them')
    for y, year in enumerate(years):
        alone = admin.get('/api/figures?' + query(indicators=names, period=year['code'], by='township')).json
        tap.equal([one['figures'][y::3] for one in data['indicators']], [one['figures'] for one in alone['indicators']],
                  f'{year["code"]} is what it is alone')
    srb, births, records = data['indicators']
    tap.ok(records['sums'] is None and len(births['sums']) == len(places), 'what stands at a time has no sum', records)
    tap.equal([one['numerator'] for one in srb['sums']],
              [sum(one.get('numerator', 0) for one in srb['figures'][3 * k:3 * k + 3]) for k in range(len(places))],
              'sums of numerators')
    made = admin.get('/api/indicators/srb?' + query(period='2012..2014', area=places[0]['code'])).json
    tap.equal((made['figure'], made['before']), (srb['sums'][0], None), 'how a sum was made')
    tap.ok(made['figure']['low'] < 100 * made['figure']['numerator'] / made['figure']['denominator'] < made['figure']['high'],
           'with its interval', made['figure'])
    hidden = admin.get('/api/figures?' + query(indicators='services_given', period='2010..2014', by='township,year')).json
    one = hidden['indicators'][0]
    lines = [one['figures'][5 * k:5 * k + 5] for k in range(len(places))]
    tap.ok(all((total['state'] == 'suppressed') == any(year['state'] == 'suppressed' for year in line)
               for total, line in zip(one['sums'], lines)), 'a sum is hidden where one of its years is', one)
    cli = measured(server, '2012..2014', names, 'township,year')
    flat = [figure for one in data['indicators'] for k in range(len(places))
            for figure in one['figures'][3 * k:3 * k + 3] + (one['sums'][k:k + 1] if one['sums'] else [])]
    tap.ok(len(flat) == len(cli) and all(map(same_figure, flat, cli)), 'the shell has the same years and sums', len(flat), cli[:4])
    tap.equal([(one['group_code'], one['period']) for one in cli[:8]],
              [(place['code'], when) for place in places[:2] for when in ('2012', '2013', '2014', '2012..2014')], 'a row a period')
    alone = measured(server, '2012..2014', 'srb,births_total', 'township')
    tap.equal(alone, [one for one in cli if one['period'] == '2012..2014'], 'the sums alone, not by year')
    got = admin.get('/api/figures?' + query(indicators='record_rate', period='2012..2014', lang='en'))
    tap.ok(got.status == 422 and 'by=year' in got.json['error']['cure'], 'no sum: the cure', got)
    got = admin.get('/api/figures?' + query(indicators='record_rate', period='2012..2014', lang='zh'))
    tap.ok('合计' in got.json['error']['text'] and 'by=year' in got.json['error']['cure'], 'in Chinese too', got)
    got = admin.get('/api/overview?' + query(period='2012..2014'))
    tap.equal(got.status, 422, 'the overview is of one period')


def test_workbook(admin):
    """The explorer's table as a workbook: the lines of the JSON, numbers as numbers, and how they are made."""
    asked = dict(indicators='srb,births_total,record_rate', period='2012..2014', by='township,year')
    data = admin.get('/api/figures?' + query(**asked, before=1)).json
    got = admin.get('/api/figures?' + query(**asked, before=1, format='xlsx', lang='en'))
    tap.ok(got.status == 200 and 'spreadsheetml' in got.headers['Content-Type'] and
           "filename*=UTF-8''Indicators-2012..2014-" in got.headers['Content-Disposition'], 'a workbook', got, got.headers)
    book = workbook(got.body)
    tap.equal(list(book), ['Contents', 'Table 1', 'Table 2'], 'its sheets')
    head = book['Table 1'][2]
    tap.equal(head, ['Township', 'Period', 'Indicator', 'Unit', 'Value', 'Lower bound', 'Upper bound', 'Numerator',
                     'Denominator', 'State', 'A year earlier'], 'its headings')
    lines = [row + [None] * (len(head) - len(row)) for row in book['Table 1'][3:] if len(row) > 5]
    places, years = (one['buckets'] for one in data['axes'])
    wanted = []
    for one, then in zip(data['indicators'], data['before']['indicators']):
        for k, place in enumerate(places):
            for y, year in enumerate([*years, {'label': {'en': 'Together'}}]):
                if y == 3 and not one['sums']:
                    continue
                figure = one['sums'][k] if y == 3 else one['figures'][3 * k + y]
                past = {} if y == 3 else then['figures'][3 * k + y]
                wanted.append([place['label']['en'], year['label']['en'], figure.get('value'), figure.get('low'), figure.get('high'),
                               *(figure.get(one) if figure['state'] == 'ok' else None for one in ('numerator', 'denominator')),
                               'data error' if figure.get('outside') else figure['state'].replace('_', ' '), past.get('value')])

    def close(a, b):
        return a == b or isinstance(a, float) and b is not None and abs(a - b) <= 1e-9 * abs(b)
    found = [[row[0], row[1], *row[4:]] for row in lines]
    tap.equal(len(found), len(wanted), 'a line a figure, and the sums where there are some')
    off = [(a, b) for a, b in zip(found, wanted) if not all(map(close, a, b))]
    tap.ok(not off, 'each with the figure of the JSON', *off[:3])
    note = ' '.join(cell for row in book['Table 1'][3 + len(found):] for cell in row if cell)
    tap.ok('Together: numerators' in note and '95%' in note and '2014 is not over; it is counted up to 20 July 2014' in note,
           'notes below', note)
    made = {row[0]: row for row in book['Table 2'][3:] if len(row) > 5}
    about = admin.get('/api/indicators/srb?' + query(period='2014')).json
    srb = made['Sex ratio at birth']
    tap.ok(srb[4] == 'boys per 100 girls' and srb[6] == about['formula']['en'] and srb[8] == about['suppression']['en'],
           'formula and what is hidden', srb, about)
    saved = ' '.join(about['sources'][0]['last_saved_at'][:10].split('T'))
    tap.ok(saved[:7] in srb[7] and about['sources'][0]['label']['en'] in srb[7], 'how fresh it is', srb[7], about['sources'])
    editions = [row[1] for row in book['Table 2'][3:] if row and row[0] == 'Sex ratio at birth']
    tap.equal(len(editions), 1, 'each edition once')
    chinese = workbook(admin.get('/api/figures?' + query(indicators='srb', period='2014S1', by='birth_order', format='xlsx', lang='zh')).body)
    tap.equal((list(chinese), chinese['表 1'][2][1:]), (['目录', '表 1', '表 2'], ['指标', '单位', '数值', '区间下限', '区间上限', '分子', '分母', '状态']),
              'in Chinese')
    tap.equal(admin.get('/api/figures?' + query(indicators='srb', period='2014', format='csv')).status, 422, 'no other format')
    got = admin.get('/api/figures?' + query(indicators='births_total', period='2008..2014', by='village,month', format='xlsx', lang='en'))
    tap.ok(got.status == 413 and 'more than 20000 figures' in got.json['error']['text'], 'a workbook has an end', got)


def test_figures(server, admin):
    names = 'births_total,srb,record_rate,vaccine_coverage,early_booking_rate,household_per_hospital'
    got = admin.get('/api/figures?' + query(indicators=names, period='2014S1', before=1))
    tap.equal(got.status, 200, 'figures')
    data = got.json
    cli = {one['indicator']: one for one in measured(server, '2014S1', names)}
    past = {one['indicator']: one for one in measured(server, '2013S1', names)}
    tap.equal([one['name'] for one in data['indicators']], names.split(','), 'indicators in the order asked for')
    tap.ok(all(same_figure(one['figures'][0], cli[one['name']]) for one in data['indicators']),
           'figures are those of heng measure', data['indicators'])
    tap.ok(all(same_figure(one['figures'][0], past[one['name']]) for one in data['before']['indicators']),
           'and so are those of a year ago', data['before'])
    tap.equal((data['before']['period']['code'], data['period']['label']['zh']), ('2013S1', '2014年上半年'), 'periods')
    made = data['made']
    tap.equal((made['today'], made['suppress_below'], made['pack']), ('2014-07-20', 5, 'cn-county'), 'how it was made')

    data = admin.get('/api/figures?' + query(indicators='srb,births_total', period='2014', by='township')).json
    cli = measured(server, '2014', 'srb,births_total', 'township')
    flat = [figure for one in data['indicators'] for figure in one['figures']]
    tap.ok(len(flat) == len(cli) == 32 and all(map(same_figure, flat, cli)), 'by township', cli[:3])
    tap.equal([one['code'] for one in data['axes'][0]['buckets']], [one['group_code'] for one in cli[:16]], 'buckets')

    data = admin.get('/api/figures?' + query(indicators='births_total', period='2014S1', by='township,month,sex',
                                             before=1)).json
    sizes = [len(one['buckets']) for one in data['axes']]
    figures = data['indicators'][0]['figures']
    tap.equal(len(figures), sizes[0] * sizes[1] * sizes[2], 'three axes')
    whole = admin.get('/api/figures?' + query(indicators='births_total', period='2014S1', before=1)).json
    total = sum(one.get('value', 0) for one in figures)
    tap.equal(total + data['indicators'][0]['unplaced'], whole['indicators'][0]['figures'][0]['value'],
              'they add up to the whole')
    then = sum(one.get('value', 0) for one in data['before']['indicators'][0]['figures'])
    tap.ok(0 < then <= whole['before']['indicators'][0]['figures'][0]['value'], 'a year ago, in the same buckets',
           then, whole['before'])
    # month 2 of 2014 stands beside month 2 of 2013
    by_month = admin.get('/api/figures?' + query(indicators='births_total', period='2014S1', by='month', before=1)).json
    cli = measured(server, '2013S1', 'births_total', 'month')
    tap.equal([one['value'] for one in by_month['before']['indicators'][0]['figures']], [one['value'] for one in cli],
              'months of a year ago in their order')

    test_spans(server, admin)
    test_workbook(admin)
    for bad, status, what in (
            ({'indicators': 'srb', 'period': '2014..2012', 'by': 'year'}, 422, 'a span that runs backwards'),
            ({'indicators': 'srb', 'period': '2012..2014Q1', 'by': 'year'}, 422, 'a span of two kinds'),
            ({'indicators': 'nonsense', 'period': '2014'}, 404, 'an unknown indicator'),
            ({'indicators': 'srb', 'period': '2014X'}, 422, 'a period that is none'),
            ({'indicators': 'srb'}, 422, 'no period'),
            ({'period': '2014'}, 422, 'no indicator'),
            ({'indicators': 'srb', 'period': '2014', 'by': 'weather'}, 422, 'by what is not there'),
            ({'indicators': 'srb', 'period': '2014', 'by': 'mother_name'}, 422, 'by a name'),
            ({'indicators': 'srb', 'period': '2014', 'by': 'month,month'}, 422, 'the same axis twice'),
            ({'indicators': 'srb', 'period': '2014', 'by': 'village,facility,month,sex,place'}, 413, 'five axes'),
            ({'indicators': ','.join(['srb'] * 61), 'period': '2014'}, 413, 'sixty-one indicators'),
            ({'indicators': 'srb', 'period': '2014', 'area': '999999999999'}, 404, 'an area that is not there'),
            ({'indicators': 'births_total', 'period': '2014', 'by': 'village,facility,month'}, 413, 'too many')):
        got = admin.get('/api/figures?' + query(**bad))
        tap.equal(got.status, status, what)


def test_overview(server, admin):
    got = admin.get('/api/overview?period=2014S1')
    tap.equal(got.status, 200, 'overview')
    data = got.json
    tap.equal([one['name'] for one in data['cards']],
              ['births_total', 'srb', 'births_order_known', 'timeliness', 'coverage', 'findings'], 'six cards')
    names = 'births_total,srb,births_order_known'
    cli = {one['indicator']: one for one in measured(server, '2014S1', names)}
    past = {one['indicator']: one for one in measured(server, '2013S1', names)}
    tap.ok(all(same_figure(one['figure'], cli[one['name']]) and same_figure(one['before'], past[one['name']])
               for one in data['cards'][:3]), 'cards are as heng measure has them', data['cards'][:3])
    tap.ok(all(one['certainty']['en'] and one['certainty']['zh'] for one in data['cards'][:5]), 'every card has its words')
    tap.equal(data['cards'][1]['reference'], {'value': 106.3, 'low': 105.5, 'high': 107.2}, 'the reference')
    births = data['births']
    tap.equal(sum(births['boys']) + sum(births['girls']) + sum(births['unknown']), data['cards'][0]['figure']['value'],
              'boys, girls and unknown are all births')
    tap.equal(len(data['children']['buckets']), 16, 'sixteen townships')
    tap.equal(sum(one['value'] for one in data['children']['births']), data['cards'][0]['figure']['value'],
              'births of the townships add up')
    states = data['timeliness']['states']
    tap.ok(len(states) == len(data['timeliness']['reporters']) and
           all(len(row) == len(data['timeliness']['periods']) == 12 for row in states), 'a map of reporters and months')
    tap.equal({one['band'] for one in data['coverage']} - {'met', 'near', 'far', 'none'}, set(), 'bands')
    tap.ok(data['findings'] is None and data['cards'][5]['figure']['state'] == 'no_data', 'nothing was checked yet')
    township = data['children']['buckets'][0]['code']
    below = admin.get('/api/overview?' + query(period='2014S1', area=township)).json
    tap.equal(below['area']['parent'], data['area']['code'], 'one level down')
    tap.equal(below['cards'][0]['figure'], data['children']['births'][0], 'the township alone is what it was among all')
    tap.equal(admin.get('/api/overview?period=20140605').status, 422, 'not of a day')
    return township


def test_checks(server, admin):
    first = admin.get('/api/checks?period=2014S1&limit=7').json
    totals = first['totals']
    n = sum(totals[one] for one in ('errors', 'warnings', 'notes', 'explained'))
    tap.ok(n > 7 and len(first['findings']) == 7 and first['next'], 'a page of findings', totals)
    found, after, last = [], None, None
    while True:
        page = admin.get('/api/checks?' + query(period='2014S1', limit=50, **({'after': after} if after else {}))).json
        found += page['findings']
        after = page['next']
        if not after:
            break
    tap.equal(len(found), n, 'all pages together')
    tap.equal(len({one['key'] for one in found}), n, 'each has its own key')
    tap.equal(found[:7], first['findings'], 'in one order')
    tap.equal(sum(one['count'] for one in first['by']), n, 'by check')
    severity = [one['severity'] for one in found]
    tap.equal(severity, sorted(severity, key=['error', 'warning', 'note'].index), 'the worst first')
    # of two counts that differ each has its way to the rows, as many as it counted
    apart = [one for one in found if one['check'] == 'household_missing']
    tap.ok(apart, 'a source that knows fewer')
    for one in apart[:3]:
        counts = []
        for side in one['sides']:
            tap.ok(side['rows']['exact'], 'these rows and no others', side)
            rows = admin.get(f"/api/registers/{side['rows']['register']}/rows?limit=1&count=1&{side['rows']['query']}").json
            counts.append(f"{side['label']['en']}: {rows['count']['shown']:,}")
        tap.ok(len(counts) == 2 and one['text']['en'].startswith('; '.join(counts) + '; difference'), 'both counts', one['text'], counts)
    tap.ok(all(bool(one['sides']) != bool(one['register']) for one in found), 'a finding is of rows, or of counts')
    only = admin.get('/api/checks?' + query(period='2014S1', only=found[0]['check'])).json
    tap.equal({one['check'] for one in only['findings']}, {found[0]['check']}, 'one check alone')
    tap.equal(admin.get('/api/checks?period=2014S1&only=nonsense').status, 404, 'an unknown check')
    none = admin.get('/api/checks?period=2014S1&limit=0').json
    tap.equal((none['findings'], none['next'], none['totals']['errors']), ([], None, totals['errors']), 'only the totals')
    # now they are known to the overview (in another language, so that no answer is at hand)
    data = admin.get('/api/overview?period=2014S1&area=&lang=zh').json
    tap.ok(data['findings'] and data['findings']['errors'] == totals['errors'], 'the overview has them', data['findings'])
    tap.equal(data['cards'][5]['figure']['value'], n - totals['explained'], 'and so has its card')


def test_explained(server, admin):
    for name, register in (('srb', 'births'), ('births_total', 'births'), ('low_birth_weight', 'births')):
        data = admin.get(f'/api/indicators/{name}?period=2014S1').json
        tap.equal([one['register'] for one in data['sources']], [register], f'{name}: its source')
        rows = data['rows']
        tap.ok(rows and rows['exact'], f'{name}: its rows', rows)
        listed = admin.get(f"/api/registers/{rows['register']}/rows?{rows['query']}&count=1&limit=1")
        if listed.status == 404:
            tap.skip(f'{name}: as many rows as were counted', 'rows are not served')
        else:
            tap.equal(listed.json['count']['shown'], data['figure']['rows'], f'{name}: as many rows as were counted')
    data = admin.get('/api/indicators/births_registered_30_days?period=2014S1').json
    tap.ok(data['rows'] and not data['rows']['exact'], 'a condition that no filter says: more rows', data['rows'])
    data = admin.get('/api/indicators/early_booking_rate?period=2014S1').json
    tap.equal((data['indicator']['edition'], data['indicator']['to']), ('second', '2017-02-27'), 'the edition')
    source = data['sources'][0]
    tap.ok(source['first'] == '2014-01-01' and source['last'] == '2014-06-01' and source['last_saved_at'],
           'what its register holds', source)
    cli = measured(server, '2014S1', 'early_booking_rate')[0]
    tap.ok(same_figure(data['figure'], cli), 'the figure', data['figure'], cli)
    tap.ok('÷' in data['formula']['en'] and '÷' in data['formula']['zh'], 'the formula', data['formula'])
    tap.equal(admin.get('/api/indicators/nonsense?period=2014S1').status, 404, 'an unknown indicator')
    data = admin.get('/api/indicators/services_given?period=2014S1').json
    tap.ok(data['rows'] is None and data['sources'][0]['first'] is None, 'rows of care are not shown', data['rows'])
    tap.ok('hidden' in data['suppression']['en'], 'and it is said', data['suppression'])


def test_srb(server, admin):
    data = admin.get('/api/srb?period=2014').json
    figures = admin.get('/api/figures?period=2014&indicators=srb&by=township').json
    tap.equal([one['bucket'] for one in data['rows']], figures['axes'][0]['buckets'], 'in the order of the tree')
    figures = figures['indicators'][0]['figures']
    tap.equal([[one['boys'], one['girls']] for one in data['rows']],
              [[one['numerator'], one['denominator']] for one in figures], 'counts are those of the figures')
    tap.equal([[one['ratio'], one['low'], one['high']] for one in data['rows'] if one['girls']],
              [[one['value'], one['low'], one['high']] for one in figures if one['state'] == 'ok'], 'and so are intervals')
    tap.equal(data['enough'], 3805, 'enough births')
    ps = sorted(one['p'] for one in data['rows'] if one['p'] is not None)
    qs = [min(p * len(ps) / (k + 1) for k, p in list(enumerate(ps))[i:]) for i in range(len(ps))]
    tap.ok(all(abs(a - b) < 1e-9 for a, b in zip(sorted(one['q'] for one in data['rows'] if one['q'] is not None), qs)),
           'q of Benjamini and Hochberg', qs)
    row = next(one for one in data['rows'] if one['boys'])
    tap.ok(abs(row['missing_girls'] - (row['boys'] * 100 / 106.3 - row['girls'])) < 1e-9, 'missing girls', row)
    tap.ok(all(one['certainty']['en'] and one['certainty']['zh'] for one in data['rows']), 'words')
    tap.ok(not any('above the reference' in one['certainty']['en'] and 'chance' not in one['certainty']['en'] and
                   one['q'] is not None and one['q'] >= 0.05 for one in data['rows']), 'nothing is called high that many looks explain')
    data = admin.get('/api/srb?period=2014&by=order').json
    tap.equal(data['rows'][0]['bucket']['code'], 'first', 'by birth order')
    data = admin.get('/api/srb?period=2014&by=facility').json
    tap.ok(data['rows'] and all(one['boys'] + one['girls'] > 0 for one in data['rows']), 'facilities with births')
    tap.equal(admin.get('/api/srb?period=2014&by=weather').status, 422, 'by what is not there')


def test_due(server, admin):
    data = admin.get('/api/due?period=201405').json
    for one in data['registers']:
        items = [item for item in data['items'] if item['register'] == one['name']]
        count = lambda *states: sum(item['state'] in states for item in items)
        tap.ok((count('on_time'), count('late'), count('missing')) == (one['on_time'], one['late'], one['missing']) and
               one['owed'] == count('on_time', 'late', 'missing'), f"due: {one['name']}", one)
    tap.equal({item['period']['code'] for item in data['items'] if item['period']['code'].startswith('2014')} - {'201405'},
              set(), 'of that month')
    one = admin.get('/api/due?period=201405&register=births_report').json
    tap.equal({item['register'] for item in one['items']}, {'births_report'}, 'one register')
    tap.equal(len(one['items']), 16, 'every township owes one')
    tap.equal(admin.get('/api/due?period=201405&register=births').status, 404, 'a register that owes nothing')
    today = admin.get('/api/today').json
    tap.equal(today['period']['code'], '201406', "today's month")
    tap.ok(all(item['state'] == 'missing' for item in today['late']) and today['late_total'] >= len(today['late']),
           'what is late')
    tap.ok(today['due'] and all(item['due'] >= '2014-07-20' for item in today['due']), 'what is due', today['due'][:2])
    tap.ok(today['arrived'] and all(one['inserted'] >= 0 and one['label']['zh'] for one in today['arrived']),
           'what arrived', today['arrived'][:2])


def test_leader_of_a_township(server, admin, township, other):
    """One who holds figures for one township sees that township, and nothing by which the rest could be told."""
    made = admin.post('/api/people', {'name': 'leader', 'full_name': 'L',
                                      'roles': [{'role': 'leader', 'area': township, 'until': None}]})
    tap.ok(made.status in (200, 201), 'a leader of a township', made)
    leader = server.client()
    leader.use_link(made.json['link'])
    own = leader.get('/api/overview?period=2014S1')
    tap.equal(own.json['area']['code'], township, "the caller's own area is meant")
    asked = admin.get('/api/overview?' + query(period='2014S1', area=township)).json
    tap.equal([one['figure'] for one in own.json['cards'][:5]], [one['figure'] for one in asked['cards'][:5]],
              'figures are the same')
    tap.equal(own.json['signals'], [], 'signals are rows')
    for path in ('overview?period=2014S1', 'figures?indicators=srb&period=2014', 'srb?period=2014', 'today?',
                 'due?period=201405', 'checks?period=2014S1', 'indicators/srb?period=2014',
                 'reports/headline?period=2014S1'):
        refused = leader.get(f'/api/{path}&area={other}')
        unknown = leader.get(f'/api/{path}&area=340999999999')
        tap.ok(refused.status == unknown.status >= 403, f'{path}: another township is as one that is not there',
               refused, unknown)
        plain = lambda answer, code: answer.text.replace(code, 'CODE')
        tap.equal(plain(refused, other), plain(unknown, '340999999999'), f'{path}: in the same words')
    made = leader.get('/api/indicators/srb?period=2014S1').json
    tap.ok(made['rows'] is None, 'no way to rows that may not be read', made['rows'])
    found = leader.get('/api/checks?period=2014S1&limit=2000').json['findings']
    tap.ok(not any(one['ids'] for one in found), 'findings name no rows')
    tap.ok(any(one['sides'] for one in found) and not any(side['rows'] for one in found for side in one['sides']),
           'nor the way to those that were counted')
    tap.ok(all(one['area'] is None or one['area']['code'].startswith(township[:9]) for one in found),
           'findings are of the township', found[:3])
    tap.equal(leader.get('/api/today').json['arrived'], [], 'nothing of files')
    figures = leader.get('/api/figures?indicators=births_total&period=2014S1&by=township').json
    tap.equal([one['code'] for one in figures['axes'][0]['buckets']], [township], 'one bucket')


def test_reports(server, admin):
    names = [one['name'] for one in admin.get('/api/reports').json['reports']]
    tap.equal(set(names), {'half-year', 'headline', 'monthly'}, 'reports')
    page = admin.get('/api/reports/headline?period=2014S1&lang=en')
    tap.ok(page.status == 200 and page.headers['Content-Type'].startswith('text/html') and
           'Headline figures' in page.text, 'HTML', page)
    tap.equal(page.headers.get_all('Content-Security-Policy')[0].split(';')[0], "default-src 'none'", 'its own policy')
    tap.equal(len(page.headers.get_all('Content-Security-Policy')), 1, 'and no other')
    tap.ok('要情一览' in admin.get('/api/reports/headline?period=2014S1&lang=zh').text, 'in Chinese')
    for form, start in (('pdf', b'%PDF-'), ('xlsx', b'PK')):
        got = admin.get(f'/api/reports/headline?period=2014S1&format={form}')
        tap.ok(got.status == 200 and got.body.startswith(start) and
               'attachment' in got.headers['Content-Disposition'], form, got.headers)
    tap.equal(admin.get('/api/reports/headline?period=201406').status, 422, 'a period of another kind')
    tap.equal(admin.get('/api/reports/headline?period=2014S1&format=doc').status, 422, 'an unknown format')
    tap.equal(admin.get('/api/reports/nonsense?period=2014S1').status, 404, 'an unknown report')
    left = [one.name for one in server.db.parent.glob('county.db.serve/report-*')]
    tap.equal(left, [], 'nothing is left behind')


def test_same_again(admin):
    """What is worked out each time is not sent each time."""
    for path in ('today', 'owed', 'owed/days'):
        for _ in range(5):  # a minute may end between the two
            first = admin.get(f'/api/{path}')
            again = admin.get(f'/api/{path}', headers={'If-None-Match': first.headers['ETag']})
            if again.status == 304:
                break
        tap.equal((first.status, again.status), (200, 304), f'{path} is known to be the same')


def test_report_kept(admin):
    """A report is made once and kept until the data change."""
    path = '/api/reports/headline?period=2014S1&lang=en'
    tag = admin.get(path).headers['ETag']
    again = admin.get(path, headers={'If-None-Match': tag or 'none'})
    tap.equal(again.status, 304, 'it is answered from what is kept')
    policies = [admin.get(path).headers.get_all('Content-Security-Policy'),
                again.headers.get_all('Content-Security-Policy')]
    tap.ok(all(len(one) == 1 and one[0].startswith("default-src 'none'") for one in policies),
           'with its own policy and no other', policies)
    rows = '/api/registers/births/rows'
    born = rows_in(admin.get(f'{rows}?limit=1&f.born_on=2014-06-01..2014-06-30').json)[0]
    struck = admin.post(f"{rows}/{born['id']}/strike", {'reason': 'twice', 'version': born['version']})
    tap.equal(struck.status, 200, 'a birth is struck')
    after = admin.get(path, headers={'If-None-Match': tag or 'none'})
    tap.ok(after.status == 200 and after.headers['ETag'] != tag, 'and the report is another', after)


with County(pack='cn-county') as server:
    admin = server.administrator()
    anyone = server.client()
    for path in ('figures?indicators=srb&period=2014', 'overview?period=2014', 'srb?period=2014', 'today',
                 'due?period=2014', 'checks?period=2014', 'reports', 'reports/headline?period=2014S1',
                 'indicators/srb?period=2014'):
        tap.equal(anyone.get('/api/' + path).status, 401, f'nobody sees {path}')
    test_figures(server, admin)
    township = test_overview(server, admin)
    test_checks(server, admin)
    test_explained(server, admin)
    test_srb(server, admin)
    test_due(server, admin)
    townships = admin.get('/api/srb?period=2014').json['rows']
    test_leader_of_a_township(server, admin, township, townships[1]['bucket']['code'])
    test_reports(server, admin)
    test_report_kept(admin)
    test_same_again(admin)
    status = server.stop()
    tap.ok(status == 0, 'it ends with status 0', status, server.log()[-3000:])
tap.end()
