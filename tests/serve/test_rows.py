# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows, places, the model and the search over HTTP, as an administrator and as a clerk of one township."""
import csv
import io
import urllib.parse
import zipfile

from client import Server, rows_in, tap

AREAS = '''code,name,name_en,level,parent
340221,芜湖县,Wuhu,county,
340221100,湾沚镇,Wanzhi,township,340221
340221101,六郎镇,Liulang,township,340221
340221100201,桃园村,Taoyuan,village,340221100
340221101201,官巷村,Guanxiang,village,340221101
'''
FACILITIES = '''code,name,kind,area
H1,湾沚医院,county_hospital,340221100
H2,六郎卫生院,health_centre,340221101
'''
ROWS = '/api/registers/births/rows'


def prepare(server):
    for name, text in (('areas', AREAS), ('facilities', FACILITIES)):
        path = server.folder / f'{name}.csv'
        path.write_text(text)
        server.heng('import', str(server.db), name, str(path))


def birth(number, child, **more):
    values = {'certificate': number, 'child_name': child, 'sex': 'm', 'born_on': '2014-06-05',
              'birth_order': 'first', 'place': 'hospital', 'facility': 'H1', 'weight': '3200',
              'mother_name': '李晓红', 'mother_birth_year': '1985', 'residence': '340221100201',
              'registered_on': '2014-06-06'}
    return {'values': {**values, **more}, 'source': 'hospital'}


def fields(problems):
    return sorted({p['field'] for p in problems})


def clerk_of(server, admin, name, area, reads=True):
    role = {'name': 'township', 'label': {'en': 'Township', 'zh': '乡镇'}, 'functions': ['figures'],
            'rows': [{'purpose': 'vital', 'registers': [], 'read': reads, 'write': True}]}
    answer = admin.put('/api/roles/township', role)
    tap.ok(answer.status in (200, 201), 'a role for a township', answer)
    answer = admin.post('/api/people', {'name': name, 'full_name': name,
                                        'roles': [{'role': 'township', 'area': area, 'until': None}]})
    tap.ok(answer.status in (200, 201), f'{name} is invited', answer)
    client = server.client()
    answer = client.use_link(answer.json['link'])
    tap.ok(answer.status in (200, 201), f'{name} signs in', answer)
    return client


def model(admin):
    answer = admin.get('/api/model')
    tap.equal(answer.status, 200, 'the model')
    m = answer.json
    births = next(r for r in m['registers'] if r['name'] == 'births')
    tap.equal((births['area'], births['facility'], births['date'], births['key'], births['may']),
              ('residence', 'facility', 'born_on', ['source', 'certificate'],
               {'read': True, 'write': True, 'import': True}), 'a register of the model')
    by_name = {f['name']: f for f in births['fields']}
    tap.equal(by_name['born_on']['rules'][0]['when'], ['not', ['<=', ['field', 'born_on'], ['today']]],
              'a rule as a tree')
    tap.ok('fingerprint' not in by_name and by_name['weight']['min'] == 300 and
           by_name['sex']['codes'][0]['value'] == 'm' and by_name['certificate']['key'] and
           by_name['child_name']['identifies'] and by_name['id']['system'], 'fields', by_name['weight'])
    tap.ok([c['name'] for c in births['checks']][:2] == ['late_registration', 'sex_not_recorded'], 'checks of rows')
    tap.ok(any(g['label']['zh'] == '出生' for g in m['groups']), 'groups of indicators have labels')
    tap.ok(m['suppress_below'] >= 5 and m['levels'][0]['name'] and m['reports'] and m['checks'], 'the rest')
    again = admin.get('/api/model', headers={'If-None-Match': answer.headers['ETag'] or 'x'})
    tap.equal(again.status, 304, 'the model is not sent twice')


