// SPDX-License-Identifier: AGPL-3.0-or-later
// One import from its columns to its undo. What is to be done next follows from its state, so a reload goes on where it was.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Import, ImportMapping, Job, Why } from '../../api/types';
import { useGet, useJob } from '../../api/use';
import { formatBytes, formatNumber, formatTime } from '../../format';
import { linkImport, linkRows } from '../../links';
import { Button, ButtonLink, Confirm, Empty, Field, Input, Page, Problem, Section, Skeleton, Tag, toast } from '../../parts';
import { go, link, registerOf } from '../../state';
import { label, whoName } from '../../text/dictionary';
import { t } from '../../text/import';
import { Columns } from './columns';
import { stateTone } from './page';

function Steps({ at }: { at: 1 | 2 | 3 | 4 }) {
  return (
    <ol class="import-steps">
      {([1, 2, 3, 4] as const).map((n) => (
        <li key={n} class={n < at ? 'done' : undefined} aria-current={n === at ? 'step' : undefined}>
          <span>{n}</span> {t(`step${n}`)}
        </li>
      ))}
    </ol>
  );
}

function Progress({ job, what }: { job: Job | null; what: 'checkingRows' | 'savingRows' | 'undoing' }) {
  const done = job ? Math.max(0, Math.min(1, job.done)) : 0;
  return (
    <div class="job" role="status">
      <progress value={job ? done : undefined} max={1} aria-label={t(what, { n: job?.rows ?? 0 })} />
      <p>
        {t(what, { n: job?.rows ?? 0 })}
        {done > 0 && ` · ${done < 1 ? `${formatNumber(Math.floor(done * 100))}%` : t('finishing')}`}
      </p>
    </div>
  );
}

