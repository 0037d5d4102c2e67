// SPDX-License-Identifier: AGPL-3.0-or-later
import { formatNumber } from '../format';
import { t } from '../text/parts';

export interface IntervalProps {
  value: number;
  low?: number | null;
  high?: number | null;
  /** Ends of the scale. */
  from: number;
  to: number;
  reference?: { value: number; low: number; high: number } | null;
  target?: number | null;
  decimals?: number;
  /** Ratios are drawn on a logarithmic scale: twice is as far as half. */
  log?: boolean;
  tone?: 'plain' | 'alarm';
}

/** The interval goes on beyond the scale. */
const End = ({ x, turned }: { x: number; turned: boolean }) => (
  <svg x={`${x}%`} y="10" overflow="visible" aria-hidden="true">
    <path class="bar end" d={turned ? 'M-5 -4L0 0L-5 4' : 'M5 -4L0 0L5 4'} />
  </svg>
);

/** A point with its 95 % interval as a bar, against a reference band or a target. A point without an interval is hollow. */
export function IntervalBar({ value, low, high, from, to, reference, target, decimals = 1, log, tone = 'plain' }: IntervalProps) {
  const scale = log ? Math.log : (x: number) => x;
  const at = (x: number) => Math.max(0, Math.min(100, (100 * (scale(Math.max(x, 1e-9)) - scale(from))) / (scale(to) - scale(from))));
  const known = low != null && high != null;
  const words = [
    formatNumber(value, decimals),
    known && t('interval', { low: formatNumber(low, decimals), high: formatNumber(high, decimals) }),
    reference && t('reference', { value: formatNumber(reference.value, decimals) }),
  ];
  return (
    <svg
      class={`interval ${tone}`}
      width="100%"
      height="20"
      role="img"
      aria-label={words.filter(Boolean).join(', ')}
      preserveAspectRatio="none"
    >
      <line class="axis" x1="0" x2="100%" y1="10" y2="10" />
      {reference && (
        <rect
          class="reference"
          x={`${at(reference.low)}%`}
          width={`${Math.max(0.4, at(reference.high) - at(reference.low))}%`}
          y="2"
          height="16"
        />
      )}
      {target != null && <line class="target" x1={`${at(target)}%`} x2={`${at(target)}%`} y1="1" y2="19" />}
      {known && <line class="bar" x1={`${at(low)}%`} x2={`${at(high)}%`} y1="10" y2="10" />}
      {known && low < from && <End x={0} turned={false} />}
      {known && high > to && <End x={100} turned />}
      <circle class={known ? 'point' : 'point hollow'} cx={`${at(value)}%`} cy="10" r="4" />
    </svg>
  );
}