def places(admin, clerk):
    areas = admin.get('/api/areas').json['areas']
    tap.equal([(a['code'], a['children']) for a in areas],
              [('340221', 2), ('340221100', 1), ('340221101', 1)], 'areas of the county')
    areas = admin.get('/api/areas?under=340221&deep=1').json['areas']
    tap.equal(len(areas), 5, 'all areas below')
    tap.equal([a['code'] for a in admin.get('/api/areas?through=1').json['areas']], ['340221', '340221100', '340221101'],
              'it goes on through an only child, and here are two')
    tap.equal(clerk.get('/api/areas').json['areas'][0]['code'], '340221100', "the clerk's own area")
    tap.equal(admin.get('/api/areas?under=9').status, 404, 'an area that is not there')
    tap.equal([f['code'] for f in admin.get('/api/facilities?area=340221101').json['facilities']], ['H2'],
              'facilities of an area')
    tap.equal([f['code'] for f in admin.get('/api/facilities?q=wzyy').json['facilities']], ['H1'],
              'a facility by its initials')
    square = {'type': 'Polygon', 'coordinates': [[[118, 31], [119, 31], [119, 32], [118, 31]]]}
    collection = {'type': 'FeatureCollection', 'features': [
        {'type': 'Feature', 'properties': {'code': '340221100'}, 'geometry': square},
        {'type': 'Feature', 'properties': {'name': '六郎镇'}, 'geometry': square},
        {'type': 'Feature', 'properties': {'name': '火星'}, 'geometry': square}]}
    tap.equal(admin.get('/api/areas/map').json['features'], [], 'no map yet')
    tap.equal(clerk.put('/api/areas/map', collection).status, 403, 'a clerk loads no map')
    answer = admin.put('/api/areas/map', collection)
    tap.equal((answer.status, answer.json), (200, {'features': 3, 'areas': 2, 'unknown': ['火星']}), 'a map is loaded')
    features = admin.get('/api/areas/map?under=340221').json['features']
    tap.equal([(f['id'], f['geometry']) for f in features], [('340221100', square), ('340221101', square)],
              'the map is sent')
    answer = admin.put('/api/areas/map', {'type': 'FeatureCollection', 'features': collection['features'][2:]})
    tap.equal((answer.status, answer.json['error']['key']), (422, 'map.none'), 'a map of elsewhere')
    tap.equal(len(admin.get('/api/areas/map?under=340221').json['features']), 2, 'the map stays')


def enter(admin):
    """A row by all its stations; its id."""
    answer = admin.post(ROWS, birth('O340000001', '王小明'))
    tap.ok(answer.status == 201 and answer.json['version'] == 1 and not answer.json['repeated'], 'a row comes in', answer)
    id_ = answer.json['id']
    row = admin.get(f'{ROWS}/{id_}').json
    tap.ok(row['values']['residence'] == '340221100201' and row['names']['residence']['zh'] == '桃园村' and
           row['values']['weight'] == '3200' and row['source'] == 'hospital' and row['may'] == {'write': True} and
           row['attachments'] == [] and row['state'] == 'current' and row['saved_by'] == 'admin' and
           row['saved_at'].endswith('Z'), 'the row', row)
    answer = admin.post(ROWS, birth('O34', '', weight='99999', residence='火星', born_on='2015-02-01'))
    problems = answer.json['problems']
    tap.equal((answer.status, fields(problems)), (422, ['born_on', 'certificate', 'registered_on', 'residence', 'weight']),
              'all that is wrong at once')
    tap.ok(all(p['text']['en'] and p['text']['zh'] for p in problems), 'in both languages', problems)
    answer = admin.post(ROWS, birth('O340000001', '王大明'))
    tap.equal((answer.status, fields(answer.json['problems'])), (409, ['certificate']), 'a key that is taken')
    sent = {**birth('O340000002', '赵敏', sex='f'), 'key': 'device-1'}
    first, second = admin.post(ROWS, sent), admin.post(ROWS, sent)
    tap.ok((first.status, second.status) == (201, 200) and second.json['repeated'] and
           first.json['id'] == second.json['id'], 'sent twice is one row', second)
    for body, what in (({}, 'no values'), ({'values': {'weight': 3}}, 'a number that is no text'),
                       ({'values': []}, 'a list')):
        tap.equal(admin.post(ROWS, body).status, 422, f'refused: {what}')
    return id_


