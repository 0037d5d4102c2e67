// SPDX-License-Identifier: AGPL-3.0-or-later
// Reports: choose one, look at it as a page, download it as PDF or XLSX. Area and period are those of the frame.
import { useRef, useState } from 'preact/hooks';
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

function OneReport({ name }: { name: string }) {
  const [error, setError] = useState<unknown>(null);
  const paper = useRef<HTMLIFrameElement>(null);
  const about = model.value?.reports.find((one) => one.name === name);
  const words = label(about?.label) || name;
  const usual = about ? usualPeriod(about.every, period.value) : null;
  const path = `/api/reports/${encodeURIComponent(name)}`;
  const query = { period: period.value, area: area.value, lang: language.value };
  const place = areaNow.value ? placeName(areaNow.value) : frame('everywhere');
  const file = (ending: string) => `${[name, area.value, period.value].filter(Boolean).join('-')}.${ending}`;
  return (
    <Page
      title={words}
      lead={
        <>
          {t('of', { area: place, period: formatPeriod(period.value) })} · <Link href={link('/reports')}>{t('back')}</Link>
        </>
      }
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
      {usual && about && (
        <p class="row note">
          {t('kindDiffers', { every: everyText(about.every), period: formatPeriod(period.value) })}
          <Button small onClick={() => setPeriod(usual)}>
            {t('useInstead', { period: formatPeriod(usual) })}
          </Button>
        </p>
      )}
      <Preview path={path} query={{ ...query, format: 'html' }} title={t('frame', { report: words })} frame={paper} />
    </Page>
  );
}

export default function ReportsPage() {
  const name = address.value.path[1];
  if (name) return <OneReport key={name} name={name} />;
  return (
    <Page title={t('title')} lead={t('lead')}>
      <List />
    </Page>
  );
}
