// SPDX-License-Identifier: AGPL-3.0-or-later
// Registers: which there are, and one of them as a table with a row beside it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { apiUrl, online } from '../../api/client';
import { type ListedRow, rowsOf } from '../../api/rows';
import type { Register, Rows } from '../../api/types';
import { useGet } from '../../api/use';
import { showCell } from '../../entry/show';
import { linkFacility, linkImport, linkNewRow, linkRows } from '../../links';
import { drafts, sent, waiting } from '../../offline/waiting';
import { Button, ButtonLink, type Column, Empty, Link, Menu, Page, Pager, Problem, Skeleton, Table, Tag } from '../../parts';
import { remember } from '../../recall';
import { address, go, link, mayDo, mayOpenFacilities, model, registerOf } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/registers';
import { FilterBar } from './bar';
import { listFields } from './filters';
import { type Asked, apiQuery, asked as askedOf, change, columnsOf, liftable, obey, rememberLists } from './list';
import { NewRow, OpenRow } from './panel';
import { pageSize } from './question';
import { StrikeDialog } from './strike';
import { ColumnChooser, Views } from './views';

const purposes: Register['purpose'][] = ['vital', 'care', 'supervision', 'benefit', 'statistics'];

function Index() {
  const mine = (model.value?.registers ?? []).filter((one) => one.may.read || one.may.write);
  return (
    <Page title={t('registers')} lead={mine.length ? t('registersLead') : undefined}>
      {mine.length === 0 && (
        <Empty icon="registers" title={t('none')}>
          {t('noneHelp')}
        </Empty>
      )}
      <div class="register-groups">
        {purposes.map((purpose) => {
          const list = mine.filter((one) => one.purpose === purpose);
          if (!list.length) return null;
          return (
            <section key={purpose}>
              <h2>{t(purpose)}</h2>
              <ul class="register-list">
                {list.map((one) => {
                  const begun = drafts.value.filter((d) => d.register === one.name).length;
                  const queue = waiting.value.filter((w) => w.register === one.name).length;
                  return (
                    <li key={one.name}>
                      <Link href={linkRows(one.name)}>{label(one.label)}</Link>
                      {begun > 0 && <Tag tone="note">{t('drafts', { n: begun })}</Tag>}
                      {queue > 0 && <Tag tone="warn">{t('waiting', { n: queue })}</Tag>}
                      {one.may.write ? (
                        <ButtonLink
                          small
                          kind="quiet"
                          icon="add"
                          href={linkNewRow(one.name)}
                          aria-label={t('newRowOf', { register: label(one.label) })}
                        >
                          {t('newRow')}
                        </ButtonLink>
                      ) : (
                        <small>{t('readOnly')}</small>
                      )}
                    </li>
                  );
                })}
              </ul>
            </section>
          );
        })}
      </div>
    </Page>
  );
}

function columnsFor(asked: Asked, named: Rows['names']): Column<ListedRow>[] {
  const all = new Map(listFields(asked.register).map((one) => [one.name, one]));
  const names = columnsOf(asked);
  return names.flatMap((name, i) => {
    const field = all.get(name);
    if (!field) return [];
    const numeric = field.type === 'int' || field.type === 'decimal';
    const unit = label(field.unit);
    return [
      {
        key: name,
        label: (
          <>
            {label(field.label)}
            {unit && <small> {unit}</small>}
          </>
        ),
        numeric,
        whole: field.type === 'date' || field.type === 'period',
        sortable: true,
        cell: (row: ListedRow) => {
          const text = showCell(field, row, named) || (i === 0 ? `#${row.id}` : '');
          const place = field.type === 'facility' ? row.values[field.name] : null;
          if (place && i > 0 && mayOpenFacilities())
            return (
              <a href={linkFacility(place)} tabIndex={-1} onClick={(event) => event.stopPropagation()}>
                {text}
              </a>
            );
          return i === 0 && (row.state === 'struck' || row.photos_missing) ? (
            <>
              {row.state === 'struck' ? (
                <Tag tone="warn">{t('struck')}</Tag>
              ) : (
                <Tag tone="warn">{t('photosMissing', { n: row.photos_missing! })}</Tag>
              )}{' '}
              {text}
            </>
          ) : (
            text
          );
        },
      },
    ];
  });
}

function CountLine({ data }: { data: Rows | null }) {
  const count = data?.count;
  if (!count) return <span class="count-line muted">{t('counting')}</span>;
  return (
    <span class="count-line" aria-live="polite">
      {count.shown === count.all ? t('countAll', { all: count.all }) : t('count', { shown: count.shown, all: count.all })}
      {count.hidden > 0 && <span class="muted"> · {t('hidden', { hidden: count.hidden })}</span>}
    </span>
  );
}

