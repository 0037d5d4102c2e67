// SPDX-License-Identifier: AGPL-3.0-or-later
// A referral: the questions of a channel that is not public, sealed when it is sent.
import { useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { Channel, ChannelQuestion, LetterReceipt, NewLetter } from '../../api/types';
import { Button, Dialog, FacilityCombo, Field, Input, Problem, Section, Select, TextArea } from '../../parts';
import { label } from '../../text/dictionary';
import { t } from '../../text/tips';
import { CopyField } from '../account/copy';

function Answer({
  question,
  value,
  error,
  onValue,
}: {
  question: ChannelQuestion;
  value: string;
  error: string;
  onValue: (value: string) => void;
}) {
  const said = {
    label: label(question.label),
    hint: label(question.help) || undefined,
    required: question.required,
    error: error || undefined,
  };
  if (question.type === 'facility') {
    return (
      <Field {...said}>
        <FacilityCombo value={value} onValue={onValue} />
      </Field>
    );
  }
  if (question.type === 'code') {
    return (
      <Field {...said}>
        <Select
          value={value}
          onValue={onValue}
          empty={t('choose')}
          choices={question.codes.map((one) => ({ value: one.value, label: label(one.label) }))}
        />
      </Field>
    );
  }
  return (
    <Field {...said}>
      {question.type === 'text' && question.max_length > 200 ? (
        <TextArea value={value} onValue={onValue} rows={8} maxLength={question.max_length} />
      ) : (
        <Input value={value} onValue={onValue} placeholder={question.type === 'date' ? '2014-06-05' : undefined} autocomplete="off" />
      )}
    </Field>
  );
}

export function Refer({ channel }: { channel: Channel }) {
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const [receipt, setReceipt] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const where = error instanceof ApiError && error.key === 'letters.answer' ? error.where : '';
  const send = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const body: NewLetter = { answers };
      setReceipt((await api.post<LetterReceipt>(`/api/channels/${channel.name}/letters`, body)).receipt);
      setAnswers({});
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section class="refer" title={t('refer')} note={label(channel.label)}>
      <div class="letter-promise">
        <p>{label(channel.intro)}</p>
        <p class="muted">{label(channel.promise)}</p>
      </div>
      <form class="stack letter-form" onSubmit={send} noValidate>
        {error !== null && <Problem error={error} />}
        {channel.questions.map((one) => (
          <Answer
            key={one.name}
            question={one}
            value={answers[one.name] ?? ''}
            error={where === one.name ? t('fault') : ''}
            onValue={(value) => setAnswers({ ...answers, [one.name]: value })}
          />
        ))}
        <div class="actions">
          <Button kind="main" type="submit" icon="lock" busy={busy}>
            {t('submit')}
          </Button>
        </div>
      </form>
      {receipt && (
        <Dialog title={t('receipt')} onClose={() => setReceipt('')}>
          <p>{t('receiptHelp')}</p>
          <CopyField label={t('receipt')} value={receipt} />
          <div class="actions">
            <Button kind="main" onClick={() => setReceipt('')}>
              {t('done')}
            </Button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}
