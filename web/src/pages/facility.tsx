// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything that supervision holds about a facility: /facility/CODE. The same as its PDF.
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { FacilityFile, FacilityPart, Label } from '../api/types';
import { useGet } from '../api/use';
import { showValue } from '../entry/show';
import { formatDay, formatNumber } from '../format';
import { linkRow, linkRows } from '../links';
import { type Column, Page, Problem, Section, Skeleton, Table, Tag } from '../parts';
import { address, go, model, registerOf } from '../state';
import { label } from '../text/dictionary';
import { t } from '../text/facility';
import { Download } from './reports/download';

type Counts = Pick<FacilityPart, 'late' | 'running_out' | 'over'>;

function Standing({ of }: { of: Counts }) {
  return (
    <>
      {of.late > 0 && <Tag tone="bad">{t('late', { n: of.late })}</Tag>}{' '}
      {of.running_out > 0 && <Tag tone="warn">{t('runningOut', { n: of.running_out })}</Tag>}{' '}
      {of.over > 0 && <Tag tone="bad">{t('over', { n: of.over })}</Tag>}
    </>
  );
}

function Part({ part, facility }: { part: FacilityPart; facility: string }) {
  const register = registerOf(part.register);
  // Numbers of papers are read as one word.
  const identity = register?.fields.find((one) => one.name === part.columns[0]);
  const columns: Column<FacilityPart['rows'][number]>[] = part.columns.map((name) => {
    const field = register?.fields.find((one) => one.name === name);
    const numeric = field?.type === 'int' || field?.type === 'decimal';
    return {
      key: name,
      label: label(field?.label) || name,
      numeric,
      wrap: field?.type === 'text' && field !== identity,
      whole: field?.type === 'date' || field?.type === 'period',
      cell: (row) => {
        const value = row.values[name] ?? null;
        return field ? showValue(field, value) : value;
      },
      tone: (row) => (row.late && name === 'stage_due' ? 'wrong' : undefined),
    };
  });
  return (
    <Section
      title={label(part.label)}
      actions={
        <>
          <Standing of={part} />
          {part.n > 0 && register?.facility && (
            <a href={linkRows(part.register, { [`f.${register.facility}`]: facility })}>{t('all', { n: part.n })}</a>
          )}
        </>
      }
    >
      <Table
        lines
        caption={label(part.label)}
        columns={columns}
        rows={part.rows}
        keyOf={(row) => row.id}
        onOpen={(row) => go(linkRow(part.register, row.id))}
      />
    </Section>
  );
}

function About({ file }: { file: FacilityFile }) {
  const register = model.value?.registers.find((one) => one.kind === 'facilities');
  const fields = register?.fields.filter((one) => file.values[one.name]) ?? [];
  if (!register || !fields.length) return null;
  return (
    <Section title={t('about')} actions={file.id && <a href={linkRow(register.name, file.id)}>{t('editRow')}</a>}>
      <dl class="facts">
        {fields.map((field) => (
          <Fragment key={field.name}>
            <dt>{label(field.label)}</dt>
            <dd>{showValue(field, file.values[field.name])}</dd>
          </Fragment>
        ))}
      </dl>
    </Section>
  );
}

const visit = (one: FacilityFile['checks'][number]['self']): string =>
  one ? t('score', { score: one.score === null ? '–' : formatNumber(one.score, 1), day: formatDay(one.on) }) : '–';

function Checks({ checks }: { checks: FacilityFile['checks'] }) {
  if (!checks.length) return null;
  return (
    <Section title={t('checks')}>
      <Table
        lines
        caption={t('checks')}
        rows={checks}
        keyOf={(one) => one.register}
        columns={[
          { key: 'register', label: t('checklist'), cell: (one) => label(one.label) },
          { key: 'self', label: t('self'), cell: (one) => visit(one.self) },
          { key: 'inspection', label: t('inspection'), cell: (one) => visit(one.inspection) },
          { key: 'same', label: t('agree'), numeric: true, cell: (one) => (one.n ? `${one.same} / ${one.n}` : '–') },
          { key: 'over', label: t('overstated'), numeric: true, cell: (one) => (one.n ? one.over : '–') },
        ]}
      />
    </Section>
  );
}

function Stock({ stock }: { stock: FacilityFile['stocks'][number] }) {
  return (
    <Section title={label(stock.label as Label)}>
      <Table
        lines
        caption={label(stock.label)}
        rows={stock.balances}
        keyOf={(one) => `${one.item} ${one.lot} ${one.on_the_way}`}
        columns={[
          { key: 'item', label: t('item'), cell: (one) => label(one.label) },
          { key: 'lot', label: t('lot'), cell: (one) => one.lot },
          { key: 'expires', label: t('expires'), cell: (one) => formatDay(one.expires) },
          {
            key: 'quantity',
            label: t('quantity'),
            numeric: true,
            cell: (one) => (
              <>
                {formatNumber(one.quantity)} {one.on_the_way && <Tag tone="warn">{t('onTheWay')}</Tag>}
              </>
            ),
          },
        ]}
      />
    </Section>
  );
}

export default function Facility() {
  const code = address.value.path[1] ?? '';
  const path = `/api/facilities/${encodeURIComponent(code)}/file`;
  const got = useGet<FacilityFile>(path);
  const [error, setError] = useState<unknown>(null);
  const file = got.data;
  if (!file)
    return <Page title={t('facility')}>{got.error ? <Problem error={got.error} again={got.again} /> : <Skeleton lines={10} />}</Page>;
  const title = label(file.facility.label);
  const empty = [...file.parts.filter((one) => one.n === 0), ...file.stocks.filter((one) => one.balances.length === 0)].map((one) =>
    label(one.label),
  );
  return (
    <Page
      title={title}
      lead={
        <>
          {[t('facility'), file.facility.code, label(file.area?.label), t('standing', { n: file.n, open: file.open })]
            .filter(Boolean)
            .join(' · ')}{' '}
          <Standing of={file} />
        </>
      }
      actions={(['pdf', 'xlsx'] as const).map((format) => (
        <Download
          key={format}
          kind={format.toUpperCase()}
          icon="download"
          main={format === 'pdf'}
          path={path}
          query={{ format }}
          name={`${title}.${format}`}
          onError={setError}
        />
      ))}
    >
      {error !== null && <Problem error={error} />}
      <About file={file} />
      {file.parts
        .filter((part) => part.n > 0)
        .map((part) => (
          <Part key={part.register} part={part} facility={code} />
        ))}
      <Checks checks={file.checks} />
      {file.stocks
        .filter((stock) => stock.balances.length > 0)
        .map((stock) => (
          <Stock key={stock.ledger} stock={stock} />
        ))}
      {empty.length > 0 && (
        <Section title={t('none')} note={t('noneHelp')}>
          <p>{empty.join(t('comma'))}</p>
        </Section>
      )}
    </Page>
  );
}
