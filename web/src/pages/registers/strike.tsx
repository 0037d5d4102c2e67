// SPDX-License-Identifier: AGPL-3.0-or-later
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Register, Row, Saved } from '../../api/types';
import { Confirm, Input, Field as Labelled, Problem, toast } from '../../parts';
import { t as say } from '../../text/entry';
import { t } from '../../text/registers';
import { identityOf } from './identity';

/** Strikes or restores, with a reason, and offers to undo it. */
export function StrikeDialog({
  register,
  row,
  which,
  onClose,
  onDone,
}: {
  register: Register;
  row: Pick<Row, 'id' | 'version' | 'values'>;
  which: 'strike' | 'restore';
  onClose: () => void;
  onDone: () => void;
}) {
  const [reason, setReason] = useState('');
  const [blame, setBlame] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const path = `/api/registers/${register.name}/rows/${row.id}`;
  const go = async () => {
    if (!reason.trim()) {
      setBlame(true);
      return;
    }
    setBusy(true);
    try {
      const saved = await api.post<Saved>(`${path}/${which}`, { reason: reason.trim(), version: row.version });
      const back = which === 'strike' ? 'restore' : 'strike';
      toast(t(which === 'strike' ? 'struckDone' : 'restoredDone'), () => {
        void api.post(`${path}/${back}`, { reason: t('undoneReason'), version: saved.version }).then(onDone, setError);
      });
      onDone();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Confirm
      title={t(which === 'strike' ? 'strikeTitle' : 'restoreTitle')}
      action={t(which)}
      danger={which === 'strike'}
      busy={busy}
      onYes={() => void go()}
      onClose={onClose}
    >
      <p>
        <b>{identityOf(register, row.values)}</b>
      </p>
      {which === 'strike' && <p>{t('strikeHelp')}</p>}
      <Labelled
        label={t(which === 'strike' ? 'strikeReason' : 'restoreReason')}
        required
        error={blame && !reason.trim() ? say('reasonNeeded') : undefined}
      >
        <Input
          value={reason}
          onValue={setReason}
          maxLength={500}
          autoFocus
          onKeyDown={(event: KeyboardEvent) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            void go();
          }}
        />
      </Labelled>
      {error !== null && <Problem error={error} />}
    </Confirm>
  );
}