/** What a sheet of paper would not know otherwise: which of the rows it shows, and what was searched for. */
function Printed({ asked, from, shown, all }: { asked: Asked; from: number; shown: number; all?: number }) {
  const said = [
    ...liftable(asked.register).map((which) => t(which === 'area' ? 'allAreas' : 'allPeriods')),
    asked.q && t('printedSearch', { q: asked.q }),
    asked.state !== 'current' && `${t('state')}: ${t(asked.state)}`,
    shown > 0 && all !== undefined && shown < all && t('printedRows', { from, to: from + shown - 1, all }),
  ].filter(Boolean);
  return said.length > 0 ? <p class="printed">{said.join(' · ')}</p> : null;
}

/** empty: the register has no rows at all, whatever it is asked for. */
function NothingHere({ asked, empty }: { asked: Asked; empty: boolean }) {
  const narrowed =
    !empty && (asked.q || Object.keys(asked.filters).length || asked.state !== 'current' || asked.frame.area || asked.frame.period);
  const { register } = asked;
  if (!narrowed)
    return (
      <Empty
        icon="registers"
        title={t('emptyTitle')}
        action={
          register.may.write && (
            <>
              <ButtonLink kind="main" icon="add" href={linkNewRow(register.name)}>
                {t('newRow')}
              </ButtonLink>
              {register.may.import && (
                <ButtonLink icon="import" href={link('/import', { register: register.name })}>
                  {t('import')}
                </ButtonLink>
              )}
            </>
          )
        }
      >
        {t('emptyHelp')}
      </Empty>
    );
  const onlyPeriod = asked.frame.period && !asked.q && !Object.keys(asked.filters).length;
  return (
    <Empty
      icon="filter"
      title={t('nothingTitle')}
      action={
        onlyPeriod ? (
          <Button kind="main" onClick={() => obey('period', false)}>
            {t('liftPeriod')}
          </Button>
        ) : (
          <Button kind="main" onClick={() => change(asked, { q: '', filters: {}, state: 'current' })}>
            {t('clearAll')}
          </Button>
        )
      }
    >
      {onlyPeriod ? t('nothingPeriod') : t('nothingHelp')}
    </Empty>
  );
}

/** The list with its cursors: those of the pages before are kept, so that one can go back. */
function List({
  asked,
  selected,
  turn,
  onOpen,
  onNew,
  onChanged,
}: {
  asked: Asked;
  selected: string;
  turn: number;
  onOpen: (id: string) => void;
  onNew: () => void;
  onChanged: () => void;
}) {
  const query = apiQuery(asked);
  const columns = columnsOf(asked);
  const question = apiUrl('', { ...query, columns: columns.join(',') });
  const [cursors, setCursors] = useState<string[]>([]);
  const [striking, setStriking] = useState<ListedRow | null>(null);
  const first = useRef(question);
  if (first.current !== question) {
    first.current = question;
    if (cursors.length) setCursors([]);
  }
  const after = cursors[cursors.length - 1] ?? '';
  const path = `/api/registers/${asked.register.name}/rows`;
  const rows = useGet<Rows>(path, { ...query, columns: columns.join(','), limit: pageSize, after });
  const count = useGet<Rows>(path, { ...query, sort: '', columns: columns[0] ?? '', limit: 1, count: 1 });
  useEffect(() => {
    if (turn + sent.value > 0) {
      rows.again();
      count.again();
    }
  }, [turn, sent.value]);
  const data = rows.data;
  const listed = useMemo(() => (data ? rowsOf(data) : []), [data]);
  const table = useMemo(() => columnsFor(asked, data?.names ?? {}), [question, asked.register, data]);
  if (!data && rows.error)
    return rows.error.isOffline ? (
      <Empty
        icon="offline"
        title={t('offlineTitle')}
        action={
          asked.register.may.write && (
            <Button kind="main" icon="add" onClick={onNew}>
              {t('newRow')}
            </Button>
          )
        }
      >
        {t('offlineHelp')}
      </Empty>
    ) : (
      <Problem error={rows.error} again={rows.again} />
    );
  if (!data) return <Skeleton lines={12} />;
  const counted = !count.stale ? count.data : null;
  return (
    <>
      <div class="list-line">
        <CountLine data={counted} />
        {data.indexing !== undefined && <span class="caution">{t('indexing', { p: Math.floor(data.indexing * 100) })}</span>}
        <Pager
          from={cursors.length * pageSize + 1}
          shown={listed.length}
          all={counted?.count?.shown}
          hasNext={data.next !== null}
          onPrevious={cursors.length ? () => setCursors(cursors.slice(0, -1)) : undefined}
          onNext={() => data.next && setCursors([...cursors, data.next])}
        />
      </div>
      <Printed asked={asked} from={cursors.length * pageSize + 1} shown={listed.length} all={counted?.count?.shown} />
      {listed.length === 0 && !rows.loading ? (
        <NothingHere asked={asked} empty={counted?.count?.all === 0 && counted.count.hidden === 0} />
      ) : (
        <Table<ListedRow>
          caption={label(asked.register.label)}
          columns={table}
          rows={listed}
          keyOf={(row) => row.id}
          selected={selected}
          sort={asked.sort}
          onSort={(sort) => change(asked, { sort })}
          stale={rows.stale && rows.loading}
          rowClass={(row) => (row.state === 'struck' ? 'struck' : undefined)}
          onOpen={(row) => onOpen(row.id)}
          onKey={(row, event) => {
            if (event.ctrlKey || event.altKey || event.metaKey) return false;
            if (event.key === 'n' && asked.register.may.write) {
              onNew();
              return true;
            }
            if (event.key === 'Delete' && asked.register.may.write && row.state === 'current') {
              setStriking(row);
              return true;
            }
            return false;
          }}
        />
      )}
      {striking && (
        <StrikeDialog
          register={asked.register}
          row={striking}
          which="strike"
          onClose={() => setStriking(null)}
          onDone={() => {
            setStriking(null);
            onChanged();
          }}
        />
      )}
    </>
  );
}

