// SPDX-License-Identifier: AGPL-3.0-or-later
// A pivot table: values with their intervals and the change against a year earlier. Each number is a button that opens how it was made;
// Tab enters the table once, arrows move in it.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Label } from '../../api/types';
import { compareText } from '../../format';
import { openMade } from '../../made';
import { Button, type Column, Table } from '../../parts';
import { indicatorOf } from '../../state';
import { label } from '../../text/dictionary';
import { intervalText } from '../../text/figure';
import { t } from '../../text/indicators';
import { type Cell, type Table as Pivot, type Sort, sortRows } from './pivot';
import { axisLabel, changeText, figureSign, questionOf } from './words';

const mostRows = 200;

/** How many characters the longest interval and the longest change of a column have; room is kept for both, so that digits stand below digits. */
interface Slots {
  interval: number;
  change: number;
}

function slotsOf(cells: Cell[]): Slots {
  const most = (texts: string[]) => Math.max(0, ...texts.map((text) => text.length));
  const decimals = (cell: Cell) => indicatorOf(cell.indicator)?.decimals ?? 1;
  return {
    interval: most(cells.map((cell) => intervalText(cell.figure, decimals(cell)))),
    change: most(cells.map((cell) => changeText(cell.figure, cell.before, decimals(cell)).text)),
  };
}

function Beside({ slots, interval, change }: { slots: Slots; interval?: string; change?: ReturnType<typeof changeText> }) {
  return (
    <>
      {slots.interval > 0 && (
        <small class="interval" style={{ '--slot': slots.interval }}>
          {interval && `(${interval})`}
        </small>
      )}
      {slots.change > 0 && (
        <small
          class={change?.sure ? 'change sure' : 'change'}
          style={{ '--slot': slots.change }}
          title={change?.sure == null ? undefined : t(change.sure ? 'differs' : 'same')}
        >
          {change?.text}
        </small>
      )}
    </>
  );
}

function Figure({ cell, at, slots }: { cell: Cell; at: string; slots: Slots }) {
  const about = indicatorOf(cell.indicator);
  const decimals = about?.decimals ?? 1;
  const figure = cell.figure;
  const interval = intervalText(figure, decimals);
  const change = changeText(figure, cell.before, decimals);
  const ok = figure.state === 'ok' && !figure.outside;
  return (
    <button
      type="button"
      class={`figure${ok ? '' : ' sign'}${figure.outside ? ' alarm' : ''}`}
      data-at={at}
      tabIndex={-1}
      title={ok ? undefined : figure.outside ? t('why_outside') : t(`why_${figure.state}` as 'why_no_data')}
      onClick={() => openMade(questionOf(cell))}
    >
      <span>
        {ok && figure.target === 1 && <i class="met" title={`${t('target', { value: about?.target ?? '' })} ✓`} />}
        {figureSign(figure, decimals)}
      </span>
      <Beside slots={slots} interval={interval} change={change} />
    </button>
  );
}

/** Arrows, Home and End move between the numbers; one of them can be reached by Tab. */
function useRoving() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const all = box.current?.querySelectorAll<HTMLElement>('button.figure');
    if (all?.length && ![...all].some((one) => one.tabIndex === 0)) all[0]!.tabIndex = 0;
  });
  const keys = (event: KeyboardEvent) => {
    const from = (event.target as HTMLElement).closest<HTMLElement>('button.figure');
    if (!from || !box.current) return;
    const [r, c] = from.dataset.at!.split(' ').map(Number) as [number, number];
    const to = {
      ArrowUp: [r - 1, c],
      ArrowDown: [r + 1, c],
      ArrowLeft: [r, c - 1],
      ArrowRight: [r, c + 1],
      Home: [r, 0],
      End: [r, 9999],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    const find = (row: number, column: number) => box.current?.querySelector<HTMLElement>(`button.figure[data-at="${row} ${column}"]`);
    let next = find(to[0]!, to[1]!);
    if (event.key === 'End') next = [...box.current.querySelectorAll<HTMLElement>(`button.figure[data-at^="${r} "]`)].pop();
    if (!next) return;
    for (const one of box.current.querySelectorAll<HTMLElement>('button.figure[tabindex="0"]')) one.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
  return { box, keys };
}

/** Interval and change stand beside their number where the table has room for them, else below it. */
function useStacked(box: { current: HTMLDivElement | null }) {
  useLayoutEffect(() => {
    const grid = box.current;
    const table = grid?.querySelector('.table');
    if (!grid || !table) return;
    const look = () => {
      grid.classList.remove('stacked');
      grid.classList.toggle('stacked', table.scrollWidth > table.clientWidth);
    };
    const watch = new ResizeObserver(look);
    watch.observe(grid);
    watch.observe(table.firstElementChild!);
    return () => watch.disconnect();
  });
}

export function Grid({ table, name }: { table: Pivot; name: string }) {
  const [sort, setSort] = useState<Sort>(null);
  const [all, setAll] = useState(false);
  const { box, keys } = useRoving();
  useStacked(box);
  const compare = (a: Label, b: Label) => compareText(label(a), label(b));
  const sorted = sortRows(table.rows, sort, compare);
  const rows = all ? sorted : sorted.slice(0, mostRows);
  const places = new Map(rows.map((row, r) => [row, r]));
  const slots = table.columns.map((_, c) => slotsOf(table.rows.flatMap((row) => row.cells[c] ?? [])));
  type Row = Pivot['rows'][number];
  const columns: Column<Row>[] = [
    {
      key: '-1',
      label: axisLabel(table.down),
      sortable: table.rows.length > 1,
      cell: (row) => label(row.label),
      wrap: table.down === 'indicator',
    },
    ...table.columns.map(
      (one, c): Column<Row> => ({
        key: String(c),
        label: (
          <span class="figure-head">
            <span>{label(one.label)}</span>
            <Beside slots={slots[c]!} />
          </span>
        ),
        title: one.indicator ? label(indicatorOf(one.indicator)?.unit) : undefined,
        numeric: true,
        sortable: table.down !== 'indicator' && table.rows.length > 1,
        cell: (row) => {
          const cell = row.cells[c];
          return cell ? <Figure cell={cell} at={`${places.get(row)} ${c}`} slots={slots[c]!} /> : null;
        },
      }),
    ),
  ];
  const key = (s: Sort) => (s ? `${s.down ? '-' : ''}${s.column === -1 ? 'name' : s.column}` : '');
  return (
    <div class="grid" ref={box} onKeyDown={keys}>
      <Table
        caption={name}
        columns={columns.map((one) => (one.key === '-1' ? { ...one, key: 'name' } : one))}
        rows={rows}
        keyOf={(row) => row.code}
        sort={key(sort)}
        onSort={(to) => {
          const down = to.startsWith('-');
          const column = to.replace('-', '');
          setSort({ column: column === 'name' ? -1 : Number(column), down });
        }}
        height="70vh"
      />
      {sorted.length > rows.length && (
        <Button small icon="down" onClick={() => setAll(true)}>
          {t('moreRows', { n: sorted.length })}
        </Button>
      )}
    </div>
  );
}
