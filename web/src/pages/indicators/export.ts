// SPDX-License-Identifier: AGPL-3.0-or-later
// The figures of the explorer as CSV: a line a figure, with everything that is known about it.
import { indicatorOf } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/indicators';
import type { Table } from './pivot';

/** Lines for a file; figures that are hidden or missing have their state and no number. */
export function figureLines(tables: Table[]): string[][] {
  const lines = [
    [t('name'), '', t('indicator'), t('value'), t('low'), t('high'), t('numerator'), t('denominator'), t('state'), t('before')],
  ];
  const say = (n: number | undefined) => (n === undefined ? '' : String(n));
  for (const table of tables)
    for (const row of table.rows)
      row.cells.forEach((cell, c) => {
        if (!cell) return;
        const f = cell.figure;
        const ok = f.state === 'ok' && !f.outside;
        lines.push([
          label(row.label),
          label(table.columns[c]?.label),
          label(indicatorOf(cell.indicator)?.label) || cell.indicator,
          ok ? say(f.value) : '',
          ok ? say(f.low) : '',
          ok ? say(f.high) : '',
          f.state === 'ok' ? say(f.numerator) : '',
          f.state === 'ok' ? say(f.denominator) : '',
          f.outside ? t('outside') : t(f.state),
          cell.before?.state === 'ok' ? say(cell.before.value) : '',
        ]);
      });
  return lines;
}
