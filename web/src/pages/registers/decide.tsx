// SPDX-License-Identifier: AGPL-3.0-or-later
// A save that met another: the versions side by side, and the reason under which the choice is saved.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Row, Saved, Values } from '../../api/types';
import { Conflict } from '../../entry/conflict';
import type { EntryForm } from '../../entry/state';
import { Input, Field as Labelled, Problem, toast } from '../../parts';
import { t as say } from '../../text/entry';
import { t } from '../../text/registers';

export function ConflictWithReason({
  form,
  mine,
  current,
  isNew,
  onSaved,
  onDrop,
}: {
  form: EntryForm;
  mine: Values;
  current: Row;
  isNew: boolean;
  onSaved: () => void;
  onDrop: () => void;
}) {
  const [now, setNow] = useState(current);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [reason, setReason] = useState(form.reason.peek());
  const save = async (chosen: Values) => {
    if (!reason.trim()) {
      setError(null);
      document.getElementById('conflict-reason')?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await api.patch<Saved>(`/api/registers/${form.register.name}/rows/${now.id}`, {
        version: now.version,
        values: chosen,
        reason: reason.trim(),
      });
      await form.forget();
      toast(t('corrected'));
      onSaved();
    } catch (cause) {
      const newer = (cause as { failure?: { current?: Row } }).failure?.current;
      if (newer) setNow(newer);
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Conflict
        key={now.version}
        fields={form.fields}
        mine={mine}
        before={isNew ? undefined : form.before}
        current={now}
        isNew={isNew}
        busy={busy}
        onSave={(chosen) => void save(chosen)}
        onDrop={onDrop}
      />
      <Labelled label={say('reason')} required hint={say('reasonHelp')}>
        <Input id="conflict-reason" value={reason} onValue={setReason} maxLength={500} />
      </Labelled>
      {error !== null && <Problem error={error} />}
    </>
  );
}
