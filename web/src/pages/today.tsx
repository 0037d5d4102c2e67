// SPDX-License-Identifier: AGPL-3.0-or-later
// The start of the day: what is due or late, what arrived, what to look at, what was left unfinished.
import type { DueItem, Today } from '../api/types';
import { useGet } from '../api/use';
import { formatDay, formatPeriod, formatTime } from '../format';
import { linkChecks, linkImport, linkNewRow, linkOverview, linkRow, linkRows } from '../links';
import { drafts, waiting } from '../offline/waiting';
import { Button, ButtonLink, type Column, Empty, Link, Page, Problem, Section, Skeleton, Table, Tag } from '../parts';
import { parsePeriod, periodDays } from '../period';
import { area, areaNow, go, language, link, mayDo, model, registerOf, today } from '../state';
import { label, placeName } from '../text/dictionary';
import { t } from '../text/today';
import { Signals } from './overview/signals';

const daysBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** Where what is owed is entered: the register, at its reporter and period, as a new row where one may write. */
function linkOf(item: DueItem): string {
  const register = registerOf(item.register);
  const when = parsePeriod(item.period.code);
  const filters: Record<string, string> = {};
  if (register?.area && item.area) filters[`f.${register.area}`] = item.area.code;
  if (register?.facility && item.facility) filters[`f.${register.facility}`] = item.facility.code;
  const field = register?.fields.find((one) => one.type === 'period' && one.key);
  if (field) filters[`f.${field.name}`] = item.period.code;
  else if (register?.date && when) filters[`f.${register.date}`] = periodDays(when).join('..');
  return linkRows(item.register, filters);
}

function State({ item }: { item: DueItem }) {
  const days = daysBetween(item.due, today.value);
  if (item.state === 'open') return <Tag tone={days > -4 ? 'warn' : 'plain'}>{days === 0 ? t('dueToday') : t('left', { n: -days })}</Tag>;
  return <Tag tone="bad">{t('days', { n: Math.max(1, days) })}</Tag>;
}

function DueTable({ caption, items }: { caption: string; items: DueItem[] }) {
  const columns: Column<DueItem>[] = [
    { key: 'reporter', label: t('reporter'), cell: (item) => label(item.facility?.label ?? item.area?.label) },
    { key: 'state', label: t('state'), cell: (item) => <State item={item} /> },
    { key: 'register', label: t('register'), cell: (item) => label(item.label) },
    { key: 'period', label: t('period'), cell: (item) => formatPeriod(item.period.code) },
    { key: 'due', label: t('due'), cell: (item) => formatDay(item.due) },
    {
      key: 'do',
      label: '',
      cell: (item) => <Link href={linkOf(item)}>{registerOf(item.register)?.may.write ? t('enter') : t('look')}</Link>,
    },
  ];
  return (
    <Table
      caption={caption}
      columns={columns}
      rows={items}
      keyOf={(item) => [item.register, item.area?.code, item.facility?.code, item.period.code].join(' ')}
      onOpen={(item) => go(linkOf(item))}
    />
  );
}

const most = 12;

function DueSection({ data }: { data: Today }) {
  const late = data.late.slice(0, most);
  const due = data.due.slice(0, most);
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
      {late.length + due.length === 0 ? (
        <Empty icon="check" title={t('dueEmpty')}>
          {t('dueEmptyHelp')}
        </Empty>
      ) : (
        <>
          <DueTable caption={t('dueTitle')} items={[...late, ...due]} />
          {(data.late_total > late.length || data.due_total > due.length) && (
            <p class="hint">
              {[
                data.late_total > late.length && t('moreLate', { n: data.late_total - late.length }),
                data.due_total > due.length && t('moreDue', { n: data.due_total - due.length }),
              ]
                .filter(Boolean)
                .join(language.value === 'zh' ? '，' : ', ')}
            </p>
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
                  <span>{one.who}</span>
                  <span class="cut">{one.file ? t('arrivedFrom', { file: one.file }) : t('byHand')}</span>
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

function Findings({ found }: { found: Today['findings'] | null }) {
  if (!found) return null;
  const open = found.errors + found.warnings + found.notes;
  return (
    <Section
      title={t('findingsTitle')}
      actions={
        <Button small kind="quiet" icon="checks" onClick={() => go(linkChecks())}>
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
            <DueSection data={data} />
            <Signals signals={data.signals} most={8} />
          </div>
          <div>
            <Unfinished />
            {mayDo('figures') && <Findings found={data.findings} />}
            <Arrived items={data.arrived} />
          </div>
        </div>
      )}
    </Page>
  );
}
