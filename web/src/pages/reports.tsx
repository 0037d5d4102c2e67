// SPDX-License-Identifier: AGPL-3.0-or-later
// Reports: choose one, look at it as a page, download it as PDF or XLSX. Area and period are those of the frame.
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Query } from '../api/client';
import { formatPeriod } from '../format';
import { linkReport } from '../links';
import { Button, Empty, Icon, Link, Page } from '../parts';
import { type PeriodKind, parsePeriod, periodAs, periodId } from '../period';
import { address, area, areaNow, language, link, model, period, setPeriod } from '../state';
import { label, placeName } from '../text/dictionary';
import { t as frame } from '../text/frame';
import { t } from '../text/reports';
import { Download, DownloadProblem } from './reports/download';
import { Preview } from './reports/preview';

const kinds = ['month', 'quarter', 'half', 'year', 'october'] as const;
const kindOf = (every: string): PeriodKind | null => kinds.find((one) => one === every) ?? null;
const everyText = (every: string): string => {
  const kind = kindOf(every);
  return kind ? t(`every_${kind}`) : every;
};

/** The period in which a report is usually made, around the chosen one; null: it is the chosen one. */
export function usualPeriod(every: string, chosen: string): string | null {
  const kind = kindOf(every);
  const now = parsePeriod(chosen);
  if (!kind || !now || now.kind === kind) return null;
  return periodId(periodAs(now, kind));
}

function List() {
  const reports = model.value?.reports ?? [];
  if (!reports.length)
    return (
      <Empty icon="reports" title={t('none')}>
        {t('noneHelp')}
      </Empty>
    );
  return (
    <ul class="boards">
      {reports.map((one) => {
        const usual = usualPeriod(one.every, period.value);
        return (
          <li key={one.name}>
            <Link href={usual ? link(`/reports/${one.name}`, { period: usual }) : linkReport(one.name)}>
              <Icon name="reports" size={24} />
              <b>{label(one.label)}</b>
              <small>
                {everyText(one.every)} · {formatPeriod(usual ?? period.value)}
              </small>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** A report on its page: looked at, downloaded, printed. */
function Paper({
  words,
  lead,
  path,
  query,
  name,
  before,
}: {
  words: string;
  lead: ComponentChildren;
  path: string;
  query: Query;
  name: string;
  /** Above the page of the report. */
  before?: ComponentChildren;
}) {
  const [error, setError] = useState<unknown>(null);
  const paper = useRef<HTMLIFrameElement>(null);
  const file = (ending: string) => `${name}.${ending}`;
  return (
    <Page
      title={words}
      lead={lead}
      actions={
        <>
          <Download
            key={`pdf ${path} ${JSON.stringify(query)}`}
            main
            kind={t('pdf')}
            icon="download"
            path={path}
            query={{ ...query, format: 'pdf' }}
            name={file('pdf')}
            onError={setError}
          />
          <Download
            key={`xlsx ${path} ${JSON.stringify(query)}`}
            kind={t('xlsx')}
            icon="table"
            path={path}
            query={{ ...query, format: 'xlsx' }}
            name={file('xlsx')}
            onError={setError}
          />
          <Button icon="print" onClick={() => paper.current?.contentWindow?.print()}>
            {t('print')}
          </Button>
        </>
      }
    >
      <DownloadProblem error={error} />
      {before}
      <Preview path={path} query={{ ...query, format: 'html' }} title={t('frame', { report: words })} frame={paper} />
    </Page>
  );
}

function OneReport({ name }: { name: string }) {
  const about = model.value?.reports.find((one) => one.name === name);
  const usual = about ? usualPeriod(about.every, period.value) : null;
  const place = areaNow.value ? placeName(areaNow.value) : frame('everywhere');
  return (
    <Paper
      words={label(about?.label) || name}
      lead={
        <>
          {t('of', { area: place, period: formatPeriod(period.value) })} · <Link href={link('/reports')}>{t('back')}</Link>
        </>
      }
      path={`/api/reports/${encodeURIComponent(name)}`}
      query={{ period: period.value, area: area.value, lang: language.value }}
      name={[name, area.value, period.value].filter(Boolean).join('-')}
      before={
        usual &&
        about && (
          <p class="row note">
            {t('kindDiffers', { every: everyText(about.every), period: formatPeriod(period.value) })}
            <Button small onClick={() => setPeriod(usual)}>
              {t('useInstead', { period: formatPeriod(usual) })}
            </Button>
          </p>
        )
      }
    />
  );
}

/** The draft of a campaign's report: of its own days and area, whatever the frame says. */
function CampaignReport({ number }: { number: string }) {
  const at = encodeURIComponent(number);
  return (
    <Paper
      words={t('campaign', { number })}
      lead={<Link href={link(`/supervise/campaign/${at}`)}>{t('toCampaign')}</Link>}
      path={`/api/campaigns/${at}/report`}
      query={{ lang: language.value }}
      name={`campaign-${number}`}
    />
  );
}

export default function ReportsPage() {
  const [, name, number] = address.value.path;
  if (name === 'campaign' && number) return <CampaignReport key={number} number={number} />;
  if (name) return <OneReport key={name} name={name} />;
  return (
    <Page title={t('title')} lead={t('lead')}>
      <List />
    </Page>
  );
}
