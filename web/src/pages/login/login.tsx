// SPDX-License-Identifier: AGPL-3.0-or-later
// Log-in: name and password, the code when the account has a second step, delays told in words. Where there is no account yet it says
// how the first one is made.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { LogIn, Session } from '../../api/types';
import { device, openAtLogIn } from '../../offline/lock';
import { Button, Field, Input, Problem } from '../../parts';
import { endedFor, loadSession, session, takeSession } from '../../state';
import { t } from '../../text/login';
import { Entrance } from './entrance';
import { PasswordField } from './password';
import { patiently } from './patience';
import { codeDigits, logInStep, waitParts } from './rules';

export function waitWords(left: number): string {
  const { minutes, seconds } = waitParts(left);
  return minutes ? t('minutes', { m: minutes, s: seconds }) : t('seconds', { n: seconds });
}

/** Seconds left of a wait, counted down. */
function useWait(): [number, (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(Date.now());
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    if (!left) return;
    const timer = setTimeout(() => setNow(Date.now()), 250);
    return () => clearTimeout(timer);
  }, [left, now]);
  const start = (seconds: number) => {
    setNow(Date.now());
    setUntil(Date.now() + seconds * 1000);
  };
  return [left, start];
}

type Said = { kind: 'wrong' } | { kind: 'failed'; error: unknown } | null;

function LogInForm() {
  const [name, setName] = useState(endedFor.peek());
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asks, setAsks] = useState<'password' | 'code'>('password');
  const [said, setSaid] = useState<Said>(null);
  const [faults, setFaults] = useState<{ name?: string; password?: string; code?: string }>({});
  const [busy, setBusy] = useState(false);
  const [waited, setWaited] = useState(false);
  const [left, wait] = useWait();
  const form = useRef<HTMLFormElement>(null);
  const focus = (field: string) => requestAnimationFrame(() => form.current?.querySelector<HTMLElement>(`[name=${field}]`)?.focus());

  useEffect(() => {
    if (name) focus('password');
  }, []);

  const enter = async (event: Event) => {
    event.preventDefault();
    if (busy || left) return;
    const found = {
      name: name.trim() ? undefined : t('needName'),
      password: password ? undefined : t('needPassword'),
      code: asks === 'code' && code.length !== 6 ? t('codeShape') : undefined,
    };
    setFaults(found);
    setSaid(null);
    if (found.name) return focus('name');
    if (found.password) return focus('password');
    if (found.code) return focus('code');
    setBusy(true);
    setWaited(false);
    const sent: LogIn = { name: name.trim(), password, ...(asks === 'code' ? { code } : {}) };
    const call = async () => {
      const answer = await api.post<Session>('/api/session', sent);
      const taken = takeSession(answer);
      void openAtLogIn(answer, sent.password);
      await taken;
    };
    try {
      await patiently(call, wait);
    } catch (cause) {
      refused(cause);
    } finally {
      setBusy(false);
    }
  };

  const refused = (cause: unknown) => {
    if (!(cause instanceof ApiError)) return setSaid({ kind: 'failed', error: cause });
    const next = logInStep(cause, asks === 'code');
    if (next.step === 'code') {
      setAsks('code');
      setCode('');
      setFaults(next.wrong ? { code: t('codeWrong') } : {});
      focus('code');
    } else if (next.step === 'wait') {
      wait(next.seconds);
      setWaited(true);
    } else if (next.step === 'wrong') {
      setSaid({ kind: 'wrong' });
      setPassword('');
      focus('password');
    } else {
      setSaid({ kind: 'failed', error: cause });
    }
  };

  return (
    <form ref={form} onSubmit={enter} noValidate>
      {endedFor.value && asks === 'password' && !said && (
        <p role="status">
          {t('ended')}
          {(device.value === 'open' || device.value === 'locked') && t('endedKept')}
        </p>
      )}
      {said?.kind === 'wrong' && (
        <div class="problem" role="alert">
          <div>
            <p class="title">{t('wrong')}</p>
            <p>{t('wrongCure')}</p>
          </div>
        </div>
      )}
      {said?.kind === 'failed' && <Problem error={said.error} />}
      {left > 0 && (
        <div class="problem wait" role="alert">
          <div>
            <p class="title" aria-live="off">
              {t('wait', { time: waitWords(left) })}
            </p>
            <p>{t('waitWhy')}</p>
          </div>
        </div>
      )}
      {waited && !left && <p role="status">{t('waitOver')}</p>}
      {asks === 'password' ? (
        <>
          <Field label={t('name')} error={faults.name} required>
            <Input name="name" value={name} onValue={setName} autocomplete="username" autocapitalize="off" spellcheck={false} data-focus />
          </Field>
          <PasswordField
            name="password"
            label={t('password')}
            value={password}
            onValue={setPassword}
            error={faults.password}
            autocomplete="current-password"
          />
        </>
      ) : (
        <Field label={t('code')} hint={t('codeHint')} error={faults.code} required>
          <Input
            name="code"
            class="code"
            value={code}
            onValue={(text) => setCode(codeDigits(text))}
            inputMode="numeric"
            autocomplete="one-time-code"
            maxLength={7}
          />
        </Field>
      )}
      <div class="actions">
        <Button kind="main" type="submit" busy={busy} disabled={left > 0}>
          {t('signIn')}
        </Button>
        {asks === 'code' && (
          <Button
            kind="quiet"
            onClick={() => {
              setAsks('password');
              setPassword('');
              setSaid(null);
              focus('name');
            }}
          >
            {t('back')}
          </Button>
        )}
      </div>
      <details>
        <summary>{t(asks === 'code' ? 'codeLost' : 'forgot')}</summary>
        <p>{t(asks === 'code' ? 'codeLostHelp' : 'forgotHelp')}</p>
      </details>
    </form>
  );
}

function FirstRun() {
  return (
    <>
      <p>{t('firstText')}</p>
      <p>{t('firstWhere')}</p>
      <pre class="console">
        <code>
          {location.origin}/link/<span>…</span>
        </code>
      </pre>
      <p class="hint">{t('firstNot')}</p>
      <div class="actions">
        <Button data-focus onClick={() => void loadSession()}>
          {t('firstAgain')}
        </Button>
      </div>
    </>
  );
}

export function LoginPage() {
  const first = session.value?.first_run;
  return <Entrance title={first ? t('firstTitle') : t('title')}>{first ? <FirstRun /> : <LogInForm />}</Entrance>;
}
