// SPDX-License-Identifier: AGPL-3.0-or-later
// The audit log: searched by text, person, kind and days; read page after page.

import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { AuditEvent } from '../../api/types';
import { useGet } from '../../api/use';
import { formatTime } from '../../format';
import { linkRow } from '../../links';
import { Button, type Column, Empty, Field, Input, Link, Problem, Section, Select, Skeleton, Table, Tag } from '../../parts';
import { address, registerOf, setQuery } from '../../state';
import { t } from '../../text/admin';
import { label, whoName } from '../../text/dictionary';
import { auditText } from './audit_words';
import { DayField } from './day';

export const auditKinds = [
  'log_in',
  'log_out',
  'log_in_failed',
  'locked',
  'link_made',
  'link_used',
  'password',
  'totp',
  'token',
  'person',
  'role',
  'pack',
  'backup',
  'export',
  'read',
  'import',
  'explain',
  'verify',
  'map',
] as const;
const kindText = (kind: string): string => {
  const known = auditKinds.find((one) => one === kind);
  return known ? t(`kind_${known}`) : kind;
};
const grave = ['log_in_failed', 'locked'];

/** A row is opened from the event that names it, a register is called by its name; of accounts and files the subject is the name. */
function Subject({ of }: { of: AuditEvent }) {
  const [name, id] = of.subject.split('/');
  const register = ['read', 'import', 'export'].includes(of.kind) ? registerOf(name ?? '') : undefined;
  if (!register) return of.subject;
  const words = label(register.label);
  if (!id || !register.may.read) return <span title={of.subject}>{id ? `${words} ${id}` : words}</span>;
  return (
    <Link href={linkRow(register.name, id)} title={of.subject}>
      {words} <small>{id}</small>
    </Link>
  );
}

interface Page {
  events: AuditEvent[];
  next: string | null;
}

/** What is typed goes into the address when the typist rests. */
function useRest(value: string, set: (value: string) => void): [string, (value: string) => void] {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => set(typed), 300);
    return () => clearTimeout(timer);
  });
  return [typed, setTyped];
}

export function Audit() {
  const { q = '', who = '', kind = '', from = '', to = '' } = address.value.query;
  const query = { q, who, kind, from, to };
  const first = useGet<Page>('/api/audit', query);
  const [more, setMore] = useState<{ of: Page | null; events: AuditEvent[]; next: string | null }>({ of: null, events: [], next: null });
  const [error, setError] = useState<unknown>(null);
  const [text, setText] = useRest(q, (value) => setQuery({ q: value }, true));
  const [name, setName] = useRest(who, (value) => setQuery({ who: value }, true));
  const shown = more.of === first.data ? more : { events: [], next: first.data?.next ?? null };
  const events = [...(first.data?.events ?? []), ...shown.events];
  const filtered = Boolean(q || who || kind || from || to);
  const filters = useRef<HTMLElement>(null);
  const end = useRef<HTMLParagraphElement>(null);
  const clear = () => {
    setQuery({ q: '', who: '', kind: '', from: '', to: '' });
    filters.current?.querySelector('input')?.focus(); // its button goes
  };

  const earlier = async () => {
    setError(null);
    try {
      const page = await api.get<Page>('/api/audit', { ...query, after: shown.next });
      setMore({ of: first.data, events: [...shown.events, ...page.events], next: page.next });
      if (!page.next) requestAnimationFrame(() => end.current?.focus({ preventScroll: true })); // the button goes
    } catch (cause) {
      setError(cause);
    }
  };

  const columns: Column<AuditEvent>[] = [
    { key: 'at', label: t('auditAt'), cell: (one) => formatTime(one.at), width: '150px' },
    { key: 'who', label: t('auditWho'), cell: (one) => whoName(one.who) || <span class="muted">{t('someone')}</span> },
    {
      key: 'kind',
      label: t('auditKind'),
      cell: (one) => <Tag tone={grave.includes(one.kind) ? 'warn' : 'plain'}>{kindText(one.kind)}</Tag>,
    },
    { key: 'subject', label: t('auditSubject'), cell: (one) => <Subject of={one} /> },
    { key: 'text', label: t('auditText'), wrap: true, cell: (one) => auditText(one.text) },
  ];
  return (
    <Section title={t('audit')} note={t('auditHelp')}>
      <search class="audit-filters" ref={filters}>
        <Field label={t('auditFind')}>
          <Input type="search" value={text} onValue={setText} />
        </Field>
        <Field label={t('auditWho')}>
          <Input value={name} onValue={setName} />
        </Field>
        <Field label={t('auditKind')}>
          <Select
            value={kind}
            empty={t('auditAll')}
            choices={auditKinds.map((one) => ({ value: one, label: kindText(one) }))}
            onValue={(value) => setQuery({ kind: value })}
          />
        </Field>
        <DayField label={t('auditFrom')} value={from} onValue={(day) => setQuery({ from: day }, true)} />
        <DayField label={t('auditTo')} value={to} onValue={(day) => setQuery({ to: day }, true)} />
        {filtered && (
          <Button kind="quiet" icon="close" onClick={clear}>
            {t('clear')}
          </Button>
        )}
      </search>
      {first.error && <Problem error={first.error} again={first.again} />}
      {!first.data && !first.error && <Skeleton lines={8} />}
      {first.data && events.length === 0 && (
        <Empty icon="history" title={t('auditNone')} action={filtered && <Button onClick={clear}>{t('clear')}</Button>}>
          {t('auditNoneHelp')}
        </Empty>
      )}
      {events.length > 0 && (
        <Table lines caption={t('audit')} columns={columns} rows={events} keyOf={(one) => one.seq} stale={first.stale} />
      )}
      {error !== null && <Problem error={error} />}
      {shown.next ? (
        <p class="row">
          <Button small icon="down" onClick={() => void earlier()}>
            {t('more')}
          </Button>
        </p>
      ) : (
        shown.events.length > 0 && (
          <p class="hint" tabIndex={-1} ref={end}>
            {t('auditEnd')}
          </p>
        )
      )}
    </Section>
  );
}