def change(admin, id_):
    path = f'{ROWS}/{id_}'
    answer = admin.patch(path, {'version': 1, 'values': {'weight': '3300'}, 'reason': 'read again'})
    tap.ok(answer.status == 200 and answer.json['version'] == 2, 'a correction', answer)
    answer = admin.patch(path, {'version': 1, 'values': {'weight': '3400'}, 'reason': 'x'})
    tap.ok(answer.status == 409 and answer.json['current']['values']['weight'] == '3300' and
           answer.json['current']['version'] == 2, 'someone was faster: the row as it is now', answer)
    for none in (0, -1):  # a 0 would pass on any version
        answer = admin.patch(path, {'version': none, 'values': {'weight': '3400'}, 'reason': 'x'})
        tap.equal((answer.status, answer.json['error']['where']), (422, 'version'), f'{none} is no version of a row')
        tap.equal(admin.post(path + '/strike', {'reason': 'x', 'version': none}).status, 422, 'nor to strike it')
    tap.equal(admin.patch(path, {'version': 2, 'values': {'weight': '3400'}}).status, 422, 'no reason')
    tap.equal(admin.patch(path, {'version': 2, 'values': {'weight': 'x', 'sex': 'q'}, 'reason': 'x'}).json
              ['problems'][0]['severity'], 'error', 'a correction that is refused')
    answer = admin.patch(path, {'version': 2, 'values': {'residence': '340221101201'}, 'reason': 'moved'})
    tap.equal(answer.status, 200, 'a correction of the area')
    tap.equal(admin.post(path + '/strike', {'reason': 'twice', 'version': 9}).status, 409, 'an old version')
    tap.equal(admin.post(path + '/strike', {'reason': 'twice', 'version': 3}).status, 200, 'struck')
    tap.equal(admin.get(path).json['state'], 'struck', 'it stays')
    answer = admin.patch(path, {'version': 4, 'values': {'weight': '3400'}, 'reason': 'x'})
    tap.ok(answer.status == 409 and answer.json['error']['key'] == 'row.struck' and 'restore' in answer.json['error']['cure'],
           'a struck row is not corrected', answer)
    tap.equal(admin.post(path + '/restore', {'reason': 'not twice'}).json['version'], 5, 'restored')
    events = admin.get(path + '/history').json['events']
    tap.equal([e['change'] for e in events], ['insert', 'correct', 'correct', 'strike', 'restore'], 'the history')
    tap.equal((events[2]['before'], events[2]['after'], events[2]['reason']),
              ({'residence': '340221100201'}, {'residence': '340221101201'}, 'moved'), 'places by code')
    tap.equal(events[3]['after'], {'state': 'struck'}, 'what a strike changes')
    admin.patch(path, {'version': 5, 'values': {'residence': '340221100201'}, 'reason': 'back'})


