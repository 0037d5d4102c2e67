// SPDX-License-Identifier: AGPL-3.0-or-later
// The step from areas to facilities, and from a facility to its rows.
import type { Bucket, Figure, Figures, Indicator } from '../../api/types';
import { useGet } from '../../api/use';
import { ratioEnds } from '../../draw/axis';
import { Panel } from '../../draw/panel';
import { formatNumber } from '../../format';
import { linkRows } from '../../links';
import { IntervalBar, Problem, Section, Skeleton, Table, useShown } from '../../parts';
import { parsePeriod, periodDays } from '../../period';
import { area, areaNow, go, indicatorOf, period, registerOf } from '../../state';
import { label } from '../../text/dictionary';
import { t as d } from '../../text/draw';
import { besides, ends, figureText, intervalText, isDrawn } from '../../text/figure';
import { t } from '../../text/overview';

interface Row {
  bucket: Bucket;
  count: Figure | undefined;
  figure: Figure | undefined;
}

/** The register that a formula counts, e.g. births of count(births where ...). */
export const registerOfFormula = (about: Indicator | undefined) => registerOf(/^\s*\w+\((\w+)/.exec(about?.numerator ?? '')?.[1] ?? '');

/** The rows of a facility behind an indicator, in the chosen area and period. */
export function linkFacilityRows(about: Indicator | undefined, facility: string): string | null {
  const register = registerOfFormula(about);
  const when = parsePeriod(period.value);
  if (!register?.may.read || !register.facility || !when) return null;
  const days = periodDays(when);
  return linkRows(register.name, {
    [`f.${register.facility}`]: facility,
    ...(register.date ? { [`f.${register.date}`]: `${days[0]}..${days[1]}` } : {}),
    ...(register.area && area.value ? { [`f.${register.area}`]: area.value } : {}),
  });
}

export function Facilities({ count, ratio }: { count: string; ratio: string }) {
  const [shown, see] = useShown();
  const names = count === ratio ? count : `${count},${ratio}`;
  const answer = useGet<Figures>(shown ? '/api/figures' : null, {
    indicators: names,
    area: area.value,
    period: period.value,
    by: 'facility',
  });
  const about = indicatorOf(ratio);
  const decimals = about?.decimals ?? 1;
  const title = t('facilitiesTitle');
  if (!answer.data) {
    return (
      <div ref={see}>
        <Section title={title}>{answer.error ? <Problem error={answer.error} again={answer.again} /> : <Skeleton lines={5} />}</Section>
      </div>
    );
  }
  const buckets = answer.data.axes[0]?.buckets ?? [];
  const of = (name: string) => answer.data?.indicators.find((one) => one.name === name)?.figures;
  const rows = buckets
    .map((bucket, i): Row => ({ bucket, count: of(count)?.[i], figure: of(ratio)?.[i] }))
    .filter((row) => row.count?.state !== 'no_data' && (row.count?.value ?? 1) > 0)
    .sort((a, b) => (b.count?.value ?? -1) - (a.count?.value ?? -1));
  const drawn = rows.map((row) => row.figure).filter(isDrawn);
  const [from, to] = about?.reference ? ratioEnds(drawn, about.reference.value) : [0, 100];
  const canOpen = rows.some((row) => linkFacilityRows(indicatorOf(count), row.bucket.code));
  return (
    <Panel
      title={title}
      note={canOpen ? t('facilitiesNote') : undefined}
      name={`facilities-${areaNow.value?.code ?? ''}-${period.value}`}
      lines={() => [
        ['facility', t('facility'), count, ratio, d('low'), d('high')],
        ...rows.map((row) => [
          row.bucket.code,
          label(row.bucket.label),
          isDrawn(row.count) ? String(row.count.value) : '',
          isDrawn(row.figure) ? String(row.figure.value) : '',
          ...ends(row.figure).map((end) => (end == null ? '' : String(end))),
        ]),
      ]}
      table={
        rows.length ? (
          <Table<Row>
            caption={title}
            height="420px"
            rows={rows}
            keyOf={(row) => row.bucket.code}
            onOpen={
              canOpen
                ? (row) => {
                    const to = linkFacilityRows(indicatorOf(count), row.bucket.code);
                    if (to) go(to);
                  }
                : undefined
            }
            columns={[
              { key: 'facility', label: t('facility'), cell: (row) => label(row.bucket.label) },
              {
                key: 'count',
                label: label(indicatorOf(count)?.label),
                numeric: true,
                cell: (row) => (isDrawn(row.count) ? formatNumber(row.count.value) : figureText(row.count, 0)),
              },
              ...(count === ratio
                ? []
                : [
                    { key: 'ratio', label: label(about?.label), numeric: true, cell: (row: Row) => figureText(row.figure, decimals) },
                    {
                      key: 'interval',
                      label: t('interval'),
                      numeric: true,
                      cell: (row: Row) => <span class="muted">{intervalText(row.figure, decimals)}</span>,
                    },
                    {
                      key: 'bar',
                      label: '',
                      width: '200px',
                      cell: (row: Row) =>
                        isDrawn(row.figure) && (
                          <IntervalBar
                            log={about?.reference != null}
                            value={row.figure.value}
                            low={row.figure.low}
                            high={row.figure.high}
                            from={from}
                            to={to}
                            reference={about?.reference}
                            target={about?.target}
                            tone={about?.reference && besides(row.figure, about.reference) === 1 ? 'alarm' : 'plain'}
                          />
                        ),
                    },
                  ]),
            ]}
          />
        ) : (
          <p class="hint">{t('facilitiesEmpty')}</p>
        )
      }
    />
  );
}
