// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find, index, initials } from '../src/entry/pinyin';

test('first letters of names', () => {
  const table: [string, string][] = [
    ['无向县', 'wxx'],
    ['第一人民医院', 'dyrmyy'],
    ['卫生院', 'wsy'],
    ['张伟', 'zw'],
    ['欧阳娜娜', 'oynn'],
    ['厦门', 'xm'],
    ['男', 'n'],
    ['女', 'n'],
    ['未记录', 'wjl'],
    ['一孩', 'yh'],
    ['安', 'a'],
    ['二', 'e'],
    ['做', 'z'],
    ['八', 'b'],
    ['村A3', 'ca3'],
    ['（东）', 'd'],
    ['葛', 'g'],
    ['库', 'k'],
    ['日', 'r'],
    ['热', 'r'],
    ['刺', 'c'],
    ['特', 't'],
    ['平', 'p'],
    ['泥', 'n'],
  ];
  for (const [name, letters] of table) assert.equal(initials(name), letters, name);
});

test('the 3,755 common characters of GB 2312, which stand there in pinyin order', () => {
  const starts: [string, number][] = [
    ['a', 0xb0a1],
    ['b', 0xb0c5],
    ['c', 0xb2c1],
    ['d', 0xb4ee],
    ['e', 0xb6ea],
    ['f', 0xb7a2],
    ['g', 0xb8c1],
    ['h', 0xb9fe],
    ['j', 0xbbf7],
    ['k', 0xbfa6],
    ['l', 0xc0ac],
    ['m', 0xc2e8],
    ['n', 0xc4c3],
    ['o', 0xc5b6],
    ['p', 0xc5be],
    ['q', 0xc6da],
    ['r', 0xc8bb],
    ['s', 0xc8f6],
    ['t', 0xcbfa],
    ['w', 0xcdda],
    ['x', 0xcef4],
    ['y', 0xd1b9],
    ['z', 0xd4d1],
  ];
  const decoder = new TextDecoder('gb18030');
  let all = 0;
  const other: string[] = [];
  for (let code = 0xb0a1; code <= 0xd7f9; code++) {
    if ((code & 0xff) < 0xa1 || (code & 0xff) > 0xfe) continue;
    const character = decoder.decode(Uint8Array.of(code >> 8, code & 0xff));
    const expected = starts.filter(([, from]) => from <= code).pop()![0];
    all++;
    if (initials(character) !== expected) other.push(`${character} ${initials(character)}, ${expected}`);
  }
  assert.equal(all, 3755);
  // Characters of several readings, of which GB 2312 chose another.
  assert.ok(other.length < 25, `${other.length}: ${other.join('; ')}`);
});

const areas = index([
  { code: '511723', name: '无向县', name_en: 'Wuxiang' },
  { code: '511723100', name: '东河镇', name_en: 'Donghe' },
  { code: '511723100201', name: '东河村', name_en: 'Donghe village' },
  { code: '511723101201', name: '大湾村', name_en: '' },
  { code: '511723101202', name: '小东河村', name_en: '' },
]);
const codes = (typed: string, first: string[] = []) => find(areas, typed, 8, first).map((one) => one.code);

test('a place by code, name or letters', () => {
  assert.equal(codes('dh')[0], '511723100');
  assert.deepEqual(codes('dhc').slice(0, 2), ['511723100201', '511723101202']);
  assert.deepEqual(codes('大湾'), ['511723101201']);
  assert.equal(codes('511723')[0], '511723');
  assert.deepEqual(codes('1202'), ['511723101202']);
  assert.deepEqual(codes('DWC'), ['511723101201']);
  assert.deepEqual(codes('donghe v'), ['511723100201']);
  assert.deepEqual(codes('zzz'), []);
});

test('what was used last comes first', () => {
  assert.deepEqual(codes('', ['511723101202']).slice(0, 2), ['511723101202', '511723']);
  assert.equal(codes('dh', ['511723100201'])[0], '511723100201');
});
