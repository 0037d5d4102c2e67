// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastEnded, parsePeriod, periodAs, periodDays, periodId, periodMonths, shiftPeriod, yearBefore } from '../src/period';

const same = (got: unknown, wanted: unknown) => assert.deepEqual(got, wanted);
const p = (id: string) => parsePeriod(id)!;

test('ids are read and written back', () => {
  for (const id of ['201406', '201412', '2014Q2', '2014S1', '2014', '2014Oct']) same(periodId(p(id)), id);
  for (const id of ['', '20140', '201413', '201400', '2014Q5', '2014S3', '2014Nov', '14S1', '2014s1']) same(parsePeriod(id), null);
});
test('the next and the one before', () => {
  same(periodId(shiftPeriod(p('201401'), -1)), '201312');
  same(periodId(shiftPeriod(p('201412'), 14)), '201602');
  same(periodId(shiftPeriod(p('2014Q1'), -1)), '2013Q4');
  same(periodId(shiftPeriod(p('2014S2'), 1)), '2015S1');
  same(periodId(shiftPeriod(p('2014Oct'), -3)), '2011Oct');
  same(periodId(yearBefore(p('2014S1'))), '2013S1');
});
test('as another kind: where it ends', () => {
  same(periodId(periodAs(p('2014S1'), 'month')), '201406');
  same(periodId(periodAs(p('2014'), 'quarter')), '2014Q4');
  same(periodId(periodAs(p('201409'), 'october')), '2013Oct');
  same(periodId(periodAs(p('201410'), 'october')), '2014Oct');
  same(periodId(periodAs(p('2014Oct'), 'year')), '2015');
});
test('days and months', () => {
  same(periodDays(p('201402')), ['2014-02-01', '2014-02-28']);
  same(periodDays(p('2012Q1')), ['2012-01-01', '2012-03-31']);
  same(periodDays(p('2014Oct')), ['2014-10-01', '2015-09-30']);
  same(periodMonths(p('2014Q4')), ['201410', '201411', '201412']);
  same(periodMonths(p('2014Oct')).slice(2, 4), ['201412', '201501']);
});
test('the last that has ended', () => {
  same(periodId(lastEnded('half', '2014-07-20')), '2014S1');
  same(periodId(lastEnded('half', '2014-06-30')), '2013S2');
  same(periodId(lastEnded('month', '2014-01-01')), '201312');
  same(periodId(lastEnded('october', '2014-10-01')), '2013Oct');
});
