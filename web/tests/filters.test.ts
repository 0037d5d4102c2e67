// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field, Register } from '../src/api/types';
import { editorOf, entryFields, formatFilter, parseFilter, readQuery, usualColumns, writeQuery } from '../src/pages/registers/filters';

const label = { en: '', zh: '' };
const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  type,
  label,
  unit: label,
  help: label,
  required: false,
  identifies: false,
  system: false,
  key: false,
  rules: [],
  ...more,
});
const register: Register = {
  name: 'births',
  label,
  kind: 'rows',
  purpose: 'vital',
  key: ['source', 'certificate'],
  checks: [],
  area: 'residence',
  facility: 'facility',
  date: 'born_on',
  sources: [
    { value: 'hospital', label },
    { value: 'school', label },
  ],
  may: { read: true, write: true, import: true },
  fields: [
    field('id', 'int', { system: true }),
    field('residence', 'area', { system: true }),
    field('born_on', 'date'),
    field('source', 'code', { system: true }),
    field('state', 'code', { system: true }),
    field('certificate', 'text', { key: true, identifies: true }),
    field('child_name', 'name', { identifies: true }),
    field('sex', 'code'),
    field('weight', 'int'),
    field('facility', 'facility'),
  ],
};

test('filters are taken apart and put together', () => {
  for (const text of ['m', 'm,f', '2014-01-01..2014-06-30', '..2014', '3000..', '~王', 'null', 'notnull'])
    assert.equal(formatFilter(parseFilter(text)), text);
  assert.deepEqual(parseFilter('m,f'), { kind: 'values', values: ['m', 'f'] });
  assert.deepEqual(parseFilter('..5'), { kind: 'range', from: '', to: '5' });
  assert.deepEqual(parseFilter('~a..b'), { kind: 'contains', text: 'a..b' });
  assert.equal(formatFilter({ kind: 'range', from: '', to: '' }), '');
  assert.equal(formatFilter({ kind: 'contains', text: '' }), '');
});

test('a query goes through the address and back', () => {
  const parameters = {
    q: '张',
    state: 'all',
    sort: '-born_on',
    columns: 'sex,weight,gone',
    'f.sex': 'm',
    'f.gone': '1',
    'f.source': 'school',
    area: '5',
  };
  const query = readQuery(parameters, register);
  assert.deepEqual(query.filters, { sex: 'm', source: 'school' });
  assert.deepEqual(query.columns, ['sex', 'weight']);
  assert.equal(query.sort, '-born_on');
  assert.deepEqual(readQuery(writeQuery(query, register), register), query);
  const named = readQuery({ 'f.id': '1,2' }, register);
  assert.equal(named.filters.id, '1,2', 'rows by their ids');
  assert.equal(writeQuery(named, register)['f.id'], '1,2');
  assert.equal(readQuery({ sort: '-gone', state: 'x' }, register).sort, '');
  assert.equal(writeQuery({ ...query, filters: {} }, register)['f.sex'], '', 'a filter that went away leaves the address');
});

test('each kind of field has its editor, and a list its first columns', () => {
  assert.equal(editorOf(field('a', 'bool')), 'codes');
  assert.equal(editorOf(field('a', 'period')), 'periods');
  assert.deepEqual(
    entryFields(register).map((one) => one.name),
    ['residence', 'born_on', 'certificate', 'child_name', 'sex', 'weight', 'facility'],
  );
  assert.deepEqual(usualColumns(register, 6), ['child_name', 'source', 'residence', 'born_on', 'certificate', 'facility']);
  assert.deepEqual(usualColumns({ ...register, sources: [] }, 6), ['child_name', 'residence', 'born_on', 'certificate', 'sex', 'facility']);
  assert.equal(usualColumns(register)[0], 'child_name');
});
