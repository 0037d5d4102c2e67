// SPDX-License-Identifier: AGPL-3.0-or-later
// One letter, open: what was written, files, the answer, the way to a finding. Its text is kept by this page alone and goes with it.
import { useEffect, useState } from 'preact/hooks';
import { api, apiUrl } from '../../api/client';
import type { Channel, Facilities, LetterAnswer, LetterFull, LetterMessage } from '../../api/types';
import { formatDay } from '../../format';
import { linkFacility, linkNewRow } from '../../links';
import { Button, ButtonLink, Confirm, Field, Problem, Section, Skeleton, Tag, TextArea, toast } from '../../parts';
import { registerOf } from '../../state';
import { label, placeName } from '../../text/dictionary';
import { t } from '../../text/tips';

/** What an answer to a question says, in words. */
function answerWords(channel: Channel, name: string, value: string): string {
  const question = channel.questions.find((one) => one.name === name);
  if (question?.type === 'date') return formatDay(value);
  return label(question?.codes.find((one) => one.value === value)?.label) || value;
}

function FacilityName({ code }: { code: string }) {
  const [name, setName] = useState(code);
  useEffect(() => {
    api.get<Facilities>('/api/facilities', { q: code }).then(
      (found) => {
        const one = found.facilities.find((facility) => facility.code === code);
        if (one) setName(placeName(one));
      },
      () => {},
    );
  }, [code]);
  return (
    <>
      {name} <a href={linkFacility(code)}>{t('toFacility')}</a>
    </>
  );
}

function Message({ channel, path, message }: { channel: Channel; path: string; message: LetterMessage }) {
  return (
    <Section title={message.of_reader ? t('office') : t('sender')} note={formatDay(message.on)}>
      {!message.readable && <p>{t('unreadable')}</p>}
      {message.from && (
        <p class="muted">
          {t('from')}
          {message.from}
        </p>
      )}
      {Object.keys(message.answers).length > 0 && (
        <dl class="facts">
          {channel.questions.map(
            (one) =>
              message.answers[one.name] && (
                <>
                  <dt>{label(one.label)}</dt>
                  <dd style={{ whiteSpace: 'pre-wrap' }}>
                    {one.type === 'facility' ? (
                      <FacilityName code={message.answers[one.name]!} />
                    ) : (
                      answerWords(channel, one.name, message.answers[one.name]!)
                    )}
                  </dd>
                </>
              ),
          )}
        </dl>
      )}
      {message.text && <p style={{ whiteSpace: 'pre-wrap' }}>{message.text}</p>}
      {message.files.length > 0 && (
        <div class="actions">
          {message.files.map((one, i) => (
            <a key={one.id} href={apiUrl(`${path}/files/${one.id}`)} download>
              {t('file', { n: i + 1 })}
            </a>
          ))}
        </div>
      )}
    </Section>
  );
}

export function LetterPage({ channel, id, onBack }: { channel: Channel; id: string; onBack: () => void }) {
  const path = `/api/channels/${channel.name}/letters/${id}`;
  const [full, setFull] = useState<LetterFull | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [closing, setClosing] = useState(false);
  const load = () => api.get<LetterFull>(path).then(setFull, setError);
  useEffect(() => void load(), [path]);
  const run = async (call: () => Promise<unknown>, said: string) => {
    setBusy(true);
    setError(null);
    try {
      await call();
      setText('');
      toast(said);
      await load();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
      setClosing(false);
    }
  };
  const letter = full?.letter;
  return (
    <>
      <div class="letter-head">
        <Button small icon="left" onClick={onBack}>
          {t('back')}
        </Button>
        {letter && (
          <p>
            <Tag tone={letter.state === 'read' || letter.state === 'new' ? 'warn' : 'good'}>{t(letter.state)}</Tag>
            <span>
              {t('arrived')} {formatDay(letter.arrived_on)}
            </span>
            <span>
              {t('due')} {formatDay(letter.due_on)}
            </span>
            <span>
              {t('keep')} {formatDay(letter.keep_until)}
            </span>
          </p>
        )}
        {letter && letter.state !== 'closed' && (
          <Button small onClick={() => setClosing(true)}>
            {t('close')}
          </Button>
        )}
      </div>
      {error !== null && <Problem error={error} />}
      {!full && error === null && <Skeleton lines={5} />}
      {full?.messages.map((one) => (
        <Message key={one.id} channel={channel} path={path} message={one} />
      ))}
      {letter && channel.public && (registerOf('findings') || registerOf('cases')) && (
        <div class="actions letter-next">
          {registerOf('findings') && <ButtonLink href={linkNewRow('findings')}>{t('openFinding')}</ButtonLink>}
          {registerOf('cases') && <ButtonLink href={linkNewRow('cases')}>{t('openCase')}</ButtonLink>}
          <small>{t('openHelp')}</small>
        </div>
      )}
      {letter && letter.state !== 'closed' && (
        <Section title={t('reply')}>
          <form
            class="stack letter-form"
            onSubmit={(event) => {
              event.preventDefault();
              if (text.trim()) void run(() => api.post(`${path}/answers`, { text: text.trim() } satisfies LetterAnswer), t('sent'));
            }}
          >
            <Field label={t('replyText')} hint={t('replyHelp')}>
              <TextArea value={text} onValue={setText} rows={6} maxLength={8000} autocomplete="off" />
            </Field>
            <div class="actions">
              <Button kind="main" type="submit" busy={busy} disabled={!text.trim()}>
                {t('send')}
              </Button>
            </div>
          </form>
        </Section>
      )}
      {closing && letter && (
        <Confirm
          title={t('closeTitle')}
          action={t('close')}
          busy={busy}
          onYes={() => void run(() => api.post(`${path}/close`, {}), t('closedDone'))}
          onClose={() => setClosing(false)}
        >
          <p>{t('closeHelp', { day: formatDay(letter.keep_until) })}</p>
        </Confirm>
      )}
    </>
  );
}
