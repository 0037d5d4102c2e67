// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Indicator } from '../src/api/types';

Object.assign(globalThis, { location: { search: '' }, navigator: { language: 'zh' } });
const { sorted } = await import('../src/pages/overview/order');

const ratio = { reference: { value: 106.3, low: 105.5, high: 107.2 } } as Indicator;
const row = (name: string, value: number, births: number | null) => ({
  bucket: { code: name, label: { en: name, zh: name } },
  figure: { state: 'ok' as const, value },
  births,
});
const order = (rows: ReturnType<typeof row>[], about: Indicator) => sorted(rows, about).rows.map((one) => one.bucket.code);

test('areas are ranked by the ratio where each has births enough for it, and by none otherwise', () => {
  const small = row('small', 182, 48);
  const large = [row('a', 104, 5000), row('b', 118, 4000)];
  assert.deepEqual(order(large, ratio), ['b', 'a']);
  assert.deepEqual(order([small, ...large], ratio), ['a', 'b', 'small']);
  assert.deepEqual(order([row('hidden', 150, null), ...large], ratio), ['a', 'b', 'hidden']);
  assert.deepEqual(order([small, ...large], {} as Indicator), ['small', 'b', 'a']);
});