function Counts({ one }: { one: Import }) {
  const r = one.result;
  if (!r) return null;
  const saved = one.state === 'saved' || one.state === 'undone';
  const cells: [string, number, boolean][] = [
    [t('rows'), r.rows, false],
    [saved ? t('inserted') : t('wouldInsert'), r.inserted, false],
    [saved ? t('corrected') : t('wouldCorrect'), r.corrected, false],
    [t('unchanged'), r.unchanged, false],
    [t('rejected'), r.rejected, r.rejected > 0],
    [t('warned'), r.warned, false],
  ];
  return (
    <dl class="counts">
      {cells.map(([name, n, alarm]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={alarm ? 'alarm' : undefined}>{formatNumber(n)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Problems({ one }: { one: Import }) {
  const list = one.result?.problems ?? [];
  if (!list.length) return one.state === 'checked' ? <p class="hint">{t(one.result?.rows ? 'noProblems' : 'noRows')}</p> : null;
  return (
    <div class="table">
      <table>
        <caption class="unseen">{t('problems')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('problem')}</th>
            <th scope="col" class="n">
              {t('count')}
            </th>
            <th scope="col">{t('example')}</th>
          </tr>
        </thead>
        <tbody>
          {[...list]
            .sort((a, b) => Number(b.error) - Number(a.error) || Number(a.note ?? false) - Number(b.note ?? false) || b.count - a.count)
            .map((problem) => (
              <tr key={`${problem.key} ${problem.error}`}>
                <td>
                  {problem.note ? (
                    <Tag>{t('notedRows')}</Tag>
                  ) : (
                    <Tag tone={problem.error ? 'bad' : 'warn'}>{problem.error ? t('refusedRows') : t('warnedRows')}</Tag>
                  )}
                </td>
                <td class="n">{formatNumber(problem.count)}</td>
                <td class="wrap">{label(problem.example)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

function Rejects({ one }: { one: Import }) {
  if (!one.result?.rejects) return null;
  return (
    <div class="stack tight">
      <div class="row">
        <ButtonLink icon="download" href={`/api/imports/${one.id}/rejects`} download>
          {t('rejects')}
        </ButtonLink>
      </div>
      <p class="hint">{t('rejectsHelp')}</p>
    </div>
  );
}

function UndoPart({ one, act, busy }: { one: Import; act: (reason: string) => void; busy: boolean }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const [blame, setBlame] = useState(false);
  const go = () => {
    if (!reason.trim()) return setBlame(true);
    setAsking(false);
    act(reason.trim());
  };
  if (one.state !== 'saved') return null;
  if (!one.undo.may) return <p class="hint">{t('mayNot', { why: label(one.undo.why) })}</p>;
  return (
    <>
      <div class="row">
        <Button icon="undo" busy={busy} onClick={() => setAsking(true)}>
          {t('undo')}
        </Button>
      </div>
      {asking && (
        <Confirm title={t('undoTitle', { file: one.file })} action={t('undo')} danger onYes={go} onClose={() => setAsking(false)}>
          <p>{t('undoHelp', { inserted: one.result?.inserted ?? 0, corrected: one.result?.corrected ?? 0 })}</p>
          <Field label={t('undoReason')} required error={blame && !reason.trim() ? t('undoNeeds') : undefined}>
            <Input
              value={reason}
              onValue={setReason}
              maxLength={500}
              onKeyDown={(event: KeyboardEvent) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                go();
              }}
            />
          </Field>
        </Confirm>
      )}
    </>
  );
}

export function OneImport({ id }: { id: string }) {
  const got = useGet<Import>(`/api/imports/${encodeURIComponent(id)}`, undefined, true);
  const [newer, setNewer] = useState<Import | null>(null);
  const [editing, setEditing] = useState(false);
  const [busy, setBusy] = useState('');
  const [error, setError] = useState<unknown>(null);
  const one = newer ?? got.data;
  const running = one?.state === 'checking' || one?.state === 'saving' || busy === 'undo';
  const job = useJob(running ? one?.job : null);
  const reload = useRef(() => {});
  reload.current = () => {
    api.get<Import>(`/api/imports/${encodeURIComponent(id)}`).then((answer) => {
      setNewer(answer);
      setBusy('');
    }, setError);
  };
  const ended = job?.state === 'done' || job?.state === 'failed';
  useEffect(() => {
    if (!ended) return;
    if (job?.state === 'done' && busy === 'undo') toast(t('undone2'));
    reload.current();
  }, [ended, job?.id]);
  // In case the job is over before anybody could hear of it.
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => reload.current(), 3000);
    return () => clearInterval(timer);
  }, [running]);

  const act = async (what: 'check' | 'save' | 'undo', body?: Why) => {
    setBusy(what);
    setError(null);
    try {
      setNewer(await api.post<Import>(`/api/imports/${id}/${what}`, body));
      setEditing(false);
      if (what !== 'undo') setBusy('');
    } catch (cause) {
      setError(cause);
      setBusy('');
    }
  };
  const map = async (mapping: ImportMapping) => {
    setBusy('map');
    setError(null);
    try {
      setNewer(await api.put<Import>(`/api/imports/${id}/mapping`, mapping));
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy('');
    }
  };
  const drop = async () => {
    try {
      await api.delete(`/api/imports/${id}`);
      toast(t('dropped'));
      go(linkImport());
    } catch (cause) {
      setError(cause);
    }
  };

  if (!one)
    return (
      <Page title={t('title')}>
        {got.error ? (
          <Empty icon="import" title={t('gone')} action={<ButtonLink href={linkImport()}>{t('backTo')}</ButtonLink>}>
            <Problem error={got.error} again={got.again} />
          </Empty>
        ) : (
          <Skeleton lines={6} />
        )}
      </Page>
    );

  const register = registerOf(one.register);
  const source = register?.sources.find((s) => s.value === one.source);
  const mapping = one.columns !== undefined && (one.state === 'uploaded' || one.state === 'failed' || (editing && one.state === 'checked'));
  const good = one.result ? one.result.inserted + one.result.corrected : 0;
  const step = one.state === 'saved' || one.state === 'saving' || one.state === 'undone' ? 4 : mapping ? 2 : 3;
  return (
    <Page
      title={one.file}
      lead={
        <>
          {register ? label(register.label) : one.register}
          {source && ` · ${label(source.label)}`} · {formatBytes(one.size)} · {formatTime(one.at)} · {whoName(one.who)}{' '}
          <Tag tone={stateTone[one.state]}>{t(one.state)}</Tag>
        </>
      }
      actions={<ButtonLink href={linkImport()}>{t('backTo')}</ButtonLink>}
    >
      <Steps at={step} />
      {one.error && (
        <div class="problem" role="alert">
          <div>
            <p class="title">{one.error.text}</p>
            <p>
              {one.error.where && <code>{one.error.where}</code>} {one.error.cure}
            </p>
            <p class="hint">{t('failedHelp')}</p>
          </div>
        </div>
      )}
      {error !== null && <Problem error={error} />}
      {mapping && register && (
        <Columns
          one={one}
          register={register}
          busy={busy !== ''}
          onMap={(next) => void map(next)}
          onCheck={() => void act('check')}
          onDrop={() => void drop()}
        />
      )}
      {one.state === 'checking' && <Progress job={job} what="checkingRows" />}
      {one.state === 'saving' && <Progress job={job} what="savingRows" />}
      {busy === 'undo' && <Progress job={job} what="undoing" />}
      {one.result && !mapping && one.state !== 'checking' && one.state !== 'saving' && (
        <Section title={one.state === 'checked' ? t('result') : t('resultSaved')}>
          <div class="stack">
            <Counts one={one} />
            {one.result.problems.some((problem) => problem.key.startsWith('import.cut ')) && <p class="caution">{t('cutOff')}</p>}
            {one.state === 'checked' && one.result.before_at && (
              <p class="caution">{t('cameBefore', { at: formatTime(one.result.before_at) })}</p>
            )}
            <Problems one={one} />
            <Rejects one={one} />
          </div>
        </Section>
      )}
      {one.state === 'checked' && !mapping && (
        <div class="stack">
          {one.result && one.result.rejected > 0 && good > 0 && <p>{t('saveSome', { rejected: one.result.rejected, n: good })}</p>}
          <div class="row">
            {good > 0 ? (
              <Button kind="main" busy={busy === 'save'} onClick={() => void act('save')}>
                {t('save', { n: good })}
              </Button>
            ) : (
              <p>{t(one.result && one.result.unchanged > 0 ? 'saveSame' : 'saveNothing', { n: one.result?.unchanged ?? 0 })}</p>
            )}
            <Button onClick={() => setEditing(true)}>{t('again')}</Button>
            <Button kind="quiet" onClick={() => void drop()}>
              {t('drop2')}
            </Button>
          </div>
        </div>
      )}
      {(one.state === 'saved' || one.state === 'undone') && (
        <div class="stack">
          <div class="row">
            <ButtonLink kind="main" href={linkRows(one.register, { wide: 'area,period' })}>
              {t('seeRows')}
            </ButtonLink>
            <ButtonLink href={link('/import')}>{t('newImport')}</ButtonLink>
          </div>
          <UndoPart one={one} act={(reason) => void act('undo', { reason })} busy={busy === 'undo'} />
        </div>
      )}
    </Page>
  );
}
