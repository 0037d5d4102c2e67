// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looseDay, looseNumber, loosePeriod, mayBecomeDay } from '../src/entry/loose';
import { dayOfIso, isoOfDay } from '../src/expr';

const today = '2014-07-20';

test('days as they are typed', () => {
  const table: [string, string | null][] = [
    ['20140605', '2014-06-05'],
    ['140605', '2014-06-05'],
    ['600315', '1960-03-15'],
    ['2014-6-5', '2014-06-05'],
    ['2014/06/05', '2014-06-05'],
    ['2014.6.5', '2014-06-05'],
    ['2014 6 5', '2014-06-05'],
    ['2014年6月5日', '2014-06-05'],
    ['14.6.5', '2014-06-05'],
    ['6/5', '2014-06-05'],
    ['6-5', '2014-06-05'],
    ['6.5', '2014-06-05'],
    ['6。5', '2014-06-05'],
    ['6月5日', '2014-06-05'],
    ['6月5号', '2014-06-05'],
    ['0605', '2014-06-05'],
    ['12/5', '2013-12-05'],
    ['7/20', '2014-07-20'],
    ['7/21', '2013-07-21'],
    ['2/29', '2012-02-29'],
    ['5', '2014-07-05'],
    ['25', '2014-06-25'],
    ['31', null],
    ['20', '2014-07-20'],
    ['today', today],
    ['Today', today],
    ['t', today],
    ['今天', today],
    ['昨天', '2014-07-19'],
    ['y', '2014-07-19'],
    ['前天', '2014-07-18'],
    ['-3', '2014-07-17'],
    ['２０１４０６０５', '2014-06-05'],
    [' 2014 - 6 - 5 ', '2014-06-05'],
    ['2014-02-29', null],
    ['20141301', null],
    ['2014', null],
    ['6/31', null],
    ['13/1', null],
    ['', null],
    ['abc', null],
    ['2014-6', null],
    ['2015-01-01', '2015-01-01'],
    ['0', null],
    ['00', null],
  ];
  for (const [typed, expected] of table) assert.equal(looseDay(typed, today), expected, JSON.stringify(typed));
  assert.equal(looseDay('25', '2014-01-20'), '2013-12-25');
});

test('every day written in full is read back, whatever the separator', () => {
  for (let day = dayOfIso('1950-01-01')!; day < dayOfIso('2014-07-20')!; day += 13) {
    const iso = isoOfDay(day);
    const [year, month, date] = iso.split('-').map(Number);
    for (const typed of [iso, iso.replace(/-/g, ''), `${year}/${month}/${date}`, `${year}年${month}月${date}日`])
      assert.equal(looseDay(typed, today), iso, typed);
  }
});

test('half a day is no error yet', () => {
  for (const typed of ['', '2', '2014', '2014-', '2014-6-', '6/', 'to', '昨', '2014年']) assert.ok(mayBecomeDay(typed), typed);
  for (const typed of ['x', 'monday', '2014-June']) assert.ok(!mayBecomeDay(typed), typed);
});

test('periods as they are typed', () => {
  const table: [string, string, string | null][] = [
    ['201406', 'month', '201406'],
    ['2014-6', 'month', '201406'],
    ['2014年6月', 'month', '201406'],
    ['14-06', 'month', '201406'],
    ['6', 'month', '201406'],
    ['6月', 'month', '201406'],
    ['12', 'month', '201312'],
    ['7', 'month', '201407'],
    ['13', 'month', null],
    ['201413', 'month', null],
    ['2014Q2', 'quarter', '2014Q2'],
    ['2014 q2', 'quarter', '2014Q2'],
    ['2014年第二季度', 'quarter', '2014Q2'],
    ['q2', 'quarter', '2014Q2'],
    ['4', 'quarter', '2013Q4'],
    ['5', 'quarter', null],
    ['2014S1', 'half', '2014S1'],
    ['2014H1', 'half', '2014S1'],
    ['2014上半年', 'half', '2014S1'],
    ['2014年下半年', 'half', '2014S2'],
    ['3', 'half', null],
    ['2014', 'year', '2014'],
    ['14', 'year', '2014'],
    ['2014年', 'year', '2014'],
    ['2014', 'october', '2014Oct'],
    ['x', 'year', null],
  ];
  for (const [typed, kind, expected] of table) assert.equal(loosePeriod(typed, kind, today), expected, `${typed} as ${kind}`);
});

test('numbers as they are typed', () => {
  const whole: [string, string | null][] = [
    ['3200', '3200'],
    ['3,200', '3200'],
    ['３２００', '3200'],
    ['007', '7'],
    ['-5', '-5'],
    ['−5', '-5'],
    ['3.5', null],
    ['', null],
    ['12,5', null],
    ['1e3', null],
    ['3200g', null],
  ];
  for (const [typed, expected] of whole) assert.equal(looseNumber(typed, true), expected, typed);
  const decimal: [string, string | null][] = [
    ['3.50', '3.5'],
    ['3.', '3'],
    ['.5', '0.5'],
    ['1,234.5', '1234.5'],
    ['-0', '0'],
    ['x', null],
    ['50', '50'],
    ['０．１', '0.1'],
  ];
  for (const [typed, expected] of decimal) assert.equal(looseNumber(typed, false), expected, typed);
});
