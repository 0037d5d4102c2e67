// SPDX-License-Identifier: AGPL-3.0-or-later
// A figure's fan with its table; the year that is chosen at the pyramid is told in words below it.
import type { ComponentChildren } from 'preact';
import type { Ahead, AheadLine } from '../../api/types';
import { Fan } from '../../draw/fan';
import { Legend, Panel } from '../../draw/panel';
import { Select, Table } from '../../parts';
import { address, setQuery } from '../../state';
import { t } from '../../text/ahead';
import { label } from '../../text/dictionary';
import { decimalsOf, isRatio, linesOf, momentText, rangeText, valueText } from './words';

export function FanPanel({
  data,
  line,
  moment,
  onMoment,
  actions,
}: {
  data: Ahead;
  line: AheadLine;
  moment: number;
  onMoment: (moment: number) => void;
  actions?: ComponentChildren;
}) {
  const title = label(line.label);
  const without = data.without?.find((one) => one.name === line.name) ?? null;
  const decimals = decimalsOf(line);
  const rows = data.years.map((year, i) => ({ year: String(year), values: line.values[i]!, without: without?.values[i] }));
  return (
    <Panel
      title={title}
      note={label(line.unit)}
      actions={actions}
      name={`${line.name}-${data.area.code}-${data.years[0]}`}
      lines={() =>
        linesOf(
          data.years,
          [{ key: [line.name, ''], values: line.values }, ...(without ? [{ key: [line.name, 'without'], values: without.values }] : [])],
          ['figure', 'scenario'],
        )
      }
      legend={
        <Legend
          items={[
            { mark: 'line', text: t('median') },
            { mark: 'band80', text: t('mark80') },
            { mark: 'band95', text: t('mark95') },
            ...(without ? [{ mark: 'before', text: t('withoutMedian') }] : []),
          ]}
        />
      }
      foot={<p class="hint">{momentText(line, data.years, moment)}</p>}
      drawing={(svg) => (
        <Fan
          name={title}
          years={data.years}
          values={line.values}
          without={without?.values}
          zero={!isRatio(line)}
          chosen={moment}
          say={(i) => momentText(line, data.years, i)}
          onChoose={onMoment}
          svg={svg}
        />
      )}
      table={
        <Table
          caption={title}
          height="320px"
          rows={rows}
          keyOf={(row) => row.year}
          columns={[
            { key: 'year', label: t('tableYear'), cell: (row) => row.year },
            { key: 'value', label: t('tableValue'), numeric: true, cell: (row) => valueText(row.values, decimals) },
            { key: 'eighty', label: t('interval80'), numeric: true, cell: (row) => rangeText(row.values, decimals, true) },
            { key: 'range', label: t('interval95'), numeric: true, cell: (row) => rangeText(row.values, decimals) },
            ...(without
              ? [
                  {
                    key: 'without',
                    label: t('withoutMedian'),
                    numeric: true,
                    cell: (row: (typeof rows)[number]) => valueText(row.without, decimals),
                  },
                ]
              : []),
          ]}
        />
      }
    />
  );
}

/** A fan of any figure; which one stands in the address. */
export function ChosenFan({ data, moment, onMoment }: { data: Ahead; moment: number; onMoment: (moment: number) => void }) {
  const choices = data.figures.filter((one) => one.name !== 'all');
  const asked = address.value.query.figure;
  const usual = data.without ? 'boys_born' : 'old_share';
  const line = choices.find((one) => one.name === asked) ?? choices.find((one) => one.name === usual) ?? choices[0];
  if (!line) return null;
  return (
    <FanPanel
      data={data}
      line={line}
      moment={moment}
      onMoment={onMoment}
      actions={
        <Select
          aria-label={t('figure')}
          value={line.name}
          choices={choices.map((one) => ({ value: one.name, label: label(one.label) }))}
          onValue={(figure) => setQuery({ figure }, true)}
        />
      }
    />
  );
}
