// SPDX-License-Identifier: AGPL-3.0-or-later
// Who reported in time: reporters by months, those with most gaps first.
import type { Bucket, Overview } from '../../api/types';
import { Heat, lastGap, Square } from '../../draw/heat';
import { Panel } from '../../draw/panel';
import { formatPeriod, formatPeriodShort } from '../../format';
import { useAll } from '../../paper';
import { Button, type Column, Empty, Section, Table } from '../../parts';
import { areaNow, period } from '../../state';
import { label } from '../../text/dictionary';
import { t as d } from '../../text/draw';
import { t } from '../../text/overview';
import { openReports } from './reports';

type Data = Overview['timeliness'];
type State = Data['states'][number][number];
interface Row {
  bucket: Bucket;
  states: State[];
}
const few = 16;

export function Timeliness({ data }: { data: Data }) {
  const [all, setAll] = useAll();
  if (!data.reporters.length) {
    return (
      <Section title={t('timelinessTitle')}>
        <Empty icon="today" title={t('timelinessEmpty')}>
          {t('timelinessEmptyHelp')}
        </Empty>
      </Section>
    );
  }
  const gaps = (states: State[], of: State) => states.filter((one) => one === of).length;
  const weight = (one: Row) => 2 * gaps(one.states, 'missing') + gaps(one.states, 'late');
  const every = data.reporters.map((bucket, i): Row => ({ bucket, states: data.states[i]! })).sort((a, b) => weight(b) - weight(a));
  const rows = all ? every : every.slice(0, few);
  const names = data.registers.map((one) => label(one.label));
  const open = (one: Bucket, when: string) =>
    openReports({ reporter: one, periods: data.periods, states: data.states[data.reporters.indexOf(one)]!, when });
  const columns: Column<Row>[] = [
    { key: 'reporter', label: t('reporter'), cell: (row) => label(row.bucket.label) },
    ...data.periods.map((one, i) => ({
      key: one.code,
      label: formatPeriodShort(one.code),
      title: formatPeriod(one.code),
      cell: (row: Row) => (row.states[i] === 'none' ? '' : d(row.states[i]!)),
    })),
  ];
  return (
    <Panel
      class="timeliness"
      title={t('timelinessTitle')}
      note={
        <span title={names.join(' · ')}>
          {t('timelinessNote', { registers: names.length > 2 ? t('registersMany', { n: names.length }) : names.join(' · ') })}
        </span>
      }
      name={`timeliness-${areaNow.value?.code ?? ''}-${period.value}`}
      lines={() => [
        ['reporter', t('reporter'), ...data.periods.map((one) => one.code)],
        ...every.map((row) => [row.bucket.code, label(row.bucket.label), ...row.states.map((one) => d(one))]),
      ]}
      legend={
        <ul class="legend">
          {(['on_time', 'late', 'missing', 'open'] as const).map((state) => (
            <li key={state}>
              <svg width="14" height="14" aria-hidden="true">
                <Square state={state} x={0.5} y={0.5} size={13} />
              </svg>
              {d(state)}
            </li>
          ))}
        </ul>
      }
      table={
        <Table
          caption={t('timelinessTitle')}
          columns={columns}
          rows={rows}
          keyOf={(row) => row.bucket.code}
          onOpen={(row) => open(row.bucket, lastGap(row.states, data.periods))}
        />
      }
      drawing={(svg) => (
        <Heat
          name={t('timelinessTitle')}
          reporters={rows.map((row) => row.bucket)}
          periods={data.periods}
          states={rows.map((row) => row.states)}
          onOpen={open}
          svg={svg}
        />
      )}
      foot={
        every.length > few && (
          <Button small kind="quiet" icon={all ? 'up' : 'down'} onClick={() => setAll(!all)}>
            {all ? t('showLess', { n: few }) : t('showAll', { n: every.length })}
          </Button>
        )
      }
    />
  );
}
