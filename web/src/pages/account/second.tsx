// SPDX-License-Identifier: AGPL-3.0-or-later
// The second step of a log-in (TOTP): on with a QR code and a first code, off with the password.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { TotpCode, TotpStart } from '../../api/types';
import { Button, Dialog, Field, Input, Problem, Section, Tag, toast } from '../../parts';
import { loadSession } from '../../state';
import { t } from '../../text/account';
import { PasswordField } from '../login/password';
import { patiently } from '../login/patience';
import { codeDigits } from '../login/rules';
import { CopyField } from './copy';

/** The server's drawing, put in as nodes: as text it would pass by the policy on content. */
export function Qr({ svg, name }: { svg: string; name: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
    if (root.localName === 'svg') box.current?.replaceChildren(document.importNode(root, true));
  }, [svg]);
  return <div class="qr" role="img" aria-label={name} ref={box} />;
}

const refused = (cause: unknown) =>
  cause instanceof ApiError &&
  (cause.status === 401 || cause.status === 403 || cause.status === 422 || cause.status === 400) &&
  !cause.retryAfter;

/** Asks for the password and hands it on; says when it was not right. */
function AskPassword({
  title,
  help,
  action,
  danger,
  send,
  onClose,
}: {
  title: string;
  help?: string;
  action: string;
  danger?: boolean;
  send: (password: string) => Promise<void>;
  onClose: () => void;
}) {
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (event: Event) => {
    event.preventDefault();
    if (busy || !password) return;
    setBusy(true);
    setFault('');
    setError(null);
    try {
      await patiently(() => send(password));
    } catch (cause) {
      if (refused(cause)) setFault(t('passwordWrong'));
      else setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={run} noValidate>
        {help && <p>{help}</p>}
        {error !== null && <Problem error={error} />}
        <PasswordField label={t('secondPassword')} value={password} onValue={setPassword} error={fault} autocomplete="current-password" />
        <div class="actions">
          <Button kind={danger ? 'danger' : 'main'} type="submit" busy={busy} disabled={!password}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Confirm({ start, onDone, onClose }: { start: TotpStart; onDone: () => void; onClose: () => void }) {
  const [code, setCode] = useState('');
  const [fault, setFault] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    if (busy || code.length !== 6) return;
    setBusy(true);
    setFault('');
    setError(null);
    try {
      await patiently(() => api.put('/api/session/totp', { code } satisfies TotpCode));
      onDone();
    } catch (cause) {
      if (refused(cause)) setFault(t('codeWrong'));
      else setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('secondStart')} onClose={onClose}>
      <form class="totp" onSubmit={send} noValidate>
        <p>{t('secondScan')}</p>
        <Qr svg={start.qr_svg} name={t('secondQr')} />
        <p class="hint">{t('secondByHand')}</p>
        <CopyField label={t('secondByHand')} value={start.secret} />
        {error !== null && <Problem error={error} />}
        <Field label={t('secondCode')} error={fault} required>
          <Input
            class="code"
            value={code}
            onValue={(text) => setCode(codeDigits(text))}
            inputMode="numeric"
            autocomplete="one-time-code"
            maxLength={7}
          />
        </Field>
        <div class="actions">
          <Button kind="main" type="submit" busy={busy} disabled={code.length !== 6}>
            {t('secondConfirm')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function SecondStep({ on }: { on: boolean }) {
  const [asks, setAsks] = useState<'start' | 'stop' | null>(null);
  const [start, setStart] = useState<TotpStart | null>(null);
  const close = () => {
    setAsks(null);
    setStart(null);
  };
  const done = async (words: string) => {
    close();
    toast(words);
    await loadSession();
  };
  return (
    <Section
      title={t('second')}
      note={on ? t('secondOn') : t('secondOff')}
      actions={<Tag tone={on ? 'good' : 'plain'}>{on ? t('on') : t('off')}</Tag>}
    >
      <div class="actions">
        <Button onClick={() => setAsks(on ? 'stop' : 'start')}>{on ? t('secondStop') : t('secondStart')}</Button>
      </div>
      {asks === 'start' && !start && (
        <AskPassword
          title={t('secondStart')}
          action={t('secondStart')}
          onClose={close}
          send={async (password) => setStart(await api.post<TotpStart>('/api/session/totp', { password }))}
        />
      )}
      {start && <Confirm start={start} onClose={close} onDone={() => void done(t('secondDone'))} />}
      {asks === 'stop' && (
        <AskPassword
          title={t('secondStop')}
          help={t('secondStopHelp')}
          action={t('secondStop')}
          danger
          onClose={close}
          send={async (password) => {
            await api.delete('/api/session/totp', { password });
            await done(t('secondStopped'));
          }}
        />
      )}
    </Section>
  );
}
