// SPDX-License-Identifier: AGPL-3.0-or-later
// The row expressions of a pack, evaluated in the browser with the answers that memory and SQL give (tests/pack/expression_vectors.json
// is the oracle of all three): null follows SQL, and/or are three-valued, a division by zero is null, a date outside the years 1 to
// 9999 is null. Numbers are the browser's: whole numbers are exact up to 2^53.
import type { Expr, FieldType, Values } from './api/types';

/** A day, counted from 1970-01-01: only days can be told from numbers by their type. */
export class Day {
  readonly day: number;
  constructor(day: number) {
    this.day = day;
  }
  toString(): string {
    return isoOfDay(this.day);
  }
}
/** Codes, places and periods are texts, as in Values. */
export type Value = null | boolean | number | string | Day;

export interface Surroundings {
  today: string;
  /** Type of a field of the register at hand; undefined: there is no such field. */
  typeOf: (field: string) => FieldType | undefined;
  values: Values;
  /** An attribute of a place by its code; undefined: not known on this device. */
  lookup?: (kind: 'area' | 'facility', code: string, attribute: string) => Value | undefined;
  /** Type of an attribute that lookup gives, where it is a place again. */
  placeOf?: (kind: 'area' | 'facility', attribute: string) => 'area' | 'facility' | undefined;
}

/** This device cannot tell: an attribute of a place that it does not hold, or an operation that it does not know. */
export class CannotTell extends Error {}

// --- days

const firstDay = -719162; // 0001-01-01
const lastDay = 2932896; // 9999-12-31
const dayLength = 86_400_000;

/** null: this is no day of the calendar. */
export function dayOfIso(iso: string): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(iso);
  if (!found) return null;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day); // Date.UTC takes the years 0 to 99 for 1900 to 1999
  if (year < 1 || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return null;
  return Math.round(at.getTime() / dayLength);
}

export function isoOfDay(day: number): string {
  const at = new Date(day * dayLength);
  const pad = (n: number, width: number) => String(n).padStart(width, '0');
  return `${pad(at.getUTCFullYear(), 4)}-${pad(at.getUTCMonth() + 1, 2)}-${pad(at.getUTCDate(), 2)}`;
}

