// SPDX-License-Identifier: AGPL-3.0-or-later
// One minute for a leader: where and when, what matters, how sure it is. Every number opens how it was made; a click goes down.
import type { Overview } from '../api/types';
import { useGet } from '../api/use';
import { BirthsDrawing } from '../draw/births';
import { Legend, Panel } from '../draw/panel';
import { Trend } from '../draw/trend';
import { formatNumber, formatPeriod } from '../format';
import { linkImport } from '../links';
import { openMade } from '../made';
import { Button, ButtonLink, Empty, Page, PrintButton, Problem, Skeleton, Table } from '../parts';
import { parsePeriod, periodMonths } from '../period';
import { area, compare, indicatorOf, mayDo, model, period, setArea, topArea } from '../state';
import { label } from '../text/dictionary';
import { t as d } from '../text/draw';
import { figureText, intervalText, isDrawn } from '../text/figure';
import { t } from '../text/overview';
import { Cards } from './overview/cards';
import { Children } from './overview/children';
import { Coverage } from './overview/coverage';
import { Facilities } from './overview/facilities';
import { Signals } from './overview/signals';
import { Timeliness } from './overview/timeliness';

function Births({ data }: { data: Overview }) {
  const all = data.births!;
  // A code that nobody used takes no room.
  const used = all.orders.map((_, i) => i).filter((i) => all.boys[i] !== 0 || all.girls[i] !== 0 || all.unknown[i]);
  const pick = <T,>(list: T[]) => used.map((i) => list[i]!);
  if (!used.length) return null;
  const births = {
    orders: pick(all.orders),
    boys: pick(all.boys),
    girls: pick(all.girls),
    unknown: pick(all.unknown),
    ratio: pick(all.ratio),
  };
  const ratio = data.cards.find((one) => one.reference);
  const title = t('birthsTitle');
  const rows = births.orders.map((order, i) => ({
    order,
    boys: births.boys[i],
    girls: births.girls[i],
    unknown: births.unknown[i],
    ratio: births.ratio[i]!,
  }));
  const say = (n: number | null | undefined) => (n == null ? figureText({ state: 'suppressed' }, 0) : formatNumber(n));
  return (
    <Panel
      title={title}
      name={`births-${data.area.code}-${data.period.code}`}
      lines={() => [
        ['order', d('order'), d('boys'), d('girls'), d('unknown'), d('ratio'), d('low'), d('high')],
        ...rows.map((row) => [
          row.order.code,
          label(row.order.label),
          ...[row.boys, row.girls, row.unknown].map((one) => (one == null ? '' : String(one))),
          ...(isDrawn(row.ratio) ? [row.ratio.value, row.ratio.low ?? '', row.ratio.high ?? ''].map(String) : ['', '', '']),
        ]),
      ]}
      legend={
        <Legend
          items={[
            { mark: 'boys', text: d('boys') },
            { mark: 'girls', text: d('girls') },
            { mark: 'whisker', text: d('markInterval') },
            { mark: 'reference', text: d('markReference') },
          ]}
        />
      }
      table={
        <Table
          caption={title}
          rows={rows}
          keyOf={(row) => row.order.code}
          columns={[
            { key: 'order', label: d('order'), cell: (row) => label(row.order.label) },
            { key: 'boys', label: d('boys'), numeric: true, cell: (row) => say(row.boys) },
            { key: 'girls', label: d('girls'), numeric: true, cell: (row) => say(row.girls) },
            { key: 'unknown', label: d('unknown'), numeric: true, cell: (row) => say(row.unknown) },
            { key: 'ratio', label: d('ratio'), numeric: true, cell: (row) => figureText(row.ratio, 1) },
            { key: 'interval', label: t('interval'), numeric: true, cell: (row) => intervalText(row.ratio, 1) },
          ]}
        />
      }
      drawing={(svg) => <BirthsDrawing name={title} births={births} reference={ratio?.reference ?? null} svg={svg} />}
    />
  );
}

