// SPDX-License-Identifier: AGPL-3.0-or-later
// A checklist: what facilities said of themselves beside what inspectors saw, by item and by facility.
import type { ChecklistComparison, CompareCounts } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatNumber, formatPeriod, formatRange, formatSentences } from '../../format';
import { linkNewRow, linkRow } from '../../links';
import { ButtonLink, Empty, IntervalBar, Later, Link, Page, Problem, Section, Skeleton, Table, Tag } from '../../parts';
import { address, area, checklistOf, link, period, registerOf } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/supervise';

type Item = ChecklistComparison['items'][number];
type Facility = ChecklistComparison['facilities'][number];

/** Landis and Koch's words, with the interval beside them; of few facilities the interval says more than the word. */
export function kappaWord(kappa: number | null): string {
  if (kappa === null) return t('kappaNone');
  if (kappa < 0) return t('kappaPoor');
  if (kappa <= 0.2) return t('kappaSlight');
  if (kappa <= 0.4) return t('kappaFair');
  if (kappa <= 0.6) return t('kappaModerate');
  return t(kappa <= 0.8 ? 'kappaGood' : 'kappaVeryGood');
}

/** Where one side gave the same answer everywhere it is 0 by its formula, and says nothing. */
const kappaOf = ({ kappa, kappa_low, kappa_high }: Item): number | null => {
  const nothing = [kappa, kappa_low, kappa_high].every((one) => Math.abs(one ?? 0) < 0.005);
  return nothing ? null : kappa;
};

function Share({ counts }: { counts: CompareCounts }) {
  if (!counts.n) return <span class="muted">–</span>;
  return (
    <span class="share">
      <b>{formatNumber((100 * counts.same) / counts.n, 0)}%</b>
      {counts.low !== null && counts.high !== null && (
        <IntervalBar
          value={(100 * counts.same) / counts.n}
          low={100 * counts.low}
          high={100 * counts.high}
          from={0}
          to={100}
          decimals={0}
        />
      )}
    </span>
  );
}

function Items({ data }: { data: ChecklistComparison }) {
  const sections = checklistOf(data.register)?.sections ?? [];
  const rows = [...data.items].sort((a, b) => b.counts.over - a.counts.over);
  return (
    <Section title={t('byItem')} note={t('byItemNote')}>
      <Table<Item>
        lines
        caption={t('byItem')}
        rows={rows}
        keyOf={(row) => row.field}
        columns={[
          {
            key: 'item',
            label: t('item'),
            wrap: true,
            cell: (row) => (
              <>
                {label(row.label)} {row.critical && <Tag tone="warn">{t('criticalItem')}</Tag>}{' '}
                <small class="muted under">{label(sections.find((one) => one.name === row.section)?.label)}</small>
              </>
            ),
          },
          {
            key: 'over',
            label: t('over'),
            title: t('overTitle'),
            numeric: true,
            cell: (row) => (row.counts.over ? <b class="alarm">{t('ofN', { n: row.counts.over, of: row.counts.n })}</b> : '0'),
          },
          { key: 'under', label: t('under'), title: t('underTitle'), numeric: true, cell: (row) => formatNumber(row.counts.under) },
          { key: 'same', label: t('agree'), width: '168px', cell: (row) => <Share counts={row.counts} /> },
          {
            key: 'kappa',
            label: t('kappa'),
            title: t('kappaTitle'),
            wrap: true,
            cell: (row) => (
              <>
                {kappaWord(kappaOf(row))}{' '}
                {kappaOf(row) !== null && row.kappa !== null && (
                  <small class="muted">
                    {formatNumber(row.kappa, 2)}
                    {row.kappa_low !== null && row.kappa_high !== null && ` (${formatRange(row.kappa_low, row.kappa_high, 2)})`}
                  </small>
                )}
              </>
            ),
          },
        ]}
      />
    </Section>
  );
}

const score = (value: number | null | undefined) => (value == null ? '–' : formatNumber(value, 1));

