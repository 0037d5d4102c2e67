// SPDX-License-Identifier: AGPL-3.0-or-later
// The dashboard of a campaign: where it stands and what keeps it there, who owes what, visits, scores, findings, targets.
import type { Campaign } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatNumber } from '../../format';
import { linkIndicators, linkRow, linkRows } from '../../links';
import { ButtonLink, type Column, Empty, Icon, Link, Page, PrintButton, Problem, Section, Skeleton, Table, Tag } from '../../parts';
import { address, indicatorOf, link } from '../../state';
import { label } from '../../text/dictionary';
import { figureText, intervalText } from '../../text/figure';
import { t } from '../../text/supervise';
import { Bodies } from './bodies';
import { CampaignMoves } from './move';
import { Scores } from './scores';
import { linkLate, linkStage } from './stages';

type Phase = Campaign['phases'][number];
type Gate = Campaign['gates'][number];

function PhaseStrip({ phases }: { phases: Phase[] }) {
  return (
    <ol class="phases" aria-label={t('phases')}>
      {phases.map((one) => (
        <li key={one.name} class={`${one.time}${one.late ? ' late' : ''}`} aria-current={one.time === 'now' ? 'step' : undefined}>
          <b>
            {one.time === 'past' && <Icon name="check" size={12} />}
            {one.time === 'now' && <Icon name="right" size={12} />}
            {label(one.label)}
          </b>
          <span>
            {t(one.time)}
            {one.until && ` · ${t('until', { day: formatDay(one.until) })}`}
          </span>
          {one.late && <Tag tone="bad">{t('lateWord')}</Tag>}
          {one.count.owed > 0 && <span class="muted">{t('doneOf', { done: one.count.done, owed: one.count.owed })}</span>}
        </li>
      ))}
    </ol>
  );
}

const whereOf = (data: Campaign, gate: Gate): string | null =>
  gate.register === null
    ? null
    : gate.register === data.register
      ? linkRow(data.register, data.id)
      : linkRows(gate.register, { 'f.campaign': data.number, wide: 'period' });

function Gates({ data }: { data: Campaign }) {
  const list = data.gates.filter((one) => one.applies);
  if (!list.length) return <p class="muted">{t('noGates')}</p>;
  return (
    <ul class="gates">
      {list.map((gate, i) => {
        const where = gate.open ? null : whereOf(data, gate);
        return (
          <li key={`${gate.move}-${i}`} class={gate.open ? 'open' : 'shut'}>
            <Tag tone={gate.open ? 'good' : 'bad'}>{t(gate.open ? 'gateOpen' : 'gateShut')}</Tag>
            <span>
              <b>{label(gate.label)}</b>
              {gate.text && ` · ${label(gate.text)}`}
              {!gate.open && gate.rows > 0 && ` (${formatNumber(gate.rows)})`}
              {gate.open && gate.text && <span class="muted"> — {t('gateNothing')}</span>}
            </span>
            {where && <Link href={where}>{t('see')}</Link>}
          </li>
        );
      })}
    </ul>
  );
}

function Visits({ data }: { data: Campaign }) {
  const { visits } = data;
  const days = [...new Set(visits.rounds.map((one) => one.on ?? ''))];
  const teams = [...new Map(visits.rounds.map((one) => [one.team, label(one.label)])).entries()];
  const rota = (
    <ButtonLink small icon="today" href={link('/supervise/sampling', { part: 'rota' })}>
      {t('rota')}
    </ButtonLink>
  );
  if (!visits.planned)
    return (
      <Section title={t('visits')}>
        <Empty icon="today" title={t('noVisits')} action={rota}>
          {t('noVisitsHelp')}
        </Empty>
      </Section>
    );
  const columns: Column<[string, string]>[] = [
    { key: 'team', label: t('team'), cell: ([code, name]) => name || code || t('noTeam') },
    ...days.map((day) => ({
      key: day,
      label: day ? formatDay(day) : t('noDay'),
      numeric: true,
      cell: ([code]: [string, string]) => {
        const one = visits.rounds.find((round) => round.team === code && (round.on ?? '') === day);
        if (!one) return '';
        return (
          <>
            {one.made === one.planned && <Icon name="check" size={12} />}
            {one.late > 0 && <Icon name="warning" size={12} />} {t('madeOf', { made: one.made, planned: one.planned })}
            {one.waiting > 0 && <small>{t('cellWaiting', { n: one.waiting })}</small>}
          </>
        );
      },
    })),
    {
      key: 'all',
      label: t('all'),
      numeric: true,
      cell: ([code]) => {
        const mine = visits.rounds.filter((round) => round.team === code);
        const sum = (what: 'made' | 'planned') => mine.reduce((n, one) => n + one[what], 0);
        return <b>{t('madeOf', { made: sum('made'), planned: sum('planned') })}</b>;
      },
    },
  ];
  return (
    <Section
      title={t('visits')}
      note={t('visitsNote', {
        facilities: visits.facilities,
        wanted: visits.wanted ?? visits.planned,
        made: visits.made,
        planned: visits.planned,
      })}
      actions={rota}
    >
      <Table caption={t('visits')} columns={columns} rows={teams} keyOf={([code]) => code} />
      <p class="foot-line">
        {visits.late > 0 && <Tag tone="bad">{t('visitsLate', { n: visits.late })}</Tag>}{' '}
        {visits.waiting > 0 && <Tag tone="warn">{t('visitsWaiting', { n: visits.waiting })}</Tag>}{' '}
        {visits.register && <Link href={linkRows(visits.register, { 'f.campaign': data.number, wide: 'period' })}>{t('seeVisits')}</Link>}
      </p>
    </Section>
  );
}

