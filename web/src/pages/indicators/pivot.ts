// SPDX-License-Identifier: AGPL-3.0-or-later
// The answer of /api/figures as tables: one axis down the rows, one across the columns; what is left over is the indicators. With two axes
// and several indicators there is a table for each indicator, for figures of different units side by side mislead.
import type { Bucket, Figure, Figures, Label } from '../../api/types';
import { parsePeriod, periodDays } from '../../period';
import { isTime } from './choice';

export interface Cell {
  indicator: string;
  figure: Figure;
  /** The same months a year earlier. */
  before: Figure | null;
  /** Buckets by axis that this figure is of. */
  at: Record<string, Bucket>;
}

export interface Table {
  /** The indicator that the whole table is of; '': they are the rows or the columns. */
  indicator: string;
  /** What stands in the first column, and what across: an axis, or 'indicator', or '' for the value alone. */
  down: string;
  across: string;
  columns: { code: string; label: Label; indicator: string }[];
  rows: { code: string; label: Label; indicator: string; cells: (Cell | null)[] }[];
}

/** How far apart two buckets of each axis are in the flat list of figures. */
function strides(axes: Figures['axes']): number[] {
  const steps = new Array<number>(axes.length).fill(1);
  for (let i = axes.length - 2; i >= 0; i--) steps[i] = steps[i + 1]! * axes[i + 1]!.buckets.length;
  return steps;
}

/** Where the server has added several periods up there is one more bucket of the axis of time, the last: all of them together. */
function withTogether(answer: Figures, label: Label): Figures {
  if (!answer.indicators.some((one) => one.sums)) return answer;
  const whole = { code: answer.period.code, label };
  const axes = answer.axes.map((axis) => (isTime(axis.name) ? { ...axis, buckets: [...axis.buckets, whole] } : axis));
  return { ...answer, axes };
}

/** answer: as it came; axes: with the bucket of the sums. */
function reader(answer: Figures): (indicator: string, at: Record<string, number>) => Cell | null {
  const steps = strides(answer.axes);
  const others = answer.axes.filter((axis) => !isTime(axis.name));
  const otherSteps = strides(others);
  const sums = new Map(answer.indicators.map((one) => [one.name, one.sums]));
  const now = new Map(answer.indicators.map((one) => [one.name, one.figures]));
  const before = new Map((answer.before?.indicators ?? []).map((one) => [one.name, one.figures]));
  return (indicator, at) => {
    let index = 0;
    const buckets: Record<string, Bucket> = {};
    const time = answer.axes.find((axis) => isTime(axis.name));
    if (time && (at[time.name] ?? 0) >= time.buckets.length) {
      others.forEach((axis, i) => {
        index += (at[axis.name] ?? 0) * otherSteps[i]!;
        buckets[axis.name] = axis.buckets[at[axis.name] ?? 0]!;
      });
      const figure = sums.get(indicator)?.[index];
      return figure ? { indicator, figure, before: null, at: { ...buckets, [time.name]: answer.period } } : null;
    }
    answer.axes.forEach((axis, i) => {
      const n = at[axis.name] ?? 0;
      index += n * steps[i]!;
      const bucket = axis.buckets[n];
      if (bucket) buckets[axis.name] = bucket;
    });
    const figure = now.get(indicator)?.[index];
    if (!figure) return null;
    return { indicator, figure, before: before.get(indicator)?.[index] ?? null, at: buckets };
  };
}

/** Nothing counted and nothing hidden. */
const isEmpty = (cell: Cell | null): boolean =>
  !cell || cell.figure.state === 'no_data' || (cell.figure.state === 'ok' && !cell.figure.numerator && !cell.figure.rows);

/** Without the lines for "not recorded" where nothing is: they are there for every field, and mostly empty. */
function withoutEmpty(table: Table): Table {
  const gone = (code: string, cells: (Cell | null)[]) => (code === '' || code === 'u') && cells.every(isEmpty);
  const rows = table.down === 'indicator' ? table.rows : table.rows.filter((row) => !gone(row.code, row.cells));
  if (table.across === 'indicator' || table.across === '') return { ...table, rows };
  const kept = table.columns.map(
    (one, c) =>
      !gone(
        one.code,
        table.rows.map((row) => row.cells[c] ?? null),
      ),
  );
  return {
    ...table,
    columns: table.columns.filter((_, c) => kept[c]),
    rows: rows.map((row) => ({ ...row, cells: row.cells.filter((_, c) => kept[c]) })),
  };
}

