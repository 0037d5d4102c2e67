// SPDX-License-Identifier: AGPL-3.0-or-later
// What it stands on: counts, rates with their intervals, what was left out and what is left over; how it was made.
import type { Ahead, Interval } from '../../api/types';
import { formatDay, formatNumber, formatTime } from '../../format';
import { Button, Section, Table } from '../../parts';
import { saveText, toCsv } from '../../save';
import { t } from '../../text/ahead';
import { t as figure } from '../../text/figure';
import { shownMoments } from './choice';

const pair = (both: { female: number; male: number }) =>
  t('pair', { female: formatNumber(both.female, 0), male: formatNumber(both.male, 0) });

function Facts({ facts }: { facts: [string, string, string?][] }) {
  return (
    <dl class="made-facts">
      {facts.flatMap(([name, value, help]) => [
        <dt key={name}>
          {name}
          {help && <small> {help}</small>}
        </dt>,
        <dd key={`${name} is`}>{value}</dd>,
      ])}
    </dl>
  );
}

function Standing({ data }: { data: Ahead }) {
  const b = data.basis;
  const span = { first: String(b.first), last: String(b.last) };
  const rate = (one: Interval, decimals: number) =>
    `${formatNumber(one.value, decimals)} (${formatNumber(one.low, decimals)}–${formatNumber(one.high, decimals)})`;
  const begins = (value: number, begin: number) =>
    Math.abs(value - begin) < 0.05 ? undefined : t('beginsHelp', { value: formatNumber(begin, 1) });
  return (
    <div class="basis">
      <Facts
        facts={[
          [t('countedOn'), formatDay(b.counted_on)],
          [t('peopleBySex'), pair(b.people)],
          [t('births', span), pair(b.births)],
          [t('deaths', span), pair(b.deaths)],
          [t('leftOut'), formatNumber(b.left_out, 0)],
          ...(b.births_found === null
            ? []
            : ([[t('birthsFound'), `${formatNumber(100 * b.births_found, 0)}%`, t('birthsFoundHelp')]] as [string, string, string][])),
          ...(b.earlier_on
            ? ([
                [t('earlierOn'), formatDay(b.earlier_on)],
                [t('leftOver'), b.left_over === null ? '–' : formatNumber(b.left_over, 0), t('leftOverHelp')],
              ] as [string, string, string?][])
            : []),
        ]}
      />
      <Facts
        facts={[
          [t('tfr'), rate(b.tfr, 2)],
          [t('e0f'), rate(b.e0.female, 1), begins(b.e0.female.value, b.e0_begin.female)],
          [t('e0m'), rate(b.e0.male, 1), begins(b.e0.male.value, b.e0_begin.male)],
          [`${t('boys')} ${t('boysUnit')}`, rate(b.boys, 1), begins(b.boys.value, b.boys_begin)],
        ]}
      />
      <p class="hint">{t('basisNote')}</p>
    </div>
  );
}

function Method({ data }: { data: Ahead }) {
  return (
    <div>
      <h3>{t('method')}</h3>
      <p>{t('methodText')}</p>
      <p class="hint">
        {t('drawn', { n: data.trajectories, seed: data.seed })} · {t('perStep', { n: data.width })}
        {data.freshness && <> · {t('freshness', { at: formatTime(data.freshness) })}</>}
      </p>
    </div>
  );
}

function lines(data: Ahead): string[][] {
  const b = data.basis;
  const one = (name: string, value: string | number | null, low?: number, high?: number) =>
    [name, value, low, high].map((cell) => (cell == null ? '' : String(cell)));
  const rate = (name: string, of: Interval) => one(name, of.value, of.low, of.high);
  return [
    ['what', 'value', 'low_95', 'high_95'],
    one('area', data.area.code),
    one('counted_on', b.counted_on),
    one('women_counted', b.people.female),
    one('men_counted', b.people.male),
    one('first_year', b.first),
    one('last_year', b.last),
    one('girls_born', b.births.female),
    one('boys_born', b.births.male),
    one('women_died', b.deaths.female),
    one('men_died', b.deaths.male),
    one('without_sex_or_age', b.left_out),
    one('earlier_on', b.earlier_on),
    one('births_found', b.births_found),
    one('left_over_a_year', b.left_over),
    rate('children_a_woman', b.tfr),
    rate('life_expectancy_women', b.e0.female),
    rate('life_expectancy_men', b.e0.male),
    rate('boys_to_100_girls', b.boys),
    one('life_expectancy_women_begin', b.e0_begin.female),
    one('life_expectancy_men_begin', b.e0_begin.male),
    one('boys_to_100_girls_begin', b.boys_begin),
    one('trajectories', data.trajectories),
    one('seed', data.seed),
  ];
}

/** For the drawer. */
export function BasisBody({ data }: { data: Ahead }) {
  const name = `basis-${data.area.code}-${data.years[0]}.csv`;
  return (
    <div class="made">
      <Standing data={data} />
      <Method data={data} />
      <div class="row made-do">
        <Button small icon="download" onClick={() => saveText(toCsv(lines(data)), 'text/csv', name)}>
          {figure('saveCsv')}
        </Button>
      </div>
    </div>
  );
}

export function BasisSection({ data }: { data: Ahead }) {
  return (
    <Section title={t('basis')} class="basis-section">
      <div class="two">
        <Standing data={data} />
        <Method data={data} />
      </div>
      <Supposed data={data} />
    </Section>
  );
}

function Supposed({ data }: { data: Ahead }) {
  const years = data.supposed.map((one) => one.year);
  const rows = shownMoments(years, 7).map((i) => data.supposed[i]!);
  return (
    <Table
      caption={t('supposed')}
      captioned
      rows={rows}
      keyOf={(one) => String(one.year)}
      columns={[
        { key: 'year', label: t('supposedYear'), cell: (one) => String(one.year) },
        { key: 'tfr', label: t('tfr'), numeric: true, cell: (one) => formatNumber(one.tfr, 2) },
        { key: 'e0f', label: t('e0f'), numeric: true, cell: (one) => formatNumber(one.e0_female, 1) },
        { key: 'e0m', label: t('e0m'), numeric: true, cell: (one) => formatNumber(one.e0_male, 1) },
        { key: 'boys', label: t('boys'), title: t('boysUnit'), numeric: true, cell: (one) => formatNumber(one.boys, 1) },
        { key: 'migrants', label: t('migrants'), numeric: true, cell: (one) => formatNumber(one.migrants, 0) },
      ]}
    />
  );
}