def lost_answers(admin):
    """The answer was lost, and the same is sent again: nothing is done twice, and the sender learns how it stands."""
    sent = {**birth('O340990777', '钱多', sex='f'), 'key': 'device-777'}
    path = f"{ROWS}/{admin.post(ROWS, sent).json['id']}"
    correction = {'version': 1, 'values': {'weight': '3450'}, 'reason': 'read again'}
    first, second = admin.patch(path, correction), admin.patch(path, correction)
    tap.equal((first.status, first.json['version'], second.status, second.json['error']['key']), (200, 2, 409, 'row.version'),
              'a correction is not made twice')
    now = second.json['current']
    tap.equal((now['version'], now['values']['weight'], now['state']), (2, '3450', 'current'), 'and the row says that it was made')
    again = admin.post(ROWS, sent)
    tap.ok((again.status, again.json['repeated'], again.json['version']) == (200, True, 2), 'the row itself, sent again, is that row', again)
    other = admin.post(ROWS, {**birth('O340990778', '钱少', sex='f'), 'key': 'device-777'})
    tap.ok((other.status, other.json['error']['key'], other.json['current']['version']) == (409, 'row.sent_other', 2) and
           path.endswith(other.json['current']['id']) and 'key' in other.json['error']['cure'],
           'another row with its key is refused after the correction too, and sees which row has it', other)
    strike = {'version': 2, 'reason': 'twice'}
    first, second = admin.post(path + '/strike', strike), admin.post(path + '/strike', strike)
    tap.equal((first.status, second.status, second.json['current']['state'], second.json['current']['version']),
              (200, 409, 'struck', 3), 'nor is it struck twice, and is known to be struck')
    second = admin.post(path + '/strike', {'reason': 'twice'})
    tap.equal((second.status, second.json['error']['key'], second.json['current']['state']), (409, 'row.state', 'struck'),
              'without a version too')
    again = admin.post(ROWS, sent)
    tap.ok((again.status, again.json['repeated'], again.json['version']) == (200, True, 3), 'sent again it is that row still', again)
    tap.equal([e['change'] for e in admin.get(path + '/history').json['events']], ['insert', 'correct', 'strike'],
              'each was done once')
    tap.equal(admin.get(ROWS + '?f.certificate=O340990778&count=1').json['count']['shown'], 0, 'and no other row came in')


def many(admin):
    rows = [birth(f'O3400001{i:02d}', f'王{c}', born_on=f'2014-05-{i + 1:02d}', weight=str(3000 + i))
            for i, c in enumerate('一二三四五六七八九十')]
    rows[3]['values']['sex'] = 'x'
    answer = admin.post(ROWS + '/batch', {'rows': rows})
    results = answer.json['results']
    tap.equal((answer.status, ['error' in r for r in results]), (200, [i == 3 for i in range(10)]), 'a batch')
    tap.equal(fields(results[3]['problems']), ['late_registration', 'sex'], 'with all that is wrong of each')
    tap.equal(admin.post(ROWS + '/batch', {'rows': rows * 101}).status, 413, 'too many rows')


