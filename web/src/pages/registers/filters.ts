// SPDX-License-Identifier: AGPL-3.0-or-later
// Filters as the API writes them (FILTER in types.ts), taken apart for the editors and put together again. Pure.
//
// A filter is one text: value | a,b,c | from..to (either end open) | ~contains | null | notnull.
import type { Field, Register } from '../../api/types';

export type Filter =
  | { kind: 'values'; values: string[] }
  | { kind: 'range'; from: string; to: string }
  | { kind: 'contains'; text: string }
  | { kind: 'null' }
  | { kind: 'notnull' };

export function parseFilter(text: string): Filter {
  if (text === 'null') return { kind: 'null' };
  if (text === 'notnull') return { kind: 'notnull' };
  if (text.startsWith('~')) return { kind: 'contains', text: text.slice(1) };
  const cut = text.indexOf('..');
  if (cut >= 0) return { kind: 'range', from: text.slice(0, cut), to: text.slice(cut + 2) };
  return { kind: 'values', values: text.split(',').filter(Boolean) };
}

/** '': it filters nothing. */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'values':
      return filter.values.join(',');
    case 'range':
      return filter.from || filter.to ? `${filter.from}..${filter.to}` : '';
    case 'contains':
      return filter.text ? `~${filter.text}` : '';
    default:
      return filter.kind;
  }
}

/** How a field is filtered. */
export type Editor = 'codes' | 'area' | 'facility' | 'days' | 'numbers' | 'periods' | 'text';

export function editorOf(field: Field): Editor {
  switch (field.type) {
    case 'code':
    case 'bool':
      return 'codes';
    case 'area':
      return 'area';
    case 'facility':
      return 'facility';
    case 'date':
      return 'days';
    case 'int':
    case 'decimal':
      return 'numbers';
    case 'period':
      return 'periods';
    default:
      return 'text';
  }
}

/** Names of the system fields that the pages tell in their own way, or not at all. */
const inside = new Set(['id', 'version', 'fingerprint', 'state', 'saved_by', 'saved_at']);

/** What people type, in the pack's order. */
export const entryFields = (register: Register): Field[] => register.fields.filter((one) => !one.system || isPlaceOrDay(one, register));

// The fields that a register names as its area, facility and date are its own, wherever the model lists them.
const isPlaceOrDay = (field: Field, register: Register): boolean =>
  field.name === register.area || field.name === register.facility || field.name === register.date;

// What Heng sets in every register, and tells in its own way.
const ofEvery = new Set([...inside, 'source', 'area', 'facility', 'date']);

/** What Heng works out of a row (the score of a checklist, the stage of a workflow): shown and filtered by, never typed. */
export const workedOut = (register: Register): Field[] =>
  register.fields.filter((one) => one.system && !ofEvery.has(one.name) && !isPlaceOrDay(one, register));

/** What a list may show and filter by; the source too, where there are several. */
export const listFields = (register: Register): Field[] => {
  const own = [...entryFields(register), ...workedOut(register)];
  const source = register.fields.find((one) => one.name === 'source');
  return source && register.sources.length > 1 && !own.includes(source) ? [source, ...own] : own;
};

export const isInside = (name: string): boolean => inside.has(name);

/** The columns of a list that nobody has chosen: what tells a row apart first, then the pack's order, eight at the most. */
export function usualColumns(register: Register, most = 9): string[] {
  const all = listFields(register);
  const first = all.find((one) => one.type === 'name' && one.identifies) ?? all.find((one) => one.key && one.name !== 'source') ?? all[0];
  const rest = all.filter((one) => one !== first && one.name !== 'source');
  // What several sources tell of one child looks like the same row twice, unless they are named.
  const source = all.some((one) => one.name === 'source' && one !== first) ? ['source'] : [];
  const room = most - 1 - source.length;
  // The place and the day are what rows are looked for by.
  const needed = [register.date, register.area, register.facility].filter(Boolean) as string[];
  needed.push(...workedOut(register).map((one) => one.name));
  const chosen = rest.filter((one) => needed.includes(one.name) || one.key);
  for (const one of rest) if (chosen.length < room && !chosen.includes(one)) chosen.push(one);
  const order = rest.filter((one) => chosen.includes(one)).map((one) => one.name);
  return first ? [first.name, ...source, ...order] : order;
}

export interface ListQuery {
  q: string;
  state: 'current' | 'struck' | 'all';
  sort: string;
  filters: Record<string, string>;
  columns: string[];
}

/** From the parameters of an address: of fields, and of the rows themselves (id), as a finding names them. Filters of fields that the register does not have are dropped. */
export function readQuery(parameters: Record<string, string>, register: Register): ListQuery {
  const known = new Set(listFields(register).map((one) => one.name));
  const filters: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const field = name.startsWith('f.') ? name.slice(2) : '';
    if (value && (known.has(field) || field === 'source' || field === 'id')) filters[field] = value;
  }
  const state = parameters.state === 'struck' || parameters.state === 'all' ? parameters.state : 'current';
  const sort = parameters.sort && known.has(parameters.sort.replace(/^-/, '')) ? parameters.sort : '';
  const columns = (parameters.columns ?? '').split(',').filter((one) => known.has(one));
  return { q: parameters.q ?? '', state, sort, filters, columns };
}

/** Parameters of an address; '' takes one away. */
export function writeQuery(query: ListQuery, register: Register): Record<string, string> {
  const out: Record<string, string> = {
    q: query.q,
    state: query.state === 'current' ? '' : query.state,
    sort: query.sort,
    columns: query.columns.join(','),
  };
  for (const field of [...listFields(register).map((one) => one.name), 'source', 'id']) out[`f.${field}`] = query.filters[field] ?? '';
  return out;
}
