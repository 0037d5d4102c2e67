// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differ, type Piece } from '../src/entry/differ';

const marked = (pieces: Piece[]) => pieces.map((p) => (p.differs ? `[${p.text}]` : p.text)).join('');
const both = (a: string, b: string) => differ(a, b).map(marked);

test('the differing characters are marked', () => {
  assert.deepEqual(both('2014-06-05', '2014-06-15'), ['2014-06-[0]5', '2014-06-[1]5']);
  assert.deepEqual(both('李娜', '李娜娜'), ['李娜', '李娜[娜]']);
  assert.deepEqual(both('张伟', '王芳'), ['[张伟]', '[王芳]']);
  assert.deepEqual(both('', 'a'), ['', '[a]']);
  assert.deepEqual(both('same', 'same'), ['same', 'same']);
  assert.deepEqual(both('𠀀a', 'a𠀀'), ['[𠀀]a', 'a[𠀀]']);
  assert.deepEqual(both('K140000123', 'K140000132'), ['K1400001[2]3', 'K14000013[2]']);
});

test('what is not marked is the same on both sides, and nothing is lost', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  let state = seed;
  const next = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % n;
  };
  for (let run = 0; run < 300; run++) {
    const make = () => Array.from({ length: next(12) }, () => 'ab男女1'[next(5)]).join('');
    const [a, b] = [make(), make()];
    const [x, y] = differ(a, b);
    const kept = (pieces: Piece[]) =>
      pieces
        .filter((p) => !p.differs)
        .map((p) => p.text)
        .join('');
    assert.equal(x.map((p) => p.text).join(''), a, `seed ${seed}`);
    assert.equal(y.map((p) => p.text).join(''), b, `seed ${seed}`);
    assert.equal(kept(x), kept(y), `seed ${seed}: ${a} ${b}`);
  }
});
