// SPDX-License-Identifier: AGPL-3.0-or-later
// Answers of a checklist judged while they are typed, as the server does on saving (src/register/checklist.h): what is asked, what is
// missing, the score. Pure.
import type { Checklist, ChecklistItem, Values } from '../api/types';
import { ruleFinds, type Surroundings } from '../expr';

export interface Mark {
  item: ChecklistItem;
  asked: boolean;
  answered: boolean;
  counts: boolean;
  failed: boolean;
  /** Critical, and the answer fails or earns nothing. */
  notMet: boolean;
  points: number;
  missing: boolean;
  /** A photograph is owed: asked for, required, and the answer does not say that it does not apply. */
  photo: boolean;
}

export interface Score {
  /** null: nothing counts. */
  percent: number | null;
  critical: number;
  asked: number;
  answered: number;
  missing: number;
  passed: boolean | null;
}

/** What counts of the values: an item that is not asked has no answer, whatever was typed before. Conditions read items above. */
export function answersOf(
  checklist: Checklist,
  values: Values,
  around: Omit<Surroundings, 'values'>,
): { values: Values; asked: Set<string> } {
  const out: Values = { ...values };
  const asked = new Set<string>();
  for (const section of checklist.sections)
    for (const item of section.items) {
      // A condition that this device cannot tell: the item is shown, and the server has the last word.
      const holds = item.ask === null || ruleFinds(item.ask, { ...around, values: out }) !== false;
      if (holds) asked.add(item.field);
      else out[item.field] = null;
    }
  return { values: out, asked };
}

function markItem(item: ChecklistItem, value: string | null, asked: boolean): Mark {
  const answered = value !== null && value !== '';
  const code = value === 'true' ? '1' : value === 'false' ? '0' : value;
  const score = asked && answered ? item.scores.find((one) => one.code === code) : undefined;
  const applies = score !== undefined && !score.not_applicable;
  const counts = applies && item.points > 0;
  const points = counts ? score.points : 0;
  const failed = applies && score.failed;
  const notMet = item.critical && applies && (failed || (counts && points <= 0));
  const photo = item.photo && item.required && asked && answered && !score?.not_applicable;
  return { item, asked, answered, counts, failed, notMet, points, missing: asked && item.required && !answered, photo };
}

export function marksOf(checklist: Checklist, values: Values, asked: Set<string>): Map<string, Mark> {
  const out = new Map<string, Mark>();
  for (const section of checklist.sections)
    for (const item of section.items) out.set(item.field, markItem(item, values[item.field] ?? null, asked.has(item.field)));
  return out;
}

export function scoreOf(checklist: Checklist, marks: Iterable<Mark>): Score {
  const out: Score = { percent: null, critical: 0, asked: 0, answered: 0, missing: 0, passed: null };
  let earned = 0;
  let possible = 0;
  for (const one of marks) {
    out.asked += Number(one.asked);
    out.answered += Number(one.asked && one.answered);
    out.missing += Number(one.missing);
    out.critical += Number(one.notMet);
    if (!one.counts) continue;
    earned += one.points;
    possible += one.item.points;
  }
  if (possible > 0) out.percent = (100 * earned) / possible;
  if (checklist.pass !== null && out.percent !== null) out.passed = out.percent >= checklist.pass && out.critical === 0;
  return out;
}
