// SPDX-License-Identifier: AGPL-3.0-or-later
// Audits of record books: a new one, those there are, and one with its sheet of lines, what was counted and the verdict.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import { type ListedRow, rowsOf } from '../../api/rows';
import type { Audit, Register, Rows } from '../../api/types';
import { useGet } from '../../api/use';
import { nameOfPlace } from '../../entry/places';
import { formatDay, formatNumber } from '../../format';
import { Button, Empty, FacilityCombo, Field, Input, PrintButton, Problem, Section, Skeleton, Table, Tag, toast } from '../../parts';
import { address, model, setQuery } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/sampling';
import { PlanWords, Verdict } from './plan';

const needed = ['facility', 'book', 'size', 'p0', 'p1', 'alpha', 'beta', 'n', 'd', 'seed', 'looked_at', 'wrong', 'verdict'];
/** The register that holds audits, if there is one for this reader. */
export const auditRegister = (): Register | undefined =>
  model.value?.registers.find((one) => one.may.read && needed.every((name) => one.fields.some((field) => field.name === name)));

const whole = (text: string): number => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN);

function NewAudit({ register }: { register: Register }) {
  const [facility, setFacility] = useState({ code: '', name: '' });
  const [book, setBook] = useState('');
  const [size, setSize] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    const records = whole(size);
    setError(null);
    setMissing(!facility.code || !book.trim() || !(records > 0));
    if (!facility.code || !book.trim() || !(records > 0)) return;
    setBusy(true);
    try {
      const made = await api.post<Audit>(`/api/registers/${register.name}/audits`, {
        facility: facility.code,
        book: book.trim(),
        size: records,
      });
      setQuery({ audit: made.id });
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  return (
    <Section title={t('newAudit')}>
      <form
        class="sampling-fields"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Field label={t('facility')} required>
          <FacilityCombo value={facility.code} text={facility.name} onValue={(code, name) => setFacility({ code, name })} />
        </Field>
        <Field label={t('book')} hint={t('bookHint')} required>
          <Input value={book} maxLength={80} onValue={setBook} />
        </Field>
        <Field label={t('size')} required>
          <Input inputMode="numeric" value={size} onValue={setSize} />
        </Field>
        <Button kind="main" type="submit" busy={busy}>
          {t('make')}
        </Button>
      </form>
      {missing && <p class="fault">{t('need')}</p>}
      {error != null && <Problem error={error} />}
    </Section>
  );
}

function Listed({ register }: { register: Register }) {
  const rows = useGet<Rows>(`/api/registers/${register.name}/rows`, { limit: 100 });
  const day = register.date ?? '';
  const verdict = register.fields.find((one) => one.name === 'verdict');
  if (rows.error) return <Problem error={rows.error} again={rows.again} />;
  if (!rows.data) return <Skeleton lines={4} />;
  if (!rows.data.id.length) {
    return (
      <Empty icon="checks" title={t('noAudits')}>
        {t('noAuditsHelp')}
      </Empty>
    );
  }
  const said = (row: ListedRow) => {
    const value = row.values.verdict;
    if (!value) return <Tag>{t('waiting')}</Tag>;
    return (
      <Tag tone={value === 'accepted' ? 'good' : 'bad'}>{label(verdict?.codes?.find((one) => one.value === value)?.label) || value}</Tag>
    );
  };
  return (
    <Table<ListedRow>
      lines
      caption={t('audits')}
      rows={rowsOf(rows.data)}
      keyOf={(row) => row.id}
      onOpen={(row) => setQuery({ audit: row.id })}
      columns={[
        { key: 'facility', label: t('facility'), cell: (row) => nameOfPlace(row.values.facility ?? '', rows.data?.names.facility) },
        { key: 'book', label: t('book'), cell: (row) => row.values.book },
        { key: 'on', label: t('on'), cell: (row) => formatDay(row.values[day]) },
        { key: 'plan', label: 'n / d', numeric: true, cell: (row) => `${row.values.n} / ${row.values.d}` },
        { key: 'wrong', label: t('wrong'), numeric: true, cell: (row) => row.values.wrong ?? '–' },
        { key: 'verdict', label: t('verdict'), cell: said },
      ]}
    />
  );
}

function Counts({ audit, register, onSaved }: { audit: Audit; register: Register; onSaved: (audit: Audit) => void }) {
  const [lookedAt, setLookedAt] = useState(String(audit.verdict?.looked_at ?? audit.n));
  const [wrong, setWrong] = useState(audit.verdict ? String(audit.verdict.wrong) : '');
  const [kinds, setKinds] = useState<Record<string, string>>(
    Object.fromEntries(audit.kinds.map((one) => [one.field, one.wrong === null ? '' : String(one.wrong)])),
  );
  const [error, setError] = useState<unknown>(null);
  const [tried, setTried] = useState(false);
  const bad = (text: string) => (tried && Number.isNaN(whole(text)) ? t('notNumber') : undefined);
  const save = async () => {
    setTried(true);
    setError(null);
    if ([lookedAt, wrong, ...Object.values(kinds)].some((one) => Number.isNaN(whole(one)))) return;
    try {
      const saved = await api.post<Audit>(`/api/registers/${register.name}/rows/${audit.id}/audit`, {
        version: audit.version,
        looked_at: whole(lookedAt),
        wrong: whole(wrong),
        kinds: Object.fromEntries(Object.entries(kinds).map(([name, value]) => [name, whole(value)])),
      });
      onSaved(saved);
      toast(t('saved'));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form
      class="sampling-fields"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label={t('lookedAt')} error={bad(lookedAt)}>
        <Input inputMode="numeric" value={lookedAt} onValue={setLookedAt} />
      </Field>
      {audit.kinds.map((one) => (
        <Field key={one.field} label={label(one.label)} hint={t('kindHint')} error={bad(kinds[one.field] ?? '')}>
          <Input inputMode="numeric" value={kinds[one.field] ?? ''} onValue={(value) => setKinds({ ...kinds, [one.field]: value })} />
        </Field>
      ))}
      <Field label={t('wrong')} hint={t('wrongHint')} error={bad(wrong)}>
        <Input inputMode="numeric" value={wrong} onValue={setWrong} />
      </Field>
      <Button kind="main" type="submit">
        {t('save')}
      </Button>
      {error != null && <Problem error={error} />}
    </form>
  );
}

function OneAudit({ register, id }: { register: Register; id: string }) {
  const answer = useGet<Audit>(`/api/registers/${register.name}/rows/${id}/audit`);
  const [saved, setSaved] = useState<Audit | null>(null);
  const audit = saved && (!answer.data || saved.version >= answer.data.version) ? saved : answer.data;
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!audit) return <Skeleton lines={8} />;
  return (
    <>
      <Section
        title={`${label(audit.facility?.label) || ''} · ${audit.book}`}
        note={formatDay(audit.on)}
        actions={
          <>
            <Button icon="left" onClick={() => setQuery({ audit: '' })}>
              {t('back')}
            </Button>
            <PrintButton />
          </>
        }
      >
        <Verdict plan={audit} />
        <PlanWords plan={audit} />
      </Section>
      <Section title={t('sheet')}>
        <p>{t('sheetText', { size: audit.size, n: audit.n })}</p>
        <ol class="line-sheet">
          {audit.lines.map((one) => (
            <li key={one}>
              <span class="tick-box" aria-hidden="true" />
              {formatNumber(one)}
            </li>
          ))}
        </ol>
        <p class="hint">{t('seed', { seed: audit.seed, size: String(audit.size), n: String(audit.n) })}</p>
      </Section>
      {audit.may_write && (
        <Section title={t('counts')}>
          <Counts key={audit.version} audit={audit} register={register} onSaved={setSaved} />
        </Section>
      )}
    </>
  );
}

export function AuditsPart() {
  const register = auditRegister();
  const id = address.value.query.audit;
  if (!register) return <Empty icon="lock" title={t('noRegister')} />;
  if (id) return <OneAudit key={id} register={register} id={id} />;
  return (
    <>
      {register.may.write && <NewAudit register={register} />}
      <Section title={t('audits')}>
        <Listed register={register} />
      </Section>
    </>
  );
}
