// SPDX-License-Identifier: AGPL-3.0-or-later
// What this device keeps: entries that wait for the network, those that must be decided, and drafts.
import { useState } from 'preact/hooks';
import { ApiError, api, online } from '../api/client';
import type { Row, Saved, Values } from '../api/types';
import { Conflict } from '../entry/conflict';
import { formatTime } from '../format';
import { linkNewRow, linkRow } from '../links';
import { randomName } from '../offline/crypto';
import { OpenDevice } from '../offline/device';
import { device } from '../offline/lock';
import {
  drafts,
  dropDraft,
  dropWaiting,
  keepDraft,
  keepPhotos,
  sendAgain,
  sending,
  sendWaiting,
  type Waiting,
  waiting,
} from '../offline/waiting';
import { Button, ButtonLink, Confirm, Empty, Page, Problem, Section, Tag, toast } from '../parts';
import { go, registerOf } from '../state';
import { label } from '../text/dictionary';
import { t } from '../text/offline';
import { entryFields } from './registers/filters';
import { identityOf } from './registers/identity';

function State({ one }: { one: Waiting }) {
  if (sending.value === one.id) return <Tag tone="note">{t('sendingNow')}</Tag>;
  if (one.refused) return <Tag tone="bad">{t(one.current ? 'conflict' : 'refused')}</Tag>;
  return <Tag>{t('queued')}</Tag>;
}

/** Both versions of a row that somebody else has changed meanwhile. */
function Decide({ one, current }: { one: Waiting; current: Row }) {
  const [now, setNow] = useState(current);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const register = registerOf(one.register);
  if (!register) return null;
  const save = async (values: Values) => {
    setBusy(true);
    setError(null);
    try {
      const change = { version: now.version, values, reason: one.reason || t('reason') };
      await api.patch<Saved>(`/api/registers/${one.register}/rows/${now.id}`, change);
      await dropWaiting(one.id);
      toast(t('decided'));
    } catch (cause) {
      if (cause instanceof ApiError && cause.failure.current) setNow(cause.failure.current);
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Conflict
        key={now.version}
        fields={entryFields(register)}
        mine={one.values}
        before={one.before}
        current={now}
        isNew={one.kind === 'new'}
        busy={busy}
        onSave={(values) => void save(values)}
        onDrop={() => void dropWaiting(one.id)}
      />
      {error !== null && <Problem error={error} />}
    </>
  );
}

function One({ one, onDiscard }: { one: Waiting; onDiscard: () => void }) {
  const register = registerOf(one.register);
  const edit = async () => {
    // Back into the form it came from, with the values that were refused.
    await keepDraft(randomName(), {
      register: one.register,
      row: one.kind === 'new' ? '' : one.row,
      version: one.version,
      values: one.values,
      before: one.before,
      source: one.source,
      typed: {},
      at: one.at,
    });
    await keepPhotos(one.register, one.kind === 'new' ? '' : one.row, one.photos ?? []);
    await dropWaiting(one.id);
    go(one.kind === 'new' ? linkNewRow(one.register) : linkRow(one.register, one.row));
  };
  return (
    <li class="kept-one">
      <header>
        <b>{one.title || one.row}</b>
        <small>
          {register ? label(register.label) : one.register} · {t(one.kind)} · {t('savedAt', { at: formatTime(one.at) })}
        </small>
        <State one={one} />
      </header>
      {one.refused && !one.current && (
        <p class="fault">
          {one.refused.text} {one.refused.cure}
        </p>
      )}
      {one.current && (one.kind === 'correct' || one.kind === 'new') ? (
        <Decide one={one} current={one.current} />
      ) : (
        <div class="row">
          {one.refused && (one.kind === 'new' || one.kind === 'correct') && (
            <Button small kind="main" onClick={() => void edit()}>
              {t('edit')}
            </Button>
          )}
          {one.refused && (
            <Button small onClick={() => void sendAgain(one)}>
              {t('sendNow')}
            </Button>
          )}
          <Button small kind="quiet" disabled={sending.value === one.id} onClick={onDiscard}>
            {t('discard')}
          </Button>
        </div>
      )}
    </li>
  );
}

export default function OfflinePage() {
  const [dropping, setDropping] = useState<string | null>(null);
  const state = device.value;
  const ready = waiting.value.some((one) => !one.refused);
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        state === 'open' &&
        online.value &&
        ready && (
          <Button icon="upload" busy={sending.value !== ''} onClick={() => void sendWaiting()}>
            {t('sendNow')}
          </Button>
        )
      }
    >
      {state === 'impossible' && (
        <Empty icon="lock" title={t('impossible')}>
          {t('impossibleHelp')}
        </Empty>
      )}
      {state === 'none' && (
        <Empty icon="lock" title={t('none')}>
          {t('noneHelp')}
        </Empty>
      )}
      {state === 'locked' && (
        <Section title={t('badgeLocked')}>
          <p>{t('lockedOnline')}</p>
          <OpenDevice offline={false} />
        </Section>
      )}
      {state === 'open' && (
        <>
          <Section title={t('waiting')}>
            {waiting.value.length === 0 ? (
              <Empty icon="check" title={t('noWaiting')}>
                {t('noWaitingHelp')}
              </Empty>
            ) : (
              <ol class="kept-list">
                {waiting.value.map((one) => (
                  <One key={one.id} one={one} onDiscard={() => setDropping(one.id)} />
                ))}
              </ol>
            )}
          </Section>
          <Section title={t('drafts')}>
            {drafts.value.length === 0 ? (
              <p class="hint">{t('noDrafts')}</p>
            ) : (
              <ul class="kept-list">
                {drafts.value.map((one) => {
                  const register = registerOf(one.register);
                  return (
                    <li key={one.id} class="kept-one">
                      <header>
                        <b>{(register && identityOf(register, one.values)) || (register ? label(register.label) : one.register)}</b>
                        <small>
                          {register ? label(register.label) : one.register} · {t(one.row ? 'correct' : 'new')} ·{' '}
                          {t('savedAt', { at: formatTime(one.at) })}
                        </small>
                      </header>
                      <div class="row">
                        <ButtonLink small kind="main" href={one.row ? linkRow(one.register, one.row) : linkNewRow(one.register)}>
                          {t('goOn')}
                        </ButtonLink>
                        <Button small kind="quiet" onClick={() => void dropDraft(one.id, one.register, one.row)}>
                          {t('discard')}
                        </Button>
                      </div>
                    </li>
                  );
                })}
              </ul>
            )}
          </Section>
        </>
      )}
      {dropping && (
        <Confirm
          title={t('discardTitle')}
          action={t('discard')}
          danger
          onYes={() => {
            void dropWaiting(dropping);
            setDropping(null);
          }}
          onClose={() => setDropping(null)}
        >
          <p>{t('discardHelp')}</p>
        </Confirm>
      )}
    </Page>
  );
}
