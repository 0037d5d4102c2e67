// SPDX-License-Identifier: AGPL-3.0-or-later
// Backups: made as a job with progress, listed, downloaded; and the history verified.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { Backup, Job } from '../../api/types';
import { useGet, useJob } from '../../api/use';
import { formatBytes, formatNumber, formatTime } from '../../format';
import { Button, ButtonLink, type Column, Confirm, Empty, Problem, Section, Skeleton, Table, Tag, toast } from '../../parts';
import { t } from '../../text/admin';

/** Starts a job and follows it; done is called once when it has ended well. */
function useWork(path: string, done: (job: Job) => void) {
  const [started, setStarted] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  const told = useJob(started?.id);
  const job = told ?? started;
  const running = job !== null && (job.state === 'waiting' || job.state === 'running');
  useEffect(() => {
    if (job?.state === 'done') done(job);
    if (job?.state === 'failed') setError(new ApiError(500, { error: job.error }));
  }, [job?.id, job?.state]);
  const start = async () => {
    setError(null);
    try {
      setStarted(await api.post<Job>(path));
    } catch (cause) {
      setError(cause);
    }
  };
  return { job, running, error, start };
}

function Progress({ job, words }: { job: Job; words: string }) {
  return (
    <p class="going" role="status">
      {job.done > 0 ? <progress aria-label={words} value={job.done} max={1} /> : <progress aria-label={words} />}
      {words} {job.done > 0 && `${formatNumber(100 * job.done, 0)}%`}
    </p>
  );
}

export function Backups() {
  const answer = useGet<{ backups: Backup[] }>('/api/backups');
  const backup = useWork('/api/backups', () => {
    toast(t('backupMade'));
    answer.again();
  });
  const [dropping, setDropping] = useState<Backup | null>(null);
  const [error, setError] = useState<unknown>(null);
  const drop = async (one: Backup) => {
    setDropping(null);
    setError(null);
    try {
      await api.delete(`/api/backups/${encodeURIComponent(one.name)}`);
      toast(t('backupDropped'));
    } catch (cause) {
      setError(cause);
    }
    answer.again();
  };
  const proof = useWork('/api/verify', () => {});
  const columns: Column<Backup>[] = [
    { key: 'at', label: t('backupAt'), cell: (one) => formatTime(one.at) },
    { key: 'name', label: t('backupFile'), cell: (one) => <code>{one.name}</code> },
    { key: 'bytes', label: t('backupSize'), numeric: true, cell: (one) => formatBytes(one.bytes) },
    {
      key: 'do',
      label: '',
      cell: (one) => (
        <span class="row end">
          <ButtonLink small icon="download" href={`/api/backups/${encodeURIComponent(one.name)}`} download>
            {t('download')}
            <span class="unseen"> {one.name}</span>
          </ButtonLink>
          <Button small kind="danger" onClick={() => setDropping(one)}>
            {t('backupDrop')}
            <span class="unseen"> {one.name}</span>
          </Button>
        </span>
      ),
    },
  ];
  const backups = [...(answer.data?.backups ?? [])].sort((a, b) => (a.at < b.at ? 1 : -1));
  const make = (
    <Button kind="main" icon="download" busy={backup.running} onClick={() => void backup.start()}>
      {t('backupMake')}
    </Button>
  );
  return (
    <>
      <Section title={t('backup')} note={t('backupHelp')} actions={backups.length > 0 && make}>
        {backup.error !== null && <Problem error={backup.error} />}
        {error !== null && <Problem error={error} />}
        {backup.running && backup.job && <Progress job={backup.job} words={t('backupMaking')} />}
        {answer.error && <Problem error={answer.error} again={answer.again} />}
        {!answer.data && !answer.error && <Skeleton lines={4} />}
        {answer.data && backups.length === 0 && (
          <Empty icon="download" title={t('backupNone')} action={make}>
            {t('backupNoneHelp')}
          </Empty>
        )}
        {backups.length > 0 && <Table lines caption={t('backup')} columns={columns} rows={backups} keyOf={(one) => one.name} />}
        <p class="hint">
          {t('restoreHelp')} <code>heng restore {t('restoreFile')} county.db</code>
        </p>
        {dropping && (
          <Confirm
            danger
            title={t('backupDropTitle', { name: dropping.name })}
            action={t('backupDrop')}
            onYes={() => void drop(dropping)}
            onClose={() => setDropping(null)}
          >
            <p>{t('backupDropHelp')}</p>
          </Confirm>
        )}
      </Section>
      <Section
        title={t('verify')}
        note={t('verifyHelp')}
        actions={
          <Button busy={proof.running} onClick={() => void proof.start()}>
            {t('verify')}
          </Button>
        }
      >
        {proof.running && proof.job && <Progress job={proof.job} words={t('verifying')} />}
        {proof.error !== null && (
          <>
            <p class="alarm">{t('verifyFailed')}</p>
            <Problem error={proof.error} />
          </>
        )}
        {proof.job?.state === 'done' && (
          <p role="status">
            <Tag tone="good">{t('verified')}</Tag>
          </p>
        )}
      </Section>
    </>
  );
}
