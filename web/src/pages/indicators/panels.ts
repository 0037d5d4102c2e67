// SPDX-License-Identifier: AGPL-3.0-or-later
// A table as drawings: a line for time, a point with its interval for places, bars otherwise. A panel never mixes units.
import type { Indicator, Label } from '../../api/types';
import { isTime } from './choice';
import { type Cell, isSpan, type Table } from './pivot';

export interface PanelMark {
  code: string;
  label: Label;
  cell: Cell | null;
}
export interface Series {
  code: string;
  label: Label;
  marks: PanelMark[];
}
export type PanelKind = 'line' | 'forest' | 'bars';
export interface Panel {
  kind: PanelKind;
  key: string;
  /** Of the figures; '' where indicators of one unit stand side by side. */
  indicator: string;
  /** Besides the indicator: the column it is of. */
  title: Label | null;
  series: Series[];
  /** Series that are in the table only. */
  left: number;
}

export const mostSeries = 7;
export const mostPanels = 12;

function transpose(table: Table): Table {
  return {
    ...table,
    down: table.across,
    across: table.down,
    columns: table.rows.map((row) => ({ code: row.code, label: row.label, indicator: row.indicator })),
    rows: table.columns.map((column, c) => ({
      ...column,
      cells: table.rows.map((row) => row.cells[c] ?? null),
    })),
  };
}

function column(table: Table, c: number): PanelMark[] {
  return table.rows.map((row) => ({ code: row.code, label: row.label, cell: row.cells[c] ?? null }));
}

/** A sum is no point of a line of years. */
function withoutSums(table: Table): Table {
  const kept = (_: unknown, c: number) => !isSpan(table.columns[c]!.code);
  return {
    ...table,
    columns: table.columns.filter(kept),
    rows: table.rows.filter((row) => !isSpan(row.code)).map((row) => ({ ...row, cells: row.cells.filter(kept) })),
  };
}

/** places: names of axes that are places. */
export function panelsOf(whole: Table, places: string[], of: (name: string) => Indicator | undefined): Panel[] {
  const table = withoutSums(whole);
  if (table.down === 'indicator' && table.across === '') return byUnit(table, of);
  // From here on the indicators, where they are an axis, stand across.
  const flat = table.down === 'indicator' || (isTime(table.across) && table.across !== '') ? transpose(table) : table;
  if (isTime(flat.down)) {
    if (flat.across === 'indicator')
      return flat.columns.map((one, c) => ({
        kind: 'line',
        key: one.code,
        indicator: one.indicator,
        title: null,
        series: [{ code: one.code, label: one.label, marks: column(flat, c) }],
        left: 0,
      }));
    return [
      {
        kind: 'line',
        key: flat.indicator,
        indicator: flat.indicator,
        title: null,
        series: flat.columns.slice(0, mostSeries).map((one, c) => ({ code: one.code, label: one.label, marks: column(flat, c) })),
        left: Math.max(0, flat.columns.length - mostSeries),
      },
    ];
  }
  const kind = places.includes(flat.down) ? 'forest' : 'bars';
  return flat.columns.slice(0, mostPanels).map((one, c) => ({
    kind,
    key: `${one.indicator} ${one.code}`,
    indicator: one.indicator,
    title: flat.across === 'indicator' ? null : one.label,
    series: [{ code: one.code, label: one.label, marks: column(flat, c) }],
    left: c === mostPanels - 1 ? flat.columns.length - mostPanels : 0,
  }));
}

/** Indicators without a break-down: side by side where their unit is the same. */
function byUnit(table: Table, of: (name: string) => Indicator | undefined): Panel[] {
  const panels = new Map<string, Panel>();
  for (const row of table.rows) {
    const about = of(row.indicator);
    const key = `${about?.unit.en} ${about?.per}`;
    const mark = { code: row.code, label: row.label, cell: row.cells[0] ?? null };
    const panel = panels.get(key);
    if (panel) {
      panel.series[0]!.marks.push(mark);
      panel.indicator = '';
    } else {
      panels.set(key, {
        kind: 'bars',
        key,
        indicator: row.indicator,
        title: null,
        series: [{ code: '', label: about?.unit ?? row.label, marks: [mark] }],
        left: 0,
      });
    }
  }
  return [...panels.values()];
}

export interface Range {
  from: number;
  to: number;
}

/** What a scale must hold: values with their intervals, those of a year before where they are drawn, the reference and
 *  the target; bars begin at nought. */
export function rangeOf(panel: Panel, about: Indicator | undefined): Range {
  let from = panel.kind === 'bars' ? 0 : Number.POSITIVE_INFINITY;
  let to = panel.kind === 'bars' ? 0 : Number.NEGATIVE_INFINITY;
  const take = (value: number | null | undefined) => {
    if (value == null || !Number.isFinite(value)) return;
    from = Math.min(from, value);
    to = Math.max(to, value);
  };
  for (const one of panel.series)
    for (const mark of one.marks) {
      const f = mark.cell?.figure;
      if (f?.state !== 'ok') continue;
      take(f.value);
      if (panel.kind === 'line' && panel.series.length === 1 && mark.cell?.before?.state === 'ok') take(mark.cell.before.value);
    }
  if (!Number.isFinite(from) || !Number.isFinite(to)) return { from: 0, to: 1 };
  // Intervals of very few would flatten all the others: beyond four times the spread of the values they are cut, and drawn as cut.
  const spread = Math.max(to - from, Math.abs(to) * 0.2, 1e-9);
  const least = from - 4 * spread;
  const most = to + 4 * spread;
  for (const one of panel.series)
    for (const mark of one.marks) {
      const f = mark.cell?.figure;
      if (f?.state !== 'ok') continue;
      if (f.low !== undefined) take(Math.max(f.low, least));
      if (f.high !== undefined) take(Math.min(f.high, most));
    }
  take(about?.reference?.low);
  take(about?.reference?.high);
  take(about?.target);
  if (from >= 0 && from < 0.25 * (to - from)) from = 0;
  if (from === to) to = from + 1;
  return { from, to };
}

/** Round ticks that hold the range; its ends are ticks. */
export function ticksOf(range: Range, about = 5): number[] {
  const rough = (range.to - range.from) / Math.max(1, about);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * size).find((n) => n >= rough - 1e-12) ?? 10 * size;
  const first = Math.floor(range.from / step + 1e-9);
  const last = Math.ceil(range.to / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
