// SPDX-License-Identifier: AGPL-3.0-or-later
// Who reported when: a square a month. Each state has its own drawing, so it is read without colour.
import type { Ref } from 'preact';
import type { Bucket, Overview } from '../api/types';
import { formatPeriod, formatPeriodShort } from '../format';
import { label } from '../text/dictionary';
import { t } from '../text/draw';
import { cutText, textWidth, useWidth } from './axis';
import { Mark } from './mark';

type State = Overview['timeliness']['states'][number][number];

export function Square({ state, x, y, size }: { state: State; x: number; y: number; size: number }) {
  const pad = size * 0.3;
  return (
    <g class={`square ${state}`}>
      <rect x={x} y={y} width={size} height={size} rx={2} />
      {state === 'late' && <line x1={x + pad} x2={x + size - pad} y1={y + size - pad} y2={y + pad} />}
      {state === 'missing' && (
        <path d={`M${x + pad} ${y + pad}L${x + size - pad} ${y + size - pad}M${x + size - pad} ${y + pad}L${x + pad} ${y + size - pad}`} />
      )}
    </g>
  );
}

/** The last period with a gap, or with anything owed. */
export function lastGap(states: State[], periods: Bucket[]): string {
  const gap = Math.max(states.lastIndexOf('missing'), states.lastIndexOf('late'));
  const at = gap >= 0 ? gap : Math.max(states.lastIndexOf('open'), states.lastIndexOf('on_time'));
  return periods[at]?.code ?? '';
}

export function Heat({
  name,
  reporters,
  periods,
  states,
  onOpen,
  svg,
}: {
  name: string;
  reporters: Bucket[];
  periods: Bucket[];
  states: State[][];
  /** Of a square with something owed its period; of the line, as a key opens it, the last one with a gap. */
  onOpen: (reporter: Bucket, period: string) => void;
  svg: Ref<SVGSVGElement>;
}) {
  const [box, width] = useWidth();
  const namesWidth = Math.min(Math.max(...reporters.map((one) => textWidth(label(one.label))), 40) + 14, width * 0.42);
  const step = Math.min(46, (width - namesWidth - 4) / Math.max(1, periods.length));
  const rowHeight = 22;
  const top = 36;
  const size = Math.min(18, step - 2);
  const height = top + reporters.length * rowHeight + 4;
  const years = periods.map((one) => one.code.slice(0, 4));
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={name}>
          {periods.map((one, i) => (
            <g key={one.code}>
              {(i === 0 || years[i] !== years[i - 1]) && (
                <text class="tick" x={namesWidth + i * step} y={12}>
                  {years[i]}
                </text>
              )}
              <text class="tick" x={namesWidth + i * step + size / 2} y={28} text-anchor="middle">
                {step < 18 && i % 2 ? '' : step < 26 ? one.code.slice(4).replace(/^0/, '') : formatPeriodShort(one.code)}
              </text>
            </g>
          ))}
          {reporters.map((one, r) => {
            const y = top + r * rowHeight;
            const gaps = states[r]!.flatMap((state, i) =>
              state === 'late' || state === 'missing' ? [`${formatPeriod(periods[i]!.code)} ${t(state)}`] : [],
            );
            return (
              <Mark
                key={one.code}
                name={[label(one.label), ...gaps].join(', ')}
                onOpen={() => onOpen(one, lastGap(states[r]!, periods))}
                texts={
                  <text class="name" x={4} y={y + 13}>
                    {cutText(label(one.label), namesWidth - 8)}
                  </text>
                }
              >
                <rect class="row" x={0} y={y - 2} width={width} height={rowHeight} rx={3} />
                {states[r]!.map(
                  (state, i) =>
                    state !== 'none' && (
                      <g
                        key={i}
                        onClick={(event) => {
                          event.stopPropagation();
                          onOpen(one, periods[i]!.code);
                        }}
                      >
                        <Square state={state} x={namesWidth + i * step} y={y} size={size} />
                      </g>
                    ),
                )}
              </Mark>
            );
          })}
        </svg>
      )}
    </div>
  );
}
