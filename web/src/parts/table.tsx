// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ComponentChildren, TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { paper, whenIdle } from '../paper';
import { t } from '../text/parts';
import { Icon } from './icons';

export interface Column<R> {
  key: string;
  label: ComponentChildren;
  /** Read out and shown on hover where the label is short. */
  title?: string;
  /** Right-aligned, tabular digits. */
  numeric?: boolean;
  /** CSS length; the browser decides otherwise. */
  width?: string;
  /** The header becomes a button. */
  sortable?: boolean;
  /** Is never broken, on paper neither: days, codes, numbers with a unit. */
  whole?: boolean;
  /** May take several lines; otherwise a cell is cut at its width. */
  wrap?: boolean;
  cell: (row: R) => ComponentChildren;
  /** Class of a cell, e.g. 'wrong'. */
  tone?: (row: R) => string | undefined;
}

export interface TableProps<R> {
  /** What the table is; read out, and seen when `captioned`. */
  caption: string;
  captioned?: boolean;
  columns: Column<R>[];
  rows: R[];
  keyOf: (row: R) => string;
  /** Enter or a click opens a row. */
  onOpen?: (row: R) => void;
  /** Other keys on a focused row (Delete, Space, letters); true: taken. */
  onKey?: (row: R, event: KeyboardEvent) => boolean;
  /** The row that is open beside the table. */
  selected?: string;
  /** 'name' or '-name'. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** The first column stays in place when the rest scrolls. Default true. */
  frozen?: boolean;
  /** Height of the box; its head then stays in place. */
  height?: string;
  /** Old rows while new ones come. */
  stale?: boolean;
  rowClass?: (row: R) => string | undefined;
  /** On a phone a row is a few lines: the first column, then the others after their labels. Not for a grid of numbers. */
  lines?: boolean;
  /** Below the rows, e.g. a sum. */
  foot?: ComponentChildren;
}

/** A screenful; the rows under it follow so many at a time, when there is nothing else to do: no long list holds up a slow machine. */
const screenful = 20;
const portion = 30;
/** So few more come with the others. */
const rest = 5;

/** How many of the rows are drawn; when others than before come, a screenful first. */
function useRoom<R>(rows: R[], keyOf: (row: R) => string, selected: string | undefined): number {
  const head = rows[0] === undefined ? '' : keyOf(rows[0]);
  const [grown, setGrown] = useState({ head, n: screenful });
  const least = rows.findIndex((row) => keyOf(row) === selected) + 1;
  const n = Math.max(grown.head === head ? grown.n : screenful, least);
  const all = paper.value || n + rest >= rows.length;
  useEffect(() => {
    if (all) return;
    return whenIdle(() => setGrown({ head, n: n + portion }));
  }, [all, n, head]);
  return all ? rows.length : n;
}

/**
 * The cells of a row. A component of its own, which signals leave alone while its row and columns are the same and nothing that it read has
 * changed: a row that opens makes no other row's cells anew.
 */
function Cells<R>({ row, columns, lines }: { row: R; columns: Column<R>[]; lines: boolean | undefined }) {
  return columns.map((column, c) => {
    const tone = [column.numeric && 'n', column.whole && 'whole', column.wrap && 'wrap', column.tone?.(row)].filter(Boolean).join(' ');
    // The first is a heading, and needs a label only where it is a number.
    const said = lines && typeof column.label === 'string' && (c > 0 || column.numeric) ? column.label : undefined;
    return c === 0 ? (
      <th key={column.key} scope="row" class={tone || undefined} data-label={said}>
        {column.cell(row)}
      </th>
    ) : (
      <td key={column.key} class={tone || undefined} data-label={said}>
        {column.cell(row)}
      </td>
    );
  });
}

/** Dense rows of 32 px in a box that scrolls by itself. Arrows, Home, End and Page keys move between rows. */
export function Table<R>({
  caption,
  captioned,
  columns,
  rows,
  keyOf,
  onOpen,
  onKey,
  selected,
  sort = '',
  onSort,
  frozen = true,
  height,
  stale,
  rowClass,
  lines,
  foot,
}: TableProps<R>) {
  const [at, setAt] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const alive = onOpen !== undefined || onKey !== undefined;
  const active = Math.min(at, Math.max(0, rows.length - 1));
  const room = useRoom(rows, keyOf, selected);

  useEffect(() => {
    const chosen = rows.findIndex((row) => keyOf(row) === selected);
    if (chosen >= 0) setAt(chosen);
  }, [selected, rows, keyOf]);

  const focusRow = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    (body.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  const keys = (row: R, i: number, event: TargetedKeyboardEvent<HTMLTableRowElement>) => {
    if (event.target !== event.currentTarget) return;
    const to = {
      ArrowDown: i + 1,
      ArrowUp: i - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: i + 15,
      PageUp: i - 15,
    }[event.key];
    if (to !== undefined) focusRow(to);
    else if (event.key === 'Enter' && onOpen) onOpen(row);
    else if (!onKey?.(row, event)) return;
    event.preventDefault();
  };
  const sortOf = (column: Column<R>) => (sort === column.key ? 'ascending' : sort === `-${column.key}` ? 'descending' : undefined);

  return (
    <div
      role="group"
      class={`table${frozen ? ' frozen' : ''}${stale ? ' stale' : ''}${alive ? ' alive' : ''}${lines ? ' lines' : ''}`}
      style={height ? { maxHeight: height } : undefined}
      tabIndex={alive ? undefined : 0}
      aria-label={caption}
    >
      <table>
        <caption class={captioned ? undefined : 'unseen'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const order = sortOf(column);
              return (
                <th
                  key={column.key}
                  scope="col"
                  class={column.numeric ? 'n' : undefined}
                  style={column.width ? { width: column.width, minWidth: column.width } : undefined}
                  aria-sort={order}
                  title={column.title}
                >
                  {/* A heading with a button in it is not repeated on the next sheet. */}
                  {column.sortable && onSort && !paper.value ? (
                    <button type="button" onClick={() => onSort(order === 'ascending' ? `-${column.key}` : column.key)}>
                      <span>{column.label}</span>
                      <Icon name={order === 'ascending' ? 'sortUp' : 'sortDown'} size={12} />
                      <span class="unseen">{order ? t(order) : ''}</span>
                    </button>
                  ) : (
                    column.label
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody ref={body}>
          {(room < rows.length ? rows.slice(0, room) : rows).map((row, i) => {
            const key = keyOf(row);
            const tones = [rowClass?.(row), key === selected && 'selected'].filter(Boolean).join(' ');
            return (
              <tr
                key={key}
                class={tones || undefined}
                aria-selected={key === selected || undefined}
                tabIndex={alive ? (i === active ? 0 : -1) : undefined}
                onFocus={() => setAt(i)}
                onKeyDown={alive ? (event) => keys(row, i, event) : undefined}
                onClick={
                  onOpen
                    ? (event) => {
                        // A click on a link or a control in the row is theirs; a marked text is being copied.
                        if ((event.target as HTMLElement).closest('a, button, input, select, label')) return;
                        if (!getSelection()?.isCollapsed) return;
                        onOpen(row);
                      }
                    : undefined
                }
              >
                <Cells row={row} columns={columns} lines={lines} />
              </tr>
            );
          })}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}