def lists(admin, clerk):
    def ids(client, query):
        answer = client.get(f'{ROWS}?{urllib.parse.urlencode(query)}')
        tap.ok(answer.status == 200, f'a list: {query}', answer)
        return answer.json['values']['certificate'], answer.json

    found, page = ids(admin, {'f.weight': '3001..3004', 'sort': 'weight', 'count': 1})
    tap.equal((found, page['count']), (['O340000101', 'O340000102', 'O340000104'],
                                       {'shown': 3, 'all': 11, 'hidden': 0}), 'a range, sorted and counted')
    everything, after = [], None
    while True:
        found, page = ids(admin, {'sort': '-born_on', 'limit': 4, **({'after': after} if after else {})})
        everything += found
        after = page['next']
        if not after:
            break
    tap.ok(len(everything) == len(set(everything)) == 11, 'pages hold every row once', everything)
    tap.equal(ids(admin, {'q': '王一'})[0], ['O340000100'], 'a name of two characters')
    tap.equal(ids(admin, {'q': 'wxm'})[0], ['O340000001'], 'initials')
    tap.equal(sorted(ids(admin, {'q': 'O3400001', 'f.residence': '340221100', 'limit': 3})[0])[0][:8], 'O3400001',
              'a number by its beginning')
    answer = admin.get(ROWS + '?columns=weight,saved_at&limit=1').json
    tap.equal((sorted(answer['values']), [name in answer for name in ('id', 'version', 'state', 'source', 'saved_at', 'saved_by')]),
              (['saved_at', 'weight'], [True] * 3 + [False] * 3), 'columns, and of the row itself what it takes to go on with it')
    tap.ok(all(name in admin.get(ROWS + '?limit=1').json for name in ('source', 'saved_at', 'saved_by')), 'all of it where no columns are named')
    page = admin.get(ROWS + '?columns=residence,facility&limit=100').json
    for field, name in (('residence', '桃园村'), ('facility', None)):
        tap.equal(set(page['values'][field]) - {None}, set(page['names'][field]),
                  f'what the places of {field} are called stands once')
        tap.ok(name is None or page['names'][field]['340221100201']['zh'] == name, f'{field} by name', page['names'])
    tap.ok(all(len(column) == len(page['id']) > 1 for name, column in [*page.items(), *page['values'].items()] if isinstance(column, list)),
           'columns are as long as there are rows', page)
    for query in ('f.colour=red', 'f.weight=heavy', 'sort=x', 'after=AAAA', 'limit=0', 'state=lost', 'columns=x'):
        tap.equal(admin.get(f'{ROWS}?{query}').status, 422, f'refused: {query}')
    other = admin.post(ROWS, birth('O340000900', '孙权', residence='340221101201')).json['id']
    found, page = ids(clerk, {'count': 1, 'limit': 100})
    tap.ok('O340000900' not in found and page['count']['hidden'] == 1 and len(found) == 11,
           'a clerk sees the rows of the township, and that there are others', page['count'])
    tap.equal(ids(clerk, {'q': '孙权'})[0], [], 'nor does the search show them')
    there, nowhere = clerk.get(f'{ROWS}/{other}'), clerk.get(f'{ROWS}/12345')
    tap.equal((there.status, nowhere.status), (404, 404), 'a row of another township is not there')
    tap.equal({**there.json['error'], 'text': ''}, {**nowhere.json['error'], 'text': ''}, 'and nothing tells the two apart')
    for method, path, body in (('PATCH', f'{ROWS}/{other}', {'version': 1, 'values': {}, 'reason': 'x'}),
                               ('POST', f'{ROWS}/{other}/strike', {'reason': 'x'}),
                               ('GET', f'{ROWS}/{other}/history', None)):
        tap.equal(clerk.call(method, path, body).status, 404, f'{method} of it: not there')
    answer = clerk.post(ROWS, birth('O340000901', '周瑜', residence='340221101201'))
    tap.ok(answer.status == 403 and fields(answer.json['problems']) == ['residence'], 'no row for another township', answer)
    tap.equal(clerk.get('/api/registers/facilities/rows').status, 404, 'a register that is not the clerk\'s')
    tap.equal(clerk.get('/api/registers/nothing/rows').status, 404, 'as one that is not there')


def check(admin):
    path = ROWS + '/check'
    before = admin.get(ROWS + '?count=1&state=all').json['count']['all']
    answer = admin.post(path, birth('O340000105', '王六', weight='1')).json
    tap.equal(fields(p for p in answer['problems'] if p['severity'] == 'error'), ['certificate', 'weight'],
              'what saving would say')
    answer = admin.post(path, birth('O340009999', '王小鸣', registered_on='2014-06-07')).json
    tap.ok(answer['alike'] and answer['alike'][0]['values']['child_name'] == '王小明', 'a row that is alike', answer)
    one = answer['alike'][0]
    tap.ok('born_on' in one['same'] and 'child_name' in one['differs'] and 0.5 <= one['probability'] < 1 and
           one['names']['residence']['zh'] == '桃园村', 'and in what', one)
    answer = admin.post(path, birth('O340009998', '欧阳震', born_on='2013-01-01', mother_name='曾艳',
                                    registered_on='2013-01-02')).json
    tap.equal(answer['alike'], [], 'a stranger is not alike')
    row = rows_in(admin.get(ROWS + '?f.certificate=O340000105').json)[0]
    answer = admin.post(path, {'id': row['id'], 'values': {'weight': '9'}}).json
    tap.equal(fields(p for p in answer['problems'] if p['severity'] == 'error'), ['weight'], 'a correction is checked')
    tap.equal(admin.get(ROWS + '?count=1&state=all').json['count']['all'], before, 'nothing was saved')


