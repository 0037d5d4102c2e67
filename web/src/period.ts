// SPDX-License-Identifier: AGPL-3.0-or-later
// Periods as DHIS2 writes them: 201406 (month), 2014Q2, 2014S1 (half-year), 2014, 2014Oct (October to September).

export type PeriodKind = 'month' | 'quarter' | 'half' | 'year' | 'october';
export interface Period {
  kind: PeriodKind;
  year: number;
  /** 1 for the first month, quarter or half-year of the year; 0 for a year. */
  part: number;
}

const parts: Record<PeriodKind, number> = { month: 12, quarter: 4, half: 2, year: 1, october: 1 };
export const periodKinds: PeriodKind[] = ['half', 'quarter', 'month', 'year', 'october'];

/** null: this is no period. */
export function parsePeriod(id: string): Period | null {
  const found = /^(\d{4})(?:(0[1-9]|1[0-2])|Q([1-4])|S([12])|(Oct))?$/.exec(id);
  if (!found) return null;
  const year = Number(found[1]);
  if (found[2]) return { kind: 'month', year, part: Number(found[2]) };
  if (found[3]) return { kind: 'quarter', year, part: Number(found[3]) };
  if (found[4]) return { kind: 'half', year, part: Number(found[4]) };
  if (found[5]) return { kind: 'october', year, part: 0 };
  return { kind: 'year', year, part: 0 };
}

export function periodId(p: Period): string {
  const year = String(p.year).padStart(4, '0');
  switch (p.kind) {
    case 'month':
      return year + String(p.part).padStart(2, '0');
    case 'quarter':
      return `${year}Q${p.part}`;
    case 'half':
      return `${year}S${p.part}`;
    case 'october':
      return `${year}Oct`;
    default:
      return year;
  }
}

/** n periods of the same kind later; earlier when n is negative. */
export function shiftPeriod(p: Period, n: number): Period {
  const count = parts[p.kind];
  if (count === 1) return { ...p, year: p.year + n };
  const at = p.year * count + (p.part - 1) + n;
  return { kind: p.kind, year: Math.floor(at / count), part: (((at % count) + count) % count) + 1 };
}

export const yearBefore = (p: Period): Period => ({ ...p, year: p.year - 1 });

/** First month, counted from year 0. */
function firstMonth(p: Period): number {
  if (p.kind === 'october') return p.year * 12 + 9;
  return p.year * 12 + (p.part ? (p.part - 1) * (12 / parts[p.kind]) : 0);
}

/** The period of this kind that holds a month, counted from year 0. */
function holding(kind: PeriodKind, month: number): Period {
  const year = Math.floor(month / 12);
  const at = month % 12;
  if (kind === 'october') return { kind, year: at >= 9 ? year : year - 1, part: 0 };
  if (kind === 'year') return { kind, year, part: 0 };
  return { kind, year, part: Math.floor(at / (12 / parts[kind])) + 1 };
}

/** The period of another kind in which this one ends. */
export function periodAs(p: Period, kind: PeriodKind): Period {
  return holding(kind, firstMonth(p) + 12 / parts[p.kind] - 1);
}

/** The last period of a kind that has ended by a day (ISO). */
export function lastEnded(kind: PeriodKind, day: string): Period {
  const month = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
  return shiftPeriod(holding(kind, month), -1);
}

export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** First and last day, ISO. */
export function periodDays(p: Period): [string, string] {
  const first = firstMonth(p);
  const after = first + 12 / parts[p.kind];
  const iso = (month: number, day: number) => new Date(Date.UTC(Math.floor(month / 12), month % 12, day)).toISOString().slice(0, 10);
  return [iso(first, 1), iso(after, 0)];
}

/** The months of a period, as ids. */
export function periodMonths(p: Period): string[] {
  const first = firstMonth(p);
  return Array.from({ length: 12 / parts[p.kind] }, (_, i) => periodId(holding('month', first + i)));
}
