// SPDX-License-Identifier: AGPL-3.0-or-later
// What of the device is seen outside its own page: the password that is asked for without a network, the count in the frame, and the
// question before a sign-out.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { Button, Confirm, Field, Icon, Input, Link, Select } from '../parts';
import { link } from '../state';
import { t } from '../text/offline';
import { WrongKey } from './crypto';
import { device, deviceAccounts, openWithPassword } from './lock';
import { leaving, openOffline } from './profile';
import { waiting } from './waiting';

/** The form that opens the device. offline: with the session that was kept; otherwise the records only. */
export function OpenDevice({ offline }: { offline: boolean }) {
  const [accounts, setAccounts] = useState<{ account: string; name: string }[] | null>(null);
  const [who, setWho] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    void deviceAccounts().then((all) => {
      setAccounts(all);
      setWho(all[0]?.account ?? '');
    });
  }, []);
  if (!accounts?.length) return null;
  const name = accounts.find((one) => one.account === who)?.name ?? '';
  const open = async (event: Event) => {
    event.preventDefault();
    if (busy || !password) return;
    setBusy(true);
    setFault('');
    try {
      if (offline) await openOffline(who, password);
      else await openWithPassword(who, password);
    } catch (cause) {
      if (cause instanceof ApiError) setFault(t('needModel'));
      else if (cause instanceof WrongKey) setFault(t('wrong'));
      else throw cause;
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack open-device" onSubmit={(event) => void open(event)}>
      {accounts.length > 1 && (
        <Field label={t('whose')}>
          <Select choices={accounts.map((one) => ({ value: one.account, label: one.name }))} value={who} onValue={setWho} />
        </Field>
      )}
      <Field label={t('password', { name })} error={fault || undefined}>
        <Input type="password" autocomplete="current-password" value={password} onValue={setPassword} />
      </Field>
      <Button kind="main" type="submit" icon="lock" busy={busy}>
        {t('unlock')}
      </Button>
    </form>
  );
}

/** In place of the pages, when there is no server; children: what stands there otherwise. */
export function Locked({ again, children }: { again: () => void; children: ComponentChildren }) {
  const [any, setAny] = useState<boolean | null>(null);
  useEffect(() => {
    void deviceAccounts().then((all) => setAny(all.length > 0));
  }, []);
  if (any === null) return null;
  if (!any) return <>{children}</>;
  return (
    <div class="locked stack">
      <h1>
        <Icon name="offline" size={18} /> {t('lockedTitle')}
      </h1>
      <p>{t('lockedHelp')}</p>
      <OpenDevice offline />
      <Button kind="quiet" onClick={again}>
        {t('reload')}
      </Button>
    </div>
  );
}

/** In the frame: how many wait, or must be decided; nothing when all is sent. */
export function DeviceBadge() {
  const refused = waiting.value.filter((one) => one.refused).length;
  const queue = waiting.value.length - refused;
  if (device.value !== 'locked' && !refused && !queue) return null;
  return (
    <Link class={`device-badge${refused ? ' refused' : ''}`} href={link('/offline')}>
      <Icon name={device.value === 'locked' ? 'lock' : refused ? 'warning' : 'upload'} size={14} />
      {refused + queue > 0 && (
        <span class="n" aria-hidden="true">
          {refused || queue}
        </span>
      )}
      <span class="words">
        {device.value === 'locked' ? t('badgeLocked') : refused ? t('badgeRefused', { n: refused }) : t('badge', { n: queue })}
      </span>
    </Link>
  );
}

export function DeviceQuestions() {
  const answer = leaving.value;
  if (!answer) return null;
  return (
    <Confirm
      title={t('leaveTitle', { n: waiting.value.length })}
      action={t('leave')}
      danger
      onYes={() => answer(true)}
      onClose={() => answer(false)}
    >
      <p>{t('leaveHelp')}</p>
    </Confirm>
  );
}
