// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawer "how this number was made": definition, formula, numerator and denominator with their counts, sources and their freshness,
// what is hidden, and the way to the rows.
import type { Bucket, Explained, Figure } from '../../api/types';
import { useGet } from '../../api/use';
import { formatDay, formatNumber, formatPeriod, formatTime } from '../../format';
import { linkIndicators, linkRowsOf } from '../../links';
import { ButtonLink, Icon, IntervalBar, Link, Problem, Skeleton } from '../../parts';
import { openDrawer } from '../../parts/drawer';
import { area, areaNow, indicatorOf, model, period } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/indicators';
import type { Cell } from './pivot';
import { changeText, figureText, intervalText, unitOf } from './words';

/** Which number: of what, where, when; and, of a cell broken down by a field, the cell itself. */
export interface Question {
  indicator: string;
  area: string;
  period: string;
  cell?: { figure: Figure; parts: Bucket[] };
}

/** The question behind a cell: axes that are places and times move area and period, the others are told as they are. */
export function questionOf(cell: Cell, levels: string[], times: readonly string[]): Question {
  const question: Question = { indicator: cell.indicator, area: area.value, period: period.value };
  const parts: Bucket[] = [];
  for (const [axis, bucket] of Object.entries(cell.at)) {
    if (levels.includes(axis)) question.area = bucket.code;
    else if (times.includes(axis)) question.period = bucket.code;
    else parts.push(bucket);
  }
  if (parts.length) question.cell = { figure: cell.figure, parts };
  return question;
}

function Value({ figure, decimals, unit }: { figure: Figure; decimals: number; unit: string }) {
  const interval = intervalText(figure, decimals);
  return (
    <p class="big">
      <b>{figureText(figure, decimals)}</b>
      {interval && <span> ({interval})</span>} {figure.state === 'ok' && <small>{unit}</small>}
    </p>
  );
}

function Fraction({ figure, per }: { figure: Figure; per: number }) {
  if (figure.state !== 'ok' || figure.numerator === undefined) return null;
  return (
    <dl class="fraction">
      <div>
        <dt>{t('numerator')}</dt>
        <dd>{formatNumber(figure.numerator)}</dd>
      </div>
      {figure.denominator !== undefined && (
        <>
          <div>
            <dt>{t('denominator')}</dt>
            <dd>{formatNumber(figure.denominator)}</dd>
          </div>
          {per !== 1 && <div class="per">{t('per', { n: per })}</div>}
        </>
      )}
    </dl>
  );
}

function Body({ question }: { question: Question }) {
  const answer = useGet<Explained>(`/api/indicators/${encodeURIComponent(question.indicator)}`, {
    area: question.area,
    period: question.period,
  });
  const data = answer.data;
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!data || answer.stale) return <Skeleton lines={10} />;
  const { indicator, figure, before } = data;
  const decimals = indicator.decimals;
  const change = changeText(figure, before, decimals);
  const scale = [
    figure.value,
    figure.low,
    figure.high,
    before?.value,
    indicator.reference?.low,
    indicator.reference?.high,
    indicator.target,
  ].filter((x): x is number => x != null && Number.isFinite(x));
  const from = Math.min(...scale);
  const to = Math.max(...scale);
  const pad = (to - from || 1) * 0.08;
  return (
    <div class="made">
      {question.cell && (
        <section>
          <h3>
            {t('part')}: {question.cell.parts.map((one) => label(one.label)).join(', ')}
          </h3>
          <Value figure={question.cell.figure} decimals={decimals} unit={unitOf(indicator)} />
          <Fraction figure={question.cell.figure} per={indicator.per} />
          <p class="hint">{t('partOf', { area: label(data.area.label), period: label(data.period.label) })}</p>
        </section>
      )}
      <section>
        <p class="hint">
          {label(data.area.label)} · {label(data.period.label)}
        </p>
        <Value figure={figure} decimals={decimals} unit={unitOf(indicator)} />
        {figure.state === 'ok' && !figure.outside && figure.value !== undefined && (
          <IntervalBar
            value={figure.value}
            low={figure.low}
            high={figure.high}
            from={from - pad}
            to={to + pad}
            reference={indicator.reference}
            target={indicator.target}
            decimals={decimals}
          />
        )}
        {figure.state !== 'ok' && <p>{t(`why_${figure.state}`)}</p>}
        {figure.outside && <p class="alarm">{t('why_outside')}</p>}
        {label(data.certainty) && <p>{label(data.certainty)}</p>}
        {before && change.text && (
          <p class="hint">
            {t('before')}: {figureText(before, decimals)} ({change.text}
            {change.sure === false ? `, ${t('same')}` : ''})
          </p>
        )}
      </section>
      <section>
        <h3>{t('definition')}</h3>
        <p>{label(indicator.definition)}</p>
      </section>
      <section>
        <h3>{t('fraction')}</h3>
        <Fraction figure={figure} per={indicator.per} />
        <details>
          <summary>{t('formula')}</summary>
          {label(data.formula) && <p>{label(data.formula)}</p>}
          <pre>
            <code>{indicator.numerator}</code>
          </pre>
          {indicator.denominator && (
            <pre>
              <code>{indicator.denominator}</code>
            </pre>
          )}
        </details>
      </section>
      <section>
        <h3>{t('sources')}</h3>
        <ul class="sources">
          {data.sources.map((one) => (
            <li key={one.register}>
              <b>{label(one.label)}</b> {t('sourceRows', { n: one.rows ?? '*' })}
              <br />
              <small>
                {one.first && one.last && `${t('spans', { from: formatDay(one.first), to: formatDay(one.last) })} · `}
                {one.last_saved_at && t('lastSaved', { at: formatTime(one.last_saved_at) })}
              </small>
            </li>
          ))}
        </ul>
        {data.rows ? (
          <Link href={linkRowsOf(data.rows.register, data.rows.query)}>
            <Icon name="registers" /> {t('seeRows')}
          </Link>
        ) : (
          <p class="hint">{t('noRows')}</p>
        )}
      </section>
      {label(data.suppression) && (
        <section>
          <h3>{t('suppression')}</h3>
          <p>{label(data.suppression)}</p>
        </section>
      )}
      <p class="row">
        <ButtonLink small icon="chart" href={linkIndicators(indicator.name, 'month')}>
          {t('trend')}
        </ButtonLink>
      </p>
      <p class="hint">
        {indicator.edition && `${t('edition')} ${indicator.edition} · `}
        {t('madeAt', { at: formatTime(data.made.at), pack: data.made.pack, version: data.made.version })}
      </p>
    </div>
  );
}

/** Opens the drawer on a number. */
export function openMade(question: Question): void {
  openDrawer(
    () => label(indicatorOf(question.indicator)?.label) || t('howMade'),
    () => <Body key={`${question.indicator} ${question.area} ${question.period}`} question={question} />,
  );
}

export const levelNames = (): string[] => model.value?.levels.map((one) => one.name) ?? [];
/** What the chosen area and period are called, in the middle of a sentence. */
export const hereText = (): string => [areaNow.value?.name, formatPeriod(period.value)].filter(Boolean).join(' ');