function parts(day: number): [number, number, number] {
  const at = new Date(day * dayLength);
  return [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
}

function ageMonths(born: number, on: number): number {
  const [y1, m1, d1] = parts(born);
  const [y2, m2, d2] = parts(on);
  return (y2 - y1) * 12 + (m2 - m1) - (d2 < d1 ? 1 : 0);
}

// --- values

/** A value of a row as the engine sees it; null too where the text is not of the type (a field half typed). */
export function valueOf(type: FieldType, text: string | null | undefined): Value {
  if (text === null || text === undefined) return null;
  switch (type) {
    case 'bool':
      return text === '1' || text === 'true' ? true : text === '0' || text === 'false' ? false : null;
    case 'int':
    case 'decimal': {
      const number = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isFinite(number) ? number : null;
    }
    case 'date': {
      const day = dayOfIso(text);
      return day === null ? null : new Day(day);
    }
    default:
      return text;
  }
}

const plain = (value: Value): boolean | number | string | null => (value instanceof Day ? value.day : value);

/** Texts in the order of their UTF-8 bytes, which is that of the code points, not of UTF-16. */
function orderOfTexts(a: string, b: string): number {
  const x = a[Symbol.iterator]();
  const y = b[Symbol.iterator]();
  for (;;) {
    const p = x.next();
    const q = y.next();
    if (p.done || q.done) return Number(!p.done) - Number(!q.done);
    const difference = p.value.codePointAt(0)! - q.value.codePointAt(0)!;
    if (difference) return difference;
  }
}

function order(a: Value, b: Value): number {
  const x = plain(a);
  const y = plain(b);
  if (typeof x === 'string' && typeof y === 'string') return orderOfTexts(x, y);
  return Number(x) - Number(y);
}

function same(a: Value, b: Value): boolean {
  const x = plain(a);
  const y = plain(b);
  if (typeof x === 'string' || typeof y === 'string') return x === y;
  return Number(x) === Number(y);
}

function compare(relation: string, a: Value, b: Value): boolean | null {
  if (a === null || b === null) return null;
  switch (relation) {
    case '=':
      return same(a, b);
    case '<>':
      return !same(a, b);
    case '<':
      return order(a, b) < 0;
    case '<=':
      return order(a, b) <= 0;
    case '>':
      return order(a, b) > 0;
    default:
      return order(a, b) >= 0;
  }
}

function both(a: Value, b: Value): boolean | null {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function either(a: Value, b: Value): boolean | null {
  if (a === true || b === true) return true;
  return a === null || b === null ? null : false;
}

function arithmetic(op: string, a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  const x = Number(plain(a));
  const y = Number(plain(b));
  const result = op === '+' ? x + y : op === '-' ? x - y : op === '*' ? x * y : y === 0 ? Number.NaN : x / y;
  if (!Number.isFinite(result)) return null;
  const days = Number(a instanceof Day) + Number(b instanceof Day);
  if (days === 1) return result < firstDay || result > lastDay ? null : new Day(result);
  return result;
}

// --- the tree

const arity: Record<string, number> = { '=': 2, '<>': 2, '<': 2, '<=': 2, '>': 2, '>=': 2, and: 2, or: 2, '+': 2, '-': 2, '*': 2, '/': 2 };

function extreme(least: boolean, all: Value[]): Value {
  let best = all[0] ?? null;
  for (const one of all) {
    if (one === null || best === null) return null;
    if (least ? order(one, best) < 0 : order(one, best) > 0) best = one;
  }
  return best;
}

/** Whether an expression names an area or a facility, which the tree itself does not say. */
function placeKind(x: unknown, s: Surroundings): 'area' | 'facility' | undefined {
  if (typeof x === 'string') return placeKind(['field', x], s);
  if (!Array.isArray(x)) return undefined;
  const [op, ...rest] = x as Expr;
  if (op === 'field') {
    const type = s.typeOf(String(rest[0]));
    return type === 'area' || type === 'facility' ? type : undefined;
  }
  if (op === 'lookup') {
    const outer = placeKind(rest[0], s);
    return outer && s.placeOf?.(outer, String(rest[1]));
  }
  // coalesce, case: any branch that is not null says it
  for (const one of rest) {
    const inner = op === 'case' && Array.isArray(one) && Array.isArray(one[0]) ? one[1] : one;
    const kind = placeKind(inner, s);
    if (kind) return kind;
  }
  return undefined;
}

function lookup(rest: unknown[], s: Surroundings): Value {
  const kind = placeKind(rest[0], s);
  const place = typeof rest[0] === 'string' ? field(rest[0], s) : evaluate(rest[0] as Expr, s);
  if (place === null) return null;
  const found = kind && s.lookup?.(kind, String(place), String(rest[1]));
  if (found === undefined) throw new CannotTell(`lookup ${String(rest[1])}`);
  return found;
}

function field(name: string, s: Surroundings): Value {
  const type = s.typeOf(name);
  if (!type) throw new CannotTell(`field ${name}`);
  return valueOf(type, s.values[name]);
}

function choose(rest: unknown[], s: Surroundings): Value {
  for (const branch of rest.slice(0, -1)) {
    const [when, then] = branch as [Expr, Expr];
    if (evaluate(when, s) === true) return evaluate(then, s);
  }
  return evaluate(rest[rest.length - 1] as Expr, s);
}

function call(op: string, a: Value[]): Value {
  const [first = null, second = null, third = null] = a;
  switch (op) {
    case 'neg':
      return first === null ? null : -Number(first);
    case 'abs':
      return first === null ? null : Math.abs(Number(first));
    case 'days':
      return first;
    case 'year':
      return first instanceof Day ? parts(first.day)[0] : null;
    case 'month':
      return first instanceof Day ? parts(first.day)[1] : null;
    case 'age_months':
    case 'age_years': {
      if (!(first instanceof Day) || !(second instanceof Day)) return null;
      const months = ageMonths(first.day, second.day);
      return op === 'age_months' ? months : Math.floor(months / 12);
    }
    case 'within_days':
      if (!(first instanceof Day) || !(second instanceof Day) || third === null) return null;
      return Math.abs(first.day - second.day) <= Number(third);
    case 'length':
      return first === null ? null : [...String(first)].length;
    case 'least':
    case 'greatest':
      return extreme(op === 'least', a);
    default:
      throw new CannotTell(op);
  }
}

/** Throws CannotTell. */
export function evaluate(x: Expr, s: Surroundings): Value {
  const [op, ...rest] = x;
  const child = (i: number): Value => evaluate(rest[i] as Expr, s);
  switch (op) {
    case 'null':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
    case 'number':
      return Number(rest[0]);
    case 'text':
    case 'code':
      return String(rest[0]);
    case 'date': {
      const day = dayOfIso(String(rest[0]));
      return day === null ? null : new Day(day);
    }
    case 'today': {
      const day = dayOfIso(s.today);
      return day === null ? null : new Day(day);
    }
    case 'field':
      return field(String(rest[0]), s);
    case 'not': {
      const value = child(0);
      return value === null ? null : value !== true;
    }
    case 'is_null':
      return child(0) === null;
    case 'is_not_null':
      return child(0) !== null;
    case 'in': {
      const value = child(0);
      if (value === null) return null;
      return rest.slice(1).some((one) => {
        const item = evaluate(one as Expr, s);
        return item !== null && same(value, item);
      });
    }
    case 'between': {
      const value = child(0);
      return both(compare('>=', value, child(1)), compare('<=', value, child(2)));
    }
    case 'case':
      return choose(rest, s);
    case 'coalesce':
      for (let i = 0; i < rest.length; i++) {
        const value = child(i);
        if (value !== null) return value;
      }
      return null;
    case 'lookup':
      return lookup(rest, s);
  }
  if (arity[op] === 2) {
    // A chain of and / or may come as one list.
    let value = child(0);
    for (let i = 1; i < rest.length; i++) value = pair(op, value, child(i));
    return value;
  }
  return call(
    op,
    rest.map((_, i) => child(i)),
  );
}

function pair(op: string, a: Value, b: Value): Value {
  if (op === 'and') return both(a, b);
  if (op === 'or') return either(a, b);
  if (op === '+' || op === '-' || op === '*' || op === '/') return arithmetic(op, a, b);
  return compare(op, a, b);
}

/** Whether a rule's finding is there; null: this device cannot tell, the server will. */
export function ruleFinds(when: Expr, s: Surroundings): boolean | null {
  try {
    return evaluate(when, s) === true;
  } catch (cause) {
    if (cause instanceof CannotTell) return null;
    throw cause;
  }
}

/** The fields that an expression reads. */
export function fieldsOf(x: unknown, into = new Set<string>()): Set<string> {
  if (!Array.isArray(x)) return into;
  if (x[0] === 'field') into.add(String(x[1]));
  else if (x[0] === 'lookup' && typeof x[1] === 'string') into.add(x[1]);
  for (const one of x) fieldsOf(one, into);
  return into;
}
