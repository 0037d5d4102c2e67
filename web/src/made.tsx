// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawer "how this number was made", and the number that opens it.
import type { ComponentChildren } from 'preact';
import type { Bucket, Explained, Figure } from './api/types';
import { useGet } from './api/use';
import { formatChange, formatDay, formatNumber, formatPeriod, formatTime } from './format';
import { linkIndicators, linkRowsOf } from './links';
import { Button, ButtonLink, Icon, IntervalBar, Link, openDrawer, Problem, Skeleton } from './parts';
import { saveText, toCsv } from './save';
import { area, compare, indicatorOf, period } from './state';
import { label } from './text/dictionary';
import { figureText, intervalText, isDrawn, t } from './text/figure';

/** Which number: of what, where, when; and, of a cell broken down by a field, the cell itself. '' is the chosen one. */
export interface Question {
  indicator: string;
  area?: string;
  period?: string;
  cell?: { figure: Figure; parts: Bucket[] };
}

function Big({ figure, decimals, unit }: { figure: Figure; decimals: number; unit: string }) {
  const interval = intervalText(figure, decimals);
  return (
    <p class="made-big">
      <b>{figureText(figure, decimals)}</b> {isDrawn(figure) && <span>{unit}</span>}
      {interval && (
        <small>
          {t('interval')} {interval}
        </small>
      )}
    </p>
  );
}

function Calculation({ figure, per, unit, decimals }: { figure: Figure; per: number; unit: string; decimals: number }) {
  if (figure.state !== 'ok' || figure.numerator === undefined) return null;
  return (
    <dl class="made-sum">
      <dt>{t('numerator')}</dt>
      <dd>{formatNumber(figure.numerator)}</dd>
      {figure.denominator !== undefined && (
        <>
          <dt>{t('denominator')}</dt>
          <dd>{formatNumber(figure.denominator)}</dd>
          <dt class="result">
            {formatNumber(figure.numerator)} ÷ {formatNumber(figure.denominator)}
            {per !== 1 && <> × {formatNumber(per)}</>}
          </dt>
          <dd class="result">
            {figureText(figure, decimals)} <small>{unit}</small>
          </dd>
        </>
      )}
    </dl>
  );
}

function lines(data: Explained): string[][] {
  const { figure, indicator } = data;
  const say = (n: number | undefined) => (n === undefined ? '' : String(n));
  return [
    ['indicator', 'area', 'period', 'state', 'value', 'low', 'high', 'numerator', 'denominator', 'edition', 'pack', 'version', 'made_at'],
    [
      indicator.name,
      data.area.code,
      data.period.code,
      figure.state,
      say(figure.value),
      say(figure.low),
      say(figure.high),
      say(figure.numerator),
      say(figure.denominator),
      indicator.edition,
      data.made.pack,
      data.made.version,
      data.made.at,
    ],
  ];
}

