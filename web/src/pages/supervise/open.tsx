// SPDX-License-Identifier: AGPL-3.0-or-later
// What is open in supervision, and the way to each list: campaigns, rows by stage, what falls due, signals to review, letters waiting.
import type { CampaignHead, CaseLacking, Channels, LetterHead, Letters, Owed, OwedList, Signal, Supervision } from '../../api/types';
import { useGet } from '../../api/use';
import { fromPhone } from '../../entry/phone';
import { formatDay, formatNumber, formatPeriod } from '../../format';
import { linkNewRow, linkOf, linkRow, linkRows } from '../../links';
import { useAll } from '../../paper';
import { Button, ButtonLink, Empty, Link, Page, Problem, Section, Skeleton, Tag } from '../../parts';
import { area, go, link, model, registerOf, today } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/supervise';
import { partsOf } from '../overview/sentence';
import { OwedLines } from '../today/owed';
import { linkLate, linkStage } from './stages';

type Open = Supervision['registers'][number];

const linkCampaign = (number: string): string => link(`/supervise/campaign/${encodeURIComponent(number)}`);

function Stages({ one }: { one: Open }) {
  const alive = one.stages.filter((stage) => !stage.final);
  const over = one.stages.filter((stage) => stage.final).reduce((sum, stage) => sum + stage.count, 0);
  return (
    <section class="open-register" aria-label={label(one.label)}>
      <h3>
        <Link href={linkRows(one.register, { wide: 'period' })}>{label(one.label)}</Link>
        {one.late > 0 && (
          <Link
            class="late-link"
            href={linkLate(
              one.register,
              alive.map((stage) => stage.name),
            )}
          >
            <Tag tone="bad">{t('late', { n: one.late })}</Tag>
          </Link>
        )}
      </h3>
      <ul class="stage-counts">
        {alive.map((stage) => (
          <li key={stage.name}>
            <Link href={linkStage(one.register, stage.name)} class={stage.count ? '' : 'none'}>
              <b>{formatNumber(stage.count)}</b> <span>{label(stage.label)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p class="muted">{t('closed', { n: over })}</p>
    </section>
  );
}

function CampaignLine({ one }: { one: CampaignHead }) {
  return (
    <li>
      <p>
        <Link href={linkCampaign(one.number)}>{label(one.label)}</Link> <span class="muted">{one.number}</span>
        <span class="amount">
          <Tag tone={one.final ? 'good' : one.late ? 'bad' : 'note'}>{label(one.stage_label)}</Tag>
        </span>
      </p>
      <p class="meta">
        {one.area && <span>{label(one.area.label)}</span>}
        <span>{t('days', { from: formatDay(one.begins), to: formatDay(one.until) })}</span>
        {!one.final && one.stage_until && <span>{t(one.late ? 'phaseWasDue' : 'phaseUntil', { day: formatDay(one.stage_until) })}</span>}
      </p>
    </li>
  );
}

function Campaigns({ list }: { list: CampaignHead[] }) {
  const register = list[0]?.register ?? registerOf('campaigns')?.name;
  const mayWrite = register && registerOf(register)?.may.write;
  return (
    <Section
      title={t('campaigns')}
      actions={
        mayWrite &&
        list.length > 0 && (
          <ButtonLink small icon="add" href={linkNewRow(register)}>
            {t('newCampaign')}
          </ButtonLink>
        )
      }
    >
      {list.length === 0 ? (
        <Empty
          icon="flag"
          title={t('noCampaigns')}
          action={
            mayWrite && (
              <ButtonLink kind="main" icon="add" href={linkNewRow(register)}>
                {t('newCampaign')}
              </ButtonLink>
            )
          }
        >
          {t('noCampaignsHelp')}
        </Empty>
      ) : (
        <ul class="lines">
          {[...list.filter((one) => !one.final), ...list.filter((one) => one.final)].map((one) => (
            <CampaignLine key={one.register + one.id} one={one} />
          ))}
        </ul>
      )}
    </Section>
  );
}

/** A new finding with what the signal says of its facility; what kind and how grave it is, its writer decides. */
function beginFinding(register: string, signal: Signal): void {
  const about = registerOf(register);
  const values: Record<string, string> = {};
  if (about?.facility && signal.facility) values[about.facility] = signal.facility.code;
  if (about?.area && signal.area) values[about.area] = signal.area.code;
  if (about?.date) values[about.date] = today.value;
  for (const [name, value] of [
    ['origin', 'signal'],
    ['what', label(signal.text).slice(0, 500)],
  ] as const)
    if (about?.fields.some((one) => one.name === name)) values[name] = value;
  fromPhone.value = { submission: '', register, values, source: '' };
  go(linkNewRow(register));
}

function Reviews({ list, findings }: { list: Signal[]; findings: string | undefined }) {
  return (
    <Section title={t('signals')} class="signals">
      {list.length === 0 ? (
        <Empty icon="check" title={t('noSignals')}>
          {t('noSignalsHelp')}
        </Empty>
      ) : (
        <ul class="lines">
          {list.map((one) => (
            <li key={one.id}>
              <div>
                <p>{partsOf(label(one.text))[0]}</p>
                <p class="meta">
                  <span>{formatPeriod(one.period.code)}</span>
                  <Link href={linkOf(one.link)}>{t('review')}</Link>
                  {findings && (one.facility || one.area) && (
                    <button type="button" class="link" onClick={() => beginFinding(findings, one)}>
                      {t('openFinding')}
                    </button>
                  )}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const fewOwed = 3;

/** By schedule: what is late and what is to be done, with the first of each. */
function Schedule({ late, open }: { late: Owed[]; open: Owed[] }) {
  const [all, setAll] = useAll();
  const items = [...late, ...open];
  const first = items[0]!;
  const shown = all ? items : [...late.slice(0, fewOwed), ...open.slice(0, fewOwed)];
  return (
    <section class="open-register" aria-label={label(first.label)}>
      <h3>
        {label(first.label)}
        <span class="row">
          {late.length > 0 && <Tag tone="bad">{t('late', { n: late.length })}</Tag>}
          {open.length > 0 && <Tag tone="warn">{t('toDo', { n: open.length })}</Tag>}
        </span>
      </h3>
      <OwedLines grouped items={shown} name={label(first.label)} />
      {items.length > shown.length && (
        <Button small kind="quiet" icon="down" onClick={() => setAll(true)}>
          {t('moreOwed', { n: items.length - shown.length })}
        </Button>
      )}
    </section>
  );
}

function Due() {
  const late = useGet<OwedList>('/api/owed', { area: area.value, state: 'late', sort: '-due', limit: 500 });
  const open = useGet<OwedList>('/api/owed', { area: area.value, state: 'open', limit: 500 });
  const error = late.error ?? open.error;
  if (error) return <Problem error={error} again={late.error ? late.again : open.again} />;
  if (!late.data || !open.data) return <Skeleton lines={4} />;
  const items = [...late.data.items, ...open.data.items];
  const schedules = [...new Set(items.map((one) => one.schedule))];
  const of = (list: Owed[], name: string) => list.filter((one) => one.schedule === name);
  return (
    <Section
      title={t('due')}
      class="due"
      note={t('dueNote', { late: late.data.total, open: open.data.total })}
      actions={
        <ButtonLink small icon="today" href={link('/supervise/sampling', { part: 'rota' })}>
          {t('rota')}
        </ButtonLink>
      }
    >
      {items.length === 0 ? (
        <Empty icon="check" title={t('noDue')}>
          {t('noDueHelp')}
        </Empty>
      ) : (
        schedules.map((name) => <Schedule key={name} late={of(late.data!.items, name)} open={of(open.data!.items, name)} />)
      )}
    </Section>
  );
}

function Cases({ list }: { list: CaseLacking[] }) {
  if (!list.length) return null;
  return (
    <Section title={t('cases')} note={t('casesNote')}>
      <ul class="lines">
        {list.map((one) => (
          <li key={one.register + one.id}>
            <p>
              <Link href={linkRow(one.register, one.id)}>{one.number}</Link> {label(one.facility?.label)}
              <span class="amount">
                <Tag tone="warn">{t('lacks', { n: one.missing.length, of: one.required })}</Tag>
              </span>
            </p>
            <p class="meta">{one.missing.map(label).join(t('comma'))}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const waits = (one: LetterHead) => one.state === 'new' || one.state === 'read';

/** How many, and nothing of what is in them. */
function Tips() {
  const channels = useGet<Channels>('/api/channels', undefined, true).data;
  const mine = channels?.channels.find((one) => one.public && one.reads);
  // Days and states are not sealed: how many wait is seen while the key is still locked.
  const list = useGet<Letters>(mine && channels?.totp ? `/api/channels/${mine.name}/letters` : null).data;
  if (!mine) return null;
  const waiting = list?.letters.filter(waits) ?? [];
  const late = waiting.filter((one) => one.due_on < today.value).length;
  return (
    <Section title={label(mine.label)}>
      <p class="row">
        {list ? (
          <>
            <Tag tone={waiting.length ? 'note' : 'good'}>{t('tips', { n: waiting.length })}</Tag>
            {late > 0 && <Tag tone="bad">{t('late', { n: late })}</Tag>}
          </>
        ) : (
          <span class="muted">{t('tipsLocked')}</span>
        )}
        <Link href={link('/tips')}>{t('toTips')}</Link>
      </p>
    </Section>
  );
}

function Compares() {
  const lists = model.value?.checklists.filter((one) => registerOf(one.register)?.may.read) ?? [];
  if (!lists.length) return null;
  return (
    <Section title={t('compares')}>
      <ul class="lines">
        {lists.map((one) => (
          <li key={one.register}>
            <p>
              <Link href={link(`/supervise/checklists/${one.register}`)}>{label(one.label)}</Link>
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export default function OpenPage() {
  const answer = useGet<Supervision>('/api/supervision', { area: area.value });
  const data = answer.data;
  const campaigns = new Set(model.value?.registers.filter((one) => one.workflow === 'campaign').map((one) => one.name));
  const registers = data?.registers.filter((one) => !campaigns.has(one.register)) ?? [];
  const findings = registerOf('findings');
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <ButtonLink small icon="table" href={link('/supervise/sampling')}>
          {t('sampling')}
        </ButtonLink>
      }
    >
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!data && !answer.error && (
        <section class="section">
          <Skeleton height={280} />
        </section>
      )}
      {data && (
        <div class={`today supervise${answer.stale ? ' stale' : ''}`}>
          <div>
            <Campaigns list={data.campaigns} />
            <Section title={t('stages')} note={t('stagesNote')}>
              {registers.length === 0 ? (
                <Empty icon="registers" title={t('noStages')}>
                  {t('noStagesHelp')}
                </Empty>
              ) : (
                <div class="open-registers">
                  {registers.map((one) => (
                    <Stages key={one.register} one={one} />
                  ))}
                </div>
              )}
            </Section>
            <Cases list={data.cases} />
            <Compares />
          </div>
          <div>
            <Tips />
            <Reviews list={data.signals} findings={findings?.may.write ? findings.name : undefined} />
            <Due />
          </div>
        </div>
      )}
    </Page>
  );
}
