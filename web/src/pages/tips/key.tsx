// SPDX-License-Identifier: AGPL-3.0-or-later
// The reader's key: made once, its recovery key shown once, unlocked with the password.
import { useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { LetterKey, LetterUnlock, OwnPassword } from '../../api/types';
import { Button, Dialog, Field, Input, Problem, Section } from '../../parts';
import { t } from '../../text/tips';
import { CopyField } from '../account/copy';
import { PasswordField } from '../login/password';
import { patiently } from '../login/patience';

export function KeyDoor({ locked, onOpen }: { locked: boolean; onOpen: () => void }) {
  const [password, setPassword] = useState('');
  const [recovery, setRecovery] = useState('');
  const [wasReset, setWasReset] = useState(false);
  const [shown, setShown] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (event: Event) => {
    event.preventDefault();
    if (busy || !password) return;
    setBusy(true);
    setError(null);
    try {
      if (locked) {
        const body: LetterUnlock = recovery ? { password, recovery } : { password };
        await patiently(() => api.put('/api/letter-key', body));
        onOpen();
      } else {
        setShown((await patiently(() => api.post<LetterKey>('/api/letter-key', { password } satisfies OwnPassword))).recovery);
      }
    } catch (cause) {
      setWasReset(wasReset || (cause instanceof ApiError && cause.key === 'seal.password'));
      setError(cause);
    } finally {
      setBusy(false);
      setPassword('');
    }
  };
  return (
    <Section title={locked ? t('locked') : t('makeKey')} note={locked ? t('lockedHelp') : t('makeKeyHelp')}>
      <form class="stack letter-form" onSubmit={run} noValidate>
        {error !== null && <Problem error={error} />}
        <PasswordField label={t('password')} value={password} onValue={setPassword} autocomplete="current-password" />
        {wasReset && (
          <Field label={t('recoveryField')} hint={t('wasReset')}>
            <Input value={recovery} onValue={setRecovery} autocomplete="off" spellcheck={false} maxLength={80} />
          </Field>
        )}
        <div class="actions">
          <Button kind="main" type="submit" icon="lock" busy={busy} disabled={!password}>
            {locked ? t('unlock') : t('makeKey')}
          </Button>
        </div>
      </form>
      {shown && (
        <Dialog title={t('recovery')} onClose={onOpen}>
          <p>{t('recoveryHelp')}</p>
          <CopyField label={t('recovery')} value={shown} />
          <div class="actions">
            <Button kind="main" onClick={onOpen}>
              {t('recoveryDone')}
            </Button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}