function Body({ question }: { question: Question }) {
  const where = question.area ?? area.value;
  const when = question.period ?? period.value;
  const answer = useGet<Explained>(`/api/indicators/${encodeURIComponent(question.indicator)}`, { area: where, period: when });
  const data = answer.data;
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!data || answer.stale) return <Skeleton lines={10} />;
  const { indicator, figure, before } = data;
  const { decimals, reference, target } = indicator;
  const unit = label(indicator.unit);
  const ends = [figure.value, figure.low, figure.high, before?.value, reference?.low, reference?.high, target].filter(
    (one): one is number => one != null && Number.isFinite(one),
  );
  const pad = (Math.max(...ends) - Math.min(...ends) || 1) * 0.08;
  return (
    <div class="made">
      <p class="hint">
        {t('howMade')} · {label(data.area.label)} · {formatPeriod(data.period.code)}
      </p>
      {question.cell && (
        <section class="made-part">
          <h3>
            {t('part')} {question.cell.parts.map((one) => label(one.label)).join(' · ')}
          </h3>
          <Big figure={question.cell.figure} decimals={decimals} unit={unit} />
          <Calculation figure={question.cell.figure} per={indicator.per} unit={unit} decimals={decimals} />
          <p class="hint">{t('wholeIs', { area: label(data.area.label), period: label(data.period.label) })}</p>
        </section>
      )}
      <Big figure={figure} decimals={decimals} unit={unit} />
      {isDrawn(figure) && figure.low !== undefined && (
        <IntervalBar
          value={figure.value}
          low={figure.low}
          high={figure.high}
          from={Math.min(...ends) - pad}
          to={Math.max(...ends) + pad}
          reference={reference}
          target={target}
          decimals={decimals}
        />
      )}
      {figure.state !== 'ok' && <p>{t(`why_${figure.state}`)}</p>}
      {figure.outside && <p class="alarm">{t('why_outside')}</p>}
      {label(data.certainty) && <p>{sentence(label(data.certainty))}</p>}
      <dl class="made-facts">
        {reference && (
          <>
            <dt>{t('reference')}</dt>
            <dd>
              {formatNumber(reference.value, decimals)} ({formatNumber(reference.low, decimals)}–{formatNumber(reference.high, decimals)})
            </dd>
          </>
        )}
        {target !== null && (
          <>
            <dt>{t('target')}</dt>
            <dd>
              {formatNumber(target)} {unit}
            </dd>
          </>
        )}
        {before && compare.value && (
          <>
            <dt>{t('lastYear')}</dt>
            <dd>
              {figureText(before, decimals)}
              {isDrawn(figure) && isDrawn(before) && <small> ({formatChange(figure.value - before.value, decimals)})</small>}
            </dd>
          </>
        )}
      </dl>
      <h3>{t('definition')}</h3>
      <p>{label(indicator.definition)}</p>
      <h3>{t('calculation')}</h3>
      <Calculation figure={figure} per={indicator.per} unit={unit} decimals={decimals} />
      {label(data.formula) && <p class="hint">{label(data.formula)}</p>}
      <details>
        <summary>{t('formula')}</summary>
        <p class="code">{indicator.numerator}</p>
        {indicator.denominator && <p class="code">÷ {indicator.denominator}</p>}
      </details>
      {(indicator.edition || indicator.from || indicator.to) && (
        <p class="hint">
          {indicator.edition && `${t('edition')} ${indicator.edition}`}
          {indicator.from && ` · ${t('since', { from: formatDay(indicator.from) })}`}
          {indicator.to && ` · ${t('until', { to: formatDay(indicator.to) })}`}
        </p>
      )}
      <h3>{t('sources')}</h3>
      <ul class="made-sources">
        {data.sources.map((one) => (
          <li key={one.register}>
            <span>{label(one.label)}</span>
            <span class="number">{one.rows === null ? t('suppressed') : t('rowsOf', { n: one.rows })}</span>
            <small>
              {[
                one.first && one.last ? t('span', { from: formatDay(one.first), to: formatDay(one.last) }) : '',
                one.last_saved_at ? t('lastSaved', { at: formatTime(one.last_saved_at) }) : t('neverSaved'),
              ]
                .filter(Boolean)
                .join(' · ')}
            </small>
          </li>
        ))}
      </ul>
      {label(data.suppression) && (
        <>
          <h3>{t('suppression')}</h3>
          <p>{label(data.suppression)}</p>
        </>
      )}
      <h3>{t('rows')}</h3>
      {data.rows ? (
        <p>
          <Link href={linkRowsOf(data.rows.register, data.rows.query)}>
            <Icon name="registers" />
            {t(figure.denominator === undefined ? 'seeRows' : 'seeNumerator')}
          </Link>
        </p>
      ) : (
        <p class="hint">{t('noRows')}</p>
      )}
      <div class="row made-do">
        <ButtonLink small icon="indicators" href={linkIndicators(indicator.name, 'month')}>
          {t('explore')}
        </ButtonLink>
        <Button
          small
          icon="download"
          onClick={() => saveText(toCsv(lines(data)), 'text/csv', `${indicator.name}-${data.area.code}-${data.period.code}.csv`)}
        >
          {t('saveCsv')}
        </Button>
      </div>
      <p class="hint">{t('madeAt', { at: formatTime(data.made.at), pack: data.made.pack, version: data.made.version })}</p>
    </div>
  );
}

/** With a capital and a full stop, where the language has them. */
export function sentence(text: string): string {
  if (!text) return '';
  const whole = /[。.!?？]$/.test(text);
  if (/[\u4e00-\u9fff]/.test(text)) return whole ? text : `${text}。`;
  return text[0]!.toUpperCase() + text.slice(1) + (whole ? '' : '.');
}

/** Opens the drawer on a number. */
export function openMade(question: Question): void {
  openDrawer(
    () => label(indicatorOf(question.indicator)?.label) || t('howMade'),
    () => <Body key={`${question.indicator} ${question.area} ${question.period}`} question={question} />,
  );
}

/** A number that says how it was made when it is clicked. what: read out before the number. */
export function Made({ what, children, ...question }: Question & { what: string; children: ComponentChildren }) {
  return (
    <button type="button" class="made-number" title={t('howMade')} onClick={() => openMade(question)}>
      <span class="unseen">{what} </span>
      {children}
      <span class="unseen">, {t('howMade')}</span>
    </button>
  );
}
