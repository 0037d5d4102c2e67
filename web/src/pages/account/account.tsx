// SPDX-License-Identifier: AGPL-3.0-or-later
// One's own account: who I am, password, second step, signed-in devices, tokens for programs.
import { useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { PasswordChange, Session, Settings } from '../../api/types';
import { openAtLogIn } from '../../offline/lock';
import { Button, Field, Input, Page, Problem, Section, Select, Tag, toast } from '../../parts';
import { loadSession, session, takeSession } from '../../state';
import { t } from '../../text/account';
import { label } from '../../text/dictionary';
import { newPasswordFaults } from '../login/link';
import { type NewPassword, NewPasswordFields, PasswordField } from '../login/password';
import { patiently } from '../login/patience';
import { SecondStep } from './second';
import { Sessions } from './sessions';
import { Tokens } from './tokens';

type User = NonNullable<Session['user']>;

function Me({ user }: { user: User }) {
  const [fullName, setFullName] = useState(user.full_name);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const change = async (settings: Settings) => {
    setBusy(true);
    setError(null);
    try {
      await takeSession(await api.patch<Session>('/api/session', settings));
      toast(t('saved'));
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={t('me')}>
      {error !== null && <Problem error={error} />}
      <dl class="facts">
        <dt>{t('accountName')}</dt>
        <dd>{user.name}</dd>
        <dt>{t('roles')}</dt>
        <dd>
          {user.roles.length
            ? user.roles.map((role) => (
                <Tag key={role.zh} icon={false}>
                  {label(role)}
                </Tag>
              ))
            : t('noRoles')}
        </dd>
      </dl>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void change({ full_name: fullName.trim() });
        }}
      >
        <Field label={t('fullName')}>
          <Input value={fullName} onValue={setFullName} autocomplete="name" maxLength={120} />
        </Field>
        <Button type="submit" busy={busy} disabled={fullName.trim() === user.full_name}>
          {t('save')}
        </Button>
      </form>
      <Field label={t('language')}>
        <Select
          value={user.language}
          empty={t('languageDevice')}
          choices={[
            { value: 'zh', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
          onValue={(to) => void change({ language: to as User['language'] })}
        />
      </Field>
    </Section>
  );
}

function Password({ user }: { user: User }) {
  const [old, setOld] = useState('');
  const [pair, setPair] = useState<NewPassword>({ password: '', repeat: '' });
  const [faults, setFaults] = useState<{ old?: string; password?: string; repeat?: string }>({});
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    const found = newPasswordFaults(pair, user.name);
    setFaults(found);
    setError(null);
    if (busy || found.password || found.repeat) return;
    setBusy(true);
    try {
      const sent: PasswordChange = { old, new: pair.password };
      await patiently(() => api.post('/api/session/password', sent));
      // What the device keeps is to open with the new one.
      if (session.value) void openAtLogIn(session.value, sent.new, sent.old);
      setOld('');
      setPair({ password: '', repeat: '' });
      toast(t('changed'));
      await loadSession();
    } catch (cause) {
      const refused = cause instanceof ApiError && (cause.status === 401 || cause.status === 403) && !cause.retryAfter;
      if (refused) setFaults({ old: t('oldWrong') });
      else setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={t('password')} note={t('passwordHelp')}>
      {error !== null && <Problem error={error} />}
      <form onSubmit={send} noValidate>
        <input type="text" autocomplete="username" value={user.name} readOnly hidden />
        <PasswordField label={t('oldPassword')} value={old} onValue={setOld} error={faults.old} autocomplete="current-password" />
        <NewPasswordFields value={pair} onValue={setPair} errors={faults} />
        <div class="actions">
          <Button type="submit" busy={busy} disabled={!old || !pair.password}>
            {t('change')}
          </Button>
        </div>
      </form>
    </Section>
  );
}

export function AccountPage() {
  const user = session.value?.user;
  if (!user) return null;
  return (
    <Page title={t('title')}>
      <div class="account">
        <Me user={user} />
        <Password user={user} />
        <SecondStep on={user.totp} />
        <Sessions />
        <Tokens />
      </div>
    </Page>
  );
}
