// SPDX-License-Identifier: AGPL-3.0-or-later
// Findings as the page shows them: filtered by what stands in the address, grouped by check, explained ones apart.
import type { Checks, Finding, Label } from '../../api/types';
import type { Parameters } from '../../state';

export type Severity = Finding['severity'];
export const severities: Severity[] = ['error', 'warning', 'note'];

export interface Filters {
  severity: Severity | '';
  check: string;
  register: string;
  /** Code of an area or facility. */
  place: string;
  /** '': open ones, with the explained folded; 'explained': only those. */
  show: '' | 'explained';
}

export function readFilters(query: Record<string, string>): Filters {
  const severity = severities.find((one) => one === query.severity) ?? '';
  return {
    severity,
    check: query.check ?? '',
    register: query.register ?? '',
    place: query.place ?? '',
    show: query.show === 'explained' ? 'explained' : '',
  };
}

export const noFilters: Parameters = { severity: '', check: '', register: '', place: '', show: '' };
export const isFiltered = (filters: Filters): boolean => Object.values(filters).some(Boolean);

export const placeOf = (finding: Finding) => finding.facility ?? finding.area;

export function keeps(filters: Filters, finding: Finding): boolean {
  if (filters.severity && finding.severity !== filters.severity) return false;
  if (filters.check && finding.check !== filters.check) return false;
  if (filters.register && finding.register !== filters.register) return false;
  if (filters.place && finding.area?.code !== filters.place && finding.facility?.code !== filters.place) return false;
  return filters.show === '' || finding.explained !== null;
}

export interface Group {
  check: string;
  label: Label;
  severity: Severity;
  /** Of the first finding; null where findings of the group say different things. */
  cure: Label | null;
  open: Finding[];
  explained: Finding[];
}

/** In the order of the answer: errors first, the furthest off first. */
export function groupFindings(findings: Finding[], filters: Filters): Group[] {
  const groups = new Map<string, Group>();
  for (const one of findings) {
    if (!keeps(filters, one)) continue;
    const key = `${one.severity} ${one.check}`;
    let group = groups.get(key);
    if (!group) {
      group = {
        check: one.check,
        label: one.label,
        severity: one.severity,
        cure: one.cure,
        open: [],
        explained: [],
      };
      groups.set(key, group);
    }
    if (group.cure && (group.cure.en !== one.cure.en || group.cure.zh !== one.cure.zh)) group.cure = null;
    (one.explained ? group.explained : group.open).push(one);
  }
  return [...groups.values()].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

/** What there is to filter by, with how many open findings each has. */
export function facets(findings: Finding[]): {
  registers: { name: string; count: number }[];
  places: { code: string; label: Label; facility: boolean; count: number }[];
} {
  const registers = new Map<string, number>();
  const places = new Map<string, { code: string; label: Label; facility: boolean; count: number }>();
  for (const one of findings) {
    const open = one.explained ? 0 : 1;
    if (one.register) registers.set(one.register, (registers.get(one.register) ?? 0) + open);
    const place = placeOf(one);
    if (!place) continue;
    const known = places.get(place.code);
    if (known) known.count += open;
    else
      places.set(place.code, {
        code: place.code,
        label: place.label,
        facility: one.facility !== null,
        count: open,
      });
  }
  return {
    registers: [...registers].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count),
    places: [...places.values()].sort((a, b) => b.count - a.count || a.code.localeCompare(b.code)),
  };
}

/** Totals of what was loaded; those of the server are for everything, these follow an explanation at once. */
export function totalsOf(findings: Finding[]): Checks['totals'] {
  const totals = { errors: 0, warnings: 0, notes: 0, explained: 0 };
  for (const one of findings) {
    if (one.explained) totals.explained++;
    else if (one.severity === 'error') totals.errors++;
    else if (one.severity === 'warning') totals.warnings++;
    else totals.notes++;
  }
  return totals;
}
