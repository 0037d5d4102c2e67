// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawer of a reporter: which reports of a month are missing or came late, by how many days, and the way to each.
import { useState } from 'preact/hooks';
import type { Bucket, Due, DueItem, Overview } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatPeriod } from '../../format';
import { linkDue, linkFacility } from '../../links';
import { Button, ButtonLink, closeDrawer, Field, Link, openDrawer, Problem, Select, Skeleton, Tag } from '../../parts';
import { daysBetween, parsePeriod, periodMonths } from '../../period';
import { area, isOpenTo, mayOpenFacilities, setArea, today } from '../../state';
import { label } from '../../text/dictionary';
import { t as d } from '../../text/draw';
import { t } from '../../text/overview';

type State = Overview['timeliness']['states'][number][number];
interface Question {
  reporter: Bucket;
  periods: Bucket[];
  states: State[];
  /** The period that is shown first. */
  when: string;
}
const order: DueItem['state'][] = ['missing', 'late', 'open', 'on_time'];
const lastMonth = (id: string) => periodMonths(parsePeriod(id)!).at(-1);

function How({ item }: { item: DueItem }) {
  if (item.state === 'missing') return <Tag tone="bad">{t('overdue', { n: Math.max(1, daysBetween(item.due, today.value)) })}</Tag>;
  if (item.state === 'late') return <Tag tone="warn">{t('daysLate', { n: daysBetween(item.due, item.received ?? item.due) })}</Tag>;
  return <Tag tone={item.state === 'on_time' ? 'good' : 'plain'}>{d(item.state)}</Tag>;
}

function Lines({ items }: { items: DueItem[] }) {
  return (
    <ul class="due-list pairs">
      {items.map((item) => (
        <li key={`${item.register} ${item.period.code}`}>
          <span class="who">{isOpenTo(item.register) ? <Link href={linkDue(item)}>{label(item.label)}</Link> : label(item.label)}</span>
          <span class="state">
            <How item={item} />
          </span>
          <span class="what when">
            {t('dueBy', { day: formatDay(item.due) })}
            {item.received && ` · ${t('cameOn', { day: formatDay(item.received) })}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Reports({ reporter, periods, states, when: first }: Question) {
  const [when, setWhen] = useState(first);
  const state = states[periods.findIndex((one) => one.code === when)];
  const ours = (of: Due | null) =>
    (of?.items ?? []).filter((one) => (one.facility ?? one.area)?.code === reporter.code && lastMonth(one.period.code) === lastMonth(when));
  const month = useGet<Due>('/api/due', { area: area.value, period: when });
  // A report of longer periods stands in the square of their last month.
  const explained = month.stale || !month.data || ours(month.data).some((one) => one.state === state);
  const year = useGet<Due>(explained ? null : '/api/due', { area: area.value, period: when.slice(0, 4) });
  const answer = explained ? month : year;
  const items = ours(answer.data).sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const inTime = items.filter((one) => one.state === 'on_time');
  const gaps = items.filter((one) => one.state !== 'on_time');
  return (
    <div class="stack">
      <Field label={t('reportsMonth')}>
        <Select
          value={when}
          onValue={setWhen}
          choices={periods.flatMap((one, i) =>
            states[i] === 'none' ? [] : [{ value: one.code, label: `${formatPeriod(one.code)} · ${d(states[i]!)}` }],
          )}
        />
      </Field>
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.error && (!answer.data || answer.stale) && <Skeleton lines={6} />}
      {answer.data && !answer.stale && (
        <>
          {gaps.length > 0 && <Lines items={gaps} />}
          {inTime.length > 0 && (
            <details open={gaps.length === 0}>
              <summary>{t('inTime', { n: inTime.length })}</summary>
              <Lines items={inTime} />
            </details>
          )}
          <p class="row">
            {items[0]?.facility
              ? mayOpenFacilities() && (
                  <ButtonLink small href={linkFacility(reporter.code)}>
                    {t('goTo', { place: label(reporter.label) })}
                  </ButtonLink>
                )
              : area.value !== reporter.code && (
                  <Button
                    small
                    onClick={() => {
                      closeDrawer();
                      setArea(reporter.code);
                    }}
                  >
                    {t('goTo', { place: label(reporter.label) })}
                  </Button>
                )}
          </p>
        </>
      )}
    </div>
  );
}

export function openReports(question: Question): void {
  openDrawer(
    () => t('reportsOf', { reporter: label(question.reporter.label) }),
    () => <Reports key={`${question.reporter.code} ${question.when}`} {...question} />,
  );
}
