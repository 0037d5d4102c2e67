// SPDX-License-Identifier: AGPL-3.0-or-later
// Imports: a file to begin with, and those until now.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Import } from '../../api/types';
import { useGet } from '../../api/use';
import { formatBytes, formatNumber, formatTime } from '../../format';
import { linkImport } from '../../links';
import { Button, type Column, Empty, Field, FileDrop, Page, Problem, Section, Select, Skeleton, Table, Tag, type Tone } from '../../parts';
import { address, go, link, mayDo, model, registerOf } from '../../state';
import { label, whoName } from '../../text/dictionary';
import { t } from '../../text/import';
import { type Guess, guessFile, guessSource } from './headings';
import { OneImport } from './one';
import { WaitingForms } from './waiting';

const most = 100_000_000;

export const stateTone: Record<Import['state'], Tone> = {
  uploaded: 'note',
  checking: 'note',
  checked: 'note',
  saving: 'note',
  saved: 'good',
  failed: 'bad',
  undone: 'plain',
};

function NewImport() {
  const mine = (model.value?.registers ?? []).filter((one) => one.may.import);
  const [file, setFile] = useState<File | null>(null);
  const [register, setRegister] = useState(address.value.query.register ?? '');
  const [source, setSource] = useState('');
  const [guess, setGuess] = useState<Guess | null>(null);
  const [busy, setBusy] = useState(false);
  const [blame, setBlame] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const now = registerOf(register);
  const form = useRef<HTMLFormElement>(null);
  // The place to drop a file, which had the focus, is gone: it goes to what is still to be chosen.
  useEffect(() => {
    if (!file) return;
    const open = [...(form.current?.querySelectorAll('select') ?? [])].find((one) => !one.value);
    (open ?? form.current?.querySelector<HTMLElement>('[type=submit]'))?.focus();
  }, [guess, file]);
  const sources = now?.sources ?? [];

  const take = async (chosen: File) => {
    setFile(chosen);
    setError(null);
    const found = await guessFile(chosen, mine);
    setGuess(found);
    if (found && (!register || found.register === register || !mine.some((one) => one.name === register))) {
      setRegister(found.register);
      setSource(found.source);
    }
  };
  const send = async () => {
    if (!file || !now || (sources.length > 0 && !source)) {
      setBlame(true);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const made = await api.upload<Import>('/api/imports', file, { register, source });
      go(linkImport(made.id));
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };

  if (!mine.length)
    return (
      <Empty icon="import" title={t('none')}>
        {t('noneHelp')}
      </Empty>
    );
  if (!file)
    return (
      <FileDrop
        label={t('drop')}
        accept={['.xlsx', '.csv', '.txt', '.tsv']}
        most={most}
        hint={t('dropHint')}
        onFile={(one) => void take(one)}
      />
    );
  const guessed = guess && registerOf(guess.register);
  return (
    <form
      ref={form}
      class="stack new-import"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p class="file-line">
        <b>{file.name}</b> <small>{formatBytes(file.size)}</small>{' '}
        <Button small kind="quiet" onClick={() => setFile(null)}>
          {t('other')}
        </Button>
      </p>
      <p class="hint">{guessed ? t('guess', { register: label(guessed.label), n: guess.known }) : t('noGuess')}</p>
      <div class="row fields-in-line">
        <Field label={t('register')} required error={blame && !now ? t('chooseRegister') : undefined}>
          <Select
            choices={mine.map((one) => ({ value: one.name, label: label(one.label) }))}
            value={register}
            empty={t('chooseRegister')}
            onValue={(name) => {
              setRegister(name);
              const chosen = registerOf(name);
              setSource(chosen ? guessSource(chosen, file.name) : '');
            }}
          />
        </Field>
        {sources.length > 0 && (
          <Field label={t('source')} required error={blame && !source ? t('chooseSource') : undefined}>
            <Select
              choices={sources.map((one) => ({ value: one.value, label: label(one.label) }))}
              value={source}
              empty={t('chooseSource')}
              onValue={setSource}
            />
          </Field>
        )}
      </div>
      {error !== null && <Problem error={error} />}
      <div class="row">
        <Button kind="main" type="submit" icon="upload" busy={busy}>
          {busy ? t('uploading') : t('upload')}
        </Button>
      </div>
    </form>
  );
}

function Past() {
  const [older, setOlder] = useState<Import[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const got = useGet<{ imports: Import[]; next: string | null }>('/api/imports');
  // Older ones stay while the list above them ends where it did.
  const end = got.data?.next;
  useEffect(() => {
    setOlder([]);
    setNext(undefined);
  }, [end]);
  if (!got.data) return got.error ? <Problem error={got.error} again={got.again} /> : <Skeleton lines={4} />;
  const rows = [...got.data.imports, ...older];
  const after = next === undefined ? got.data.next : next;
  if (!rows.length)
    return (
      <Empty icon="import" title={t('noPast')}>
        {t('noPastHelp')}
      </Empty>
    );
  const number = (n: number | undefined) => (n === undefined ? '' : formatNumber(n));
  const columns: Column<Import>[] = [
    { key: 'file', label: t('file'), cell: (one) => one.file },
    {
      key: 'register',
      label: t('register'),
      wrap: true,
      cell: (one) => {
        const register = registerOf(one.register);
        const from = register?.sources.find((s) => s.value === one.source);
        return `${register ? label(register.label) : one.register}${from ? ` · ${label(from.label)}` : ''}`;
      },
    },
    { key: 'state', label: t('state'), cell: (one) => <Tag tone={stateTone[one.state]}>{t(one.state)}</Tag> },
    { key: 'inserted', label: t('inserted'), numeric: true, cell: (one) => number(one.result?.inserted) },
    { key: 'corrected', label: t('corrected'), numeric: true, cell: (one) => number(one.result?.corrected) },
    {
      key: 'rejected',
      label: t('rejected'),
      numeric: true,
      cell: (one) => number(one.result?.rejected),
      tone: (one) => (one.result?.rejected ? 'wrong' : undefined),
    },
    { key: 'at', label: t('at'), cell: (one) => formatTime(one.at) },
    { key: 'who', label: t('who'), cell: (one) => whoName(one.who) },
  ];
  return (
    <>
      <Table<Import>
        lines
        caption={t('past')}
        columns={columns}
        rows={rows}
        keyOf={(one) => one.id}
        onOpen={(one) => go(linkImport(one.id))}
      />
      {after && (
        <Button
          small
          onClick={() => {
            void api.get<{ imports: Import[]; next: string | null }>('/api/imports', { after }).then((answer) => {
              setOlder([...older, ...answer.imports]);
              setNext(answer.next);
            });
          }}
        >
          {t('more')}
        </Button>
      )}
    </>
  );
}

export default function ImportPage() {
  const id = address.value.path[1];
  if (id) return <OneImport key={id} id={id} />;
  return (
    <Page title={t('title')} lead={t('lead')}>
      <NewImport key={link('/import')} />
      {mayDo('import') && (
        <>
          <WaitingForms />
          <Section title={t('past')} flat class="past-imports">
            <Past />
          </Section>
        </>
      )}
    </Page>
  );
}
