// SPDX-License-Identifier: AGPL-3.0-or-later
// How the server is doing: its queues, memory, cache and the head of its history; what is unusual is said in words first.
import { useEffect } from 'preact/hooks';
import type { Health } from '../../api/types';
import { useGet } from '../../api/use';
import { formatBytes, formatNumber, formatTime } from '../../format';
import { type Column, Link, Problem, Section, Skeleton, Table, Tag } from '../../parts';
import { t } from '../../text/admin';
import { label, whoName } from '../../text/dictionary';

type Lane = NonNullable<Health['lanes']>[number];

/** A week without one is long for a file that all work of a county lies in. */
export function backupIsOld(at: string | null, now: number): boolean {
  return at === null || now - Date.parse(at) > 7 * 86_400_000;
}

export function uptimeParts(seconds: number): { days: number; hours: number; minutes: number } {
  const minutes = Math.floor(seconds / 60);
  return { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 };
}

function uptimeText(seconds: number): string {
  const { days, hours, minutes } = uptimeParts(seconds);
  if (days) return t('days', { d: days, h: hours });
  return hours ? t('hours', { h: hours, m: minutes }) : t('minutes', { m: minutes });
}

const laneNames = ['read', 'write', 'slow', 'password', 'jobs'] as const;
const laneText = (name: string): string => {
  const known = laneNames.find((one) => one === name);
  return known ? t(`lane_${known}`) : name;
};

const jobKinds = ['import', 'import_check', 'import_undo', 'backup', 'verify'] as const;
const jobText = (kind: string): string => {
  const known = jobKinds.find((one) => one === kind);
  return known ? t(`job_${known}`) : kind;
};

/** What runs in the background now: which file, who began it, how far it is. */
function Running({ jobs }: { jobs: NonNullable<Health['jobs']> }) {
  if (!jobs.length) return <p>{t('noJobs')}</p>;
  return (
    <ul class="plain running-jobs">
      {jobs.map((one) => {
        const parts = [
          one.rows !== undefined && t('jobRows', { n: one.rows }),
          one.done > 0 && `${formatNumber(Math.floor(one.done * 100))}%`,
          t('jobSince', { who: whoName(one.who), at: formatTime(one.since) }),
        ];
        return (
          <li key={`${one.kind} ${one.since}`} class="job">
            <p>
              <b>{jobText(one.kind)}</b>
              {one.file !== undefined && ` · ${t('jobFile', { label: label(one.label), file: one.file })}`}
            </p>
            {one.done > 0 ? (
              <progress aria-label={jobText(one.kind)} value={one.done} max={1} />
            ) : (
              <progress aria-label={jobText(one.kind)} />
            )}
            <p class="hint">{parts.filter(Boolean).join(' · ')}</p>
          </li>
        );
      })}
    </ul>
  );
}

const milliseconds = (n: number) => t('milliseconds', { n: formatNumber(n, n < 10 ? 1 : 0) });

export function HealthPage() {
  const answer = useGet<Health>('/api/health');
  const { again } = answer;
  useEffect(() => {
    const timer = setTimeout(again, answer.data?.jobs?.length ? 1000 : 5000);
    return () => clearTimeout(timer);
  }, [answer.data]);
  const data = answer.data;
  if (!data) return answer.error ? <Problem error={answer.error} again={again} /> : <Skeleton lines={8} />;
  const columns: Column<Lane>[] = [
    { key: 'name', label: t('lane'), cell: (one) => laneText(one.name) },
    { key: 'waiting', label: t('waiting'), numeric: true, cell: (one) => formatNumber(one.waiting) },
    { key: 'running', label: t('running'), numeric: true, cell: (one) => formatNumber(one.running) },
    { key: 'done', label: t('finished'), numeric: true, cell: (one) => formatNumber(one.done) },
    {
      key: 'refused',
      label: t('refused'),
      numeric: true,
      cell: (one) => formatNumber(one.refused),
      tone: (one) => (one.refused ? 'alarm' : undefined),
    },
    { key: 'p50', label: t('p50'), numeric: true, cell: (one) => milliseconds(one.p50_ms) },
    { key: 'p99', label: t('p99'), numeric: true, cell: (one) => milliseconds(one.p99_ms) },
  ];
  const facts: [string, string | undefined][] = [
    [t('version'), data.version],
    [t('uptime'), data.uptime_s === undefined ? undefined : uptimeText(data.uptime_s)],
    [t('file'), data.file_bytes === undefined ? undefined : formatBytes(data.file_bytes)],
    [t('free'), data.free_bytes ? formatBytes(data.free_bytes) : undefined],
    [t('lastBackup'), data.backup_at === undefined ? undefined : data.backup_at ? formatTime(data.backup_at) : t('noBackupYet')],
    [t('wal'), data.wal_bytes === undefined ? undefined : formatBytes(data.wal_bytes)],
    [t('memory'), data.memory_bytes === undefined ? undefined : formatBytes(data.memory_bytes)],
    [t('cube'), data.cube_bytes === undefined ? undefined : formatBytes(data.cube_bytes)],
    [t('connections'), data.connections === undefined ? undefined : formatNumber(data.connections)],
  ];
  const busy = (data.lanes ?? []).filter((one) => one.waiting > 10);
  const asked = data.cache ? data.cache.hits + data.cache.misses : 0;
  return (
    <>
      {answer.error && <Problem error={answer.error} again={again} />}
      <Section
        title={t('health')}
        note={t('healthHelp')}
        actions={<Tag tone={data.ok ? 'good' : 'bad'}>{data.ok ? t('ok') : t('notOk')}</Tag>}
      >
        {busy.map((one) => (
          <p key={one.name} class="caution" role="status">
            {t('busyLane', { lane: laneText(one.name), n: one.waiting })}
          </p>
        ))}
        {data.backup_at !== undefined && backupIsOld(data.backup_at, Date.now()) && (
          <p class="caution">
            {data.backup_at ? t('backupOld', { at: formatTime(data.backup_at) }) : t('backupMissing')}{' '}
            <Link href="/admin/backup">{t('backup')}</Link>
          </p>
        )}
        {data.free_bytes !== undefined && data.file_bytes !== undefined && data.free_bytes < 2 * data.file_bytes && (
          <p class="caution">{t('diskFull', { free: formatBytes(data.free_bytes), file: formatBytes(data.file_bytes) })}</p>
        )}
        {(data.wal_bytes ?? 0) > 200_000_000 && <p class="caution">{t('walLarge', { size: formatBytes(data.wal_bytes ?? 0) })}</p>}
        <dl class="tiles">
          {facts.map(
            ([name, value]) =>
              value !== undefined && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
      </Section>
      {data.jobs && (
        <Section title={t('jobs')} note={t('jobsHelp')}>
          <Running jobs={data.jobs} />
        </Section>
      )}
      {data.lanes && (
        <Section title={t('lanes')} note={t('lanesHelp')}>
          <Table caption={t('lanes')} columns={columns} rows={data.lanes} keyOf={(one) => one.name} />
        </Section>
      )}
      {data.cache && (
        <Section title={t('cache')}>
          <p>
            {t('cacheText', {
              n: data.cache.answers,
              size: formatBytes(data.cache.bytes),
              hits: data.cache.hits,
              misses: data.cache.misses,
              rate: asked ? `${formatNumber((100 * data.cache.hits) / asked, 0)}%` : '–',
            })}
          </p>
        </Section>
      )}
      {data.history && (
        <Section title={t('history')}>
          <p>{t('historyText', { n: data.history.entries })}</p>
          <code>{data.history.head}</code>
        </Section>
      )}
    </>
  );
}
