# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tip line over HTTP: a letter goes in without script or cookie, is read by its reader and by nobody else,
answers come back by the receipt; a flood is stopped without an address; and nothing of a letter's text, of who
sent it or of how stands anywhere on the disk."""
import base64
import hashlib
import hmac
import html
import json
import os
import pathlib
import re
import statistics
import struct
import subprocess
import tempfile
import time
import zlib

from client import HENG, PASSWORD, Server, tap

SECRET = 'ZQX-the-head-nurse-sells-it-7431'
ANSWER = 'QZX-we-went-there-on-Tuesday-5522'
AGENT = 'VerySpecialBrowser/77.1'
FORWARDED = '203.0.113.77'

PACK = '''pack: tipline
version: "1"
label: {en: A county, zh: 一个县}
levels:
  county:   {label: {en: County, zh: 县}, digits: 6}
'''
AREAS = 'register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n'
FACILITIES = '''register: facilities
kind: facilities
label: {en: Facilities, zh: 机构}
fields:
  kind: {label: {en: Kind, zh: 类别}, codes: {hospital: {en: Hospital, zh: 医院}, room: {en: Village room, zh: 村卫生室}}}
'''
CHANNEL = '''channel: tips
label: {en: Report a facility, zh: 反映机构问题}
intro: {en: Write about a facility., zh: 请写机构的问题。}
promise: {en: Answered within 15 days. It does not protect from who watches your device., zh: 15天内答复。不能防住监视您设备的人。}
public: true
readers: [tip_reader]
answer_within: 15 days
keep: 30 days
per_hour: %d
questions:
  what:
    type: code
    label: {en: What, zh: 什么}
    codes: {fees: {en: Fees, zh: 收费}, other: {en: Other, zh: 其他}}
    required: true
  facility: {type: facility, label: {en: Which facility, zh: 哪个机构}, required: true}
  when: {type: date, label: {en: When, zh: 何时}}
  text: {type: text, label: {en: What happened, zh: 发生了什么}, max_length: 2000, required: true}
'''
REFERRAL = '''channel: protection
label: {en: Protection referral, zh: 保护转介}
intro: {en: To the officer., zh: 给负责人。}
promise: {en: Only the officer reads it., zh: 只有负责人能看。}
readers: [protection_officer]
writers: [clerk]
answer_within: 1 day
keep: 1 year
questions:
  text: {type: text, label: {en: What is known, zh: 情况}, max_length: 500, required: true}
'''
QUESTIONS = {'three and four': '7', 'can one eat': 'bread', 'after Monday': 'Tuesday', 'an animal': 'horse',
             'has a cat': 'four', 'opposite of hot': 'COLD', 'ant or a cow': 'cow', 'ten less two': '8',
             'of these flies': 'bird', 'on their feet': 'shoes', 'has a week': '7', 'is wet': 'water',
             'is snow': 'white', 'after morning': 'night', 'five and five': '10', 'has wheels': 'bicycle'}


def write_pack(folder, per_hour=1000):
    for name in ('registers', 'channels', 'indicators'):
        (folder / name).mkdir(parents=True)
    (folder / 'pack.yaml').write_text(PACK, 'utf-8')
    (folder / 'registers' / 'areas.yaml').write_text(AREAS, 'utf-8')
    (folder / 'registers' / 'facilities.yaml').write_text(FACILITIES, 'utf-8')
    (folder / 'channels' / 'tips.yaml').write_text(CHANNEL % per_hour, 'utf-8')
    (folder / 'channels' / 'protection.yaml').write_text(REFERRAL, 'utf-8')


def make_county(folder, per_hour=1000):
    write_pack(folder / 'pack', per_hour)
    (folder / 'areas.csv').write_text('code,name,level,parent\n110101,甲县,county,\n', 'utf-8')
    (folder / 'facilities.csv').write_text('code,name,kind,area\nH1,第一<医院>,hospital,110101\nH2,第二医院,hospital,110101\n', 'utf-8')
    db = folder / 'county.db'
    for command in (['init', str(db), '--pack', str(folder / 'pack')],
                    ['import', str(db), 'areas', str(folder / 'areas.csv')],
                    ['import', str(db), 'facilities', str(folder / 'facilities.csv')]):
        done = subprocess.run([HENG, *command], capture_output=True, text=True, cwd=folder, timeout=300,
                              env={**os.environ, 'HENG_TODAY': '2014-07-20', 'LC_ALL': 'C.UTF-8'})
        if done.returncode:
            raise RuntimeError(f'{command}: {done.stdout}{done.stderr}')
    return db


def totp(secret):
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack('>Q', int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f'{(struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}'


# --- forms

def token(page):
    return re.search(r'name="token" value="([^"]+)"', page).group(1)


def human(page):
    return next(answer for words, answer in QUESTIONS.items() if words in page)


def multipart(fields, files=()):
    mark = 'heng-test-mark'
    out = b''
    for name, value in fields.items():
        out += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, data in files:
        out += (f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                'Content-Type: application/octet-stream\r\n\r\n').encode() + data + b'\r\n'
    return out + f'--{mark}--\r\n'.encode(), f'multipart/form-data; boundary={mark}'


class Visitor:
    """A browser without cookies; sends what a browser gives away, so that it can be looked for."""

    def __init__(self, server):
        self.client = server.client()

    def get(self, path):
        return self.client.get(path, headers={'User-Agent': AGENT, 'X-Forwarded-For': FORWARDED})

    def post(self, path, fields, files=()):
        body, kind = multipart(fields, files)
        answer = self.client.call('POST', path, body, {'Content-Type': kind, 'User-Agent': AGENT, 'Origin': 'null',
                                                       'X-Forwarded-For': FORWARDED, 'Sec-Fetch-Site': 'same-origin'})
        assert not self.client.cookie
        return answer

    def fields(self, **more):
        page = self.get('/tip?lang=en').text
        return {'token': token(page), 'human': human(page), 'q_what': 'fees', 'q_facility': 'H1', 'q_when': '2014-07-01',
                'q_text': SECRET, **more}

    def tip(self, wait=8.2, files=(), **more):
        fields = self.fields(**more)
        time.sleep(wait)
        return self.post('/tip?lang=en', fields, files)

    def back(self, receipt, **more):
        page = self.get('/tip/return?lang=en').text
        time.sleep(2.1)
        return self.post('/tip/return?lang=en', {'token': token(page), 'receipt': receipt, **more})


def receipt_of(answer):
    found = re.search(r'class="r">([0-9 ]{19})<', answer.text)
    return found and found.group(1)


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def picture(note):
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 0, 0, 0, 0)) +
            chunk(b'tEXt', b'Author\0' + note.encode()) + chunk(b'IDAT', zlib.compress(b'\0\x7f')) + chunk(b'IEND', b''))


# --- people

def person(server, admin, name, role, second=True):
    made = admin.post('/api/people', {'name': name, 'roles': [{'role': role, 'area': '', 'until': None}]})
    if made.status != 201:
        raise RuntimeError(f'{name}: {made}')
    one = server.client()
    one.use_link(made.json['link'])
    one.totp_secret = None
    if second:
        one.totp_secret = one.post('/api/session/totp', {'password': PASSWORD}).json['secret']
        one.put('/api/session/totp', {'code': totp(one.totp_secret)})
    return one


def everything(folder):
    """All bytes of all files that the server and its file have left behind."""
    for path in sorted(pathlib.Path(folder).rglob('*')):
        if path.is_file():
            yield path, path.read_bytes()


def nowhere(folder, words, name):
    found = [f'{path.name}: {word}' for path, data in everything(folder) for word in words
             for form in (word.encode(), word.encode('utf-16-le'), word.encode('utf-16-be'), base64.b64encode(word.encode()))
             if form in data]
    tap.ok(not found, name, *found)


def in_memory(server, words):
    """How often words stand in what the server may write to of its memory."""
    pid = server.process.pid
    found = {}
    with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in place.split('-'))
            if not rights.startswith('rw') or end - begin > 1 << 31:  # a sanitizer's shadow is terabytes of nothing
                continue
            try:
                memory.seek(begin)
                data = memory.read(end - begin)
            except (OSError, ValueError, OverflowError):
                continue  # it has gone since
            for word in words:
                found[word] = found.get(word, 0) + data.count(word.encode())
    return {word: n for word, n in found.items() if n}


# --- tests

def pages(server):
    visitor = Visitor(server)
    page = visitor.get('/tip?lang=en')
    tap.equal(page.status, 503, 'without a reader nothing is taken')


def reader_without_second(server, admin):
    one = person(server, admin, 'no second', 'tip_reader', second=False)
    said = one.get('/api/channels/tips/letters')
    tap.ok(said.status == 403 and said.json['error']['key'] == 'letters.totp', 'without a second factor: why', said)
    tap.equal(one.post('/api/letter-key', {'password': PASSWORD}).status, 403, 'and no key either')


def the_form(server):
    visitor = Visitor(server)
    page = visitor.get('/tip?lang=en')
    policy = page.headers['Content-Security-Policy']
    tap.ok(page.status == 200 and "default-src 'none'" in policy and 'script' not in policy, 'policy', policy)
    style = re.search('<style>(.*)</style>', page.text).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    tap.ok(f"'sha256-{digest}'" in policy, 'the style is the one that the policy names')
    tap.equal((page.headers['Cache-Control'], page.headers['Referrer-Policy'], page.headers['Set-Cookie']),
              ('no-store', 'no-referrer', None), 'kept nowhere, tells nobody, no cookie')
    tap.ok(not re.search(r'<script|<img|<link|https?://|\bon\w+=', page.text), 'nothing but a form')
    tap.ok('第一&lt;医院&gt;' in page.text and '<医院>' not in page.text, 'names are escaped')
    chinese = visitor.get('/tip?lang=zh')
    tap.ok('lang="zh"' in chinese.text and '反映机构问题' in chinese.text, 'Chinese')
    for method in ('PUT', 'DELETE', 'PATCH'):
        tap.equal(visitor.client.call(method, '/tip').status, 405, f'{method} is not known')
    early = visitor.post('/tip?lang=en', visitor.fields())
    tap.ok(early.status == 422 and 'quicker' in early.text and SECRET in early.text and not receipt_of(early),
           'sooner than a person writes; what was written is still there', early)
    wrong = visitor.tip(human='no idea')
    tap.ok(wrong.status == 422 and 'another one' in wrong.text and not receipt_of(wrong), 'a wrong answer', wrong)
    # the form that came back has waited already
    fields = {'token': token(wrong.text), 'human': human(wrong.text), 'q_what': 'fees', 'q_facility': 'nowhere',
              'q_text': SECRET}
    missing = visitor.post('/tip?lang=en', fields)
    tap.ok(missing.status == 422 and 'Choose one' in missing.text, 'no facility, no tip', missing)
    refused = visitor.post('/tip?lang=en', {**fields, 'token': token(missing.text), 'human': human(missing.text),
                                            'q_facility': 'H1'}, [('a.pdf', b'%PDF-1.7 hello')])
    tap.ok(refused.status == 422 and 'PDF' in refused.text and 'screenshot' in refused.text, 'half a PDF: why, what else', refused)
    body = b'token=x&human=7'
    plain = visitor.client.call('POST', '/tip', body, {'Content-Type': 'application/x-www-form-urlencoded'})
    tap.equal(plain.status, 422, 'another kind of form is read too')
    for body, kind in ((b'{}', 'application/json'), (b'--x\r\n', 'multipart/form-data; boundary=x'),
                       (b'--x\r\n\r\nabc', 'multipart/form-data; boundary=x'), (b'a', 'text/plain')):
        tap.equal(visitor.client.call('POST', '/tip', body, {'Content-Type': kind}).status, 400, f'not a form: {kind}')
    foreign = visitor.client.call('POST', '/tip', b'a=b', {'Content-Type': 'application/x-www-form-urlencoded',
                                                           'Sec-Fetch-Site': 'cross-site'})
    tap.equal(foreign.status, 403, 'a form of another site')
    too_large = server.raw(b'POST /tip HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n'
                           b'Content-Length: 99999999\r\n\r\n')
    tap.ok(b' 413 ' in too_large[:20], 'a body that is too large', too_large[:100])


def a_tip(server, reader, others):
    visitor = Visitor(server)
    sent = visitor.tip(files=[('IMG_secret_name.png', picture('AuthorZQX'))])
    receipt = receipt_of(sent)
    tap.ok(sent.status == 200 and receipt, 'a tip is taken and gives a receipt', sent)
    tap.ok(SECRET not in sent.text, 'the page of the receipt repeats nothing')
    listed = reader.get('/api/channels/tips/letters').json['letters']
    tap.ok(len(listed) == 1 and listed[0]['state'] == 'new' and listed[0]['arrived_on'] == '2014-07-20' and
           listed[0]['due_on'] == '2014-08-04' and listed[0]['keep_until'] == '2014-08-19' and listed[0]['files'] == 1,
           'the list has days and no content', listed)
    path = '/api/channels/tips/letters/' + listed[0]['id']
    full = reader.get(path).json
    message = full['messages'][0]
    tap.ok(message['answers'] == {'what': 'fees', 'facility': 'H1', 'when': '2014-07-01', 'text': SECRET} and
           message['readable'] and not message['of_reader'], 'its reader reads it', full)
    file = reader.get(f'{path}/files/{message["files"][0]["id"]}')
    tap.ok(file.headers['Content-Type'] == 'image/png' and b'AuthorZQX' not in file.body and b'IDAT' in file.body and
           'attachment' in file.headers['Content-Disposition'], 'the picture without its author', file)
    for other in others:
        tap.equal((other.get('/api/channels/tips/letters').status, other.get(path).status), (404, 404),
                  'nobody else sees that there is any')
    # back and forth
    back = visitor.back(receipt)
    tap.ok(back.status == 200 and 'has been read' in back.text and SECRET not in back.text,
           'the sender comes back: read, and nothing repeated', back)
    tap.equal(reader.post(path + '/answers', {'text': ANSWER + ' <b>'}).status, 204, 'an answer')
    back = visitor.back(receipt.replace(' ', '-'))
    tap.ok(ANSWER + ' &lt;b&gt;' in back.text, 'is read with the receipt', back)
    added = visitor.post('/tip/return?lang=en', {'token': token(back.text), 'receipt': receipt, 'text': SECRET + ' more'})
    tap.ok(added.status == 422 and 'quicker' in added.text, 'the page waits as well', added)
    back = visitor.back(receipt, text=SECRET + ' more')
    tap.ok('added has been received' in back.text, 'more of the sender', back)
    full = reader.get(path).json
    tap.equal([m.get('text') for m in full['messages']], [None, ANSWER + ' <b>', SECRET + ' more'], 'three messages')
    tap.equal(full['letter']['answered_on'], '2014-07-20', 'answered in time')
    time.sleep(1)  # its connections are closed
    left = in_memory(server, (SECRET, ANSWER, 'AuthorZQX', receipt, receipt.replace(' ', '')))
    tap.ok(in_memory(server, ('第二医院',)), 'what the memory of the server holds is found')
    tap.ok(not left, 'nor does the memory of the server hold it any more', left)
    counts = [c for c in reader.get('/api/channels').json['channels'] if c['name'] == 'tips'][0]['counts']
    tap.equal(counts, [{'month': '2014-07', 'received': 1, 'in_time': 1, 'late': 0}], 'counts for supervision')
    tap.equal(reader.post(path + '/close').status, 204, 'closed')
    tap.equal(reader.post(path + '/answers', {'text': 'x'}).status, 409, 'nothing more after that')
    return receipt, path


def receipts(server, receipt):
    """Wrong receipts take as long as each other, near or far, and tell nothing."""
    visitor = Visitor(server)
    digits = receipt.replace(' ', '')
    near = [digits[:15] + str((int(digits[15]) + i) % 10) for i in range(1, 6)]
    far = ['%016d' % (7919 * i ** 9 % 10 ** 16) for i in range(1, 6)]
    tokens = [token(visitor.get('/tip/return?lang=en').text) for _ in near + far]
    time.sleep(2.1)
    took = {}
    for guess, one in zip([g for pair in zip(near, far) for g in pair], tokens):
        begin = time.perf_counter()
        said = visitor.post('/tip/return?lang=en', {'token': one, 'receipt': guess})
        took[guess] = time.perf_counter() - begin
        if said.status != 404 or guess in said.text:
            tap.ok(False, 'a wrong receipt', said)
    a, b = statistics.median(took[g] for g in near), statistics.median(took[g] for g in far)
    tap.ok(max(a, b) < 2 * min(a, b) + 0.05, f'near {a:.3f} s, far {b:.3f} s', took)
    used = visitor.post('/tip/return?lang=en', {'token': tokens[0], 'receipt': near[0]})
    tap.ok(used.status == 422 and 'used already' in used.text, 'a token is good once', used)
    forged = tokens[0][:-3] + 'AAA'
    tap.equal(visitor.post('/tip/return?lang=en', {'token': forged, 'receipt': near[0]}).status, 422, 'a forged token')


def keys(server, reader):
    """Locked after a new start; the password unlocks; a changed one too; a reset needs the recovery key."""
    tap.equal(reader.get('/api/channels').json['key'], 'open', 'open after it was made')
    server.stop()
    server.start()
    tap.equal(reader.get('/api/channels').json['key'], 'locked', 'a new start forgets keys')
    path = '/api/channels/tips/letters/' + reader.get('/api/channels/tips/letters').json['letters'][0]['id']
    said = reader.get(path)
    tap.ok(said.status == 403 and said.json['error']['key'] == 'seal.locked', 'locked: why', said)
    tap.equal(reader.put('/api/letter-key', {'password': 'not the right one 9'}).status, 403, 'a wrong password')
    time.sleep(1.1)
    tap.equal(reader.put('/api/letter-key', {'password': PASSWORD}).status, 204, 'the password')
    tap.equal(reader.get(path).status, 200, 'opens it')
    fresh = 'another long password 8'
    tap.equal(reader.post('/api/session/password', {'old': PASSWORD, 'new': fresh}).status, 204, 'a new password')
    time.sleep(31)  # a code is good once
    again = server.client()
    again.log_in('reader', fresh, code=totp(reader.totp_secret))
    tap.equal(again.get('/api/channels').json['key'], 'open', 'a log-in with it unlocks')
    tap.equal(again.get(path).json['messages'][0]['answers']['text'], SECRET, 'and reads')
    tap.equal(again.delete('/api/session').status, 204, 'log-out')
    return path


def reset(server, admin, reader, recovery, path):
    people = admin.get('/api/people').json['people']
    me = next(p for p in people if p['name'] == 'reader')
    link = admin.post(f'/api/people/{me["id"]}/link').json['link']
    one = server.client()
    one.use_link(link)
    secret = one.post('/api/session/totp', {'password': PASSWORD}).json['secret']
    one.put('/api/session/totp', {'code': totp(secret)})
    said = one.put('/api/letter-key', {'password': PASSWORD})
    tap.ok(said.status == 403 and said.json['error']['key'] == 'seal.password', 'who resets a password reads no letter', said)
    wrong = one.put('/api/letter-key', {'password': PASSWORD, 'recovery': 'AAAA-' * 11 + 'AAAA'})
    tap.ok(wrong.status == 403 and wrong.json['error']['key'] == 'seal.recovery', 'a wrong recovery key', wrong)
    typed = recovery.lower().replace('-', ' ')
    tap.equal(one.put('/api/letter-key', {'password': PASSWORD, 'recovery': typed}).status, 204, 'the recovery key')
    tap.equal(one.get(path).json['messages'][0]['answers']['text'], SECRET, 'opens everything again')
    return one


def joining(server, admin, reader, path):
    """Who becomes a reader later opens earlier letters by the act of one who can, and not otherwise."""
    inside = '/api/channels/tips/newcomers'
    tap.equal(reader.get(inside).json, {'newcomers': []}, 'nobody has joined')
    joined = person(server, admin, 'joined', 'tip_reader')
    joined.post('/api/letter-key', {'password': PASSWORD})
    shut = joined.get(path).json['messages']
    tap.ok(shut and not any(m['readable'] or m['answers'] for m in shut), 'closed to who joined later', shut)
    tap.equal(joined.get(inside).json, {'newcomers': []}, 'who opens nothing has nobody to let in')
    found = reader.get(inside).json['newcomers']
    tap.ok(len(found) == 1 and found[0]['name'] == 'joined' and found[0]['letters'] == 1, 'is named to who can', found)
    me = {'id': found[0]['id']}
    tap.equal((admin.get(inside).status, admin.post(inside, me).status), (404, 404), 'an administrator cannot')
    tap.equal(joined.post(inside, me).status, 404, 'nor the one who joined')
    tap.equal((reader.post(inside, {'id': '999999'}).status, reader.post(inside, {'id': 'x'}).status), (404, 422), 'nor for just anybody')
    said = reader.post(inside, me)
    tap.equal((said.status, said.json), (200, {'letters': 1}), 'a reader can')
    open_ = joined.get(path).json['messages']
    tap.ok(all(m['readable'] for m in open_) and open_[0]['answers']['text'] == SECRET, 'then it opens', open_)
    file = joined.get(f'{path}/files/{open_[0]["files"][0]["id"]}')
    tap.ok(file.status == 200 and b'IDAT' in file.body, 'with its file', file)
    events = [e for e in admin.get('/api/audit?limit=500').json['events'] if e['kind'] == 'letters']
    tap.ok(len(events) == 1 and events[0]['subject'] == 'joined' and events[0]['text'] == 'tips: 1', 'it is noted', events)


def referral(server, admin, reader):
    officer = person(server, admin, 'officer', 'protection_officer')
    officer.post('/api/letter-key', {'password': PASSWORD})
    clerk = person(server, admin, 'clerk li', 'clerk', second=False)
    wrong = clerk.post('/api/channels/protection/letters', {'answers': {}})
    tap.ok(wrong.status == 422 and wrong.json['error']['where'] == 'text', 'what is missing is named', wrong)
    made = clerk.post('/api/channels/protection/letters', {'answers': {'text': SECRET + ' infant'}})
    tap.ok(made.status == 201 and len(made.json['receipt']) == 19, 'a referral', made)
    tap.equal([x.get('/api/channels/protection/letters').status for x in (clerk, reader, admin)], [404] * 3,
              'writers, readers of tips, administrators do not read it')
    listed = officer.get('/api/channels/protection/letters').json['letters']
    message = officer.get('/api/channels/protection/letters/' + listed[0]['id']).json['messages'][0]
    tap.equal((message['answers']['text'], message['from']), (SECRET + ' infant', 'clerk li'), 'the officer does')
    tap.equal([x.post('/api/channels/tips/letters', {'answers': {}}).status for x in (clerk, officer)], [404] * 2,
              'the public channel has no door inside')


def flood(folder):
    folder.mkdir()
    db = make_county(folder, per_hour=2)
    with Server(db=db) as server:
        admin = server.administrator()
        reader = person(server, admin, 'reader', 'tip_reader')
        reader.post('/api/letter-key', {'password': PASSWORD})
        visitor = Visitor(server)
        forms = [visitor.fields() for _ in range(4)]
        time.sleep(8.2)
        took = [visitor.post('/tip?lang=en', f).status for f in forms]
        tap.equal(took, [200, 200, 429, 429], 'the channel takes so many an hour, from whomever')
        begin = time.perf_counter()
        spent = [visitor.post('/tip?lang=en', forms[0]).status for _ in range(30)]
        tap.ok(spent == [422] * 30, f'30 used tokens are refused in {time.perf_counter() - begin:.2f} s', spent)


def retention(server, folder, reader):
    """Time passes: 30 days after the last message the letter is gone, its counts are not."""
    server.stop()
    server.environment['HENG_TODAY'] = '2014-08-25'
    server.start()
    until = time.monotonic() + 90
    while time.monotonic() < until and reader.get('/api/channels/tips/letters').json['letters']:
        time.sleep(1)
    tap.equal(reader.get('/api/channels/tips/letters').json['letters'], [], 'letters are removed when their time is over')
    counts = [c for c in reader.get('/api/channels').json['channels'] if c['name'] == 'tips'][0]['counts']
    tap.equal(counts[0]['received'], 1, 'their counts stay')


def main():
    with tempfile.TemporaryDirectory(prefix='heng-tips-') as name:
        folder = pathlib.Path(name)
        db = make_county(folder)
        words = (SECRET, ANSWER, 'AuthorZQX', 'IMG_secret_name', AGENT, FORWARDED)
        with Server(db=db) as server:
            admin = server.administrator()
            pages(server)
            reader_without_second(server, admin)
            reader = person(server, admin, 'reader', 'tip_reader')
            made = reader.post('/api/letter-key', {'password': PASSWORD})
            recovery = made.json['recovery']
            tap.ok(made.status == 200 and re.fullmatch('([A-Z0-9]{4}-){11}[A-Z0-9]{4}', recovery), 'a recovery key', made)
            tap.equal(reader.post('/api/letter-key', {'password': PASSWORD}).status, 409, 'once')
            inspector = person(server, admin, 'inspector', 'inspector', second=False)
            the_form(server)
            receipt, path = a_tip(server, reader, (admin, inspector, server.client() and inspector))
            receipts(server, receipt)
            keys(server, reader)
            reader = reset(server, admin, reader, recovery, path)
            joining(server, admin, reader, path)
            referral(server, admin, reader)
            events = json.dumps(admin.get('/api/audit?limit=500').json, ensure_ascii=False)
            tap.ok(SECRET not in events and 'letters' in events, 'the audit log says that it was opened, and no more')
            backup = folder / 'backup.db'
            subprocess.run([HENG, 'backup', str(db), str(backup)], check=True, capture_output=True, timeout=120)
            for where in (folder, server.folder):
                nowhere(where, words, 'nothing of it on the disk while the server runs')
            server.stop()
            for where in (folder, server.folder):
                nowhere(where, words + (receipt, receipt.replace(' ', '')), 'nothing of it on the disk afterwards')
            server.start()
            retention(server, folder, reader)
        restored = folder / 'restored.db'
        subprocess.run([HENG, 'restore', str(backup), str(restored)], check=True, capture_output=True, timeout=120)
        with Server(db=restored) as server:
            again = server.client()
            again.cookie, again.csrf = reader.cookie, reader.csrf
            again.put('/api/letter-key', {'password': PASSWORD})
            tap.equal(again.get(path).json['messages'][0]['answers']['text'], SECRET, 'a restored file is sealed as before')
            back = Visitor(server).back(receipt)
            tap.ok(ANSWER in back.text, 'and its receipts are good')
        nowhere(folder, words, 'nothing of it in the restored one')
        flood(folder / 'flood')
    tap.end()


if __name__ == '__main__':
    main()
