// SPDX-License-Identifier: AGPL-3.0-or-later
// What facilities said of themselves beside what inspectors saw, on one checklist of a campaign.
import type { CampaignScores } from '../../api/types';
import { Dumbbell, type DumbbellRow } from '../../draw/dumbbell';
import { Legend, Panel } from '../../draw/panel';
import { formatNumber, formatSentences } from '../../format';
import { linkRows } from '../../links';
import { Empty, Link, Section, Table, Tag } from '../../parts';
import { go, link, registerOf } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/supervise';

type Facility = CampaignScores['facilities'][number];
const score = (value: number | null) => (value === null ? '–' : formatNumber(value, 1));

export function Scores({ one, number }: { one: CampaignScores; number: string }) {
  const title = label(one.label);
  const compare = <Link href={link(`/supervise/checklists/${one.register}`)}>{t('compare')}</Link>;
  if (!one.facilities.length)
    return (
      <Section title={title} actions={compare}>
        <Empty icon="checks" title={t('noScores')}>
          {t('noScoresHelp')}
        </Empty>
      </Section>
    );
  const rows: DumbbellRow[] = one.facilities.map((row) => ({
    code: row.facility?.code ?? '',
    name: label(row.facility?.label),
    self: row.self,
    inspection: row.inspection,
    note: row.critical > 0 ? t('criticalFailed', { n: row.critical }) : undefined,
  }));
  const facilityField = registerOf(one.register)?.facility;
  const sentence = [
    t('scoresNote', { self: one.self, inspected: one.inspected }),
    one.pass !== null && t('passed', { n: one.passed, inspected: one.inspected, pass: one.pass }),
    one.mean_self !== null &&
      one.mean_inspection !== null &&
      t('means', { self: formatNumber(one.mean_self, 1), inspection: formatNumber(one.mean_inspection, 1) }),
    one.both > 0 && t('same', { share: formatNumber((100 * one.same) / one.both, 0), both: one.both }),
  ].filter((one) => typeof one === 'string');
  return (
    <Panel
      title={title}
      name={`scores-${number}-${one.register}`}
      lines={() => [
        [t('facility'), t('self'), t('inspection'), t('critical')],
        ...one.facilities.map((row) => [
          label(row.facility?.label),
          row.self === null ? '' : String(row.self),
          row.inspection === null ? '' : String(row.inspection),
          String(row.critical),
        ]),
      ]}
      actions={compare}
      legend={
        <>
          <p class="hint">{formatSentences(sentence)}</p>
          <Legend
            items={[
              { mark: 'hollow', text: t('self') },
              { mark: 'solid', text: t('inspection') },
              { mark: 'alarm', text: t('criticalMark') },
            ]}
          />
        </>
      }
      table={
        <Table<Facility>
          lines
          caption={title}
          rows={one.facilities}
          keyOf={(row) => row.facility?.code ?? ''}
          columns={[
            { key: 'facility', label: t('facility'), cell: (row) => label(row.facility?.label) },
            { key: 'self', label: t('self'), numeric: true, cell: (row) => score(row.self) },
            { key: 'inspection', label: t('inspection'), numeric: true, cell: (row) => score(row.inspection) },
            {
              key: 'critical',
              label: t('critical'),
              numeric: true,
              cell: (row) => (row.critical ? <Tag tone="bad">{formatNumber(row.critical)}</Tag> : ''),
            },
          ]}
        />
      }
      drawing={(svg) => (
        <Dumbbell
          name={title}
          rows={rows}
          words={{ self: t('self'), inspection: t('inspection') }}
          target={one.pass}
          svg={svg}
          onOpen={(row) => facilityField && go(linkRows(one.register, { [`f.${facilityField}`]: row.code, wide: 'period' }))}
        />
      )}
    />
  );
}
