// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';
import { choiceFields, choicesOf, momentOf, readChoice, shownMoments } from '../src/pages/ahead/choice';

const field = (name: string) => choiceFields.find((one) => one.name === name)!;

test('what is typed is read as the server reads it, or refused', () => {
  assert.equal(readChoice(field('tfr'), ' 1.80 ', 2013), '1.8');
  assert.equal(readChoice(field('tfr'), '１．８', 2013), '1.8');
  assert.equal(readChoice(field('tfr'), '', 2013), '');
  for (const wrong of ['0.4', '9.1', 'x', '1.8.1', '1e1', 'NaN']) assert.equal(readChoice(field('tfr'), wrong, 2013), null, wrong);
  assert.equal(readChoice(field('migrants'), '−1,200', 2013), '-1200');
  assert.equal(readChoice(field('migrants'), '0', 2013), '0');
});

test('years are counted from the year of the count', () => {
  assert.equal(readChoice(field('normal'), '2014', 2013), '2014');
  assert.equal(readChoice(field('normal'), '2013', 2013), null);
  assert.equal(readChoice(field('to'), '2113', 2013), '2113');
  assert.equal(readChoice(field('to'), '2114', 2013), null);
  assert.equal(readChoice(field('by'), '2030.5', 2013), null);
});

test('of an address only what can be asked for', () => {
  assert.deepEqual(choicesOf({ tfr: '1.8', boys: '200', normal: '2020', area: '340221', e0f: '' }), { tfr: '1.8', normal: '2020' });
});

test('the years of a table: the first, the last, round ones between', () => {
  const years = Array.from({ length: 41 }, (_, i) => 2013 + i);
  assert.deepEqual(
    shownMoments(years, 6).map((i) => years[i]),
    [2013, 2023, 2033, 2043, 2053],
  );
  assert.deepEqual(shownMoments([2013, 2018, 2023], 6), [0, 1, 2]);
  for (let n = 2; n <= 101; n++) {
    const some = shownMoments(
      Array.from({ length: n }, (_, i) => 2013 + i),
      6,
    );
    assert.ok(some.length <= 6 && some[0] === 0 && some[some.length - 1] === n - 1, String(n));
    assert.deepEqual(
      some,
      [...new Set(some)].sort((a, b) => a - b),
    );
  }
});

test('the moment of a year', () => {
  assert.equal(momentOf([2013, 2018, 2023], 2019), 1);
  assert.equal(momentOf([2013, 2018, 2023], 1990), 0);
  assert.equal(momentOf([2013, 2018, 2023], 2999), 2);
});
