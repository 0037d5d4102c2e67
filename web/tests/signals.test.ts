// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from '../src/pages/overview/sentence';

test('a signal is cut behind its finding, not within a number', () => {
  assert.deepEqual(
    partsOf('A Town, 1 July 2009: the odds are 1.27 times [1.06–1.51], usually 1.00. Where nothing is wrong, 4.1 of 1,000.'),
    ['A Town, 1 July 2009: the odds are 1.27 times [1.06–1.51], usually 1.00.', 'Where nothing is wrong, 4.1 of 1,000.'],
  );
  assert.deepEqual(partsOf('新丰镇：性别比124.5［113.9–136.1］。参考值106.3。可能另有情况。'), [
    '新丰镇：性别比124.5［113.9–136.1］。',
    '参考值106.3。可能另有情况。',
  ]);
  assert.deepEqual(partsOf('One sentence only.'), ['One sentence only.', '']);
  assert.deepEqual(partsOf(''), ['', '']);
});
