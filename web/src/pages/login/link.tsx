// SPDX-License-Identifier: AGPL-3.0-or-later
// What a one-time link opens: the first administrator, an invitation, or a new password. It ends signed in.
import { useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { Link, LinkUse, Session } from '../../api/types';
import { useGet } from '../../api/use';
import { openAtLogIn } from '../../offline/lock';
import { Button, ButtonLink, Field, Input, Problem, Skeleton } from '../../parts';
import { go, session, takeSession } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/login';
import { Entrance } from './entrance';
import { type NewPassword, NewPasswordFields } from './password';
import { leastPassword, passwordFault, passwordLength } from './rules';

/** What stands wrong with a new password and its repetition, in words. */
export function newPasswordFaults(value: NewPassword, name: string): { password?: string; repeat?: string } {
  const fault = passwordFault(value.password, name);
  if (fault === 'tooShort') return { password: t('tooShort', { n: passwordLength(value.password), most: leastPassword }) };
  if (fault) return { password: t(fault) };
  return value.password === value.repeat ? {} : { repeat: t('repeatWrong') };
}

const titles = {
  first: () => t('linkFirst'),
  invitation: () => t('linkInvitation', { county: label(session.value?.county.name) }),
  reset: () => t('linkReset'),
};
const helps = { first: 'linkFirstHelp', invitation: 'linkInvitationHelp', reset: 'linkResetHelp' } as const;
const actions = { first: 'create', invitation: 'join', reset: 'reset' } as const;

function LinkForm({ token, about }: { token: string; about: Link }) {
  const [name, setName] = useState(about.name);
  const [fullName, setFullName] = useState(about.full_name);
  const [pair, setPair] = useState<NewPassword>({ password: '', repeat: '' });
  const [faults, setFaults] = useState<{
    name?: string;
    fullName?: string;
    password?: string;
    repeat?: string;
  }>({});
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const send = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const found = { ...newPasswordFaults(pair, name), ...(name.trim() ? {} : { name: t('needName') }) };
    setFaults(found);
    setError(null);
    if (Object.values(found).some(Boolean)) return;
    setBusy(true);
    try {
      const sent: LinkUse = { password: pair.password };
      if (about.kind === 'first') sent.name = name.trim();
      if (about.kind !== 'reset') sent.full_name = fullName.trim();
      const answer = await api.post<Session>(`/api/links/${encodeURIComponent(token)}`, sent);
      const taken = takeSession(answer);
      void openAtLogIn(answer, sent.password);
      await taken;
      go('/today', true);
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={send} noValidate>
      <p>{t(helps[about.kind])}</p>
      {error !== null && <Problem error={error} />}
      {about.kind === 'first' ? (
        <Field label={t('chooseName')} hint={t('chooseNameHint')} error={faults.name} required>
          <Input
            name="name"
            value={name}
            onValue={setName}
            autocomplete="username"
            autocapitalize="off"
            spellcheck={false}
            maxLength={64}
          />
        </Field>
      ) : (
        <p class="fixed">
          <span>{t('chooseName')}</span>
          <strong>{about.name}</strong>
          {/* The browser's own password store reads the name from here. */}
          <input type="text" autocomplete="username" value={about.name} readOnly hidden />
        </p>
      )}
      {about.kind !== 'reset' && (
        <Field label={t('fullName')} hint={t('fullNameHint')} error={faults.fullName}>
          <Input name="full_name" value={fullName} onValue={setFullName} autocomplete="name" maxLength={120} />
        </Field>
      )}
      <NewPasswordFields value={pair} onValue={setPair} errors={faults} />
      <div class="actions">
        <Button kind="main" type="submit" busy={busy}>
          {t(actions[about.kind])}
        </Button>
      </div>
    </form>
  );
}

export function LinkPage({ token }: { token: string }) {
  const about = useGet<Link>(`/api/links/${encodeURIComponent(token)}`, undefined, true);
  const gone = about.error instanceof ApiError && (about.error.status === 404 || about.error.status === 410);
  const title = about.data ? titles[about.data.kind]() : gone ? t('linkGone') : t('title');
  return (
    <Entrance key={about.data?.kind ?? 'none'} title={title}>
      {about.data ? (
        <LinkForm token={token} about={about.data} />
      ) : gone ? (
        <>
          <p>{session.value?.first_run ? t('linkGoneFirst') : t('linkGoneHelp')}</p>
          <div class="actions">
            <ButtonLink href="/today">{t('toLogin')}</ButtonLink>
          </div>
        </>
      ) : about.error ? (
        <Problem error={about.error} again={about.again} />
      ) : (
        <Skeleton lines={5} />
      )}
    </Entrance>
  );
}
