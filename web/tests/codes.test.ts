// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseCode, fittingCodes } from '../src/entry/codes';

const code = (value: string, en: string, zh: string) => ({ value, label: { en, zh } });
const sex = [code('m', 'boy', '男'), code('f', 'girl', '女'), code('u', 'not recorded', '未记录')];
const order = [
  code('first', 'first', '一孩'),
  code('second', 'second', '二孩'),
  code('third', 'third or later', '三孩及以上'),
  code('u', 'not recorded', '未记录'),
];
const grade = [code('0', 'none', '无'), code('1', 'slight', '轻'), code('2', 'severe', '重')];

/** The choice after some keys, typed quickly one after the other. */
function type(codes: typeof sex, keys: string[]): string | null {
  let value: string | null = null;
  let typed = '';
  for (const key of keys) {
    const chosen = chooseCode(codes, value, typed, key);
    if (chosen) ({ value, typed } = chosen);
  }
  return value;
}

test('one key is enough', () => {
  const table: [typeof sex, string, string | null][] = [
    [sex, 'm', 'm'],
    [sex, 'M', 'm'],
    [sex, 'f', 'f'],
    [sex, 'b', 'm'],
    [sex, 'g', 'f'],
    [sex, '男', 'm'],
    [sex, '女', 'f'],
    [sex, '1', 'm'],
    [sex, '2', 'f'],
    [sex, '３', 'u'],
    [sex, 'w', 'u'],
    [sex, 'n', 'm'],
    [sex, 'x', null],
    [sex, '9', null],
    [sex, '未', 'u'],
    [order, '1', 'first'],
    [order, 'e', 'second'],
    [order, '三', 'third'],
    [order, '3', 'third'],
    [order, 'u', 'u'],
    [order, 'y', 'first'],
    [grade, '0', '0'],
    [grade, '1', '1'],
    [grade, '2', '2'],
    [grade, '3', null],
    [grade, 'z', '2'],
  ];
  for (const [codes, key, expected] of table) assert.equal(type(codes, [key]), expected, key);
});

test('the same key again goes on; several keys narrow', () => {
  assert.equal(type(sex, ['n', 'n']), 'f');
  assert.equal(type(sex, ['n', 'n', 'n']), 'u');
  assert.equal(type(sex, ['n', 'n', 'n', 'n']), 'm');
  assert.equal(type(order, ['s', 'e']), 'second');
  assert.equal(type(order, ['s', 's']), 'third');
  assert.equal(type(sex, ['未', '记']), 'u');
  assert.equal(type(sex, ['m', 'f']), 'f', 'a second thought');
  assert.equal(type(order, ['t', 'h']), 'third');
});

test('the best comes first', () => {
  assert.deepEqual(
    fittingCodes(sex, 'n').map((one) => one.value),
    ['m', 'f', 'u'],
  );
  assert.deepEqual(
    fittingCodes(sex, 'n', 'en').map((one) => one.value),
    ['u', 'm', 'f'],
  );
  assert.deepEqual(fittingCodes(sex, '').length, 0);
});
