// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstQuestions } from '../src/first';
import { pageOf } from '../src/where';

const ask = (path: string, query: Record<string, string> = {}) => firstQuestions(path.split('/').filter(Boolean), query);

/** What the device keeps. */
function keep(words: Record<string, string>): void {
  Object.assign(globalThis, { localStorage: { getItem: (name: string) => words[name] ?? null } });
}

test('an address says what its page asks first', () => {
  keep({ 'heng.period': '2014S1' });
  assert.deepEqual(ask('/overview'), ['/api/overview?period=2014S1']);
  assert.deepEqual(ask('/overview', { period: '2013', area: '97' }), ['/api/overview?area=97&period=2013']);
  assert.deepEqual(ask('/overview', { period: 'spring' }), ['/api/overview?period=2014S1']);
  assert.deepEqual(ask('/indicators/dashboards'), ['/api/kept/dashboard']);
  assert.deepEqual(ask('/indicators', { indicators: 'srb', by: 'month', vs: 'none' }), [
    '/api/figures?indicators=srb&period=2014S1&by=month',
  ]);
  assert.deepEqual(ask('/supervise/campaign/2014-01'), ['/api/campaigns/2014-01']);
  assert.deepEqual(ask('/supervise/campaign'), ask('/supervise'));
  assert.deepEqual(ask('/tips/protection/7'), ['/api/channels/protection/letters/7']);
  assert.deepEqual(ask('/nowhere'), []);
});

test('what the device does not know is not asked for', () => {
  keep({});
  assert.deepEqual(ask('/stock/entries'), ['/api/ledgers', '/api/facilities']);
  assert.deepEqual(ask('/registers/births'), ['/api/kept/view']);
  assert.deepEqual(ask('/supervise/sampling', { part: 'rota' }), []);
  assert.deepEqual(ask('/ahead'), ['/api/projections']);
});

test('a list is asked for as its page asks', () => {
  const births = { name: 'births', columns: ['child_name', 'sex'], area: 'residence', day: { name: 'born_on', type: 'date' }, moves: true };
  keep({ 'heng.period': '2014S1', 'heng.lists': JSON.stringify({ births }) });
  const filters = 'state=current&f.residence=97&f.born_on=2014-01-01..2014-06-30';
  assert.deepEqual(ask('/registers/births', { area: '97' }), [
    '/api/kept/view',
    `/api/registers/births/rows?${filters}&columns=child_name%2Csex&limit=50`,
    `/api/registers/births/rows?${filters}&columns=child_name&limit=1&count=1`,
  ]);
  assert.deepEqual(ask('/registers/births', { 'f.sex': 'm' }), ['/api/kept/view'], 'not where the address filters');
  assert.deepEqual(ask('/registers/births/7', { q: '王' }).slice(1), [
    '/api/registers/births/rows/7',
    '/api/registers/births/rows/7/moves',
  ]);
});

test('every address has the file of its page', () => {
  assert.equal(pageOf([]), 'today');
  assert.equal(pageOf(['link', 'abc']), 'login');
  assert.equal(pageOf(['supervise', 'sampling']), 'supervise/sampling');
  assert.equal(pageOf(['supervise', 'campaign']), 'supervise/open');
});
