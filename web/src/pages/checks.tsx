// SPDX-License-Identifier: AGPL-3.0-or-later
// Checks: what was found, grouped by check; each finding is put right in its row or explained. Filters stand in the address.
import { useState } from 'preact/hooks';
import { formatNumber, formatPeriod, formatTime } from '../format';
import { Button, Empty, Icon, type IconName, Page, Problem, Select, Skeleton } from '../parts';
import { address, areaNow, model, period, registerOf, setQuery } from '../state';
import { t } from '../text/checks';
import { label, placeName } from '../text/dictionary';
import { t as frame } from '../text/frame';
import { saveCsv } from './checks/csv';
import { type Filters, facets, groupFindings, isFiltered, noFilters, readFilters, type Severity, totalsOf } from './checks/findings';
import { FindingGroup } from './checks/group';
import { mostFindings, useFindings } from './checks/use';

const tiles: {
  key: 'errors' | 'warnings' | 'notes' | 'explained';
  severity: Severity | '';
  icon: IconName;
}[] = [
  { key: 'errors', severity: 'error', icon: 'error' },
  { key: 'warnings', severity: 'warning', icon: 'warning' },
  { key: 'notes', severity: 'note', icon: 'info' },
  { key: 'explained', severity: '', icon: 'check' },
];

function Totals({ totals, filters }: { totals: Record<(typeof tiles)[number]['key'], number>; filters: Filters }) {
  return (
    <ul class="totals">
      {tiles.map((one) => {
        const chosen = one.key === 'explained' ? filters.show === 'explained' : filters.severity === one.severity && !filters.show;
        return (
          <li key={one.key}>
            <button
              type="button"
              class={`total ${one.key}`}
              aria-pressed={chosen}
              onClick={() =>
                setQuery(
                  chosen
                    ? { severity: '', show: '' }
                    : { severity: one.severity, show: one.key === 'explained' ? 'explained' : '', check: '' },
                )
              }
            >
              <span class="what">
                <Icon name={one.icon} />
                {t(one.key)}
              </span>
              <b>{formatNumber(totals[one.key])}</b>
              <small>{t(`${one.key}Help`)}</small>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function FilterLine({ filters, findings }: { filters: Filters; findings: Parameters<typeof facets>[0] }) {
  const { registers, places } = facets(findings);
  const counted = (name: string, count: number) => `${name} (${formatNumber(count)})`;
  return (
    <search class="filter-line" aria-label={t('filters')}>
      <Select
        aria-label={t('register')}
        value={filters.register}
        empty={t('allRegisters')}
        choices={registers.map((one) => ({
          value: one.name,
          label: counted(label(registerOf(one.name)?.label) || one.name, one.count),
        }))}
        onValue={(register) => setQuery({ register }, true)}
      />
      <Select
        aria-label={t('place')}
        value={filters.place}
        empty={t('allPlaces')}
        choices={places.map((one) => ({ value: one.code, label: counted(label(one.label), one.count) }))}
        onValue={(place) => setQuery({ place }, true)}
      />
      {isFiltered(filters) && (
        <Button kind="quiet" icon="close" onClick={() => setQuery(noFilters)}>
          {t('clear')}
        </Button>
      )}
    </search>
  );
}

/** Where nothing was found: what was looked for. */
function Nothing() {
  // Where nothing has ever been counted, nothing has passed either.
  if (!model.value?.months)
    return (
      <Empty icon="checks" title={t('empty')}>
        {t('emptyHelp')}
      </Empty>
    );
  const place = areaNow.value ? placeName(areaNow.value) : frame('everywhere');
  return (
    <Empty icon="check" title={t('none')}>
      <p>{t('noneHelp', { place, period: formatPeriod(period.value) })}</p>
      <details>
        <summary>{t('noneChecks')}</summary>
        <ul class="plain">
          {model.value?.checks.map((one) => (
            <li key={one.name}>{label(one.label)}</li>
          ))}
        </ul>
      </details>
    </Empty>
  );
}

export default function ChecksPage() {
  const answer = useFindings();
  const [openGroups, setOpenGroups] = useState<Record<string, boolean>>({});
  const filters = readFilters(address.value.query);
  const groups = groupFindings(answer.findings, filters);
  const totals = answer.complete ? totalsOf(answer.findings) : (answer.totals ?? totalsOf(answer.findings));
  const none = answer.complete && answer.findings.length === 0;
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        answer.findings.length > 0 && (
          <Button icon="download" onClick={() => saveCsv(groups)}>
            {t('download')}
          </Button>
        )
      }
    >
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.started && !answer.error && <Skeleton lines={8} />}
      {answer.anew && answer.started && !answer.stale && (
        <p class="caution" role="status">
          {t('anew', { at: formatTime(answer.at) })} <progress aria-label={t('title')} />
        </p>
      )}
      {none && <Nothing />}
      {answer.started && !none && (
        <>
          <Totals totals={totals} filters={filters} />
          <FilterLine filters={filters} findings={answer.findings} />
          <p class="hint" role="status">
            {answer.complete
              ? t('groups', { g: groups.length, n: groups.reduce((sum, one) => sum + one.open.length, 0) })
              : answer.stopped
                ? t('tooMany', { n: mostFindings })
                : t('loadingMore', { n: answer.findings.length })}
          </p>
          <div class={answer.stale ? 'groups stale' : 'groups'}>
            {groups.map((one, i) => {
              const key = `${one.severity} ${one.check}`;
              return (
                <FindingGroup
                  key={key}
                  group={one}
                  open={openGroups[key] ?? (i === 0 || filters.check !== '' || groups.length <= 2)}
                  onToggle={(open) => setOpenGroups({ ...openGroups, [key]: open })}
                  onChanged={answer.change}
                />
              );
            })}
            {groups.length === 0 && answer.complete && (
              <Empty icon="filter" title={t('noMatch')} action={<Button onClick={() => setQuery(noFilters)}>{t('clear')}</Button>}>
                {t('noMatchHelp')}
              </Empty>
            )}
          </div>
          {answer.at && <p class="hint">{t('made', { at: formatTime(answer.at) })}</p>}
        </>
      )}
    </Page>
  );
}
