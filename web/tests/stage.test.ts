// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event, Model, Move, Moves, Register } from '../src/api/types';
import { changedValues, fieldsOfMove, missingOf, moveOf, viewStage } from '../src/pages/registers/stage';

const label = (en: string) => ({ en, zh: en });
const move = (name: string, to: string, more: Partial<Move> = {}): Move => ({
  name,
  label: label(name),
  from: ['open'],
  to,
  by: [],
  needs: [],
  sets: [],
  file: false,
  reason: false,
  not: [],
  when: null,
  gates: [],
  ...more,
});
const stage = (name: string, final = false) => ({ name, label: label(name), final, within: null, from: null, else: null });
const model = {
  workflows: [
    {
      name: 'finding',
      label: label('Finding'),
      stages: [stage('open'), stage('closed', true)],
      moves: [move('mend', 'closed', { needs: ['measure'], sets: ['cost', 'measure'], reason: true }), move('drop', 'closed')],
    },
  ],
} as unknown as Model;
const field = (name: string) => ({ name, type: 'text', label: label(name) });
const register = { name: 'findings', workflow: 'finding', fields: ['number', 'cost', 'measure'].map(field) } as unknown as Register;
const moves: Moves = {
  stage: 'open',
  since: '2014-07-01',
  due: '2014-07-20',
  late: false,
  final: false,
  version: 3,
  offers: [
    { move: 'mend', blocked: null, missing: ['measure'], missing_file: true },
    { move: 'drop', blocked: { by: 'hand', text: label('other'), rows: 0 }, missing: [], missing_file: false },
  ],
};

test('the strip tells moves that may be made from those that may not', () => {
  const view = viewStage(model, register, moves, '2014-07-18');
  assert.equal(view?.stage.name, 'open');
  assert.equal(view?.days, 2);
  assert.deepEqual(
    view?.open.map((one) => [one.move.name, one.to.name]),
    [['mend', 'closed']],
  );
  assert.deepEqual(
    view?.blocked.map((one) => one.move.name),
    ['drop'],
  );
});

test('a deadline that has passed counts backwards, and over the end of a year', () => {
  assert.equal(viewStage(model, register, moves, '2014-07-21')?.days, -1);
  assert.equal(viewStage(model, register, { ...moves, due: '2015-01-01' }, '2014-12-31')?.days, 1);
  assert.equal(viewStage(model, register, { ...moves, due: null }, '2014-12-31')?.days, null);
});

test('a pack that changed while the page was open is no accident', () => {
  assert.equal(viewStage(model, register, { ...moves, stage: 'gone' }, '2014-07-21'), null);
  assert.equal(viewStage(model, { ...register, workflow: 'other' }, moves, '2014-07-21'), null);
  assert.equal(viewStage(null, register, moves, '2014-07-21'), null);
  const offers = [{ move: 'gone', blocked: null, missing: [], missing_file: false }];
  assert.deepEqual(viewStage(model, register, { ...moves, offers }, '2014-07-21')?.open, []);
});

test('a move asks first for what it needs, for each field once', () => {
  const mend = model.workflows[0]!.moves[0]!;
  assert.deepEqual(
    fieldsOfMove(register, mend).map((one) => [one.field.name, one.needed]),
    [
      ['measure', true],
      ['cost', false],
    ],
  );
});

test('what is missing is named until it is there', () => {
  const mend = model.workflows[0]!.moves[0]!;
  const offer = moves.offers[0]!;
  assert.deepEqual(missingOf(mend, offer, { measure: null }, ' '), ['measure', 'reason', 'file']);
  assert.deepEqual(missingOf(mend, { ...offer, missing_file: false }, { measure: 'roof' }, 'done'), []);
});

test('only what differs is sent', () => {
  assert.deepEqual(changedValues({ a: '1', b: null, c: 'x' }, { a: '1', b: '2' }), { b: null, c: 'x' });
  assert.deepEqual(changedValues({ a: null }, {}), {});
});

test('the history calls a move by its label', () => {
  const event = (change: Event['change'], reason: string) => ({ change, reason }) as Event;
  assert.deepEqual(moveOf(model, register, event('move', 'mend: roof: new')), { label: label('mend'), reason: 'roof: new' });
  assert.deepEqual(moveOf(model, register, event('move', 'mend: ')), { label: label('mend'), reason: '' });
  assert.deepEqual(moveOf(model, register, event('move', 'gone: x')), { label: label('gone'), reason: 'x' });
  assert.deepEqual(moveOf(model, register, event('correct', 'typing: 5')), { label: null, reason: 'typing: 5' });
});
