// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure, Figures, Indicator, Label, Model } from '../src/api/types';
import { shapesOf, stepsOf } from '../src/draw/geometry';
import { choiceParameters, figuresQuestion, findIndicators, possibleAxes, readChoice } from '../src/pages/indicators/choice';
import { movePanel, readDashboard } from '../src/pages/indicators/dashboards';
import { type Panel, panelsOf, rangeOf, ticksOf } from '../src/pages/indicators/panels';
import { differs, pivot, sortRows, statesOf, unfinished } from '../src/pages/indicators/pivot';

const same = (found: unknown, expected: unknown, what?: string) =>
  assert.deepEqual(JSON.parse(JSON.stringify(found)), JSON.parse(JSON.stringify(expected)), what);
const both = (text: string): Label => ({ en: text, zh: text });
const ok = (value: number, half = 1): Figure => ({
  state: 'ok',
  value,
  low: value - half,
  high: value + half,
});

function indicator(name: string, more: Partial<Indicator> = {}): Indicator {
  return {
    name,
    group: 'births',
    label: { en: `Label ${name}`, zh: `标签${name}` },
    definition: both(''),
    edition: '1',
    unit: both('%'),
    per: 100,
    decimals: 1,
    numerator: 'count(births where sex = m)',
    denominator: 'count(births)',
    better: 0,
    target: null,
    reference: null,
    by: ['sex', 'birth_order'],
    from: null,
    to: null,
    ...more,
  };
}
const register = (name: string, facility?: string) => ({ name, facility, fields: [] }) as unknown as Model['registers'][number];
const model = {
  levels: ['county', 'township', 'village'].map((name) => ({ name, label: both(name) })),
  groups: [{ name: 'births', label: { en: 'Births', zh: '出生' } }],
  registers: [register('births', 'facility'), register('records_report')],
  indicators: [indicator('srb'), indicator('early', { numerator: 'sum(records_report.early)', by: ['birth_order'] })],
} as unknown as Model;

function answer(axes: [string, string[]][], names: string[], value: (name: string, at: string[]) => Figure): Figures {
  const places = axes.reduce<string[][]>((all, [, codes]) => all.flatMap((at) => codes.map((code) => [...at, code])), [[]]);
  return {
    area: { code: '', label: both('all') },
    period: { code: '2014S1', label: both('H1') },
    axes: axes.map(([name, codes]) => ({
      name,
      label: both(name),
      buckets: codes.map((code) => ({ code, label: both(code) })),
    })),
    indicators: names.map((name) => ({ name, figures: places.map((at) => value(name, at)), unplaced: 0 })),
    made: {} as Figures['made'],
  };
}
const hash = (text: string) => [...text].reduce((n, one) => (n * 31 + one.charCodeAt(0)) % 9973, 7);

