// SPDX-License-Identifier: AGPL-3.0-or-later
// What a choice gives: asked of the server, shown as table, chart or map, with its signs explained below. Also a panel of a dashboard.
import { useMemo, useRef } from 'preact/hooks';
import type { Figures, Label } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatNumber } from '../../format';
import { openMade } from '../../made';
import { Problem, Skeleton } from '../../parts';
import { compare, indicatorOf } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/indicators';
import { type Choice, figuresQuestion } from './choice';
import { Drawing } from './drawing';
import { Grid } from './grid';
import { MapView } from './map';
import { panelsOf } from './panels';
import { pivot, statesOf, type Table, together, unfinished } from './pivot';
import { levelNames, questionOf, unitOf } from './words';

export interface ResultProps {
  choice: Choice;
  area: string;
  period: string;
  /** Gets what is shown, for a download. */
  onTables?: (tables: Table[], answer: Figures) => void;
}

export function useFigures(choice: Choice, area: string, period: string) {
  return useGet<Figures>(choice.indicators.length ? '/api/figures' : null, figuresQuestion(choice, area, period, Boolean(compare.value)));
}

/** The signs that are in the tables, and what they mean. */
function Signs({ tables, answer, view }: { tables: Table[]; answer: Figures; view: Choice['view'] }) {
  const states = statesOf(tables);
  const unplaced = answer.indicators.reduce((sum, one) => (one.unplaced < 0 || sum < 0 ? -1 : Math.max(sum, one.unplaced)), 0);
  const open = unfinished(answer);
  const cells = tables.flatMap((table) => table.rows.flatMap((row) => row.cells));
  return (
    <div class="signs">
      <dl>
        {(['suppressed', 'no_data', 'not_defined', 'outside'] as const)
          .filter((one) => states.has(one))
          .map((one) => (
            <div key={one}>
              <dt class={one === 'outside' ? 'alarm' : undefined}>{t(`sign_${one}`)}</dt>
              <dd>{t(`why_${one}`)}</dd>
            </div>
          ))}
      </dl>
      {cells.some((cell) => cell?.figure.low !== undefined) && <p>{t(view === 'table' ? 'why_interval' : 'why_intervalDrawn')}</p>}
      {view === 'table' && cells.some((cell) => cell?.before) && <p>{t('why_change')}</p>}
      {view !== 'chart' && cells.some((cell) => cell && together(cell)) && <p>{t('why_together')}</p>}
      {open && <p>{t('why_unfinished', { period: label(open.label), day: formatDay(answer.made.today) })}</p>}
      {unplaced > 0 && <p>{t('unplaced', { n: unplaced })}</p>}
      {unplaced < 0 && <p>{t('unplacedSome')}</p>}
    </div>
  );
}

function Charts({ tables, compared }: { tables: Table[]; compared: boolean }) {
  const places = [...levelNames(), 'facility'];
  const panels = tables.flatMap((table) => panelsOf(table, places, indicatorOf));
  return (
    <div class="panels">
      {panels.map((panel) => {
        const about = indicatorOf(panel.indicator);
        const name = [panel.indicator ? label(about?.label) : label(panel.series[0]?.label), label(panel.title)]
          .filter(Boolean)
          .join(' · ');
        const lines = panel.kind === 'line' && panel.series.length > 1;
        return (
          <figure key={panel.key} class={`panel ${panel.kind}`}>
            <figcaption>
              {panels.length > 1 && <b>{name}</b>}
              <small>
                {[
                  about && unitOf(about),
                  about?.reference &&
                    t('reference', {
                      low: formatNumber(about.reference.low),
                      high: formatNumber(about.reference.high),
                    }),
                  about?.target != null && t('target', { value: formatNumber(about.target) }),
                  panel.kind === 'line' && panel.series.length === 1 && compared && `- - ${t('beforeLine')}`,
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </small>
            </figcaption>
            {lines && (
              <ul class="legend" aria-label={t('legend')}>
                {panel.series.map((one, s) => (
                  <li key={one.code} class={`s${s + 1}`}>
                    <i aria-hidden="true" />
                    {label(one.label)}
                  </li>
                ))}
              </ul>
            )}
            <Drawing panel={panel} about={about} name={name} onOpen={(cell) => openMade(questionOf(cell))} />
            {panel.left > 0 && <p class="hint">{t('seriesLeft', { n: panel.left })}</p>}
          </figure>
        );
      })}
    </div>
  );
}

export function Result({ choice, area, period, onTables }: ResultProps) {
  const answer = useFigures(choice, area, period);
  const data = answer.data;
  const tables = useMemo(() => {
    if (!data) return [];
    const labels = new Map<string, Label>();
    for (const one of data.indicators) {
      const about = indicatorOf(one.name);
      if (about) labels.set(one.name, about.label);
    }
    // An answer to the question before has the axes of that question.
    const names = data.axes.map((one) => one.name);
    const rows = names.includes(choice.rows) ? choice.rows : '';
    const columns = names.includes(choice.columns) ? choice.columns : '';
    return pivot(data, rows, columns, labels, { zh: t.words.zh.together, en: t.words.en.together });
  }, [data, choice.rows, choice.columns]);
  const told = useRef<Figures | null>(null);
  if (data && told.current !== data) {
    told.current = data;
    onTables?.(tables, data);
  }
  if (answer.error && !data) return <Problem error={answer.error} again={answer.again} />;
  if (!data) return <Skeleton lines={8} />;
  return (
    <div class={answer.stale ? 'result stale' : 'result'}>
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {choice.view === 'chart' && <Charts tables={tables} compared={Boolean(data.before)} />}
      {choice.view === 'map' && <MapView tables={tables} area={data.area.code} />}
      {choice.view === 'table' &&
        tables.map((table) => (
          <section key={table.indicator || 'all'} class="one">
            {table.indicator && tables.length > 1 && <h2>{label(indicatorOf(table.indicator)?.label)}</h2>}
            {table.indicator && <p class="hint">{t('unit', { unit: unitOf(indicatorOf(table.indicator)) })}</p>}
            <Grid table={table} name={label(indicatorOf(table.indicator)?.label) || t('title')} />
          </section>
        ))}
      <Signs tables={tables} answer={data} view={choice.view} />
    </div>
  );
}
