// SPDX-License-Identifier: AGPL-3.0-or-later
// Forms from phones that the rules refused: each is put right as a new row, or set aside with a reason.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Submission } from '../../api/types';
import { useGet } from '../../api/use';
import { fromPhone } from '../../entry/phone';
import { formatTime } from '../../format';
import { linkNewRow } from '../../links';
import { Button, Confirm, Field, Input, Problem, Section, toast } from '../../parts';
import { go, registerOf } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/import';

function One({ one, onAside }: { one: Submission; onAside: () => void }) {
  const register = one.register ? registerOf(one.register) : undefined;
  const name = (field: string) => {
    const found = register?.fields.find((f) => f.name === field);
    return found ? label(found.label) : field;
  };
  const open = () => {
    if (!register) return;
    fromPhone.value = { submission: one.id, register: register.name, values: one.values, source: one.source };
    go(linkNewRow(register.name));
  };
  return (
    <li>
      <div>
        <p>
          <b>{register ? label(register.label) : one.form}</b> · {t('sent')} {formatTime(one.at)} · {one.who}
        </p>
        <p class="wrong">
          {t('reason')}: {label(one.reason)}
        </p>
        <p class="hint">
          {Object.entries(one.values)
            .map(([field, value]) => `${name(field)}: ${value}`)
            .join(' · ')}
        </p>
        {one.files.length > 0 && <p class="hint">{t('files', { names: one.files.map((file) => file.name).join(', ') })}</p>}
      </div>
      <div class="row">
        {register && (
          <Button small kind="main" onClick={open}>
            {t('asRow')}
          </Button>
        )}
        <Button small kind="danger" onClick={onAside}>
          {t('aside')}
        </Button>
      </div>
    </li>
  );
}

export function WaitingForms() {
  const got = useGet<{ submissions: Submission[] }>('/api/submissions');
  const [leaving, setLeaving] = useState<Submission | null>(null);
  const [why, setWhy] = useState('');
  const [error, setError] = useState<unknown>(null);
  const list = got.data?.submissions ?? [];
  if (!list.length) return null;
  const setAside = async () => {
    if (!leaving || !why.trim()) return;
    setError(null);
    try {
      await api.post(`/api/submissions/${leaving.id}/settle`, { reason: why.trim() });
      toast(t('asideDone'));
      setLeaving(null);
      setWhy('');
    } catch (cause) {
      setError(cause);
    }
    got.again();
  };
  return (
    <Section title={t('phones')} note={t('phonesHelp')}>
      {error !== null && <Problem error={error} />}
      <ul class="list">
        {list.map((one) => (
          <One key={one.id} one={one} onAside={() => setLeaving(one)} />
        ))}
      </ul>
      {leaving && (
        <Confirm title={t('asideTitle')} action={t('aside')} danger onYes={() => void setAside()} onClose={() => setLeaving(null)}>
          <p>{t('asideHelp')}</p>
          <Field label={t('asideWhy')} required>
            <Input value={why} onValue={setWhy} maxLength={400} />
          </Field>
        </Confirm>
      )}
    </Section>
  );
}
