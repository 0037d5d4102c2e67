// SPDX-License-Identifier: AGPL-3.0-or-later
// The score while it is typed is the one that the server works out (tests/register/test_checklist.c has the same cases).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Checklist, ChecklistItem, FieldType, Values } from '../src/api/types';
import { answersOf, marksOf, scoreOf } from '../src/entry/checklist';

const none = { en: '', zh: '' };
const item = (field: string, more: Partial<ChecklistItem>): ChecklistItem => ({
  field,
  hint: none,
  ask: null,
  required: true,
  points: 0,
  critical: false,
  photo: false,
  scores: [],
  ...more,
});
const code = (name: string, points: number, more: object = {}) => ({ code: name, points, not_applicable: false, failed: false, ...more });
const checklist: Checklist = {
  register: 'rounds',
  edition: '1',
  label: none,
  pass: 80,
  sections: [
    {
      name: 'notices',
      label: none,
      items: [
        item('notice_shown', { points: 10, critical: true, scores: [code('0', 0, { failed: true }), code('1', 10)] }),
        item('unlicensed', { points: 5, scores: [code('0', 5), code('1', 0, { failed: true })] }),
      ],
    },
    {
      name: 'records',
      label: none,
      items: [
        item('signed', {
          points: 10,
          scores: [code('every', 10), code('partly', 4), code('none', 0, { failed: true }), code('na', 0, { not_applicable: true })],
        }),
        item('machines', {}),
        item('registered', {
          points: 5,
          critical: true,
          ask: ['>', ['field', 'machines'], ['number', 0]],
          scores: [code('0', 0, { failed: true }), code('1', 5)],
        }),
        item('why', { required: false, ask: ['=', ['field', 'registered'], ['false']] }),
      ],
    },
  ],
};
const types: Record<string, FieldType> = {
  notice_shown: 'bool',
  unlicensed: 'bool',
  signed: 'code',
  machines: 'int',
  registered: 'bool',
  why: 'text',
};
const around = { today: '2014-07-20', typeOf: (name: string) => types[name] };

function judged(values: Values) {
  const answers = answersOf(checklist, values, around);
  const marks = marksOf(checklist, answers.values, answers.asked);
  return { answers, marks, score: scoreOf(checklist, marks.values()) };
}

test('scores as the server gives them', () => {
  const cases: [string[], number, number][] = [
    [['1', '0', 'every', '2', '1'], 100, 0],
    [['0', '0', 'partly', '1', '1'], (100 * 14) / 30, 1],
    [['1', '1', 'none', '0'], 40, 0],
    [['1', '0', 'na', '0'], 100, 0],
    [['0', '1', 'every', '3', '0'], (100 * 10) / 30, 2],
  ];
  for (const [answers, percent, critical] of cases) {
    const names = ['notice_shown', 'unlicensed', 'signed', 'machines', 'registered'];
    const { score } = judged(Object.fromEntries(names.map((name, i) => [name, answers[i] ?? null])));
    assert.ok(Math.abs(score.percent! - percent) < 1e-9, `${answers}: ${score.percent}`);
    assert.equal(score.critical, critical);
    assert.equal(score.missing, 0);
    assert.equal(score.passed, percent >= 80 && critical === 0);
  }
});

test('what is not asked has no answer, nor has what depends on it', () => {
  const { answers, marks, score } = judged({
    notice_shown: '1',
    unlicensed: null,
    signed: 'na',
    machines: '0',
    registered: '0',
    why: 'lost',
  });
  assert.deepEqual([...answers.asked], ['notice_shown', 'unlicensed', 'signed', 'machines']);
  assert.equal(answers.values.registered, null);
  assert.equal(answers.values.why, null);
  assert.equal(marks.get('unlicensed')!.missing, true);
  assert.equal(score.missing, 1);
  assert.equal(score.critical, 0);
  assert.equal(score.percent, 100);
});

test('an empty form has no score', () => {
  const { score } = judged({});
  assert.equal(score.percent, null);
  assert.equal(score.passed, null);
  assert.equal(score.missing, 4);
  assert.equal(score.asked, 4);
});

test('true and false are taken as 1 and 0', () => {
  const { score } = judged({ notice_shown: 'true', unlicensed: 'false', signed: 'na', machines: '0' });
  assert.equal(score.percent, 100);
});