function Facilities({ data }: { data: ChecklistComparison }) {
  const visit = (one: Facility['self']) =>
    one ? (
      <Link href={linkRow(data.register, one.id)} title={formatDay(one.on)}>
        {score(one.score)}
      </Link>
    ) : (
      <span class="muted">{t('none')}</span>
    );
  return (
    <Section
      title={t('byFacility')}
      note={t('byFacilityNote', { both: data.both, self: data.only_self, inspection: data.only_inspection })}
    >
      <Table<Facility>
        lines
        caption={t('byFacility')}
        rows={data.facilities}
        keyOf={(row) => row.facility.code}
        columns={[
          { key: 'facility', label: t('facility'), wrap: true, cell: (row) => label(row.facility.label) },
          { key: 'area', label: t('area'), cell: (row) => label(row.area?.label) },
          { key: 'self', label: t('self'), numeric: true, cell: (row) => visit(row.self) },
          { key: 'inspection', label: t('inspection'), numeric: true, cell: (row) => visit(row.inspection) },
          {
            key: 'critical',
            label: t('critical'),
            numeric: true,
            cell: (row) => (row.inspection?.critical ? <Tag tone="bad">{formatNumber(row.inspection.critical)}</Tag> : ''),
          },
          {
            key: 'over',
            label: t('over'),
            title: t('overTitle'),
            numeric: true,
            cell: (row) => (row.counts.n ? formatNumber(row.counts.over) : '–'),
          },
          { key: 'same', label: t('agree'), width: '168px', cell: (row) => <Share counts={row.counts} /> },
        ]}
      />
    </Section>
  );
}

function Summary({ data }: { data: ChecklistComparison }) {
  const { counts } = data;
  const said = [
    counts.n > 0 &&
      t('compareText', {
        both: data.both,
        n: counts.n,
        share: formatNumber((100 * counts.same) / counts.n, 1),
        low: counts.low === null ? '–' : formatNumber(100 * counts.low, 1),
        high: counts.high === null ? '–' : formatNumber(100 * counts.high, 1),
        over: counts.over,
        under: counts.under,
      }),
    data.mean_self !== null &&
      data.mean_inspection !== null &&
      t('means', { self: formatNumber(data.mean_self, 1), inspection: formatNumber(data.mean_inspection, 1) }),
  ];
  return (
    <Section title={t('inShort')}>
      <p>{formatSentences(said.filter((one) => typeof one === 'string'))}</p>
      {data.other_edition > 0 && <p class="hint">{t('otherEdition', { n: data.other_edition })}</p>}
    </Section>
  );
}

function OneChecklist({ register }: { register: string }) {
  const about = registerOf(register);
  const answer = useGet<ChecklistComparison>(about?.may.read ? `/api/checklists/${register}/compare` : null, {
    area: area.value,
    period: period.value,
  });
  const { data } = answer;
  return (
    <Page
      wide
      title={label(about?.label) || t('compares')}
      lead={
        <>
          <Link href={link('/supervise')}>{t('title')}</Link> · {t('compareLead')} · {formatPeriod(period.value)}
        </>
      }
    >
      {!about?.may.read && <Empty icon="lock" title={t('noCompare')} />}
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {about?.may.read && !data && !answer.error && (
        <section class="section">
          <Skeleton height={280} />
        </section>
      )}
      {data && data.facilities.length === 0 && (
        <Empty
          icon="checks"
          title={t('noAnswers', { period: formatPeriod(period.value) })}
          action={
            about?.may.write && (
              <ButtonLink kind="main" icon="add" href={linkNewRow(register)}>
                {t('newAnswers')}
              </ButtonLink>
            )
          }
        >
          {t('noAnswersHelp')}
        </Empty>
      )}
      {data && data.facilities.length > 0 && (
        <div class={answer.stale ? 'stale' : ''}>
          <Summary data={data} />
          {data.items.length > 0 && data.both > 0 && <Items data={data} />}
          <Later>
            <Facilities data={data} />
          </Later>
        </div>
      )}
    </Page>
  );
}

export default function ComparePage() {
  const register = address.value.path[2] ?? '';
  return <OneChecklist key={register} register={register} />;
}
