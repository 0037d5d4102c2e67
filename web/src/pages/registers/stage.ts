// SPDX-License-Identifier: AGPL-3.0-or-later
// What the strip of a row's stage says, without the drawing of it.
import type { Event, Field, Label, Model, Move, MoveOffer, Moves, Register, Stage, Values, Workflow } from '../../api/types';

export interface Offered {
  move: Move;
  offer: MoveOffer;
  to: Stage;
}
export interface StageView {
  workflow: Workflow;
  stage: Stage;
  /** Days until the deadline, under 0 when it has passed; null: there is none. */
  days: number | null;
  open: Offered[];
  /** Those that someone else must make, or that something stands in the way of. */
  blocked: Offered[];
}

const dayNumber = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;

export function viewStage(model: Model | null, register: Register, moves: Moves, today: string): StageView | null {
  const workflow = model?.workflows.find((one) => one.name === register.workflow);
  const stage = workflow?.stages.find((one) => one.name === moves.stage);
  if (!workflow || !stage) return null;
  const offered: Offered[] = [];
  for (const offer of moves.offers) {
    const move = workflow.moves.find((one) => one.name === offer.move);
    const to = workflow.stages.find((one) => one.name === move?.to);
    if (move && to) offered.push({ move, offer, to });
  }
  return {
    workflow,
    stage,
    days: moves.due ? dayNumber(moves.due) - dayNumber(today) : null,
    open: offered.filter((one) => !one.offer.blocked),
    blocked: offered.filter((one) => one.offer.blocked),
  };
}

/** The fields that a move fills in: first those that it needs. */
export function fieldsOfMove(register: Register, move: Move): { field: Field; needed: boolean }[] {
  const named = (names: string[]) => names.flatMap((name) => register.fields.find((one) => one.name === name) ?? []);
  const needs = named(move.needs);
  return [
    ...needs.map((field) => ({ field, needed: true })),
    ...named(move.sets)
      .filter((one) => !needs.includes(one))
      .map((field) => ({ field, needed: false })),
  ];
}

/** What of a move is not there yet: names of fields, and "reason" and "file". */
export function missingOf(move: Move, offer: MoveOffer, values: Values, reason: string): string[] {
  const out = move.needs.filter((name) => !values[name]);
  if (move.reason && !reason.trim()) out.push('reason');
  if (offer.missing_file) out.push('file');
  return out;
}

/** Only what differs from the row is sent. */
export function changedValues(values: Values, row: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => (value ?? null) !== (row[name] ?? null)));
}

/** "rectify: new roof" of an entry of the history: the move's label and what was said with it. */
export function moveOf(model: Model | null, register: Register, event: Event): { label: Label | null; reason: string } {
  const at = event.change === 'move' ? event.reason.indexOf(': ') : -1;
  if (at < 0) return { label: null, reason: event.reason };
  const name = event.reason.slice(0, at);
  const workflow = model?.workflows.find((one) => one.name === register.workflow);
  const label = workflow?.moves.find((one) => one.name === name)?.label ?? { en: name, zh: name };
  return { label, reason: event.reason.slice(at + 2) };
}
