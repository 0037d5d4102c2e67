// SPDX-License-Identifier: AGPL-3.0-or-later
// What the explorer of indicators shows, as it stands in the address: which indicators, what goes down the rows, what goes across the
// columns, and how it is drawn. Area, period and comparison are those of the frame; an axis of time may reach back from there.

import type { Indicator, Model } from '../../api/types';
import type { Query } from '../../api/url';
import { type PeriodKind, parsePeriod, periodAs, periodId, shiftPeriod } from '../../period';
import type { Parameters } from '../../state';

export type View = 'table' | 'chart' | 'map';

export interface Choice {
  indicators: string[];
  /** Axis down the rows; '': the indicators. */
  rows: string;
  /** Axis across the columns; '': the indicators where the rows are an axis, else one column. */
  columns: string;
  /** How many months, quarters, half-years or years an axis of time has, up to the chosen period; 0: those within it. */
  last: number;
  view: View;
}

export const mostIndicators = 12;
export const timeAxes = ['month', 'quarter', 'half', 'year'] as const;
const months: Record<string, number> = { month: 1, quarter: 3, half: 6, year: 12, october: 12 };

/** How far back an axis of time can reach: DHIS2's last 12 months, last 8 quarters ..; the first is meant where nothing is said. */
export const reaches: Record<string, number[]> = { month: [12, 24, 36, 60], quarter: [8, 4, 12, 20], half: [6, 4, 10], year: [5, 3, 10] };
const furthest = 120;

export const isTime = (axis: string): boolean => (timeAxes as readonly string[]).includes(axis);

/** Reads the address; what the model does not know is left out. by: rows, then columns; either may be empty. */
export function readChoice(query: Record<string, string>, model: Model | null): Choice {
  const known = new Set(model?.indicators.map((one) => one.name));
  const asked = (query.indicators ?? '').split(',').filter(Boolean);
  const indicators = [...new Set(asked)].filter((name) => !model || known.has(name)).slice(0, mostIndicators);
  const [rows = '', columns = ''] = (query.by ?? '').split(',');
  const view = query.view === 'chart' || query.view === 'map' ? query.view : 'table';
  const last = Math.min(furthest, Math.floor(Number(query.last)) || 0);
  return { indicators, rows, columns: columns === rows ? '' : columns, last: Math.max(0, last), view };
}

/** As parameters of the address; what is the default is left out. */
export function choiceParameters(choice: Choice): Parameters {
  return {
    indicators: choice.indicators.join(','),
    by: choice.columns ? `${choice.rows},${choice.columns}` : choice.rows,
    last: timeOf(choice) && choice.last ? String(choice.last) : '',
    view: choice.view === 'table' ? '' : choice.view,
  };
}

/** The axis of time; of two the one with the longer periods, for the other lies within it. */
export function timeOf(choice: Choice): string {
  const found = axesOf(choice).filter(isTime);
  return found.sort((a, b) => months[b]! - months[a]!)[0] ?? '';
}

/** Whether a period can be broken down by an axis of time. */
export const isWithin = (axis: string, period: string): boolean => months[axis]! < (months[parsePeriod(period)?.kind ?? ''] ?? 1);

/** How many periods are shown, up to the chosen one; 0: those within it. */
export function lastOf(choice: Choice, period: string): number {
  const time = timeOf(choice);
  if (!time) return 0;
  return choice.last || (isWithin(time, period) ? 0 : reaches[time]![0]!);
}

/** The period to ask for: the chosen one, or from the first to the last of those shown. */
function askedPeriod(choice: Choice, period: string): string {
  const chosen = parsePeriod(period);
  const n = lastOf(choice, period);
  if (!chosen || !n) return period;
  const end = periodAs(chosen, timeOf(choice) as PeriodKind);
  return n === 1 ? periodId(end) : `${periodId(shiftPeriod(end, 1 - n))}..${periodId(end)}`;
}

/** What /api/figures is asked. */
export function figuresQuestion(choice: Choice, area: string, period: string, compared: boolean): Query {
  return {
    indicators: choice.indicators.join(','),
    area,
    period: askedPeriod(choice, period),
    by: axesOf(choice).join(','),
    before: compared ? 1 : undefined,
  };
}

/** The axes of /api/figures in the order in which they are asked for. */
export function axesOf(choice: Choice): string[] {
  return [choice.rows, choice.columns].filter(Boolean);
}

export interface AxisChoice {
  name: string;
  kind: 'place' | 'time' | 'field';
}

/** The registers an indicator counts, by its formulas. */
export function registersOf(indicator: Indicator, model: Model): string[] {
  const words = new Set(`${indicator.numerator} ${indicator.denominator}`.match(/[a-z_][a-z0-9_]*/g) ?? []);
  return model.registers.filter((one) => words.has(one.name)).map((one) => one.name);
}

/**
 * What the chosen indicators can be broken down by: levels below the chosen area, facilities where every register has them, time, and
 * the fields that all of them allow.
 */
export function possibleAxes(chosen: Indicator[], model: Model, level: string): AxisChoice[] {
  const at = model.levels.findIndex((one) => one.name === level);
  const places: AxisChoice[] = model.levels
    .slice(at + 1)
    .filter((one) => one.name !== level)
    .map((one) => ({ name: one.name, kind: 'place' }));
  const registers = new Set(chosen.flatMap((one) => registersOf(one, model)));
  const facilities = registers.size > 0 && [...registers].every((name) => model.registers.find((one) => one.name === name)?.facility);
  if (facilities) places.push({ name: 'facility', kind: 'place' });
  const times: AxisChoice[] = timeAxes.map((name) => ({ name, kind: 'time' }));
  const first = chosen[0];
  const fields: AxisChoice[] = (first?.by ?? [])
    .filter((name) => chosen.every((one) => one.by.includes(name)))
    .filter((name) => !places.some((one) => one.name === name) && !isTime(name))
    .map((name) => ({ name, kind: 'field' }));
  return [...places, ...times, ...fields];
}

/** Indicators by group, those that a search finds. Every word must be found in the name, the label or the group's label. */
export function findIndicators(model: Model, search: string): { group: Model['groups'][number]; indicators: Indicator[] }[] {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return model.groups
    .map((group) => ({
      group,
      indicators: model.indicators.filter((one) => {
        if (one.group !== group.name) return false;
        const text = [one.name, one.label.en, one.label.zh, group.label.en, group.label.zh].join('\n').toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter((one) => one.indicators.length > 0);
}
