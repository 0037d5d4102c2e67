// SPDX-License-Identifier: AGPL-3.0-or-later
// What will be needed, and what changes when the ratio at birth is 106 again: tables of a few years, whole as files.
import type { Ahead, AheadLine } from '../../api/types';
import { Panel } from '../../draw/panel';
import { type Column, Table } from '../../parts';
import { address } from '../../state';
import { t } from '../../text/ahead';
import { label } from '../../text/dictionary';
import { shownMoments } from './choice';
import { decimalsOf, linesOf, rangeText, valueText } from './words';

const mostYears = 6;

function Cell({ values, decimals }: { values: (number | null)[] | undefined; decimals: number }) {
  const range = rangeText(values, decimals, true);
  return (
    <>
      {valueText(values, decimals)}
      {range && <small> ({range})</small>}
    </>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function yearColumns(data: Ahead): Column<AheadLine>[] {
  return shownMoments(data.years, mostYears).map((i) => ({
    key: String(data.years[i]),
    label: String(data.years[i]),
    numeric: true,
    cell: (line) => <Cell values={line.values[i]} decimals={decimalsOf(line)} />,
  }));
}

export function Needs({ data }: { data: Ahead }) {
  return (
    <Panel
      title={t('needs')}
      note={t('needsNote')}
      name={`needs-${data.area.code}-${data.years[0]}`}
      lines={() =>
        linesOf(
          data.years,
          data.needs.map((one) => ({ key: [label(one.label)], values: one.values })),
          ['need'],
        )
      }
      table={
        <Table
          caption={t('needs')}
          rows={data.needs}
          keyOf={(line) => line.name}
          columns={[{ key: 'need', label: t('need'), wrap: true, cell: (line) => capital(label(line.label)) }, ...yearColumns(data)]}
        />
      }
    />
  );
}

interface Side {
  line: AheadLine;
  name: string;
  normal: boolean;
}

export function Normal({ data }: { data: Ahead }) {
  const without = data.without;
  if (!without) return null;
  const year = address.value.query.normal ?? '';
  const rows: Side[] = ['boys_born', 'born', 'missing', 'suitors', 'all'].flatMap((name) => {
    const line = data.figures.find((one) => one.name === name);
    const before = without.find((one) => one.name === name);
    if (!line || !before) return [];
    return [
      { line: before, name: label(line.label), normal: false },
      { line, name: label(line.label), normal: true },
    ];
  });
  return (
    <Panel
      title={t('normalTitle')}
      note={t('normalNote')}
      name={`normal-${year}-${data.area.code}`}
      lines={() =>
        linesOf(
          data.years,
          rows.map((one) => ({ key: [one.line.name, one.normal ? `106 from ${year}` : 'without'], values: one.line.values })),
          ['figure', 'scenario'],
        )
      }
      table={
        <Table
          caption={t('normalTitle')}
          rows={rows}
          keyOf={(one) => `${one.line.name} ${one.normal}`}
          rowClass={(one) => (one.normal ? 'changed' : undefined)}
          columns={[
            {
              key: 'what',
              wrap: true,
              label: t('figure'),
              cell: (one) => (
                <>
                  {one.name} <small>{one.normal ? t('withIt', { year }) : t('without')}</small>
                </>
              ),
            },
            ...shownMoments(data.years, mostYears).map((i) => ({
              key: String(data.years[i]),
              label: String(data.years[i]),
              numeric: true,
              cell: (one: Side) => <Cell values={one.line.values[i]} decimals={decimalsOf(one.line)} />,
            })),
          ]}
        />
      }
      foot={<p class="hint">{t('normalFoot')}</p>}
    />
  );
}

type CohortName = 'girls_missing' | 'men_to_100_women' | 'men_more_than_women';
const cohortNames: CohortName[] = ['girls_missing', 'men_to_100_women', 'men_more_than_women'];

/** Missing girls when they would have been born, and the men beside them at thirty. */
export function Cohorts({ data }: { data: Ahead }) {
  const born = [...new Set(data.cohorts.map((one) => one.born))].sort((a, b) => a - b);
  if (!born.length) return null;
  const span = (year: number) => {
    const to = data.cohorts.find((one) => one.born === year)!.to;
    return to > year ? t('bornSpan', { from: String(year), to: String(to) }) : String(year);
  };
  const columns = cohortNames.flatMap((name) =>
    (data.without ? [true, false] : [false]).map((without) => ({
      key: `${name} ${without}`,
      label: without ? t('theSame', { what: t(name) }) : t(name),
      numeric: true,
      cell: (year: number) => {
        const found = data.cohorts.find((one) => one.born === year && one.name === name && one.without === without);
        return found ? <Cell values={found.values} decimals={name === 'men_to_100_women' ? 1 : 0} /> : '';
      },
    })),
  );
  return (
    <Panel
      title={t('cohorts')}
      note={t('cohortsNote')}
      class="cohorts"
      name={`cohorts-${data.area.code}-${data.years[0]}`}
      lines={() => [
        ['figure', 'scenario', 'born', 'to', 'year', 'low_95', 'low_80', 'median', 'high_80', 'high_95'],
        ...data.cohorts.map((one) =>
          [one.name, one.without ? 'without' : '', one.born, one.to, one.year, ...one.values].map((cell) => String(cell)),
        ),
      ]}
      table={
        <Table
          caption={t('cohorts')}
          rows={born}
          keyOf={(year) => String(year)}
          columns={[{ key: 'born', label: t('born'), cell: span }, ...columns]}
        />
      }
    />
  );
}
