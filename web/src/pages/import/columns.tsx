// SPDX-License-Identifier: AGPL-3.0-or-later
// Which column of the file is which field. Every column must be decided; what was recognised says why.
import type { Import, ImportColumn, ImportMapping, Register } from '../../api/types';
import { formatList } from '../../format';
import { Button, Field, Section, Select, Tag, type Tone } from '../../parts';
import { model } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/import';
import { entryFields } from '../registers/filters';

const leftOut = '-';
const byTone: Partial<Record<ImportColumn['by'], Tone>> = {
  unknown: 'warn',
  given: 'note',
  kept: 'good',
  name: 'good',
  label: 'good',
  also: 'good',
  level: 'good',
};

/** What the user has decided so far; the rest is guessed again by the server each time. */
export function decided(columns: ImportColumn[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (const one of columns) {
    if (one.by === 'not') map[one.heading] = '';
    else if (one.by === 'given' && one.field) map[one.heading] = one.field;
  }
  return map;
}

export function Columns({
  one,
  register,
  busy,
  onMap,
  onCheck,
  onDrop,
}: {
  one: Import;
  register: Register;
  busy: boolean;
  onMap: (mapping: ImportMapping) => void;
  onCheck: () => void;
  onDrop: () => void;
}) {
  const columns = one.columns ?? [];
  const fields = entryFields(register);
  const holder = new Map(columns.filter((c) => c.field && c.by !== 'level').map((c) => [c.field!, c.heading]));
  const open = columns.filter((c) => c.by === 'unknown');
  const nameOf = (name: string) => label(register.fields.find((f) => f.name === name)?.label) || name;
  const sheet = one.sheet;
  const put = (heading: string, value: string) => {
    const map = decided(columns);
    if (value === '') delete map[heading];
    else map[heading] = value === leftOut ? '' : value;
    // A field is one column's: the other one is asked about again.
    if (value && value !== leftOut)
      for (const [other, field] of Object.entries(map)) if (other !== heading && field === value) delete map[other];
    onMap({ map, sheet });
  };
  const choices = (column: ImportColumn) => [
    { value: leftOut, label: t('leaveOut') },
    ...fields.map((f) => {
      const taken = holder.get(f.name);
      const name = label(f.label) + (f.required ? ' *' : '');
      return { value: f.name, label: taken && taken !== column.heading ? `${name} ${t('taken', { heading: taken })}` : name };
    }),
  ];
  const valueOf = (column: ImportColumn) =>
    column.by === 'not' || column.by === 'left_out' || column.by === 'own' ? leftOut : (column.field ?? '');
  const level = (name: string | undefined) => label(model.value?.levels.find((l) => l.name === name)?.label) || name || '';

  return (
    <Section
      title={t('columns')}
      note={one.header_line ? t('headerLine', { n: one.header_line }) : undefined}
      actions={
        one.sheets &&
        one.sheets.length > 1 && (
          <Field label={t('sheet')} inline>
            <Select
              choices={one.sheets.map((name) => ({ value: name, label: name }))}
              value={one.sheet ?? ''}
              onValue={(name) => onMap({ map: {}, sheet: name })}
            />
          </Field>
        )
      }
    >
      <div class="stack">
        <ul class={`import-columns${busy ? ' stale' : ''}`}>
          <li class="head" aria-hidden="true">
            <span>{t('heading')}</span>
            <span>{t('samples')}</span>
            <span>{t('field')}</span>
            <span>{t('how')}</span>
          </li>
          {columns.map((column) => (
            <li key={column.heading} class={column.by === 'unknown' ? 'open' : undefined}>
              <b>{column.heading || '–'}</b>
              <small class="samples">{column.samples.slice(0, 3).join(' · ')}</small>
              {column.by === 'level' ? (
                <span>{t('levelOf', { level: level(column.level) })}</span>
              ) : (
                <Select
                  aria-label={`${column.heading}: ${t('field')}`}
                  choices={choices(column)}
                  value={valueOf(column)}
                  empty={t('undecided')}
                  disabled={busy}
                  onValue={(value) => put(column.heading, value)}
                />
              )}
              <Tag tone={byTone[column.by] ?? 'plain'}>{t(`by_${column.by}`)}</Tag>
            </li>
          ))}
        </ul>
        {(one.missing?.length ?? 0) > 0 && (
          <p class="fault" role="alert">
            {t('missing', { fields: formatList(one.missing!.map(nameOf)) })}
          </p>
        )}
        {open.length > 0 && (
          <div class="row">
            <span class="caution">{t('toDecide', { n: open.length })}</span>
            <Button
              small
              disabled={busy}
              onClick={() => {
                const map = decided(columns);
                for (const column of open) map[column.heading] = '';
                onMap({ map, sheet });
              }}
            >
              {t('leaveRest', { n: open.length })}
            </Button>
          </div>
        )}
        <div class="row">
          <Button kind="main" disabled={!one.complete || busy} onClick={onCheck}>
            {t('check')}
          </Button>
          <Button kind="quiet" onClick={onDrop}>
            {t('drop2')}
          </Button>
          <span class="hint">{t('checkHelp')}</span>
        </div>
      </div>
    </Section>
  );
}
