// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser says of every expression what memory and SQL say of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Expr, FieldType } from '../src/api/types';
import { CannotTell, Day, dayOfIso, evaluate, fieldsOf, isoOfDay, ruleFinds, type Surroundings, type Value, valueOf } from '../src/expr';
import { type FieldAbout, parse } from './expr_parse';

type Cell = string | number | boolean | null;
interface Vectors {
  today: string;
  registers: Record<'visits' | 'areas' | 'facilities', { fields: FieldAbout[]; rows: Record<string, Cell>[] }>;
  expressions: { text: string; values: Cell[] }[];
}
const source = process.env.HENG_SOURCE ?? '..';
const vectors = JSON.parse(readFileSync(`${source}/tests/pack/expression_vectors.json`, 'utf8')) as Vectors;

// What every register has besides its own fields.
const system: FieldAbout[] = [
  { name: 'residence', type: 'area' },
  { name: 'clinic', type: 'facility' },
  { name: 'born_on', type: 'date' },
  { name: 'source', type: 'code', codes: [{ value: 'hospital' }, { value: 'household' }] },
  { name: 'state', type: 'code', codes: [{ value: 'current' }, { value: 'struck' }] },
];
const { visits, areas, facilities } = vectors.registers;
const world = { fields: [...system, ...visits.fields], areas: areas.fields, facilities: facilities.fields };
const text = (v: Cell | undefined) => (v === null || v === undefined ? null : v === true ? '1' : v === false ? '0' : String(v));

function surroundings(row: Record<string, Cell>): Surroundings {
  const register = { area: areas, facility: facilities };
  return {
    today: vectors.today,
    typeOf: (name) => world.fields.find((f) => f.name === name)?.type as FieldType,
    values: Object.fromEntries(world.fields.map((f) => [f.name, text(row[f.name])])),
    lookup: (kind, code, attribute) => {
      const type = register[kind].fields.find((f) => f.name === attribute)?.type as FieldType;
      return valueOf(type, text(register[kind].rows[Number(code)]?.[attribute]));
    },
    placeOf: (kind, attribute) => {
      const type = register[kind].fields.find((f) => f.name === attribute)?.type;
      return type === 'area' || type === 'facility' ? type : undefined;
    },
  };
}

/** As the vectors write it: days in ISO, places by their index. */
function said(value: Value, expected: Cell): Cell {
  if (value instanceof Day) return String(value);
  if (typeof value === 'string' && typeof expected === 'number') return Number(value);
  return value;
}

function equal(a: Cell, b: Cell): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b));
  return a === b;
}

test('every vector, over every row', () => {
  assert.ok(vectors.expressions.length > 150);
  for (const { text: written, values } of vectors.expressions) {
    const tree = parse(written, world);
    assert.equal(values.length, visits.rows.length, written);
    // As it travels: nothing but JSON.
    const sent = JSON.parse(JSON.stringify(tree)) as Expr;
    visits.rows.forEach((row, i) => {
      const value = said(evaluate(sent, surroundings(row)), values[i]!);
      assert.ok(equal(value, values[i]!), `${written}, row ${i}: ${String(value)}, expected ${String(values[i])}`);
    });
  }
});

test('days go there and back, and the calendar is kept', () => {
  assert.equal(dayOfIso('1970-01-01'), 0);
  assert.equal(dayOfIso('0001-01-01'), -719162);
  assert.equal(dayOfIso('9999-12-31'), 2932896);
  for (let day = -719162; day <= 2932896; day += 997) assert.equal(dayOfIso(isoOfDay(day)), day);
  for (const bad of ['2014-02-29', '2014-13-01', '2014-00-10', '2014-6-5', '0000-01-01', '', 'today', '20140605'])
    assert.equal(dayOfIso(bad), null, bad);
  assert.equal(isoOfDay(dayOfIso('2012-02-29')!), '2012-02-29');
});

test('what a field half typed is worth', () => {
  assert.equal(valueOf('int', '12'), 12);
  assert.equal(valueOf('int', '1x'), null);
  assert.equal(valueOf('decimal', ''), null);
  assert.equal(valueOf('date', '2014-06'), null);
  assert.equal(valueOf('bool', '0'), false);
  assert.equal(valueOf('text', ''), '');
  assert.equal(valueOf('name', null), null);
});

test('what this device cannot tell it leaves to the server', () => {
  const here: Surroundings = { today: '2014-07-20', typeOf: (n) => (n === 'home' ? 'area' : undefined), values: { home: '5117' } };
  assert.throws(() => evaluate(['lookup', ['field', 'home'], 'people'], here), CannotTell);
  assert.equal(ruleFinds(['>', ['lookup', 'home', 'people'], ['number', 3]], here), null);
  assert.equal(ruleFinds(['=', ['field', 'gone'], ['number', 3]], here), null);
  assert.equal(ruleFinds(['no_such_helper', ['number', 3]], here), null);
  assert.equal(ruleFinds(['is_null', ['lookup', 'home', 'people']], { ...here, values: { home: null } }), true);
});

test('texts are ordered by code point, not by UTF-16', () => {
  const row = { today: '2014-07-20', typeOf: () => 'text' as const, values: { a: '\u{20000}', b: '\uFF21' } };
  assert.equal(evaluate(['>', ['field', 'a'], ['field', 'b']], row), true);
});

test('the fields of an expression', () => {
  const tree = parse('case when sex = m then weight else lookup(residence, people) end > 3', world);
  assert.deepEqual([...fieldsOf(tree)].sort(), ['residence', 'sex', 'weight']);
});
