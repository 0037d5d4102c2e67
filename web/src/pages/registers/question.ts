// SPDX-License-Identifier: AGPL-3.0-or-later
// What the list of a register asks first. The device keeps, in one line a register, what of the model that depends on, so that the first
// script of the page can ask the same.

import type { Field } from '../../api/types';
import { apiUrl } from '../../api/url';
import { type PeriodKind, parsePeriod, periodAs, periodDays, periodId, periodKinds, periodMonths } from '../../period';
import { recall } from '../../recall';

export const pageSize = 50;
export const rowPath = (register: string, id: string): string => `/api/registers/${register}/rows/${encodeURIComponent(id)}`;

type Day = Pick<Field, 'name' | 'type' | 'period_kind'>;

/** The frame's period as a range of a field: of days, or of the field's own periods (their ids stand in order). */
export function rangeOf(field: Day, id: string): string {
  const p = parsePeriod(id);
  if (!p) return '';
  if (field.type !== 'period') return periodDays(p).join('..');
  const kind = (field.period_kind ?? 'month') as PeriodKind;
  const months = periodMonths(p);
  const within = (month: string) => periodId(periodAs(parsePeriod(month)!, periodKinds.includes(kind) ? kind : 'month'));
  return `${within(months[0]!)}..${within(months[months.length - 1]!)}`;
}

/** What of a register its list asks by. */
export interface ListAbout {
  name: string;
  columns: string[];
  area?: string;
  day?: Day;
  moves?: true;
}

const lists = (): Record<string, ListAbout> => {
  try {
    return JSON.parse(recall('heng.lists') || '{}') as Record<string, ListAbout>;
  } catch {
    return {};
  }
};
export const listOf = (name: string): ListAbout | undefined => lists()[name];

const ofFrame = ['area', 'period', 'vs', 'lang'];

/** The rows and their number; nothing where the address asks for more than area and period. */
export function listQuestion(of: ListAbout, query: Record<string, string>, area: string, period: string): string[] {
  if (Object.keys(query).some((name) => !ofFrame.includes(name))) return [];
  const chosen = recall(`heng.columns.${of.name}`).split(',').filter(Boolean);
  const columns = chosen.length ? chosen : of.columns;
  const path = `/api/registers/${of.name}/rows`;
  const asked = {
    state: 'current',
    ...(of.area && { [`f.${of.area}`]: area }),
    ...(of.day && { [`f.${of.day.name}`]: rangeOf(of.day, period) }),
  };
  return [
    apiUrl(path, { ...asked, columns: columns.join(','), limit: pageSize }),
    apiUrl(path, { ...asked, columns: columns[0] ?? '', limit: 1, count: 1 }),
  ];
}
