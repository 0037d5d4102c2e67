// SPDX-License-Identifier: AGPL-3.0-or-later
// What rows owe by the pack's schedules: what is late first (the latest of it), then what is to be done now.
import type { Owed, OwedList } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay } from '../../format';
import { linkRow } from '../../links';
import { useAll } from '../../paper';
import { Button, Link, Problem, Section, Tag } from '../../parts';
import { daysBetween } from '../../period';
import { area, today } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/owed';

const most = 8;

function When({ item }: { item: Owed }) {
  if (item.state === 'late') return <Tag tone="bad">{t('overdue', { n: daysBetween(item.due, today.value) })}</Tag>;
  const left = daysBetween(today.value, item.due);
  const words = left === 0 ? t('dueToday') : left > 0 ? t('left', { n: left }) : t('since', { n: -left });
  return <Tag tone={left < 4 ? 'warn' : 'plain'}>{words}</Tag>;
}

export const whoOwes = (item: Owed): string => label(item.facility?.label ?? item.area?.label) || item.key;

/** A line each, the row behind it. grouped: under a heading that says what is owed, so that a line need not. */
export function OwedLines({ items, name, grouped }: { items: Owed[]; name: string; grouped?: boolean }) {
  const way = (item: Owed, text: string) => (
    <Link href={linkRow(item.register, item.row)} title={label(item.cure) || undefined}>
      {text}
    </Link>
  );
  return (
    <ul class={grouped ? 'due-list owed pairs' : 'due-list owed'} aria-label={name}>
      {items.map((item) => (
        <li key={item.row + item.point + item.schedule}>
          <span class="who">
            {grouped ? way(item, whoOwes(item)) : whoOwes(item)}{' '}
            {item.key && item.key !== whoOwes(item) && <span class="muted key">{item.key}</span>}
          </span>
          <span class="state">
            <When item={item} />
          </span>
          <span class="what">
            {!grouped && way(item, label(item.label))} <span class="when">{label(item.point_label)}</span>
          </span>
          <span class="by">{t('by', { day: formatDay(item.due) })}</span>
        </li>
      ))}
    </ul>
  );
}

export function OwedSection() {
  const [all, setAll] = useAll();
  const late = useGet<OwedList>('/api/owed', { area: area.value, state: 'late', sort: '-due', limit: 100 });
  const open = useGet<OwedList>('/api/owed', { area: area.value, state: 'open', limit: 100 });
  const error = late.error ?? open.error;
  if (error?.isOffline) return null; // the page says it
  if (error) return <Problem error={error} again={late.error ? late.again : open.again} />;
  if (!late.data || !open.data || late.data.total + open.data.total === 0) return null;
  const items = all ? [...late.data.items, ...open.data.items] : [...late.data.items.slice(0, most), ...open.data.items.slice(0, most)];
  const listed = late.data.items.length + open.data.items.length;
  const total = late.data.total + open.data.total;
  return (
    <Section title={t('title')} class="due" note={t('note', { late: late.data.total, open: open.data.total })}>
      <OwedLines items={items} name={t('title')} />
      {all && total > listed && <p class="muted">{t('cut', { n: total })}</p>}
      {(listed > items.length || all) && (
        <Button small kind="quiet" icon={all ? 'up' : 'down'} onClick={() => setAll(!all)}>
          {all ? t('less') : t('more', { n: listed - items.length })}
        </Button>
      )}
    </Section>
  );
}
