// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../src/api/types';
import { facets, groupFindings, readFilters, totalsOf } from '../src/pages/checks/findings';
import { toCsv } from '../src/save';

const same = (found: unknown, expected: unknown, what?: string) =>
  assert.deepEqual(JSON.parse(JSON.stringify(found)), JSON.parse(JSON.stringify(expected)), what);
const both = (text: string) => ({ en: text, zh: text });
const finding = (n: number, more: Partial<Finding> = {}): Finding => ({
  key: `k${n}`,
  check: n % 2 ? 'odd' : 'even',
  label: both('label'),
  text: both(`text ${n}`),
  cure: both('cure'),
  severity: n % 2 ? 'warning' : 'error',
  register: 'births',
  area: { code: `a${n % 3}`, label: both('area') },
  facility: null,
  period: { code: '201406', label: both('June') },
  count: 1,
  ids: ['1'],
  explained: null,
  ...more,
});
const explained = { text: 'why', who: 'w', at: '2014-07-01T00:00:00.000Z' };
const all = [
  ...Array.from({ length: 6 }, (_, n) => finding(n)),
  finding(6, { explained }),
  finding(7, { severity: 'note', register: null }),
];

const tests: Record<string, () => void> = {
  'errors stand first; the explained are apart but counted'() {
    const groups = groupFindings(all, readFilters({}));
    same(
      groups.map((one) => [one.check, one.severity, one.open.length, one.explained.length]),
      [
        ['even', 'error', 3, 1],
        ['odd', 'warning', 3, 0],
        ['odd', 'note', 1, 0],
      ],
    );
    same(totalsOf(all), { errors: 3, warnings: 3, notes: 1, explained: 1 });
  },
  'filters keep what they name, and nothing else'() {
    const count = (query: Record<string, string>) =>
      groupFindings(all, readFilters(query)).reduce((sum, one) => sum + one.open.length + one.explained.length, 0);
    same(count({ severity: 'error' }), 4);
    same(count({ show: 'explained' }), 1);
    same(count({ register: 'births' }), 7);
    same(count({ place: 'a1' }), 3);
    same(count({ check: 'odd', severity: 'warning' }), 3);
    same(count({ severity: 'nonsense' }), 8);
  },
  'a cure is told once for the group only where all findings have the same'() {
    const two = [finding(0), finding(2, { cure: both('another') })];
    same(groupFindings(two, readFilters({}))[0]?.cure, null);
    same(groupFindings([finding(0), finding(2)], readFilters({}))[0]?.cure, both('cure'));
  },
  'what there is to filter by is counted without the explained'() {
    const found = facets(all);
    same(found.registers, [{ name: 'births', count: 6 }]);
    same(
      found.places.map((one) => [one.code, one.count]),
      [
        ['a1', 3],
        ['a0', 2],
        ['a2', 2],
      ],
    );
  },
  'a CSV keeps commas, quotes and lines, and no cell is a formula'() {
    same(
      toCsv([
        ['a,b', 'say "x"', 'l1\nl2'],
        ['=1+1', '-3.5', '@x'],
      ]),
      '\uFEFF"a,b","say ""x""","l1\nl2"\r\n\'=1+1,-3.5,\'@x\r\n',
    );
  },
};

for (const [name, run] of Object.entries(tests)) test(name, run);
