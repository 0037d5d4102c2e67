// SPDX-License-Identifier: AGPL-3.0-or-later
// Coverage of the services: each rate with its interval, the target, a word for how it stands, and last year.
import type { Overview } from '../../api/types';
import { Panel } from '../../draw/panel';
import { formatChange, formatNumber } from '../../format';
import { Made } from '../../made';
import { type Column, Empty, IntervalBar, Section, Table, Tag, type Tone } from '../../parts';
import { areaNow, compare, indicatorOf, period } from '../../state';
import { label } from '../../text/dictionary';
import { t as d } from '../../text/draw';
import { ends, figureText, isDrawn } from '../../text/figure';
import { t } from '../../text/overview';

type Rate = Overview['coverage'][number];
const tones: Record<Rate['band'], Tone> = { met: 'good', near: 'warn', far: 'bad', none: 'plain' };

export function Coverage({ coverage }: { coverage: Rate[] }) {
  if (coverage.every((row) => row.figure.state === 'no_data')) {
    return (
      <Section title={t('coverageTitle')}>
        <Empty icon="overview" title={t('coverageEmpty')}>
          {t('coverageEmptyHelp')}
        </Empty>
      </Section>
    );
  }
  const columns: Column<Rate>[] = [
    { key: 'indicator', label: t('indicator'), wrap: true, cell: (row) => label(row.label) },
    {
      key: 'value',
      label: t('value'),
      numeric: true,
      cell: (row) => (
        <Made indicator={row.indicator} what={label(row.label)}>
          {figureText(row.figure, 1)}
          {isDrawn(row.figure) && <small>{label(indicatorOf(row.indicator)?.unit)}</small>}
        </Made>
      ),
    },
    { key: 'band', label: t('band'), cell: (row) => row.band !== 'none' && <Tag tone={tones[row.band]}>{t(row.band)}</Tag> },
    {
      key: 'target',
      label: t('target'),
      numeric: true,
      cell: (row) => (row.target === null ? '' : `${indicatorOf(row.indicator)?.better === -1 ? '≤' : '≥'} ${formatNumber(row.target)}`),
    },
    {
      key: 'bar',
      label: <span title={t('coverageNote')}>{t('interval')}</span>,
      width: '168px',
      cell: (row) =>
        isDrawn(row.figure) && (
          <IntervalBar value={row.figure.value} low={row.figure.low} high={row.figure.high} from={0} to={100} target={row.target} />
        ),
    },
    ...(compare.value
      ? [
          { key: 'before', label: t('before'), numeric: true, cell: (row: Rate) => figureText(row.before, 1) },
          {
            key: 'change',
            label: t('change'),
            numeric: true,
            cell: (row: Rate) => (isDrawn(row.figure) && isDrawn(row.before) ? formatChange(row.figure.value - row.before.value, 1) : ''),
          },
        ]
      : []),
  ];
  const say = (n: number | undefined | null) => (n == null ? '' : String(n));
  return (
    <Panel
      class="coverage"
      title={t('coverageTitle')}
      note={t('coverageNote')}
      name={`coverage-${areaNow.value?.code ?? ''}-${period.value}`}
      lines={() => [
        ['indicator', t('indicator'), t('value'), d('low'), d('high'), t('target'), t('band'), t('before')],
        ...coverage.map((one) => [
          one.indicator,
          label(one.label),
          isDrawn(one.figure) ? say(one.figure.value) : '',
          ...ends(one.figure).map(say),
          say(one.target),
          t(one.band),
          isDrawn(one.before) ? say(one.before.value) : '',
        ]),
      ]}
      table={<Table caption={t('coverageTitle')} columns={columns} rows={coverage} keyOf={(row) => row.indicator} />}
    />
  );
}
