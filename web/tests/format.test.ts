// SPDX-License-Identifier: AGPL-3.0-or-later
// Numbers as the browser's own formatter writes them in both languages.
import assert from 'node:assert/strict';
import { test } from 'node:test';

// The language is read from the address.
Object.assign(globalThis, { location: { search: '' } });
const { formatNumber } = await import('../src/format');

test('numbers are written as by Intl', () => {
  const values = [0, 1, 9.5, 12, 999, 1000, 12345.678, 1234567, 0.1, 0.0004, 0.0005, 2.5, 119.45, 99.99, 1e15, -1, -1234.5, -0.25];
  for (let i = 1; i < 400; i++) values.push((i * 7919) / 13, -(i ** 3) / 7, 1 / i);
  for (const locale of ['zh-CN', 'en-GB'])
    for (const decimals of [undefined, 0, 1, 2, 4])
      for (const value of values) {
        const digits =
          decimals === undefined ? { maximumFractionDigits: 3 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
        const said = new Intl.NumberFormat(locale, digits).format(value);
        // What comes to nothing has no sign here.
        const expected = /[1-9]/.test(said) ? said.replace('-', '−') : said.replace('-', '');
        assert.equal(formatNumber(value, decimals), expected, `${value} with ${decimals} decimals`);
      }
  assert.equal(formatNumber(Number.NaN), '–');
});
