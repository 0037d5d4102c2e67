// SPDX-License-Identifier: AGPL-3.0-or-later
// Where pages are: every address is made here, so that pages can point at each other.
import type { DueItem } from './api/types';
import { parsePeriod, periodDays } from './period';
import { link, type Parameters, registerOf } from './state';

/** Filters stand in the address as in the API: { 'f.sex': 'm', q: '王', sort: '-born_on' }. */
export const linkRows = (register: string, filters: Parameters = {}): string => link(`/registers/${register}`, filters);
export const linkRow = (register: string, id: string): string => link(`/registers/${register}/${id}`);
export const linkNewRow = (register: string): string => link(`/registers/${register}/new`);
/** Everything that supervision holds about a facility. */
export const linkFacility = (code: string): string => link(`/facility/${encodeURIComponent(code)}`);
export const linkImport = (id?: string): string => link(id ? `/import/${id}` : '/import');
export const linkChecks = (parameters: Parameters = {}): string => link('/checks', parameters);
/** names as the API takes them: a,b ; by: axes. */
export const linkIndicators = (names: string, by = ''): string => link('/indicators', { indicators: names, by });
export const linkReport = (name: string): string => link(`/reports/${name}`);
export const linkOverview = (area?: string): string => link('/overview', area === undefined ? {} : { area });

/**
 * The rows behind a number, from the API's words for them (`rows` of Explained, `link` of a card or signal): a query as GET
 * .../rows takes it, with or without its question mark.
 */
export function linkRowsOf(register: string, query: string): string {
  const filters: Parameters = {};
  for (const [name, value] of new URLSearchParams(query.replace(/^.*\?/, ''))) filters[name] = value;
  return linkRows(register, filters);
}

/** An address of the API's words ("/indicators?indicators=srb") as one of the pages', with area and period kept. */
export function linkOf(address: string): string {
  const [path = '', query = ''] = address.split('?');
  return link(path || '/today', Object.fromEntries(new URLSearchParams(query)));
}

/** Where what is owed is entered: the register, at its reporter and period, as a new row where one may write. */
export function linkDue(item: DueItem): string {
  const register = registerOf(item.register);
  const when = parsePeriod(item.period.code);
  const filters: Record<string, string> = {};
  if (register?.area && item.area) filters[`f.${register.area}`] = item.area.code;
  if (register?.facility && item.facility) filters[`f.${register.facility}`] = item.facility.code;
  const field = register?.fields.find((one) => one.type === 'period' && one.key);
  if (field) filters[`f.${field.name}`] = item.period.code;
  else if (register?.date && when) filters[`f.${register.date}`] = periodDays(when).join('..');
  return linkRows(item.register, filters);
}
