// SPDX-License-Identifier: AGPL-3.0-or-later
// The pyramid with its years: a slider, and a button that plays them and stops at the end.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Ahead } from '../../api/types';
import { Legend, Panel } from '../../draw/panel';
import { Pyramid, type PyramidRow } from '../../draw/pyramid';
import { formatNumber, formatRange } from '../../format';
import { Button, Table } from '../../parts';
import { t } from '../../text/ahead';
import { ageShort, ageText, high80, high95, linesOf, low80, low95, median } from './words';

const yearsASecond = 3;
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Plays from a moment to the last. Where motion is not wanted it goes by five years a second, without what lies between. */
function usePlay(moment: number, last: number, width: number, onMoment: (moment: number) => void) {
  const [place, setPlace] = useState(moment);
  const [playing, setPlaying] = useState(false);
  const now = useRef(place);
  const go = (to: number) => {
    now.current = to;
    setPlace(to);
    onMoment(Math.round(to));
  };
  useEffect(() => {
    if (!playing && Math.round(now.current) !== moment) {
      now.current = moment;
      setPlace(moment);
    }
  }, [moment, playing]);
  useEffect(() => {
    if (!playing) return;
    const on = (by: number) => {
      const next = Math.min(last, now.current + by / width);
      go(next);
      if (next >= last) setPlaying(false);
    };
    const hide = () => document.hidden && setPlaying(false);
    document.addEventListener('visibilitychange', hide);
    let end: () => void;
    if (still()) {
      const timer = setInterval(() => on(5), 1000);
      end = () => clearInterval(timer);
    } else {
      let before = performance.now();
      const step = (time: number) => {
        on(Math.max(0, ((time - before) / 1000) * yearsASecond));
        before = time;
        frame = requestAnimationFrame(step);
      };
      let frame = requestAnimationFrame(step);
      end = () => cancelAnimationFrame(frame);
    }
    return () => {
      end();
      document.removeEventListener('visibilitychange', hide);
    };
  }, [playing, last, width]);
  const toggle = () => {
    if (playing) go(Math.round(now.current));
    else if (now.current >= last) go(0);
    setPlaying(!playing);
  };
  const choose = (to: number) => {
    setPlaying(false);
    go(to);
  };
  return { place: Math.min(place, last), playing, toggle, choose };
}

/** Between two moments, for what plays. */
function between(of: number[][][], place: number, age: number): number[] {
  const first = Math.floor(place);
  const part = place - first;
  const from = of[first]![age]!;
  const to = of[Math.min(first + 1, of.length - 1)]![age]!;
  return part ? from.map((one, k) => one + part * (to[k]! - one)) : from;
}

function rowsOf(data: Ahead, place: number): PyramidRow[] {
  const now = String(data.years[0]);
  return data.ages.map((age, i) => {
    const side = (people: number[][][], sex: string) => {
      const q = between(people, place, i);
      const before = people[0]![i]![median]!;
      const few = Math.max(q[median]!, before) < 20 ? 1 : 0;
      return {
        now: before,
        value: q[median]!,
        low: q[low95]!,
        high: q[high95]!,
        inner: [q[low80]!, q[high80]!] as [number, number],
        said: t('groupSaid', {
          age: ageText(age),
          sex,
          value: formatNumber(q[median]!, few),
          low: formatNumber(q[low95]!, few),
          high: formatNumber(q[high95]!, few),
          before: formatNumber(before, 0),
          now,
        }),
      };
    };
    return { age: ageShort(age), sides: [side(data.people.male, t('men')), side(data.people.female, t('women'))] };
  });
}

/** As far as the axes go: the widest bar of all years, with its interval. */
const mostOf = (data: Ahead): number =>
  Math.max(1, ...[data.people.female, data.people.male].flatMap((sex) => sex.flatMap((ages) => ages.map((q) => q[high95]!))));

export function PyramidPanel({ data, moment, onMoment }: { data: Ahead; moment: number; onMoment: (moment: number) => void }) {
  const last = data.years.length - 1;
  const { place, playing, toggle, choose } = usePlay(moment, last, data.width, onMoment);
  const at = Math.round(place);
  const year = String(data.years[at]);
  const now = String(data.years[0]);
  const rows = rowsOf(data, place);
  const said = t('pyramidSaid', { year, now });
  const few = Math.max(...rows.flatMap((row) => row.sides.map((one) => one.value))) < 20 ? 1 : 0;
  return (
    <Panel
      title={t('pyramid')}
      note={t('pyramidNote')}
      class="pyramid-panel"
      name={`pyramid-${data.area.code}-${year}`}
      lines={() =>
        linesOf(
          data.years,
          (['female', 'male'] as const).flatMap((sex) =>
            data.ages.map((age, i) => ({ key: [sex, ageShort(age)], values: data.people[sex].map((moments) => moments[i]!) })),
          ),
          ['sex', 'age'],
        )
      }
      legend={
        <>
          <div class="years">
            <Button
              icon={playing ? 'pause' : 'play'}
              class="play"
              onClick={toggle}
              aria-label={playing ? t('pause') : place >= last ? t('replay') : t('play')}
              title={playing ? t('pause') : place >= last ? t('replay') : t('play')}
            />
            <input
              type="range"
              min={0}
              max={last}
              step={1}
              value={at}
              aria-label={t('year')}
              aria-valuetext={t('inYear', { year })}
              onInput={(event) => choose(Number(event.currentTarget.value))}
            />
            <output class="year-now">{t('inYear', { year })}</output>
          </div>
          <Legend
            items={[
              { mark: 'boys', text: t('men') },
              { mark: 'girls', text: t('women') },
              { mark: 'whisker', text: t('mark95') },
              { mark: 'whisker inner', text: t('mark80') },
              { mark: 'then', text: t('markNow', { year: now }) },
            ]}
          />
        </>
      }
      drawing={(svg) => <Pyramid name={said} rows={rows} most={mostOf(data)} sexes={[t('men'), t('women')]} svg={svg} />}
      table={
        <Table
          caption={said}
          captioned
          rows={[...rows].reverse()}
          keyOf={(row) => row.age}
          columns={[
            { key: 'age', label: t('age'), cell: (row) => row.age },
            ...[1, 0].flatMap((side) => {
              const sex = side ? t('women') : t('men');
              return [
                {
                  key: `now${side}`,
                  label: `${sex} ${now}`,
                  numeric: true,
                  cell: (row: PyramidRow) => formatNumber(row.sides[side]!.now, 0),
                },
                {
                  key: `value${side}`,
                  label: `${sex} ${year}`,
                  numeric: true,
                  cell: (row: PyramidRow) => formatNumber(row.sides[side]!.value, few),
                },
                {
                  key: `range${side}`,
                  label: t('interval95'),
                  numeric: true,
                  cell: ({ sides }: PyramidRow) => formatRange(sides[side]!.low, sides[side]!.high, few),
                },
              ];
            }),
          ]}
        />
      }
    />
  );
}
