// SPDX-License-Identifier: AGPL-3.0-or-later
// The start of the day: what is due or late, what arrived, what to look at, what was left unfinished.
import type { DueItem, Today } from '../api/types';
import { useGet } from '../api/use';
import { useFindings } from '../findings';
import { formatDay, formatPeriod, formatTime } from '../format';
import { linkChecks, linkDue, linkImport, linkNewRow, linkOverview, linkRow, linkRows } from '../links';
import { drafts, waiting } from '../offline/waiting';
import { useAll } from '../paper';
import { Button, ButtonLink, Empty, Link, Page, Problem, Section, Skeleton, Tag } from '../parts';
import { daysBetween } from '../period';
import { area, areaNow, go, isOpenTo, link, mayDo, model, registerOf, today } from '../state';
import { label, placeName, whoName } from '../text/dictionary';
import { t } from '../text/today';
import { Signals } from './overview/signals';
import { MonthSection } from './today/month';
import { OwedSection } from './today/owed';

function State({ item }: { item: DueItem }) {
  const days = daysBetween(item.due, today.value);
  if (item.state === 'open') return <Tag tone={days > -4 ? 'warn' : 'plain'}>{days === 0 ? t('dueToday') : t('left', { n: -days })}</Tag>;
  return <Tag tone="bad">{t('days', { n: Math.max(1, days) })}</Tag>;
}

/** Reports of one kind that fall due on one day are one line: sixteen townships owe the same. */
interface Owed {
  key: string;
  items: DueItem[];
  /** The list was cut within it: there may be more. */
  cut: boolean;
}

