// SPDX-License-Identifier: AGPL-3.0-or-later
// Personal access tokens, for programs and for phones: made with a name and an end, shown once, revoked.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Token } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatTime } from '../../format';
import { Button, Confirm, Dialog, Empty, Field, Input, Problem, Section, Select, Skeleton, Tag, toast } from '../../parts';
import { t } from '../../text/account';
import { CopyField } from './copy';
import { Qr } from './second';

const spans = [30, 90, 365];

function Make({ onMade }: { onMade: (token: Token) => void }) {
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [kind, setKind] = useState('program');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    if (busy || !name.trim()) return;
    setBusy(true);
    setError(null);
    try {
      onMade(
        await api.post<Token>('/api/tokens', {
          name: name.trim(),
          days: Number(days),
          ...(kind === 'phone' ? { device: true, address: location.origin } : {}),
        }),
      );
      setName('');
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="row" onSubmit={send}>
      {error !== null && <Problem error={error} />}
      <Field label={t('tokenFor')}>
        <Select
          value={kind}
          onValue={setKind}
          choices={[
            { value: 'program', label: t('forProgram') },
            { value: 'phone', label: t('forPhone') },
          ]}
        />
      </Field>
      <Field label={t('tokenName')} hint={t('tokenNameHint')}>
        <Input value={name} onValue={setName} maxLength={80} />
      </Field>
      <Field label={t('tokenDays')}>
        <Select value={days} onValue={setDays} choices={spans.map((n) => ({ value: String(n), label: t('days', { n }) }))} />
      </Field>
      <Button type="submit" busy={busy} disabled={!name.trim()}>
        {t('tokenMake')}
      </Button>
    </form>
  );
}

export function Tokens() {
  const answer = useGet<{ tokens: Token[] }>('/api/tokens', undefined, true);
  const [made, setMade] = useState<Token | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const [error, setError] = useState<unknown>(null);
  const revoke = async (one: Token) => {
    setRevoking(null);
    setError(null);
    try {
      await api.delete(`/api/tokens/${one.id}`);
      toast(t('revoked'));
    } catch (cause) {
      setError(cause);
    }
    answer.again();
  };
  return (
    <Section title={t('tokens')} note={t('tokensHelp')}>
      {error !== null && <Problem error={error} />}
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.data && !answer.error && <Skeleton />}
      {answer.data?.tokens.length === 0 && (
        <Empty icon="lock" title={t('tokenNone')}>
          {t('tokenNoneHelp')}
        </Empty>
      )}
      {answer.data && answer.data.tokens.length > 0 && (
        <ul class="list">
          {answer.data.tokens.map((one) => (
            <li key={one.id}>
              <div>
                <p>
                  {one.name}
                  {one.device && <Tag>{t('forPhone')}</Tag>}
                </p>
                <p class="hint">
                  {t('until')} {one.until ? formatDay(one.until) : t('forever')} · {t('used')}{' '}
                  {one.used_at ? formatTime(one.used_at) : t('never')}
                </p>
              </div>
              <Button small kind="danger" onClick={() => setRevoking(one)}>
                {t('revoke')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Make
        onMade={(token) => {
          setMade(token);
          answer.again();
        }}
      />
      {made?.token && (
        <Dialog title={t('tokens')} onClose={() => setMade(null)}>
          <p>{t('tokenMade')}</p>
          <CopyField label={made.name} value={made.token} />
          {made.qr_svg ? (
            <>
              <p>{t('phoneScan')}</p>
              <Qr svg={made.qr_svg} name={t('phoneQr')} />
              <p class="hint">{t('phoneByHand', { url: `${location.origin}/openrosa` })}</p>
            </>
          ) : (
            <>
              <p class="hint">{t('tokenUse')}</p>
              <pre class="console">
                <code>Authorization: Bearer {made.token}</code>
              </pre>
            </>
          )}
        </Dialog>
      )}
      {revoking && (
        <Confirm
          title={t('revokeTitle', { name: revoking.name })}
          action={t('revoke')}
          danger
          onYes={() => void revoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          <p>{t('revokeHelp')}</p>
        </Confirm>
      )}
    </Section>
  );
}