const tests: Record<string, () => void> = {
  'a choice goes into the address and comes back'() {
    for (const choice of [
      { indicators: ['srb'], rows: '', columns: '', last: 0, view: 'table' as const },
      { indicators: ['srb', 'early'], rows: 'township', columns: 'month', last: 0, view: 'chart' as const },
      { indicators: ['early'], rows: '', columns: 'quarter', last: 12, view: 'map' as const },
    ]) {
      const query = Object.fromEntries(Object.entries(choiceParameters(choice)).map(([k, v]) => [k, String(v)]));
      same(readChoice(query, model), choice);
    }
  },
  'what is unknown, given twice, or the same both ways is left out'() {
    same(readChoice({ indicators: 'srb,nonsense,srb', by: 'month,month', view: 'pie' }, model), {
      indicators: ['srb'],
      rows: 'month',
      columns: '',
      last: 0,
      view: 'table',
    });
    for (const last of ['-3', 'x', '', '0']) same(readChoice({ last }, model).last, 0);
    same(readChoice({ last: '99999' }, model).last, 120);
  },
  'axes: levels below the area, times, shared fields, facilities where all have them'() {
    const names = (list: { name: string }[]) => list.map((one) => one.name).join(' ');
    const [srb, early] = model.indicators as [Indicator, Indicator];
    same(names(possibleAxes([srb], model, 'county')), 'township village facility month quarter half year sex birth_order');
    same(names(possibleAxes([srb, early], model, 'township')), 'village month quarter half year birth_order');
    same(names(possibleAxes([srb], model, 'village')), 'facility month quarter half year sex birth_order');
  },
  'time lies within the chosen period, or reaches back from its end'() {
    const asked = (by: string, period: string, last = '') =>
      figuresQuestion(readChoice({ indicators: 'srb', by, last }, model), '', period, false).period;
    same(asked('township', '2014S1', '5'), '2014S1', 'no axis of time');
    same(asked('township,month', '2014S1'), '2014S1', 'its months');
    same(asked('township,year', '2014S1'), '2010..2014', 'years: the last five');
    same(asked('township,year', '2014', '3'), '2012..2014');
    same(asked('quarter', '2014S1', '8'), '2012Q3..2014Q2');
    same(asked('month', '201402', '12'), '201303..201402');
    same(asked('half', '201402'), '2011S2..2014S1', 'a half-year is not within a month');
    same(asked('year', '2014', '1'), '2014');
    same(asked('year,month', '2014', '2'), '2013..2014', 'the longer of two');
  },
  'the sums of several years are one more column, or the last row, and no point of a line'() {
    const data = answer(
      [
        ['township', ['t1', 't2']],
        ['year', ['2013', '2014']],
      ],
      ['a'],
      (_, at) => ok(Number(at[1]) + Number(at[0]!.slice(1))),
    );
    data.period = { code: '2013..2014', label: both('2013 to 2014') };
    data.indicators[0]!.sums = [ok(71), { state: 'suppressed' }];
    const [table] = pivot(data, 'township', 'year', new Map(), both('Together'));
    same(
      table!.columns.map((one) => one.code),
      ['2013', '2014', '2013..2014'],
    );
    same(
      table!.rows.map((row) => row.cells.map((cell) => cell?.figure.value)),
      [
        [2014, 2015, 71],
        [2015, 2016, undefined],
      ],
    );
    same(table!.rows[0]!.cells[2]!.at.year!.code, '2013..2014', 'its number is asked of all the years');
    const [turned] = pivot(data, 'year', 'township', new Map(), both('Together'));
    same(
      sortRows(turned!.rows, { column: 0, down: true }, () => 0).map((row) => row.code),
      ['2014', '2013', '2013..2014'],
    );
    const [panel] = panelsOf(table!, ['township'], () => undefined);
    same(
      panel!.series.map((one) => one.marks.map((mark) => mark.code)),
      [
        ['2013', '2014'],
        ['2013', '2014'],
      ],
    );
    data.indicators[0]!.sums = null;
    same(pivot(data, 'township', 'year', new Map())[0]!.columns.length, 2, 'where there are none, no column');
    data.made = { today: '2014-07-20' } as Figures['made'];
    same(unfinished(data)?.code, '2014');
    data.made = { today: '2015-01-01' } as Figures['made'];
    same(unfinished(data) ?? null, null);
  },
  'an indicator is found by either language and by its group; every word must be there'() {
    same(findIndicators(model, '标签srb')[0]?.indicators.length, 1);
    same(findIndicators(model, 'births label').flatMap((one) => one.indicators).length, 2);
    same(findIndicators(model, 'label nothing').length, 0);
  },
  'every figure of two axes stands in its own cell, whichever way round'() {
    const value = (name: string, at: string[]) => ok(hash([name, ...at].join('/')));
    const data = answer(
      [
        ['township', ['t1', 't2', 't3']],
        ['month', ['1', '2', '3', '4']],
      ],
      ['a', 'b'],
      value,
    );
    const tables = pivot(data, 'township', 'month', new Map());
    same(
      tables.map((one) => one.indicator),
      ['a', 'b'],
    );
    const turned = pivot(data, 'month', 'township', new Map());
    for (const [n, table] of tables.entries())
      for (const [r, row] of table.rows.entries())
        for (const [c, cell] of row.cells.entries()) {
          const expected = hash([table.indicator, row.code, table.columns[c]!.code].join('/'));
          same(cell?.figure.value, expected, `${table.indicator} ${row.code}`);
          same(turned[n]!.rows[c]!.cells[r]!.figure.value, expected, 'turned');
        }
  },
  'one axis: indicators across, or down when the axis is across; none: a column'() {
    const data = answer([['township', ['t1', 't2']]], ['a', 'b'], (name, at) => ok(hash(name + at[0])));
    const [down] = pivot(data, 'township', '', new Map());
    same(
      down!.columns.map((one) => one.code),
      ['a', 'b'],
    );
    same(down!.rows[1]!.cells[0]!.figure.value, hash('at2'));
    const [across] = pivot(data, '', 'township', new Map());
    same(
      across!.rows.map((one) => one.code),
      ['a', 'b'],
    );
    same(across!.rows[0]!.cells[1]!.figure.value, hash('at2'));
    const plain = pivot(
      answer([], ['a', 'b'], (name) => ok(hash(name))),
      '',
      '',
      new Map(),
    );
    same(
      plain[0]!.rows.map((row) => row.cells.length),
      [1, 1],
    );
  },
  'a line for what was not recorded is left out where nothing is, and only there'() {
    const counted = (n: number): Figure => ({ state: 'ok', value: n, numerator: n, rows: n });
    const codes = (third: Figure) =>
      pivot(
        answer([['sex', ['m', 'f', '']]], ['a'], (_, at) => (at[0] === '' ? third : counted(0))),
        'sex',
        '',
        new Map(),
      )[0]!.rows.map((row) => row.code);
    same(codes(counted(0)), ['m', 'f']);
    same(codes(counted(3)), ['m', 'f', '']);
    same(codes({ state: 'suppressed' }), ['m', 'f', '']);
  },
  'the year before stands beside the same cell'() {
    const data = answer([['month', ['1', '2']]], ['a'], (_, at) => ok(Number(at[0])));
    data.before = { period: data.period, indicators: [{ name: 'a', figures: [ok(11), ok(12)] }] };
    same(
      pivot(data, 'month', '', new Map())[0]!.rows.map((row) => row.cells[0]!.before?.value),
      [11, 12],
    );
  },
  'rows without a value stand last whichever way they are sorted'() {
    const states: Figure[] = [ok(3), { state: 'suppressed' }, ok(1), { state: 'no_data' }, ok(2)];
    const data = answer([['t', ['a', 'b', 'c', 'd', 'e']]], ['x'], (_, at) => states['abcde'.indexOf(at[0]!)]!);
    const [table] = pivot(data, 't', '', new Map());
    const order = (down: boolean) =>
      sortRows(table!.rows, { column: 0, down }, () => 0)
        .map((row) => row.code)
        .join('');
    same(order(false), 'ceabd');
    same(order(true), 'aecbd');
    same([...statesOf([table!])].sort(), ['no_data', 'suppressed']);
  },
  'two figures differ when their intervals do not touch; unknown without intervals'() {
    same(differs(ok(10), ok(13)), true);
    same(differs(ok(10), ok(11.5)), false);
    same(differs({ state: 'ok', value: 1 }, ok(5)), null);
    same(differs({ state: 'suppressed' }, ok(5)), null);
  },
  'time is a line, places a forest, fields bars; a panel never mixes units'() {
    const kinds = (axes: [string, string[]][], rows: string, columns: string, names = ['a', 'b']) =>
      pivot(
        answer(axes, names, () => ok(1)),
        rows,
        columns,
        new Map(),
      )
        .flatMap((table) => panelsOf(table, ['township'], (name) => indicator(name, { unit: both(name) })))
        .map((panel) => `${panel.kind}${panel.series.length}x${panel.series[0]!.marks.length}`)
        .join(' ');
    const month: [string, string[]] = ['month', ['1', '2', '3']];
    const township: [string, string[]] = ['township', ['t1', 't2']];
    same(kinds([month], 'month', ''), 'line1x3 line1x3');
    same(kinds([month], '', 'month'), 'line1x3 line1x3');
    same(kinds([township, month], 'township', 'month', ['a']), 'line2x3');
    same(kinds([month, township], 'month', 'township', ['a']), 'line2x3');
    same(kinds([township], 'township', ''), 'forest1x2 forest1x2');
    same(kinds([['sex', ['m', 'f']]], '', 'sex'), 'bars1x2 bars1x2');
    same(kinds([], '', ''), 'bars1x1 bars1x1');
  },
  'ticks are round, cover the range, and are few'() {
    let seed = 20140720;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let i = 0; i < 2000; i++) {
      const from = (random() - 0.3) * 10 ** Math.floor(random() * 7);
      const to = from + random() * 10 ** Math.floor(random() * 7 - 2) + 1e-6;
      const ticks = ticksOf({ from, to });
      const step = ticks[1]! - ticks[0]!;
      if (ticks[0]! > from + 1e-9 * Math.abs(from) || ticks[ticks.length - 1]! < to - 1e-6 * step)
        throw new Error(`${from} ${to}: ${ticks}`);
      if (ticks.length < 2 || ticks.length > 9) throw new Error(`${from} ${to}: ${ticks.length} ticks`);
    }
  },
  'a scale holds intervals and reference, begins bars at nought, and is not stretched by one wide interval'() {
    const marks = [ok(100, 5), ok(104, 5), { state: 'ok', value: 102, low: 1, high: 900 } as Figure];
    const panel = {
      kind: 'forest',
      series: [{ marks: marks.map((figure) => ({ cell: { figure } })) }],
    } as unknown as Panel;
    const range = rangeOf(panel, indicator('x', { reference: { value: 106, low: 105, high: 120 } }));
    if (range.to < 120 || range.to > 250 || range.from > 95) throw new Error(JSON.stringify(range));
    same(rangeOf({ ...panel, kind: 'bars' }, undefined).from, 0);
    same(rangeOf({ ...panel, series: [] }, undefined), { from: 0, to: 1 });
  },
  'a scale holds the line of the year before'() {
    const marks = [100, 104].map((value) => ({ cell: { figure: ok(value, 5), before: ok(value + 60, 5) } }));
    const line = { kind: 'line', series: [{ marks }] } as unknown as Panel;
    if (rangeOf(line, undefined).to < 164) throw new Error('the year before is cut off');
    if (rangeOf({ ...line, series: [...line.series, ...line.series] }, undefined).to > 120)
      throw new Error('it is drawn for one line alone');
  },
  'what was kept of a dashboard is read with care'() {
    same(readDashboard(null), { panels: [] });
    same(
      readDashboard({
        panels: [1, null, { indicators: [] }, { indicators: ['a', 3], view: 'pie', title: 4 }],
      }),
      {
        panels: [{ title: '', indicators: ['a'], rows: '', columns: '', last: 0, view: 'table', area: '', period: '' }],
      },
    );
    const two = readDashboard({ panels: [{ indicators: ['a'] }, { indicators: ['b'] }] });
    same(
      movePanel(two, 0, 1).panels.map((one) => one.indicators[0]),
      ['b', 'a'],
    );
    same(movePanel(two, 0, -1), two);
  },
  'outlines fit into the box; steps hold every value'() {
    const square = (code: string, x: number) => ({
      type: 'Feature',
      properties: { code },
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [x, 36],
            [x + 1, 36],
            [x + 1, 37],
            [x, 37],
            [x, 36],
          ],
        ],
      },
    });
    const map = {
      type: 'FeatureCollection' as const,
      features: [square('a', 112), square('b', 113), square('other', 0)],
    };
    const shapes = shapesOf(map, new Set(['a', 'b']), 600, 480);
    same(
      shapes.map((one) => one.code),
      ['a', 'b'],
    );
    const numbers = shapes.flatMap((one) => one.path.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
    if (Math.min(...numbers) < 0 || Math.max(...numbers) > 600) throw new Error('outside the box');
    same(shapesOf({ type: 'FeatureCollection', features: [] }, new Set(['a']), 600, 480), []);
    for (const values of [[1], [1, 1, 1], [3, 1, 2, 9, 4, 7, 8], Array.from({ length: 50 }, (_, i) => (i * 37) % 101)]) {
      const steps = stepsOf(values, 5);
      if (steps.length > 5 || steps[steps.length - 1] !== Math.max(...values)) throw new Error(`${values}: ${steps}`);
      same(
        [...steps].sort((a, b) => a - b),
        steps,
      );
    }
    same(stepsOf([], 5), []);
  },
};

for (const [name, run] of Object.entries(tests)) test(name, run);