/** Whether a cell is a sum over several periods. */
export const together = (cell: Cell): boolean => Object.values(cell.at).some((one) => isSpan(one.code));
export const isSpan = (code: string): boolean => code.includes('..');

/** The last period of the answer, where it is not over. */
export function unfinished(answer: Figures): Bucket | undefined {
  const last = answer.axes.find((axis) => isTime(axis.name))?.buckets.at(-1);
  const period = last && parsePeriod(last.code);
  return period && periodDays(period)[1] >= answer.made.today ? last : undefined;
}

/** whole: what the sums over several periods are called. */
export function pivot(answer: Figures, rows: string, columns: string, labels: Map<string, Label>, whole = answer.period.label): Table[] {
  return arrange(withTogether(answer, whole), reader(answer), rows, columns, labels).map(withoutEmpty);
}

function arrange(answer: Figures, cell: ReturnType<typeof reader>, rows: string, columns: string, labels: Map<string, Label>): Table[] {
  const axis = (name: string) => (name ? answer.axes.find((one) => one.name === name) : undefined);
  const down = axis(rows);
  const across = axis(columns);
  const names = answer.indicators.map((one) => one.name);
  const label = (name: string): Label => labels.get(name) ?? { en: name, zh: name };
  const own = names.map((name) => ({ code: name, label: label(name), indicator: name }));

  if (down && across) {
    return names.map((name) => ({
      indicator: name,
      down: down.name,
      across: across.name,
      columns: across.buckets.map((one) => ({ ...one, indicator: name })),
      rows: down.buckets.map((row, r) => ({
        ...row,
        indicator: name,
        cells: across.buckets.map((_, c) => cell(name, { [down.name]: r, [across.name]: c })),
      })),
    }));
  }
  if (down) {
    return [
      {
        indicator: '',
        down: down.name,
        across: 'indicator',
        columns: own,
        rows: down.buckets.map((row, r) => ({
          ...row,
          indicator: '',
          cells: names.map((name) => cell(name, { [down.name]: r })),
        })),
      },
    ];
  }
  return [
    {
      indicator: '',
      down: 'indicator',
      across: across ? across.name : '',
      columns: across
        ? across.buckets.map((one) => ({ ...one, indicator: '' }))
        : [{ code: '', label: answer.period.label, indicator: '' }],
      rows: own.map((row) => ({
        ...row,
        cells: across ? across.buckets.map((_, c) => cell(row.code, { [across.name]: c })) : [cell(row.code, {})],
      })),
    },
  ];
}

export type Sort = { column: number; down: boolean } | null;

/** Rows in the order of a column's values; those without a value stand last either way, and after them a sum. */
export function sortRows(rows: Table['rows'], sort: Sort, compare: (a: Label, b: Label) => number): Table['rows'] {
  if (!sort) return rows;
  const sign = sort.down ? -1 : 1;
  const sum = (row: Table['rows'][number]) => Number(isSpan(row.code));
  const value = (row: Table['rows'][number]) => {
    const figure = row.cells[sort.column]?.figure;
    return figure?.state === 'ok' && figure.value !== undefined ? figure.value : null;
  };
  return [...rows].sort((a, b) => {
    if (sum(a) !== sum(b)) return sum(a) - sum(b);
    if (sort.column < 0) return sign * compare(a.label, b.label);
    const x = value(a);
    const y = value(b);
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0);
    return sign * (x - y);
  });
}

/** The states other than ok that are in a table, so that only the signs that are there are explained below it. */
export function statesOf(tables: Table[]): Set<Figure['state'] | 'outside'> {
  const found = new Set<Figure['state'] | 'outside'>();
  for (const table of tables)
    for (const row of table.rows)
      for (const cell of row.cells) {
        if (cell && cell.figure.state !== 'ok') found.add(cell.figure.state);
        if (cell?.figure.outside) found.add('outside');
      }
  return found;
}

/** Whether two figures can be told apart by their intervals. null: that cannot be said. */
export function differs(now: Figure, before: Figure | null): boolean | null {
  if (now.state !== 'ok' || before?.state !== 'ok') return null;
  if (now.low === undefined || now.high === undefined || before.low === undefined || before.high === undefined) return null;
  return now.low > before.high || before.low > now.high;
}
