# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ledgers over HTTP: post, repeat, refuse, confirm, reverse, count, reconcile; and that nobody sees or posts for a place
that is not theirs."""
import pathlib
import subprocess
import tempfile

import client
from client import Server, tap

AREAS = 'code,name,level,parent\n340221,县,county,\n340221100,湾沚镇,township,340221\n340221101,六郎镇,township,340221\n'
FACILITIES = 'code,name,kind,area\nA,甲院,county_hospital,湾沚镇\nB,乙院,health_centre,六郎镇\n'
GOODS = 'code,name,unit,low,high\nbcg,卡介苗,dose,2,8\nfolic,叶酸,dose,,\n'
PACK = {
    'pack.yaml': '''pack: ledgers
version: "1"
label: {en: L, zh: 账}
levels:
  county: {label: {en: County, zh: 县}, digits: 6}
  township: {label: {en: Township, zh: 乡镇}, digits: 3}
''',
    'registers/areas.yaml': 'register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n',
    'registers/facilities.yaml': '''register: facilities
kind: facilities
purpose: supervision
label: {en: Facilities, zh: 机构}
area: area
key: [code]
fields:
  code: {type: text, required: true, label: {en: Code, zh: 代码}}
  name: {type: text, required: true, label: {en: Name, zh: 名称}}
  kind: {type: code, codes: {county_hospital: {en: H, zh: 院}, health_centre: {en: C, zh: 中心}}, label: {en: Kind, zh: 类别}}
  area: {type: area, required: true, label: {en: Area, zh: 地区}}
''',
    'registers/goods.yaml': '''register: goods
purpose: supervision
label: {en: Goods, zh: 物品}
area: kept_by
key: [code]
fields:
  code: {type: text, required: true, label: {en: Code, zh: 代码}}
  name: {type: text, label: {en: Name, zh: 名称}}
  unit: {type: code, codes: {dose: {en: doses, zh: 剂}}, label: {en: Unit, zh: 单位}}
  low: {type: decimal, label: {en: From, zh: 下限}}
  high: {type: decimal, label: {en: To, zh: 上限}}
  kept_by: {type: area, label: {en: Kept by, zh: 管理}}
''',
    'ledgers/stock.yaml': '''ledger: stock
label: {en: Stock, zh: 库存}
kind: goods
purpose: supervision
lots: true
items: {register: goods, unit: unit, cold_low: low, cold_high: high}
accounts:
  supplier: {label: {en: Suppliers, zh: 供货商}, negative: true}
  used: {label: {en: Used, zh: 使用}}
  difference: {label: {en: Differences, zh: 差异}, negative: true}
movements:
  receive: {label: {en: Receipt, zh: 入库}, from: supplier, to: place}
  send: {label: {en: Transfer, zh: 调拨}, from: place, to: place, confirm: true}
  use: {label: {en: Use, zh: 使用}, from: place, to: used}
  count: {label: {en: Count, zh: 盘点}, count: true, account: difference}
''',
}
STOCK = '/api/ledgers/stock'


def fill(path, folder):
    for register, text in (('areas', AREAS), ('facilities', FACILITIES), ('goods', GOODS)):
        (folder / f'{register}.csv').write_text(text, 'utf-8')
        subprocess.run([client.HENG, 'import', str(path), register, str(folder / f'{register}.csv')], check=True,
                       capture_output=True, cwd=folder)


def person(server, admin, name, role, area):
    made = admin.post('/api/people', {'name': name, 'full_name': name, 'roles': [{'role': role, 'area': area, 'until': None}]})
    who = server.client()
    who.use_link(made.json['link'])
    return who


def entry(movement, day, item='folic', lot='L1', quantity='10', **more):
    line = {'item': item, 'lot': lot, 'quantity': quantity}
    line.update({k: more.pop(k) for k in ('expires', 'price') if k in more})
    return {'movement': movement, 'day': day, 'lines': [line], **more}


def balances(who, **query):
    text = '&'.join(f'{k}={v}' for k, v in query.items())
    return {(b['facility']['code'] if b['facility'] else '', b['account'], b['item'], b['lot']): b['quantity']
            for b in who.get(f'{STOCK}/balances?{text}').json['balances']}


def flow(all_):
    said = all_.post(f'{STOCK}/entries', entry('receive', '2014-01-05', to='A', price='100.50', key='k1'))
    tap.ok(said.status == 201 and said.json['warning'] is None, 'a receipt', said)
    again = all_.post(f'{STOCK}/entries', entry('receive', '2014-01-05', to='A', price='100.50', key='k1'))
    tap.ok(again.status == 200 and again.json['repeated'] and again.json['id'] == said.json['id'], 'sent twice', again)
    other = all_.post(f'{STOCK}/entries', entry('receive', '2014-01-05', to='A', price='101.50', key='k1'))
    tap.ok(other.status == 409 and other.json['error']['key'] == 'ledger.sent_other' and other.json['error']['cure'],
           'another entry with the same key is not lost in silence', other)
    tap.ok(balances(all_) == {('A', '', 'folic', 'L1'): '10', ('', 'supplier', 'folic', 'L1'): '-10'}, 'balances', balances(all_))
    said = all_.post(f'{STOCK}/entries', entry('use', '2014-01-04', quantity='1', **{'from': 'A'}))
    tap.ok(said.status == 409 and said.json['error']['key'] == 'ledger.under_zero', 'nothing before it came', said)
    said = all_.post(f'{STOCK}/entries', entry('receive', '2014-01-05', item='bcg', quantity='5.5', to='A', temperature=9,
                                               expires='2014-02-01'))
    tap.ok(said.status == 201 and '9.0' in said.json['warning']['zh'], 'out of the cold chain', said)
    said = all_.post(f'{STOCK}/entries', entry('use', '2014-02-02', item='bcg', quantity='1', **{'from': 'A'}))
    tap.ok(said.status == 422 and said.json['error']['key'] == 'ledger.expired', 'expired', said)
    lines = all_.get(f'{STOCK}/suggest?facility=A&item=folic&quantity=4').json['lines']
    tap.ok(lines == [{'lot': 'L1', 'expires': None, 'quantity': '4'}], 'which lots', lines)
    sent = all_.post(f'{STOCK}/entries', entry('send', '2014-02-01', quantity='4', to='B', **{'from': 'A'})).json['id']
    found = all_.get(f'{STOCK}/reconcile').json['differences']
    tap.ok([(d['entry'], d['sent'], d['arrived']) for d in found] == [(sent, '4', None)], 'nobody has said', found)
    said = all_.post(f'{STOCK}/entries/{sent}/confirm', {'arrived': ['3.5'], 'day': '2014-02-02'})
    tap.ok(said.status == 201, 'confirmed', said)
    found = all_.get(f'{STOCK}/reconcile').json['differences']
    tap.ok([(d['arrived'], d['counted']) for d in found] == [('3.5', False)], 'half of one is missing', found)
    said = all_.post(f'{STOCK}/entries/{sent}/reverse', {'reason': 'x'})
    tap.ok(said.status == 409 and said.json['error']['key'] == 'ledger.confirmed', 'first the confirmation', said)
    said = all_.post(f'{STOCK}/entries', entry('count', '2014-03-01', quantity='5', **{'from': 'A'}))
    kept = all_.get(f'{STOCK}/entries?id={said.json["id"]}').json['entries'][0]
    tap.ok(kept['lines'][0]['counted'] == '5' and kept['lines'][0]['quantity'] == '1', 'one was missing', kept)
    found = [d for d in all_.get(f'{STOCK}/reconcile').json['differences'] if d['counted']]
    tap.ok([(d['from']['code'], d['to'], d['sent'], d['arrived']) for d in found] == [('A', None, '6', '5')], 'and is told', found)
    said = all_.post(f'{STOCK}/entries/{said.json["id"]}/reverse', {'reason': 'wrong shelf'})
    tap.ok(not any(d['counted'] for d in all_.get(f'{STOCK}/reconcile').json['differences']), 'until the count is reversed')
    tap.ok(said.status == 201 and balances(all_, facility='A')[('A', '', 'folic', 'L1')] == '6', 'reversed', said)
    first = all_.get(f'{STOCK}/entries?limit=2').json
    rest = all_.get(f'{STOCK}/entries?limit=500&after={first["next"]}').json
    tap.ok(len(first['entries']) == 2 and len(rest['entries']) == 4 and rest['next'] is None, 'a page at a time', first)
    for body, key in (({}, 'movement'), (entry('steal', '2014-01-01'), 'movement'),
                      (entry('use', 'monday', **{'from': 'A'}), 'day'),
                      (entry('use', '2014-01-01', quantity='1.2345', **{'from': 'A'}), 'quantity'),
                      ({**entry('use', '2014-01-01', **{'from': 'A'}), 'lines': []}, 'lines'),
                      ({**entry('use', '2014-01-01', **{'from': 'A'}), 'temperature': 'cold'}, 'temperature')):
        said = all_.post(f'{STOCK}/entries', body)
        tap.ok(said.status == 422 and said.json['error']['where'] == key, f'{key} is wrong', said)
    return sent


def whose(all_, one, leader, sent):
    """one: an inspector of B's township; leader: of no purpose."""
    tap.ok(set(balances(one)) == {('B', '', 'folic', 'L1'), ('B', 'on_the_way', 'folic', 'L1')}, 'own places only',
           balances(one))
    seen = one.get(f'{STOCK}/entries').json['entries']
    tap.ok({e['id'] for e in seen} >= {sent} and all('B' in [(e[k] or {}).get('code') for k in ('from', 'to')] for e in seen),
           'entries that touch them only', seen)
    tap.ok(not one.get(f'{STOCK}/balances?facility=A').json['balances'], 'nothing of A')
    other = next(e['id'] for e in all_.get(f'{STOCK}/entries').json['entries'] if e['id'] not in {x['id'] for x in seen})
    for path, body in ((f'{STOCK}/entries', entry('use', '2014-03-01', **{'from': 'A'})),
                       (f'{STOCK}/entries', entry('send', '2014-03-01', to='B', **{'from': 'A'}))):
        said = one.post(path, body)
        tap.ok(said.status == 403, 'may not post for A', said)
    said = one.post(f'{STOCK}/entries/{other}/reverse', {'reason': 'x'})
    none = one.post(f'{STOCK}/entries/99999/reverse', {'reason': 'x'})
    tap.ok(said.status == none.status == 404, 'an entry of others is as one that is not there', said, none)
    said = one.post(f'{STOCK}/entries', entry('use', '2014-03-01', quantity='1', **{'from': 'B'}))
    tap.ok(said.status == 201, 'posts for B', said)
    said = one.get(f'{STOCK}/suggest?facility=A&item=folic')
    tap.ok(said.status == 403, 'may not ask for lots of A', said)
    tap.ok(leader.get('/api/ledgers').json == {'ledgers': []}, 'no ledger for one without the purpose')
    for path in ('balances', 'entries', 'reconcile', 'suggest?facility=A'):
        said, none = leader.get(f'{STOCK}/{path}'), leader.get(f'/api/ledgers/nothing/{path}')
        tap.ok(said.status == none.status == 404, f'{path}: as if there were none', said)
    tap.ok(leader.post(f'{STOCK}/entries', entry('use', '2014-03-01', **{'from': 'B'})).status == 404, 'nor to post')


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='heng-ledgers-'))
    for name, text in PACK.items():
        path = folder / 'pack' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, 'utf-8')
    with Server(pack=folder / 'pack', prepare=lambda path: fill(path, folder)) as server:
        admin = server.administrator()
        all_ = person(server, admin, 'all', 'inspector', '')
        one = person(server, admin, 'one', 'inspector', '340221101')
        leader = person(server, admin, 'leader', 'leader', '')
        whose(all_, one, leader, flow(all_))
        server.stop()
        said = server.heng('ledger', 'check', str(server.db))
        tap.ok('all balances follow' in said, 'heng ledger check proves it', said)
    tap.end()


main()
