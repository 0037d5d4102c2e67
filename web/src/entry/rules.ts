// SPDX-License-Identifier: AGPL-3.0-or-later
// What this device can say of a row while it is typed: what is missing, what is no value, what is out of range, and the rules of the
// pack (expr.ts). The server says the rest, and the last word. Pure.
import type { Field, Label, Problem, Register, Rule, Values } from '../api/types';
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

export function surroundings(register: Register, row: RowNow, today: string, lookup: Surroundings['lookup']): Surroundings {
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
    if (out.some((one) => sameLabel(one.text, rule.label))) continue;
    out.push({ field: placeOf(rule, register), severity: rule.severity, text: rule.label, cure: rule.cure });
  }
  return out;
}

const sameLabel = (a: Label, b: Label): boolean => a.en === b.en && a.zh === b.zh;

/** The field at which a check of the register stands: the last in the form that it reads. */
function placeOf(check: Rule, register: Register): string {
  const read = fieldsOf(check.when);
  return [...entryFields(register)].reverse().find((one) => read.has(one.name))?.name ?? '';
}

/** What the server found and this device did not say already. A check of the register comes under its own name. */
export function onlyTheirs(register: Register, own: Problem[], theirs: Problem[]): Problem[] {
  const fields = new Set(register.fields.map((one) => one.name));
  const out: Problem[] = [];
  for (const one of theirs) {
    const check = register.checks.find((rule) => rule.name === one.field);
    if (check) {
      if (!own.some((mine) => sameLabel(mine.text, check.label))) out.push({ ...one, field: placeOf(check, register) });
    } else {
      const field = fields.has(one.field) ? one.field : '';
      const said = own.some((mine) => mine.field === field && (mine.severity === one.severity || mine.severity === 'error'));
      // The rule of a field often is a check of the register as well.
      if (!said && !own.some((mine) => sameLabel(mine.text, one.text))) out.push({ ...one, field });
    }
  }
  return out;
}

/** Whether a check may be shown: not before every field that it stands for was left once. */
export function mayShow(problem: Problem, register: Register, left: Set<string>): boolean {
  if (!problem.field) return true;
  if (!left.has(problem.field)) return false;
  const check = register.checks.find((one) => sameLabel(one.label, problem.text));
  return !check || [...fieldsOf(check.when)].every((name) => name === 'source' || left.has(name));
}
