# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of a facility and the file of a case over HTTP: what is in them, that nothing that was struck is left
out, that hashes agree, and that nobody reads more of them than of the rows."""
import csv
import hashlib
import io
import re
import shutil
import struct
import subprocess
import urllib.parse
import zipfile
import zlib

from client import Server, tap

AREAS = 'code,name,level,parent\n130123,正定县,county,\n130123100,东镇,township,130123\n130123101,西镇,township,130123\n'
FACILITIES = ('code,name,name_en,kind,area,licence_number,licence_until\n'
              'F1,东镇卫生院,East Health Centre,health_centre,130123100,L-1,2014-08-30\n'
              'F2,西镇卫生院,West Health Centre,health_centre,130123101,L-2,2016-08-30\n')


def prepare(server):
    folder = server.folder
    (folder / 'areas.csv').write_text(AREAS, 'utf-8')
    (folder / 'facilities.csv').write_text(FACILITIES, 'utf-8')
    server.heng('import', str(server.db), 'areas', str(folder / 'areas.csv'))
    server.heng('import', str(server.db), 'facilities', str(folder / 'facilities.csv'))


class County(Server):
    def start(self):
        if not (self.folder / 'areas.csv').exists():
            prepare(self)
        super().start()


def png(wide=40, tall=30):
    def part(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    lines = b''.join(b'\0' + bytes((x * 6, y * 8, 120)) * 1 + b'\x20\x60\xa0' * (wide - 1)
                     for x, y in ((i, i) for i in range(tall)))
    return (b'\x89PNG\r\n\x1a\n' + part(b'IHDR', struct.pack('>IIBBBBB', wide, tall, 8, 2, 0, 0, 0)) +
            part(b'IDAT', zlib.compress(lines)) + part(b'IEND', b''))


def enter(who, register, **values):
    got = who.post(f'/api/registers/{register}/rows', {'values': values})
    if got.status != 201:
        raise RuntimeError(f'{register}: {got.status} {got.text}')
    return got.json['id']


def attach(who, register, row, name, data):
    got = who.call('POST', f'/api/registers/{register}/rows/{row}/attachments', data,
                   {'X-File-Name': urllib.parse.quote(name), 'Content-Type': 'application/octet-stream'})
    if got.status != 201:
        raise RuntimeError(f'{name}: {got}')
    return got.json


def words(pdf):
    """The PDF as text without blanks; None where there is no pdftotext."""
    if not shutil.which('pdftotext'):
        return None
    return ''.join(subprocess.run(['pdftotext', '-layout', '-', '-'], input=pdf, capture_output=True, check=True)
                   .stdout.decode().split())


def fill(admin):
    enter(admin, 'bodies', code='B1', name='卫生监督所', kind='agency', area='130123')
    enter(admin, 'licences', number='L-1', facility='F1', kind='practice', issued_on='2011-08-30', valid_until='2014-08-30')
    enter(admin, 'devices', serial='US-77', facility='F1', kind='ultrasound', standing='in_use', operators='1',
          registered_on='2012-01-05', filing='D-1')
    enter(admin, 'teams', code='T1', name='一组', area='130123', lead='B1', licensed='2', formed_on='2014-03-01')
    enter(admin, 'inspections', number='V-1', team='T1', facility='F1', kind='routine', announced='0',
          planned_on='2014-05-06', done_on='2014-05-06')
    case = enter(admin, 'cases', number='2014-C1', facility='F1', area='130123100', opened_on='2014-05-10',
                 origin='inspection', about='未经备案使用超声设备', lead='B1', with_police='1')
    enter(admin, 'findings', number='P-1', facility='F1', found_on='2014-05-06', origin='inspection', inspection='V-1',
          kind='device', severity='major', what='一台超声设备未备案', case_file='2014-C1')
    papers = {item: enter(admin, 'case_evidence', case_number='2014-C1', area='130123100', item=item, part='1',
                          made_on='2014-05-12', signed='2') for item in ('opening', 'site_record', 'photo', 'copies')}
    return case, papers


def test_case(server, admin):
    case, papers = fill(admin)
    path = f'/api/registers/cases/rows/{case}/file'
    files = {'现场 照片.png': png(), '笔录.pdf': b'%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
             '模糊.png': png(20, 20)}
    kept = {'现场 照片.png': attach(admin, 'case_evidence', papers['photo'], '现场 照片.png', files['现场 照片.png']),
            '模糊.png': attach(admin, 'case_evidence', papers['photo'], '模糊.png', files['模糊.png'])}
    kept['笔录.pdf'] = attach(admin, 'case_evidence', papers['site_record'], '笔录.pdf', files['笔录.pdf'])
    admin.post(f"/api/attachments/{kept['模糊.png']['id']}/strike", {'reason': 'blurred beyond use'})
    struck = admin.post(f"/api/registers/case_evidence/rows/{papers['copies']}/strike", {'reason': 'of another case'})
    tap.equal(struck.status, 200, 'a paper is struck')

    x = admin.get(path).json
    there = {p['code']: p['there'] for p in x['papers']}
    required = {p['code'] for p in x['papers'] if p['required']}
    tap.equal(required, {'opening', 'site_record', 'enquiry', 'report', 'panel', 'decision', 'service', 'closing'},
              'what a case from an inspection must have')
    tap.ok((x['required'], x['missing'], there['opening'], there['copies']) == (8, 6, 1, 0), 'what is missing', x)

    got = admin.get(path + '?format=pdf&lang=en')
    tap.ok(got.status == 200 and got.body[:5] == b'%PDF-' and 'case-2014-C1.pdf' in got.headers['Content-Disposition'],
           'the file as PDF', got)
    text = words(got.body)
    if text is None:
        tap.skip('its text', 'no pdftotext')
    else:
        for one, what in (('2014-C1', 'the number'), ('6aremissing', 'what is missing'), ('blurredbeyonduse', 'why a file was struck'),
                          ('ofanothercase', 'why a paper was struck'), ('P-1', 'the finding'), ('V-1', 'the visit'),
                          ('笔录.pdf', 'a file that cannot be shown')):
            tap.ok(one in text, f'the PDF has {what}', text[:3000])
        for name in files:
            whole = hashlib.blake2b(files[name], digest_size=32).hexdigest()
            tap.ok(whole[:12] in text and whole == kept[name]['hash'], f'and the hash of {name}', text)
    pages = got.body.count(b'/Type /Page\n')
    tap.ok(b'/Subtype /Image' in got.body or pages >= 1, 'with a picture')

    got = admin.get(path + '?format=zip')
    tap.ok(got.status == 200 and got.headers['Content-Type'] == 'application/zip', 'the file as ZIP', got)
    with zipfile.ZipFile(io.BytesIO(got.body)) as z:
        tap.equal(z.testzip(), None, 'which is whole')
        names = z.namelist()
        tap.equal(names, ['index.csv', 'case.pdf', *(line['file'] for line in csv.DictReader(io.StringIO(
            z.read('index.csv').decode('utf-8-sig'))) if line['file'])], 'index, PDF and the files that the index has')
        tap.ok(len(names) == 5 and sum(n.startswith('struck/') for n in names) == 1, 'all three originals, the struck one apart', names)
        index = list(csv.DictReader(io.StringIO(z.read('index.csv').decode('utf-8-sig'))))
        for line in index:
            if line['file']:
                data = z.read(line['file'])
                tap.ok(hashlib.blake2b(data, digest_size=32).hexdigest() == line['blake2b_256'] and
                       len(data) == int(line['size']) and data == files[line['name']], f"{line['name']} is the one of the index")
        gone = {line['reason'] for line in index if line['struck'] == 'yes'}
        tap.equal(gone, {'blurred beyond use', 'of another case'}, 'what was struck is in the index')
        tap.equal(z.read('case.pdf')[:5], b'%PDF-', 'the PDF is in it')
    test_hashes(server, got.body)
    heads = admin.get(path + '?format=html&lang=en').text
    head = heads.split('the hash of the last was')[1].split('<p>')[1].split('</p>')[0]
    done = server.heng('verify', str(server.db), '--expect', head)
    tap.ok(re.fullmatch('[0-9a-f]{64}', head) and done, 'heng verify knows the hash of the last page', done)
    changed = ('0' if head[0] != '0' else '1') + head[1:]
    try:
        server.heng('verify', str(server.db), '--expect', changed)
        tap.ok(False, 'and no other')
    except RuntimeError as refused:
        tap.ok(changed[:12] in str(refused) or 'expect' in str(refused), 'and no other', refused)
    tap.ok("data:image/png;base64," in heads, 'a picture is in the page')
    tap.equal(admin.get(path + '?format=docx').status, 422, 'another format')
    tap.equal(admin.get('/api/registers/bodies/rows/1/file').status, 404, 'a register without cases')
    tap.equal(admin.get('/api/registers/cases/rows/12345/file').status, 404, 'no such case')
    events = admin.get('/api/audit?kind=export').json['events']
    tap.ok([e['text'] for e in events][:3] == ['html 2014-C1', 'zip 2014-C1', 'pdf 2014-C1'], 'what left is in the audit', events)
    return path


def test_hashes(server, archive):
    """The hash in the index is what b2sum says of the file as it comes out of the ZIP."""
    if not shutil.which('b2sum'):
        tap.skip('b2sum of the files', 'no b2sum')
        return
    folder = server.folder / 'unpacked'
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(archive)) as z:
        z.extractall(folder)
        index = list(csv.DictReader(io.StringIO(z.read('index.csv').decode('utf-8-sig'))))
    files = [line for line in index if line['file']]
    said = subprocess.run(['b2sum', '-l', '256', *(line['file'] for line in files)], cwd=folder, capture_output=True,
                          check=True).stdout.decode().splitlines()
    tap.equal([one.split(' ')[0].lstrip('\\') for one in said], [line['blake2b_256'] for line in files], 'b2sum -l 256 agrees')


def index_pages(pdf):
    """From the printed index: number of a paper or file -> page; and the text of every page."""
    pages = subprocess.run(['pdftotext', '-layout', '-', '-'], input=pdf, capture_output=True, check=True).stdout.decode()
    pages = pages.split('\f')
    index = {}
    for text in pages[:3]:
        for line in text.splitlines():
            found = re.match(r'\s*(\d+(?:\.\d+)?)\s+(\S.*?)\s{2,}(\d+)(\s|$)', line)
            if found and found[1] not in index:
                index[found[1]] = int(found[3])
    return index, [re.sub(r'\s+', ' ', text) for text in pages]


def test_pages(admin, path):
    if not shutil.which('pdftotext'):
        tap.skip('pages of the index', 'no pdftotext')
        return
    index, pages = index_pages(admin.get(path + '?format=pdf&lang=en').body)
    tap.equal(sorted(index), ['0', '1', '2', '2.1', '3', '3.1', '3.2', '4'], 'the index has a page for every paper and file')
    tap.ok('Paper 2: record on site' in pages[index['2.1'] - 1] and 'File 2.1 笔录.pdf' in pages[index['2.1'] - 1],
           'of a file that cannot be shown: where its paper is told', pages[index['2.1'] - 1])
    tap.ok('3.1 ' in pages[index['3.1'] - 1] and 'BLAKE2b-256' in pages[index['3.1'] - 1] and index['3.1'] > index['4'],
           'of a picture: its own page', pages[index['3.1'] - 1])
    tap.ok('File 3.2 模糊.png' in pages[index['3.2'] - 1], 'of a struck picture: where its paper is told', pages)
    tap.ok('Paper 4: cop' in pages[index['4'] - 1] and 'of another case' in pages[index['4'] - 1], 'of a struck paper', pages[index['4'] - 1])


def test_struck_case(admin, path):
    row = path.rsplit('/', 1)[0]
    before = zipfile.ZipFile(io.BytesIO(admin.get(path + '?format=zip').body)).namelist()
    tap.equal(admin.post(row + '/strike', {'reason': 'opened twice'}).status, 200, 'the case is struck')
    got = admin.get(path + '?format=zip')
    tap.equal(got.status, 200, 'a struck case is handed out too')
    with zipfile.ZipFile(io.BytesIO(got.body)) as z:
        tap.equal(z.namelist(), before, 'with all that was in its file')
        index = list(csv.DictReader(io.StringIO(z.read('index.csv').decode('utf-8-sig'))))
        tap.ok((index[0]['struck'], index[0]['reason']) == ('yes', 'opened twice'), 'its index says that it was struck', index[0])
        tap.equal([line['struck'] for line in index if line['name'] == '笔录.pdf'], ['no'], 'but its files were not')
    text = admin.get(path + '?format=html&lang=en').text
    tap.ok('Case file 2014-C1 (struck)' in text and 'opened twice' in text, 'the document says so')
    tap.ok('案卷 2014-C1（已作废）' in admin.get(path + '?format=html&lang=zh').text, 'in Chinese')


def test_facility(admin):
    got = admin.get('/api/facilities/F1/file')
    tap.equal(got.status, 200, 'the file of a facility')
    x = got.json
    parts = {p['register']: p for p in x['parts']}
    tap.ok(x['facility']['code'] == 'F1' and x['values']['licence_number'] == 'L-1', 'its head', x)
    tap.ok(parts['licences']['running_out'] == 1 and parts['licences']['rows'][0]['values']['valid_until'] == '2014-08-30',
           'a licence that runs out', parts['licences'])
    tap.ok([parts[r]['n'] for r in ('devices', 'inspections', 'findings', 'cases', 'case_evidence')] == [1, 1, 1, 1, 3],
           'rows of each register', {r: p['n'] for r, p in parts.items()})
    tap.ok(parts['credentials']['n'] == 0 and parts['credentials']['rows'] == [], 'none on record')
    tap.ok('births' not in parts and 'residents' not in parts, 'nothing of care')
    text = admin.get('/api/facilities/F1/file?format=html&lang=en').text
    tap.ok('None on record' in text and 'US-77' in text and 'P-1' in text, 'as a page')
    text = admin.get('/api/facilities/F1/file?format=html&lang=zh').text
    tap.ok('无记录' in text and '机构档案' in text, 'in Chinese')
    got = admin.get('/api/facilities/F1/file?format=pdf')
    tap.ok(got.body[:5] == b'%PDF-', 'as PDF')
    tap.equal(admin.get('/api/facilities/F9/file').status, 404, 'no such facility')
    enter(admin, 'cases', number='2014-C2', facility='F1', area='130123100', opened_on='2014-05-01', origin='tip',
          about='another', lead='B1', with_police='1')
    for part, day in (('1', '2014-05-01'), ('2', '2014-06-01')):
        enter(admin, 'case_evidence', case_number='2014-C2', area='130123100', item='site_record', part=part, made_on=day,
              signed='2')
    rows = next(p for p in admin.get('/api/facilities/F1/file').json['parts'] if p['register'] == 'case_evidence')['rows']
    tap.equal([row['values']['made_on'] for row in rows], ['2014-06-01', *['2014-05-12'] * 3, '2014-05-01'],
              'papers of two cases: the newest first')


def person(server, admin, name, roles):
    made = admin.post('/api/people', {'name': name, 'roles': [dict(one, until=None) for one in roles]})
    if made.status != 201:
        raise RuntimeError(f'{name}: {made}')
    who = server.client()
    used = who.use_link(made.json['link'])
    if used.status not in (200, 201):
        raise RuntimeError(f'{name}: {used}')
    return who


def test_rights(server, admin, path):
    for role, purposes in (('watcher', 'supervision'), ('nurse', 'care')):
        made = admin.put(f'/api/roles/{role}', {
            'label': {'en': role, 'zh': role}, 'functions': [],
            'rows': [{'purpose': purposes, 'registers': [], 'read': True, 'write': False}]})
        if made.status not in (200, 201):
            raise RuntimeError(f'{role}: {made}')
    west = person(server, admin, 'west', [{'role': 'watcher', 'area': '130123101'}])
    east = person(server, admin, 'east', [{'role': 'watcher', 'area': '130123100'}])
    nurse = person(server, admin, 'nurse', [{'role': 'nurse', 'area': '130123'}])
    outside = [(who, path) for who in (west, nurse)]
    for who, name, f1, f2, case in ((west, 'west', 404, 200, 404), (east, 'east', 200, 404, 200),
                                    (nurse, 'a nurse', 404, 404, 404)):
        tap.equal(who.get('/api/facilities/F1/file').status, f1, f'{name}: the facility in the east')
        tap.equal(who.get('/api/facilities/F2/file').status, f2, f'{name}: the facility in the west')
        for form in ('json', 'pdf', 'zip'):
            tap.equal(who.get(f'{path}?format={form}').status, case, f'{name}: the case as {form}')
    test_struck_case(administrator, path)
    tap.equal(east.get(path + '?format=zip').status, 200, 'who may read a case may have its file when it is struck')
    for who, where in outside:
        tap.equal(who.get(where + '?format=zip').status, 404, 'and nobody else')


server = County(pack='cn-county')
administrator = server.administrator()
where = test_case(server, administrator)
test_pages(administrator, where)
test_facility(administrator)
test_rights(server, administrator, where)
tap.equal(server.stop(), 0, 'the server ends well')
tap.end()
