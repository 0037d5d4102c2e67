// SPDX-License-Identifier: AGPL-3.0-or-later
// What this device can say of a row while it is typed: what is missing, what is no value, what is out of range, and the rules of the
// pack (expr.ts). The server says the rest, and the last word. Pure.
import type { Field, Label, Problem, Register, Values } from '../api/types';
import { fieldsOf, ruleFinds, type Surroundings } from '../expr';
import { editorOf, entryFields } from '../pages/registers/filters';

export interface Words {
  missing: (field: Field) => Label;
  noValue: (field: Field) => Label;
  outside: (field: Field) => Label;
  tooLong: (field: Field) => Label;
  notOfLevel?: (field: Field) => Label;
}
const none: Label = { en: '', zh: '' };

export interface RowNow {
  values: Values;
  source: string;
  /** Texts that are no values (yet), by field. */
  typed: Record<string, string>;
}

function surroundings(register: Register, row: RowNow, today: string, lookup: Surroundings['lookup']): Surroundings {
  const types = new Map(register.fields.map((one) => [one.name, one.type]));
  return {
    today,
    typeOf: (name) => types.get(name) ?? (name === 'source' ? 'code' : undefined),
    values: { ...row.values, source: row.source || null },
    lookup,
    placeOf: (_kind, attribute) => (attribute === 'area' || attribute === 'parent' ? 'area' : undefined),
  };
}

function ofValue(field: Field, row: RowNow, words: Words): Problem | null {
  const bad = (text: Label): Problem => ({ field: field.name, severity: 'error', text, cure: none });
  if (row.typed[field.name]) return bad(words.noValue(field));
  const value = row.values[field.name] ?? null;
  if (value === null) return field.required ? bad(words.missing(field)) : null;
  const kind = editorOf(field);
  if (kind === 'numbers') {
    const number = Number(value);
    if ((field.min !== undefined && number < field.min) || (field.max !== undefined && number > field.max))
      return bad(words.outside(field));
  }
  if (kind === 'text' && field.max_length && [...value].length > field.max_length) return bad(words.tooLong(field));
  return null;
}

/**
 * All problems of a row as it stands, in the form's order; those of the register's checks stand at the last field that they read. A
 * check is left out while a field that it reads holds something that is no value.
 */
export function findProblems(register: Register, row: RowNow, today: string, words: Words, lookup?: Surroundings['lookup']): Problem[] {
  const out: Problem[] = [];
  const around = surroundings(register, row, today, lookup);
  const order = entryFields(register);
  const unreadable = (names: Set<string>) => [...names].some((name) => row.typed[name]);
  for (const field of order) {
    const first = ofValue(field, row, words);
    if (first) {
      out.push(first);
      if (row.values[field.name] === null || row.typed[field.name]) continue;
    }
    for (const rule of field.rules) {
      if (unreadable(fieldsOf(rule.when)) || !ruleFinds(rule.when, around)) continue;
      out.push({ field: field.name, severity: rule.severity, text: rule.label, cure: rule.cure });
    }
  }
  for (const rule of register.checks) {
    const read = fieldsOf(rule.when);
    if (unreadable(read) || !ruleFinds(rule.when, around)) continue;
    // The same may be a rule of the field already (an unusual weight).
    if (out.some((one) => one.text.en === rule.label.en && one.text.zh === rule.label.zh)) continue;
    const at = [...order].reverse().find((one) => read.has(one.name));
    out.push({ field: at?.name ?? '', severity: rule.severity, text: rule.label, cure: rule.cure });
  }
  return out;
}

/** Whether a check may be shown: not before every field that it stands for was left once. */
export function mayShow(problem: Problem, register: Register, left: Set<string>): boolean {
  if (!problem.field) return true;
  if (!left.has(problem.field)) return false;
  const check = register.checks.find((one) => one.label.en === problem.text.en && one.label.zh === problem.text.zh);
  return !check || [...fieldsOf(check.when)].every((name) => name === 'source' || left.has(name));
}