function owed(items: DueItem[], cut: boolean, together: boolean): Owed[] {
  const groups = new Map<string, DueItem[]>();
  for (const one of items) {
    const key = [one.register, one.period.code, ...(together ? [] : [one.area?.code, one.facility?.code])].join(' ');
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const list = [...groups].map(([key, all]): Owed => ({ key, items: all, cut: false }));
  const last = list[list.length - 1];
  if (last && cut) last.cut = true;
  return list;
}

const reporterOf = (item: DueItem) => label(item.facility?.label ?? item.area?.label);

function Reporters({ row }: { row: Owed }) {
  const { items } = row;
  if (items.length === 1 && !row.cut) return <>{reporterOf(items[0]!)}</>;
  return <span title={items.map(reporterOf).join(' · ')}>{row.cut ? t('reportersCut') : t('reporters', { n: items.length })}</span>;
}

function linkOwed(row: Owed): string {
  const item = row.items[0]!;
  return linkDue(row.items.length === 1 && !row.cut ? item : { ...item, area: null, facility: null });
}

/** A line each where there is room, two on a telephone. */
function DueList({ rows }: { rows: Owed[] }) {
  return (
    <ul class="due-list" aria-label={t('dueTitle')}>
      {rows.map((row) => {
        const item = row.items[0]!;
        return (
          <li key={row.key}>
            <span class="who">
              <Reporters row={row} />
            </span>
            <span class="state">
              <State item={item} />
            </span>
            <span class="what">
              {isOpenTo(item.register) ? <Link href={linkOwed(row)}>{label(item.label)}</Link> : label(item.label)}{' '}
              <span class="when">{formatPeriod(item.period.code)}</span>
            </span>
            <span class="by">{t('dueBy', { day: formatDay(item.due) })}</span>
          </li>
        );
      })}
    </ul>
  );
}

const most = 12;

function DueSection({ data }: { data: Today }) {
  const [all, setAll] = useAll();
  const late = owed(data.late, false, false);
  const due = owed(data.due, data.due_total > data.due.length, true);
  const rows = [...(all ? late : late.slice(0, most)), ...(all ? due : due.slice(0, most))];
  const hidden = late.length + due.length - rows.length;
  return (
    <Section
      title={t('dueTitle')}
      class="due"
      note={data.late_total + data.due_total > 0 && t('dueNote', { late: data.late_total, due: data.due_total })}
      actions={
        mayDo('figures') && (
          <ButtonLink small kind="quiet" icon="overview" href={linkOverview()}>
            {t('seeAll')}
          </ButtonLink>
        )
      }
    >
      {rows.length === 0 ? (
        <Empty icon="check" title={t('dueEmpty')}>
          {t('dueEmptyHelp')}
        </Empty>
      ) : (
        <>
          <DueList rows={rows} />
          {(hidden > 0 || all) && (
            <Button small kind="quiet" icon={all ? 'up' : 'down'} onClick={() => setAll(!all)}>
              {all ? t('showLess') : t('showMore', { n: hidden })}
            </Button>
          )}
        </>
      )}
    </Section>
  );
}

function Arrived({ items }: { items: Today['arrived'] }) {
  return (
    <Section title={t('arrivedTitle')}>
      {items.length === 0 ? (
        <Empty
          icon="import"
          title={t('arrivedEmpty')}
          action={mayDo('import') && <ButtonLink href={linkImport()}>{t('doImport')}</ButtonLink>}
        >
          {t('arrivedEmptyHelp')}
        </Empty>
      ) : (
        <ul class="lines">
          {items.slice(0, 8).map((one) => {
            const source = registerOf(one.register)?.sources.find((code) => code.value === one.source);
            const words = one.inserted && one.corrected ? 'arrivedBoth' : one.corrected ? 'arrivedCorrected' : 'arrivedRows';
            return (
              <li key={one.at + one.register + one.file}>
                <p>
                  {one.import ? (
                    <Link href={linkImport(one.import)}>{label(one.label)}</Link>
                  ) : (
                    <Link href={linkRows(one.register)}>{label(one.label)}</Link>
                  )}
                  {source && <span class="muted"> · {label(source.label)}</span>}
                  <span class="amount">{t(words, { inserted: one.inserted, corrected: one.corrected })}</span>
                </p>
                <p class="meta">
                  <span>{formatTime(one.at)}</span>
                  <span>{whoName(one.who)}</span>
                  <span class="cut">{one.file ? t('arrivedFrom', { file: one.file.replace(/^.*[\\/]/, '') }) : t('byHand')}</span>
                </p>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}

/** Half-typed entries and those that could not be sent: they are on this device only. */
function Unfinished() {
  const begun = drafts.value;
  const refused = waiting.value.filter((one) => one.refused).length;
  const unsent = waiting.value.length - refused;
  const first = model.value?.registers.find((one) => one.kind === 'rows' && one.may.write);
  if (!first && begun.length + waiting.value.length === 0) return null;
  return (
    <Section title={t('draftsTitle')}>
      {begun.length + waiting.value.length === 0 ? (
        <Empty
          icon="edit"
          title={t('draftsEmpty')}
          action={
            first && (
              <ButtonLink small icon="add" href={linkNewRow(first.name)}>
                {t('newRow')}
              </ButtonLink>
            )
          }
        >
          {t('draftsEmptyHelp')}
        </Empty>
      ) : (
        <ul class="lines">
          {refused > 0 && (
            <li>
              <p>
                <Tag tone="bad">{t('refused', { n: refused })}</Tag> <Link href={link('/registers', { waiting: 1 })}>{t('look')}</Link>
              </p>
            </li>
          )}
          {unsent > 0 && (
            <li>
              <p>
                <Tag tone="warn">{t('waiting', { n: unsent })}</Tag>
              </p>
            </li>
          )}
          {begun.map((one) => (
            <li key={one.id}>
              <p>
                {label(registerOf(one.register)?.label) || one.register}{' '}
                <span class="muted">· {one.row ? t('draftChange') : t('draftNew')}</span>
                <span class="amount">
                  <Link href={one.row ? linkRow(one.register, one.row) : linkNewRow(one.register)}>{t('draftGo')}</Link>
                </span>
              </p>
              <p class="meta">{formatTime(one.at)}</p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Findings({ data }: { data: Today }) {
  const { totals: found, failed } = useFindings(data.findings, data.period.code);
  if (failed) return null;
  if (!found)
    return (
      <Section title={t('findingsTitle')}>
        <Skeleton lines={1} />
      </Section>
    );
  const open = found.errors + found.warnings + found.notes;
  return (
    <Section
      title={t('findingsTitle')}
      note={formatPeriod(data.period.code)}
      actions={
        <Button small kind="quiet" icon="checks" onClick={() => go(linkChecks({ period: data.period.code }))}>
          {t('seeChecks')}
        </Button>
      }
    >
      {open === 0 ? (
        <p class="muted">{t('findingsEmpty')}</p>
      ) : (
        <p class="row">
          {found.errors > 0 && <Tag tone="bad">{t('errors', { n: found.errors })}</Tag>}
          {found.warnings > 0 && <Tag tone="warn">{t('warnings', { n: found.warnings })}</Tag>}
          {found.notes > 0 && <Tag tone="note">{t('notes', { n: found.notes })}</Tag>}
          {found.explained > 0 && <Tag>{t('explained', { n: found.explained })}</Tag>}
        </p>
      )}
    </Section>
  );
}

export default function TodayPage() {
  const answer = useGet<Today>('/api/today', { area: area.value });
  const data = answer.data;
  const where = areaNow.value ? placeName(areaNow.value) : '';
  return (
    <Page title={t('title')} lead={[formatDay(data?.made.today ?? today.value), where].filter(Boolean).join(' · ')}>
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!data && !answer.error && (
        <section class="section">
          <Skeleton height={320} />
        </section>
      )}
      {data && (
        <div class={answer.stale ? 'today stale' : 'today'}>
          <div>
            <OwedSection />
            <DueSection data={data} />
            <Signals signals={data.signals} />
          </div>
          <div>
            <MonthSection />
            <Unfinished />
            {mayDo('figures') && <Findings data={data} />}
            {(data.arrived.length > 0 || model.value?.registers.some((one) => one.may.read)) && <Arrived items={data.arrived} />}
          </div>
        </div>
      )}
    </Page>
  );
}
