// SPDX-License-Identifier: AGPL-3.0-or-later
// Scans and files that belong to a row.

import { useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { Attachment, RowFull } from '../../api/types';
import { formatBytes, formatTime } from '../../format';
import { keepFiles } from '../../offline/waiting';
import { Button, Confirm, Empty, FileDrop, Input, Field as Labelled, Problem, toast } from '../../parts';
import { whoName } from '../../text/dictionary';
import { t } from '../../text/registers';

const most = 20_000_000;

interface AttachmentsProps {
  register: string;
  row: RowFull;
  /** The row in a few words. */
  title: string;
  onChange: () => void;
}

export function Attachments({ register, row, title, onChange }: AttachmentsProps) {
  const [sending, setSending] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [removing, setRemoving] = useState<Attachment | null>(null);
  const [reason, setReason] = useState('');
  const may = row.may.write && row.state === 'current';

  const add = async (file: File) => {
    setSending(file.name);
    setError(null);
    try {
      await api.upload(`/api/registers/${register}/rows/${row.id}/attachments`, file);
      toast(t('attachmentAdded', { name: file.name }));
      onChange();
    } catch (cause) {
      const away = cause instanceof ApiError && cause.isOffline;
      if (away && (await keepFiles(register, row.id, title, [{ item: '', file }]))) toast(t('attachmentKept', { name: file.name }));
      else setError(cause);
    } finally {
      setSending('');
    }
  };
  const remove = async () => {
    if (!removing) return;
    setError(null);
    try {
      await api.post(`/api/attachments/${removing.id}/strike`, { reason: reason.trim() });
      toast(t('attachmentRemoved', { name: removing.name }));
      onChange();
    } catch (cause) {
      setError(cause);
    }
    setRemoving(null);
    setReason('');
  };

  return (
    <div class="stack">
      {row.attachments.length === 0 && !sending ? (
        <Empty icon="link" title={t('noAttachments')} />
      ) : (
        <ul class="files">
          {row.attachments.map((one) => (
            <li key={one.id}>
              <a href={`/api/attachments/${one.id}`} download={one.name}>
                {one.name}
              </a>
              <small>
                {formatBytes(one.size)} · {whoName(one.who)}, {formatTime(one.at)}
              </small>
              {may && (
                <Button small kind="quiet" onClick={() => setRemoving(one)}>
                  {t('attachmentRemove')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {sending && (
        <p role="status" class="busy-line">
          {t('uploading', { name: sending })}
        </p>
      )}
      {error !== null && <Problem error={error} />}
      {may && <FileDrop label={t('addAttachment')} accept={[]} most={most} hint={t('attachmentHint')} onFile={(file) => void add(file)} />}
      {removing && (
        <Confirm
          title={t('attachmentStrike', { name: removing.name })}
          action={t('attachmentRemove')}
          danger
          onYes={() => {
            if (reason.trim()) void remove();
          }}
          onClose={() => setRemoving(null)}
        >
          <p>{t('attachmentStrikeHelp')}</p>
          <Labelled label={t('strikeReason')} required>
            <Input value={reason} onValue={setReason} maxLength={500} />
          </Labelled>
        </Confirm>
      )}
    </div>
  );
}
