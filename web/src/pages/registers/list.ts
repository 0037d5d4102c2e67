// SPDX-License-Identifier: AGPL-3.0-or-later
// The question that a list asks: the filters of the address, and the area and period of the frame unless the address says otherwise.
import { computed, signal } from '@preact/signals';
import type { Query } from '../../api/client';
import type { Field, Register, Values } from '../../api/types';
import { recall, remember } from '../../recall';
import { address, area, period, setQuery } from '../../state';
import { type ListQuery, listFields, readQuery, usualColumns, writeQuery } from './filters';
import { type ListAbout, rangeOf } from './question';

/** Which of the frame's two choices are not obeyed: 'area', 'period', both or none. */
const wide = computed(() => new Set((address.value.query.wide ?? '').split(',').filter(Boolean)));

export interface Asked extends ListQuery {
  register: Register;
  /** Filters that the frame adds. */
  frame: { area?: Field; period?: Field };
}

/** From the address, as of now. */
export function asked(register: Register): Asked {
  const query = readQuery(address.value.query, register);
  const field = (name?: string) => listFields(register).find((one) => one.name === name);
  const frame: Asked['frame'] = {};
  // Rows that are named are shown wherever and whenever they are.
  if (query.filters.id) return { ...query, register, frame };
  const place = field(register.area);
  const day = field(register.date);
  if (place && area.value && !query.filters[place.name] && !wide.value.has('area')) frame.area = place;
  if (day && !query.filters[day.name] && !wide.value.has('period') && register.kind === 'rows') frame.period = day;
  return { ...query, register, frame };
}

/** A choice of the frame that is lifted, and could be obeyed again. */
export function liftable(register: Register): ('area' | 'period')[] {
  const out: ('area' | 'period')[] = [];
  if (register.area && area.value && wide.value.has('area')) out.push('area');
  if (register.date && register.kind === 'rows' && wide.value.has('period')) out.push('period');
  return out;
}

export function obey(which: 'area' | 'period', yes: boolean): void {
  const next = new Set(wide.peek());
  if (yes) next.delete(which);
  else next.add(which);
  setQuery({ wide: [...next].join(',') }, true);
}

/** As the API takes it, for the list and for the export. */
export function apiQuery(of: Asked): Query {
  const out: Query = { q: of.q, state: of.state, sort: of.sort };
  for (const [name, value] of Object.entries(of.filters)) out[`f.${name}`] = value;
  if (of.frame.area) out[`f.${of.frame.area.name}`] = area.value;
  if (of.frame.period) {
    const range = rangeOf(of.frame.period, period.value);
    if (range) out[`f.${of.frame.period.name}`] = range;
  }
  return out;
}

/** Whether the frame's period lets the list show a row of these values; what else narrows a list was asked for on purpose. */
export function isListed(of: Asked, values: Values): boolean {
  const day = of.frame.period && values[of.frame.period.name];
  const [from, to] = day ? rangeOf(of.frame.period!, period.value).split('..') : [];
  return !day || !from || !to || (day >= from && day <= to);
}

export function change(of: Asked, next: Partial<ListQuery>): void {
  setQuery(writeQuery({ ...of, ...next }, of.register), true);
}

// --- columns, remembered for each register on this device

const chosen = signal<Record<string, string[]>>({});

export function columnsOf(of: Asked): string[] {
  if (of.columns.length) return of.columns;
  const name = of.register.name;
  const kept = chosen.value[name] ?? recall(`heng.columns.${name}`).split(',').filter(Boolean);
  const known = new Set(listFields(of.register).map((one) => one.name));
  const still = kept.filter((one) => known.has(one));
  return still.length ? still : usualColumns(of.register);
}

export function chooseColumns(register: Register, columns: string[]): void {
  chosen.value = { ...chosen.value, [register.name]: columns };
  remember(`heng.columns.${register.name}`, columns.join(','));
}

/** For the next visit, whose first script knows no model (question.ts). */
export function rememberLists(registers: Register[]): void {
  const all: Record<string, ListAbout> = {};
  for (const one of registers.filter((register) => register.may.read)) {
    const fields = listFields(one);
    const day = one.kind === 'rows' ? fields.find((field) => field.name === one.date) : undefined;
    all[one.name] = {
      name: one.name,
      columns: usualColumns(one),
      area: fields.find((field) => field.name === one.area)?.name,
      day: day && { name: day.name, type: day.type, period_kind: day.period_kind },
      moves: one.workflow ? true : undefined,
    };
  }
  remember('heng.lists', JSON.stringify(all));
}