function Trends({ data, trend }: { data: Overview; trend: Overview['trend'] }) {
  return (
    <>
      {trend.map((one) => {
        const about = indicatorOf(one.indicator);
        const name = label(about?.label) || one.indicator;
        const title = t('trendTitle', { indicator: name });
        const decimals = about?.decimals ?? 0;
        // What began before the first month with rows is not whole; its low count would be a lie.
        const first = model.value?.months?.first ?? '';
        const rows = one.periods
          .map((bucket, i) => ({ bucket, figure: one.figures[i]! }))
          .filter(({ bucket }) => (periodMonths(parsePeriod(bucket.code)!)[0] ?? '') >= first);
        return (
          <Panel
            key={one.indicator}
            class="trend"
            title={title}
            note={label(about?.unit)}
            name={`${one.indicator}-${data.area.code}-${data.period.code}-trend`}
            lines={() => [
              ['period', name, d('low'), d('high')],
              ...rows.map(({ bucket, figure }) => [
                bucket.code,
                ...(isDrawn(figure) ? [figure.value, figure.low ?? '', figure.high ?? ''].map(String) : ['', '', '']),
              ]),
            ]}
            table={
              <Table
                caption={title}
                rows={rows}
                keyOf={(row) => row.bucket.code}
                columns={[
                  { key: 'period', label: d('period'), cell: (row) => formatPeriod(row.bucket.code) },
                  { key: 'value', label: name, numeric: true, cell: (row) => figureText(row.figure, decimals) },
                  { key: 'interval', label: t('interval'), numeric: true, cell: (row) => intervalText(row.figure, decimals) },
                ]}
              />
            }
            drawing={(svg) => (
              <Trend
                name={title}
                about={about}
                periods={rows.map((row) => row.bucket)}
                figures={rows.map((row) => row.figure)}
                onOpen={(when) => openMade({ indicator: one.indicator, period: when })}
                svg={svg}
              />
            )}
          />
        );
      })}
    </>
  );
}

export default function OverviewPage() {
  const answer = useGet<Overview>('/api/overview', { area: area.value, period: period.value });
  const data = answer.data;
  const lead = data
    ? `${label(data.area.label)} · ${formatPeriod(data.period.code)}${compare.value ? ` · ${t('against', { before: formatPeriod(data.before.code) })}` : ''}`
    : undefined;
  const count = data?.cards.find((one) => indicatorOf(one.name));
  const ratio = data?.children?.indicator ?? data?.cards.find((one) => one.reference)?.name;
  // Beside few signals there is room for all that goes through time.
  const beside = (data?.signals.length ?? 0) > 2 ? 2 : data?.trend.length;
  // A county in which nothing has ever been counted; a period without rows is another thing, and shown.
  const nothing = data && !model.value?.months && data.cards.every((one) => !one.figure.value);
  return (
    <Page
      title={t('title')}
      lead={lead}
      actions={
        <>
          {area.value !== '' && data?.area.parent && data.area.code !== topArea.value?.code && (
            <Button small icon="up" onClick={() => setArea(data.area.parent === topArea.value?.code ? '' : data.area.parent)}>
              {t('up')}
            </Button>
          )}
          <PrintButton small />
        </>
      }
    >
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!data && !answer.error && <Loading />}
      {data && nothing && (
        <Empty
          icon="overview"
          title={t('empty')}
          action={
            mayDo('import') && (
              <ButtonLink kind="main" href={linkImport()}>
                {t('doImport')}
              </ButtonLink>
            )
          }
        >
          {t('emptyHelp')}
        </Empty>
      )}
      {data && !nothing && (
        <div class={answer.stale ? 'overview stale' : 'overview'}>
          <Cards data={data} />
          {data.children && <Children children={data.children} />}
          <div class="two">
            <div>
              {data.births && <Births data={data} />}
              {(data.timeliness.reporters.length > 0 || area.value === '') && <Timeliness data={data.timeliness} />}
              <Trends data={data} trend={data.trend.slice(beside)} />
            </div>
            <div>
              <Signals signals={data.signals} />
              <Trends data={data} trend={data.trend.slice(0, beside)} />
            </div>
          </div>
          {data.coverage.length > 0 && <Coverage coverage={data.coverage} />}
          {count && ratio && <Facilities key={`${area.value} ${period.value}`} count={count.name} ratio={ratio} />}
        </div>
      )}
    </Page>
  );
}

function Loading() {
  return (
    <div class="overview">
      <div class="cards">
        {[1, 2, 3, 4, 5, 6].map((one) => (
          <div key={one} class="card">
            <Skeleton lines={4} />
          </div>
        ))}
      </div>
      <section class="section">
        <Skeleton height={360} />
      </section>
    </div>
  );
}
