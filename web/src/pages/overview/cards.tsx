// SPDX-License-Identifier: AGPL-3.0-or-later
// The row of figures: value, change, how sure it is, and the interval against the reference or the target.

import type { Overview } from '../../api/types';
import { ratioEnds } from '../../draw/axis';
import { useFindings } from '../../findings';
import { formatChange, formatClauses, formatNumber } from '../../format';
import { linkChecks, linkOf } from '../../links';
import { Made } from '../../made';
import { IntervalBar, Link } from '../../parts';
import { compare, indicatorOf, mayDo, period } from '../../state';
import { label } from '../../text/dictionary';
import { besides, figureText, intervalText, isDrawn } from '../../text/figure';
import { t } from '../../text/overview';

type Card = Overview['cards'][number];

function Bar({ card }: { card: Card }) {
  const { figure, reference, target, decimals } = card;
  if (!isDrawn(figure) || figure.low === undefined || figure.high === undefined) return null;
  if (reference) {
    const [from, to] = ratioEnds([figure], reference.value);
    return (
      <IntervalBar
        log
        value={figure.value}
        low={figure.low}
        high={figure.high}
        from={from}
        to={to}
        reference={reference}
        decimals={decimals}
        tone={besides(figure, reference) === 1 ? 'alarm' : 'plain'}
      />
    );
  }
  const from = Math.max(0, Math.min(50, figure.low - 5, (target ?? 100) - 5));
  return <IntervalBar value={figure.value} low={figure.low} high={figure.high} from={from} to={100} target={target} decimals={decimals} />;
}

function Change({ card }: { card: Card }) {
  if (!compare.value) return null;
  const { figure, before, decimals } = card;
  if (!isDrawn(figure)) return null;
  if (!isDrawn(before)) return <p class="change">{t('noLastYear')}</p>;
  const change = formatChange(figure.value - before.value, decimals);
  return (
    <p class="change">
      <b>{change.startsWith('±') ? t('noChange') : `${change.startsWith('+') ? '▲' : '▼'} ${change}`}</b>{' '}
      {t('lastYear', { value: figureText(before, decimals) })}
    </p>
  );
}

function Figure({ card }: { card: Card }) {
  const about = indicatorOf(card.name);
  const shown = (
    <>
      <b class={isDrawn(card.figure) ? undefined : 'none'}>{figureText(card.figure, card.decimals)}</b>
      {isDrawn(card.figure) && <small>{label(card.unit)}</small>}
    </>
  );
  return about ? (
    <Made indicator={card.name} what={label(card.label)}>
      {shown}
    </Made>
  ) : (
    <Link class="made-number" href={linkOf(card.link)}>
      {shown}
    </Link>
  );
}

/** What the checks found takes seconds on a large file, so it is asked for by itself. */
function Findings({ card, known }: { card: Card; known: Overview['findings'] | null }) {
  const { totals, failed } = useFindings(known, period.value);
  const open = totals ? totals.errors + totals.warnings + totals.notes : 0;
  return (
    <li class="card">
      <h2>
        <Link href={linkChecks()}>{label(card.label)}</Link>
      </h2>
      <p class="value">
        <Link class="made-number" href={linkChecks()}>
          <b class={totals ? undefined : 'none'}>{totals ? formatNumber(open) : failed ? '–' : '…'}</b>
        </Link>
      </p>
      <p class="certainty">
        {totals
          ? formatClauses([
              open ? t('findingsText', { errors: totals.errors, warnings: totals.warnings, notes: totals.notes }) : t('findingsNone'),
              ...(totals.explained > 0 ? [t('findingsExplained', { n: totals.explained })] : []),
            ])
          : !failed && t('findingsWait')}
      </p>
    </li>
  );
}

export function Cards({ data }: { data: Overview }) {
  return (
    <ul class="cards" aria-label={t('summary')}>
      {data.cards.slice(0, 6).map((card) =>
        card.name === 'findings' ? (
          mayDo('figures') && <Findings key={card.name} card={card} known={data.findings} />
        ) : (
          <li key={card.name} class="card">
            <h2>
              <Link href={linkOf(card.link)}>{label(card.label)}</Link>
            </h2>
            <p class="value">
              <Figure card={card} />
              {intervalText(card.figure, card.decimals) && <span class="between">{intervalText(card.figure, card.decimals)}</span>}
            </p>
            <Bar card={card} />
            <Change card={card} />
            <p class="certainty">{label(card.certainty)}</p>
          </li>
        ),
      )}
    </ul>
  );
}