function RegisterPage({ register }: { register: Register }) {
  const [turn, setTurn] = useState(0);
  const asked = askedOf(register);
  const at = address.value.path[2] ?? '';
  const opener = useRef<HTMLElement | null>(null);
  useEffect(() => remember('heng.register', register.name), [register.name]);
  const to = (id: string) => {
    if (!at) opener.current = document.activeElement as HTMLElement | null;
    go(link(`/registers/${register.name}${id ? `/${encodeURIComponent(id)}` : ''}`, address.value.query), Boolean(at));
  };
  const close = () => {
    to('');
    requestAnimationFrame(() => {
      const back = opener.current?.isConnected
        ? opener.current
        : document.querySelector<HTMLElement>('.register-page tbody tr[tabindex="0"]');
      back?.focus();
    });
  };
  const exportAs = (format: string) =>
    apiUrl(`/api/registers/${register.name}/export`, { ...apiQuery(asked), format, columns: columnsOf(asked).join(',') });
  const canRead = register.may.read;
  return (
    <Page
      wide
      class={at ? 'with-row' : ''}
      title={label(register.label)}
      lead={<Link href={link('/registers')}>{t('registers')}</Link>}
      actions={
        <>
          {register.may.write && (
            <Button kind="main" icon="add" onClick={() => to('new')}>
              {t('newRow')}
            </Button>
          )}
          {register.may.import && mayDo('import') && (
            <ButtonLink icon="import" href={link(linkImport().split('?')[0]!, { register: register.name })}>
              {t('import')}
            </ButtonLink>
          )}
          {canRead && (
            <Menu
              label={t('export')}
              icon="download"
              items={[
                { label: t('exportCsv'), href: exportAs('csv'), download: true },
                { label: t('exportXlsx'), href: exportAs('xlsx'), download: true },
              ]}
            >
              {t('export')}
            </Menu>
          )}
        </>
      }
    >
      <div class={`register-page${at ? ' open' : ''}`}>
        <div class="register-list-side">
          {canRead && (
            <>
              <div class="list-tools">
                <FilterBar asked={asked} />
                <div class="row">
                  {online.value && <Views asked={asked} />}
                  <ColumnChooser asked={asked} />
                </div>
              </div>
              <List asked={asked} selected={at} turn={turn} onOpen={to} onNew={() => to('new')} onChanged={() => setTurn(turn + 1)} />
            </>
          )}
        </div>
        {at === 'new' && register.may.write ? (
          <NewRow key={register.name} register={register} onClose={close} onOpen={to} onSaved={() => setTurn((n) => n + 1)} />
        ) : at && at !== 'new' ? (
          <OpenRow key={at} register={register} id={at} onClose={close} onSaved={() => setTurn((n) => n + 1)} onOpen={to} />
        ) : null}
      </div>
    </Page>
  );
}

export default function RegistersPage() {
  useEffect(() => rememberLists(model.value?.registers ?? []), [model.value]);
  const name = address.value.path[1];
  if (!name) return <Index />;
  const register = registerOf(name);
  if (!model.value) return <Skeleton lines={8} />;
  if (!register || (!register.may.read && !register.may.write)) {
    return (
      <Page title={t('registers')}>
        <Empty
          icon="registers"
          title={register ? t('closed', { register: label(register.label) }) : t('noSuch')}
          action={
            <ButtonLink kind="main" href={link('/registers')}>
              {t('registers')}
            </ButtonLink>
          }
        >
          {t('noneHelp')}
        </Empty>
      </Page>
    );
  }
  return <RegisterPage key={name} register={register} />;
}