def search(admin, clerk):
    found = admin.get('/api/search?q=wz').json
    tap.equal(([a['code'] for a in found['areas']], [f['code'] for f in found['facilities']]),
              (['340221100'], ['H1']), 'areas and facilities by pinyin')
    tap.equal([a['code'] for a in admin.get('/api/search?q=340221').json['areas']],
              ['340221', '340221100', '340221101', '340221100201', '340221101201'], 'large areas first, for there is room for a few')
    found = admin.get('/api/search?' + urllib.parse.urlencode({'q': '王小明'})).json
    tap.ok([p['text'] for p in found['people']] == ['王小明 · 李晓红'] and 'O340000001' in found['people'][0]['detail'],
           'people', found['people'])
    found = admin.get('/api/search?' + urllib.parse.urlencode({'q': '性别比'})).json
    tap.ok(any(i['name'].startswith('srb') for i in found['indicators']), 'indicators', found['indicators'])
    tap.equal(clerk.get('/api/search?' + urllib.parse.urlencode({'q': '孙权'})).json['people'], [],
              'a clerk does not find people of elsewhere')
    tap.equal(admin.get('/api/search?q=').status, 422, 'nothing to search for')


def export(admin, clerk):
    answer = admin.get('/api/registers/births/export?lang=en&sort=certificate&f.residence=340221100')
    tap.ok(answer.status == 200 and answer.headers['Content-Type'] == 'text/csv; charset=utf-8' and
           'births-2014-07-20.csv' in answer.headers['Content-Disposition'], 'a file of rows', answer)
    rows = list(csv.DictReader(io.StringIO(answer.body.decode('utf-8-sig'))))
    tap.equal((len(rows), rows[0]['Birth certificate number'], rows[0]['Sex'], rows[0]['Residence'],
               rows[0]['Residence (name)'], rows[0]['Date of birth']),
              (11, 'O340000001', 'boy', '340221100201', 'Taoyuan', '2014-06-05'), 'its rows')
    tap.equal(len(list(csv.reader(io.StringIO(clerk.get('/api/registers/births/export').text)))), 12,
              'a clerk takes the own township')
    answer = admin.get('/api/registers/births/export?format=xlsx')
    with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
        strings = book.read('xl/sharedStrings.xml').decode()
    tap.ok('王小明' in strings and 'O340000900' in strings, 'a workbook')
    tap.equal(admin.get('/api/registers/births/export?format=doc').status, 422, 'no such format')
    events = admin.get('/api/audit?kind=export').json['events']
    tap.ok(len(events) == 3 and events[-1]['subject'] == 'births' and 'residence=340221100' in events[-1]['text'],
           'what left is in the audit', events)
    tap.ok(len(admin.get('/api/audit?kind=read').json['events']) >= 1, 'and whose row was looked at')


def new_places(admin):
    """A new area is there for the very next row."""
    answer = admin.post('/api/registers/areas/rows', {'values': {
        'code': '340221102', 'name': '新镇', 'level': 'township', 'parent': '340221'}})
    tap.equal(answer.status, 201, 'a township comes in')
    answer = admin.post('/api/registers/areas/rows', {'values': {
        'code': '340221102201', 'name': '新村', 'level': 'village', 'parent': '340221102'}})
    tap.equal(answer.status, 201, 'and a village under it', )
    answer = admin.post(ROWS, birth('O340000777', '鲁肃', residence='新村'))
    tap.equal(answer.status, 201, 'and a birth in it')
    tap.equal(admin.get(f'{ROWS}/{answer.json["id"]}').json['names']['residence']['zh'], '新村', 'by its name')


def main():
    server = Server(pack='cn-county')
    prepare(server)
    server.stop()
    server.start()
    admin = server.administrator()
    clerk = clerk_of(server, admin, 'clerk', '340221100')
    model(admin)
    places(admin, clerk)
    id_ = enter(admin)
    change(admin, id_)
    lost_answers(admin)
    many(admin)
    lists(admin, clerk)
    check(admin)
    search(admin, clerk)
    export(admin, clerk)
    new_places(admin)
    tap.equal(server.stop(), 0, 'the server ends well')
    tap.ok('ERROR: ' not in server.log(), 'no sanitizer complains', server.log()[-2000:])
    server.heng('verify', str(server.db))  # raises when the history is not whole
    tap.ok(True, 'the history is whole')
    tap.end()


main()
