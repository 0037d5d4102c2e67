// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of stock works out: exact quantities, the order of lots, what a count sheet sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerBalance } from '../src/api/types';
import { countToSend, emptyLine, fromThousandths, inOrder, keyOf, linesToSend, thousandths } from '../src/pages/stock/lines';

const balance = (item: string, quantity: string, more: Partial<LedgerBalance> = {}): LedgerBalance => ({
  facility: { code: 'A', label: { en: 'A', zh: '甲' } },
  account: '',
  item,
  lot: 'L',
  expires: null,
  state: '',
  quantity,
  value: '0',
  last: '2014-06-01',
  ...more,
});

test('quantities are exact', () => {
  for (const [text, value] of [
    ['12', 12000],
    ['12.5', 12500],
    ['-0.001', -1],
    ['999999999999.999', 999999999999999],
  ] as const) {
    assert.equal(thousandths(text), value);
    assert.equal(fromThousandths(value), text);
  }
  for (const bad of ['', '1.2345', '1e3', '.5', '1.', 'x', '1 2']) assert.equal(thousandths(bad), null);
});

test('expired lots first, then those that expire soon, then those that run out', () => {
  const order = inOrder([
    balance('many', '90'),
    balance('few', '2.5'),
    balance('soon', '5', { state: 'soon', expires: '2014-09-01' }),
    balance('sooner', '5', { state: 'soon', expires: '2014-08-01' }),
    balance('gone', '1', { state: 'expired', expires: '2014-01-01' }),
    balance('account', '-9', { facility: null, account: 'supplier' }),
  ]);
  assert.deepEqual(
    order.map((one) => one.item),
    ['gone', 'sooner', 'soon', 'few', 'many'],
  );
});

test('only what was typed is sent', () => {
  assert.deepEqual(linesToSend([{ ...emptyLine, item: 'bcg', lot: ' L1 ', quantity: '5' }, emptyLine]), [
    { quantity: '5', item: 'bcg', lot: 'L1' },
  ]);
  const sheet = [balance('a', '5'), balance('b', '7', { lot: '' }), balance('c', '9')];
  assert.deepEqual(
    countToSend('count', '2014-07-20', 'A', sheet, { [keyOf(sheet[0]!)]: '0', [keyOf(sheet[1]!)]: ' 6 ', [keyOf(sheet[2]!)]: '' }),
    {
      movement: 'count',
      day: '2014-07-20',
      from: 'A',
      lines: [
        { item: 'a', lot: 'L', quantity: '0' },
        { item: 'b', quantity: '6' },
      ],
    },
  );
});
