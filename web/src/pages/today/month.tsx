// SPDX-License-Identifier: AGPL-3.0-or-later
// A month at a glance: how much falls due on each day, by rows and by reports; a day opens what it has.
import { useState } from 'preact/hooks';
import type { OwedDay, OwedDays, OwedList } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatNumber } from '../../format';
import { linkRows } from '../../links';
import { Button, IconButton, Link, Problem, Section, Skeleton } from '../../parts';
import { area, isOpenTo, today } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/owed';
import { Feed } from './feed';
import { OwedLines } from './owed';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const iso = (at: Date) => at.toISOString().slice(0, 10);
const dayOf = (year: number, month: number, day: number) => iso(new Date(Date.UTC(year, month, day)));

interface Sum {
  late: number;
  open: number;
  done: number;
}

function sums(days: OwedDay[]): Map<string, Sum> {
  const all = new Map<string, Sum>();
  for (const one of days) {
    const sum = all.get(one.day) ?? { late: 0, open: 0, done: 0 };
    sum.late += one.late;
    sum.open += one.open + one.later;
    sum.done += one.done;
    all.set(one.day, sum);
  }
  return all;
}

const inWords = (sum: Sum | undefined): string => {
  if (!sum) return t('none');
  const parts = [sum.late && t('late', { n: sum.late }), sum.open && t('open', { n: sum.open }), sum.done && t('done', { n: sum.done })];
  return parts.filter(Boolean).join(' · ') || t('none');
};

function Cell({
  day,
  month,
  sum,
  chosen,
  onChoose,
}: {
  day: string;
  month: number;
  sum: Sum | undefined;
  chosen: boolean;
  onChoose: () => void;
}) {
  const inside = Number(day.slice(5, 7)) === month + 1;
  const now = day === today.value;
  return (
    <td class={`${inside ? '' : 'outside'}${now ? ' now' : ''}`} aria-current={now ? 'date' : undefined}>
      <button type="button" aria-pressed={chosen} title={inWords(sum)} onClick={onChoose}>
        <time class="date" dateTime={day}>
          {Number(day.slice(8))}
        </time>
        <span class="unseen">{inWords(sum)}</span>
        {sum && sum.late > 0 && (
          <span class="late" aria-hidden="true">
            {formatNumber(sum.late)}
          </span>
        )}
        {sum && sum.open > 0 && (
          <span class="open" aria-hidden="true">
            {formatNumber(sum.open)}
          </span>
        )}
        {sum && sum.late + sum.open === 0 && sum.done > 0 && (
          <span class="done" aria-hidden="true">
            ✓
          </span>
        )}
      </button>
    </td>
  );
}

/** What a day has: rows by name, reports by how many are still to come. */
function Day({ day, days }: { day: string; days: OwedDay[] }) {
  const here = days.filter((one) => one.day === day);
  const rows = here.some((one) => one.kind === 'rows' && one.late + one.open + one.later > 0);
  const list = useGet<OwedList>(rows ? '/api/owed' : null, {
    area: area.value,
    from: day,
    to: day,
    state: 'late,open,later',
    limit: 20,
  });
  const reports = here.filter((one) => one.kind === 'reports' && one.late + one.open > 0);
  const whole = here.filter((one) => one.late + one.open + one.later === 0).length;
  return (
    <div class="of-day" aria-live="polite">
      <h3>{t('onDay', { day: formatDay(day) })}</h3>
      {here.length === 0 && <p class="muted">{t('nothing')}</p>}
      {rows && !list.data && !list.error && <Skeleton lines={2} />}
      {list.error && <Problem error={list.error} again={list.again} />}
      {rows && list.data && <OwedLines items={list.data.items} name={t('onDay', { day: formatDay(day) })} />}
      {rows && list.data && list.data.total > list.data.items.length && (
        <p class="muted">{t('restOf', { n: list.data.total - list.data.items.length })}</p>
      )}
      {reports.length > 0 && (
        <ul class="lines">
          {reports.map((one) => (
            <li key={one.name}>
              {isOpenTo(one.name) ? <Link href={linkRows(one.name)}>{label(one.label)}</Link> : label(one.label)}{' '}
              <span class="muted">· {label(one.point.label)}</span>
              <span class="amount">{inWords({ late: one.late, open: one.open + one.later, done: one.done })}</span>
            </li>
          ))}
        </ul>
      )}
      {whole > 0 && <p class="muted">{t('whole', { n: whole })}</p>}
    </div>
  );
}

export function MonthSection() {
  const [year, month] = [Number(today.value.slice(0, 4)), Number(today.value.slice(5, 7)) - 1];
  const [moved, setMoved] = useState(0);
  const [chosen, setChosen] = useState('');
  const [feed, setFeed] = useState(false);
  const first = new Date(Date.UTC(year, month + moved, 1));
  const before = (first.getUTCDay() + 6) % 7; // weeks begin on Monday
  const weeks = Math.ceil((before + new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()) / 7);
  const at = (n: number) => dayOf(first.getUTCFullYear(), first.getUTCMonth(), 1 - before + n);
  const answer = useGet<OwedDays>('/api/owed/days', { area: area.value, from: at(0), to: at(weeks * 7 - 1) });
  const days = answer.data?.days ?? [];
  const all = sums(days);
  const title = formatDay(iso(first)).replace(/^1 |1日$/, '');
  const move = (n: number) => {
    setMoved(n);
    setChosen('');
  };
  return (
    <Section
      title={t('month')}
      class="month"
      actions={
        <Button small kind="quiet" icon="link" onClick={() => setFeed(true)}>
          {t('subscribe')}
        </Button>
      }
    >
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      <div class="row month-head">
        <IconButton small icon="left" label={t('before')} onClick={() => move(moved - 1)} />
        <h3 aria-live="polite">{title}</h3>
        <IconButton small icon="right" label={t('after')} onClick={() => move(moved + 1)} />
        {moved !== 0 && (
          <Button small kind="quiet" onClick={() => move(0)}>
            {t('now')}
          </Button>
        )}
      </div>
      <table class={answer.stale ? 'stale' : undefined} aria-label={title}>
        <thead>
          <tr>
            {weekdays.map((one) => (
              <th key={one} scope="col">
                {t(one)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: weeks }, (_, week) => (
            <tr key={at(week * 7)}>
              {weekdays.map((_one, i) => {
                const day = at(week * 7 + i);
                return (
                  <Cell
                    key={day}
                    day={day}
                    month={first.getUTCMonth()}
                    sum={all.get(day)}
                    chosen={chosen === day}
                    onChoose={() => setChosen(chosen === day ? '' : day)}
                  />
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {chosen && <Day day={chosen} days={days} />}
      {feed && <Feed onClose={() => setFeed(false)} />}
    </Section>
  );
}
