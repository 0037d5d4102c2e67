// SPDX-License-Identifier: AGPL-3.0-or-later
// What if: every choice is written into the address when the typing has paused, so that the page is a link.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Ahead, Interval } from '../../api/types';
import { formatNumber } from '../../format';
import { Button, Field, Input, Section, toast } from '../../parts';
import { address, area, link, setQuery } from '../../state';
import { t } from '../../text/ahead';
import { type ChoiceField, type ChoiceName, choiceFields, rangeOf, readChoice } from './choice';

const pause = 700;
const units: Partial<Record<ChoiceName, 'ageUnit' | 'boysUnit' | 'migrantsUnit'>> = {
  e0f: 'ageUnit',
  e0m: 'ageUnit',
  boys: 'boysUnit',
  migrants: 'migrantsUnit',
};

const within = (one: Interval, decimals: number) =>
  t('nowWithin', {
    value: formatNumber(one.value, decimals),
    low: formatNumber(one.low, decimals),
    high: formatNumber(one.high, decimals),
  });

/** Few births and deaths say little: what is drawn begins nearer to the usual. */
const begun = (one: Interval, begin: number) =>
  Math.abs(one.value - begin) < 0.05 ? within(one, 1) : t('beginsWith', { now: within(one, 1), value: formatNumber(begin, 1) });

/** What holds where a field is left empty. */
function hintOf(name: ChoiceName, data: Ahead | null): string | undefined {
  const last = data?.years[data.years.length - 1];
  if (!data) return undefined;
  switch (name) {
    case 'tfr':
      return within(data.basis.tfr, 2);
    case 'e0f':
      return begun(data.basis.e0.female, data.basis.e0_begin.female);
    case 'e0m':
      return begun(data.basis.e0.male, data.basis.e0_begin.male);
    case 'boys':
      return begun(data.basis.boys, data.basis.boys_begin);
    case 'migrants':
      return t('nobody');
    case 'by':
      return t('usual', { value: String(last) });
    case 'to':
      return t('usual', { value: String(data.years[0]! + 40) });
    default:
      return undefined;
  }
}

function Entry({ field, data }: { field: ChoiceField; data: Ahead | null }) {
  const { name } = field;
  const asked = address.value.query[name] ?? '';
  const [text, setText] = useState(asked);
  const told = useRef(asked);
  // An address that was opened or gone back to is what stands in the field.
  useEffect(() => {
    if (asked === told.current) return;
    told.current = asked;
    setText(asked);
  }, [asked]);
  const start = data?.years[0] ?? null;
  const read = readChoice(field, text, start);
  const take = (value: string | null) => {
    if (value === null || value === told.current) return;
    told.current = value;
    setQuery({ [name]: value }, true);
  };
  useEffect(() => {
    const timer = setTimeout(() => take(read), pause);
    return () => clearTimeout(timer);
  }, [read]);
  const [from, to] = rangeOf(field, start ?? 2000).map((one) => (field.year ? String(one) : formatNumber(one))) as [string, string];
  return (
    <Field
      label={t(name)}
      unit={units[name] && t(units[name])}
      hint={hintOf(name, data)}
      error={read === null ? t('notNumber', { from, to }) : undefined}
    >
      <Input
        inputMode={name === 'migrants' ? 'text' : 'decimal'}
        value={text}
        onValue={setText}
        onBlur={() => take(read)}
        onKeyDown={(event: KeyboardEvent) => event.key === 'Enter' && take(read)}
      />
    </Field>
  );
}

export function WhatIf({ data, loading, changed }: { data: Ahead | null; loading: boolean; changed: ChoiceName[] }) {
  const copy = () => {
    const all = { ...address.value.query, area: area.value };
    const failed = () => toast(t('linkFailed'));
    if (!navigator.clipboard) return failed();
    navigator.clipboard.writeText(location.origin + link('/ahead', all)).then(() => toast(t('linkCopied')), failed);
  };
  return (
    <Section
      title={t('whatIf')}
      note={t('whatIfNote')}
      class="what-if"
      actions={
        <>
          <Button small icon="link" onClick={copy}>
            {t('copyLink')}
          </Button>
          <Button
            small
            icon="undo"
            disabled={!changed.length}
            onClick={() => setQuery(Object.fromEntries(choiceFields.map(({ name }) => [name, ''])))}
          >
            {t('clear')}
          </Button>
        </>
      }
    >
      <div class="what-if-fields">
        {choiceFields.map((field) => (
          <Entry key={field.name} field={field} data={data} />
        ))}
      </div>
      <p class="working" role="status">
        {loading ? (
          <>
            <progress aria-label={t('working')} /> {t('working')}
          </>
        ) : (
          data && t('upToDate')
        )}
      </p>
    </Section>
  );
}
