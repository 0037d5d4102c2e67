// SPDX-License-Identifier: AGPL-3.0-or-later
// The address that a calendar programme subscribes to: made, shown once, ended.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Calendar } from '../../api/types';
import { useGet } from '../../api/use';
import { formatTime } from '../../format';
import { Button, ButtonLink, Dialog, Problem, Skeleton, toast } from '../../parts';
import { t } from '../../text/owed';
import { CopyField } from '../account/copy';

export function Feed({ onClose }: { onClose: () => void }) {
  const answer = useGet<Calendar>('/api/calendar', undefined, true);
  const [made, setMade] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const there = answer.data?.made_at;
  const run = async (what: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (cause) {
      setError(cause);
    }
    setBusy(false);
    answer.again();
  };
  const make = () =>
    run(async () => {
      const calendar = await api.post<Calendar>('/api/calendar');
      setMade(new URL(calendar.address ?? '', location.origin).href);
    });
  const end = () =>
    run(async () => {
      await api.delete('/api/calendar');
      setMade('');
      toast(t('feedEnded'));
    });
  return (
    <Dialog
      title={t('feedTitle')}
      onClose={onClose}
      actions={
        <>
          {there && (
            <Button kind="danger" busy={busy} onClick={() => void end()}>
              {t('feedEnd')}
            </Button>
          )}
          {answer.data && !made && (
            <Button kind="main" busy={busy} onClick={() => void make()}>
              {t(there ? 'feedAgain' : 'feedMake')}
            </Button>
          )}
        </>
      }
    >
      <p>{t('feedHelp')}</p>
      <p class="muted">{t('feedSafe')}</p>
      {error !== null && <Problem error={error} />}
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.data && !answer.error && <Skeleton lines={1} />}
      {made ? (
        <>
          <CopyField label={t('feedOnce')} value={made} />
          <ButtonLink href={made.replace(/^https?:/, 'webcal:')} target="_self">
            {t('feedOpen')}
          </ButtonLink>
        </>
      ) : (
        answer.data && (
          <p>
            {there
              ? `${t('feedThere', { made: formatTime(there), used: answer.data.used_at ? formatTime(answer.data.used_at) : t('never') })} ${t('feedAgainHelp')}`
              : t('feedNone')}
          </p>
        )
      )}
    </Dialog>
  );
}