function Findings({ data }: { data: Campaign }) {
  const { findings } = data;
  if (!findings) return null;
  const mine = { 'f.campaign': data.number };
  const rows = findings.rows.filter((one) => one.severity !== null || one.counts.some(Boolean));
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { key: 'severity', label: t('severity'), cell: (row) => label(row.label) },
    ...findings.stages.map((stage, i) => ({
      key: stage.name,
      label: label(stage.label),
      numeric: true,
      cell: (row: Row) => {
        const n = row.counts[i] ?? 0;
        if (!n) return <span class="muted">0</span>;
        const by = findings.severity_field && row.severity ? { [`f.${findings.severity_field}`]: row.severity } : {};
        return <Link href={linkStage(findings.register, stage.name, { ...mine, ...by })}>{formatNumber(n)}</Link>;
      },
    })),
    { key: 'all', label: t('all'), numeric: true, cell: (row) => <b>{formatNumber(row.counts.reduce((sum, n) => sum + n, 0))}</b> },
  ];
  return (
    <Section
      title={t('findings')}
      note={t('findingsNote', { n: findings.n })}
      actions={
        findings.late > 0 && (
          <Link
            href={linkLate(
              findings.register,
              findings.stages.filter((one) => !one.final).map((one) => one.name),
              mine,
            )}
          >
            <Tag tone="bad">{t('late', { n: findings.late })}</Tag>
          </Link>
        )
      }
    >
      {findings.n === 0 ? (
        <Empty icon="flag" title={t('noFindings')}>
          {t('noFindingsHelp')}
        </Empty>
      ) : (
        <Table caption={t('findings')} columns={columns} rows={rows} keyOf={(row) => row.severity ?? ''} />
      )}
    </Section>
  );
}

function Targets({ data }: { data: Campaign }) {
  if (!data.targets.length) return null;
  return (
    <Section title={t('targets')} note={t('targetsNote')}>
      <ul class="lines targets">
        {data.targets.map(({ indicator, figure }) => {
          const about = indicatorOf(indicator);
          const met =
            about?.target == null || figure.value === undefined || figure.state !== 'ok'
              ? null
              : (figure.value - about.target) * (about.better || 1) >= 0;
          return (
            <li key={indicator}>
              <p>
                {label(about?.label) || indicator}
                <span class="amount">
                  <Link class="made-number" href={linkIndicators(indicator, 'month')}>
                    <b>{figureText(figure, about?.decimals ?? 1)}</b> {figure.state === 'ok' && <small>{label(about?.unit)}</small>}
                  </Link>
                </span>
              </p>
              <p class="meta">
                {intervalText(figure, about?.decimals ?? 1) && <span>{intervalText(figure, about?.decimals ?? 1)}</span>}
                {about?.target != null && <span>{t('target', { value: formatNumber(about.target) })}</span>}
                {met !== null && <Tag tone={met ? 'good' : 'warn'}>{t(met ? 'met' : 'notMet')}</Tag>}
              </p>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function Board({ data, onMoved }: { data: Campaign; onMoved: () => void }) {
  return (
    <div class="campaign">
      <Section title={t('phases')} class="phase-section">
        <PhaseStrip phases={data.phases} />
        <h3>{t('gates')}</h3>
        <Gates data={data} />
        {/* What others do opens and shuts gates: then its moves are asked for anew. */}
        <CampaignMoves
          key={data.gates.map((one) => `${one.move} ${one.open}`).join()}
          name={data.register}
          id={data.id}
          onMoved={onMoved}
        />
      </Section>
      <Bodies data={data} />
      <div class="two">
        <div>
          <Visits data={data} />
          <Findings data={data} />
        </div>
        <div>
          <Targets data={data} />
        </div>
      </div>
      {data.checklists.map((one) => (
        <Scores key={one.register} one={one} number={data.number} />
      ))}
    </div>
  );
}

function OneCampaign({ number }: { number: string }) {
  const answer = useGet<Campaign>(`/api/campaigns/${encodeURIComponent(number)}`);
  const { data } = answer;
  return (
    <Page
      wide
      title={data ? label(data.label) : number}
      lead={
        <>
          <Link href={link('/supervise')}>{t('title')}</Link> · {number}
          {data?.area && ` · ${label(data.area.label)}`}
          {data && ` · ${t('days', { from: formatDay(data.begins), to: formatDay(data.until) })}`}
        </>
      }
      actions={
        data && (
          <>
            <ButtonLink small icon="edit" href={linkRow(data.register, data.id)}>
              {t('row')}
            </ButtonLink>
            <PrintButton small />
            <ButtonLink kind="main" icon="reports" href={link(`/reports/campaign/${encodeURIComponent(number)}`)}>
              {t('report')}
            </ButtonLink>
          </>
        )
      }
    >
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!data && !answer.error && (
        <section class="section">
          <Skeleton height={320} />
        </section>
      )}
      {data && <Board data={data} onMoved={answer.again} />}
    </Page>
  );
}

export default function CampaignPage() {
  const number = address.value.path[2] ?? '';
  return <OneCampaign key={number} number={number} />;
}
