// SPDX-License-Identifier: AGPL-3.0-or-later
// What may come: the median as a line, the bands that hold 80 and 95 of 100 trajectories, and the chosen year marked.
import type { Ref } from 'preact';
import { formatNumber } from '../format';
import { scaleOf, textWidth, ticksOf, useWidth } from './axis';

type Values = (number | null)[][];
const height = 236;
const [low95, low80, median, high80, high95] = [0, 1, 2, 3, 4];

export interface FanProps {
  name: string;
  years: number[];
  /** [moment][five quantiles]. */
  values: Values;
  /** The same without what was changed: its median as a broken line. */
  without?: Values | null;
  /** A count stands on zero. */
  zero: boolean;
  chosen: number;
  /** Said of a moment, on hover. */
  say: (moment: number) => string;
  onChoose: (moment: number) => void;
  svg?: Ref<SVGSVGElement>;
}

export function Fan({ name, years, values, without, zero, chosen, say, onChoose, svg }: FanProps) {
  const [box, width] = useWidth();
  const known = values.map((one, i) => ({ one, i })).filter(({ one }) => one[median] != null);
  const all = [...known.flatMap(({ one }) => one as number[]), ...(without ?? []).flatMap((one) => one[median] ?? [])];
  if (zero) all.push(0);
  const ticks = all.length ? ticksOf(Math.min(...all), Math.max(...all), 4) : [0, 1];
  const [from, to] = [ticks[0]!, ticks[ticks.length - 1]!];
  const left = Math.max(...ticks.map((one) => textWidth(formatNumber(one)))) + 12;
  const bottom = height - 26;
  const y = scaleOf(from, to, bottom, 12);
  const x = scaleOf(years[0]!, years[years.length - 1]!, left, width - 18);
  const slot = (width - 18 - left) / Math.max(1, years.length - 1);
  const line = (points: [number, number][]) => points.map(([px, py], i) => `${i ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');
  const edge = (k: number) => known.map(({ one, i }): [number, number] => [x(years[i]!), y(one[k]!)]);
  const band = (low: number, high: number) => `${line([...edge(high), ...edge(low).reverse()])}Z`;
  const across = ticksOf(years[0]!, years[years.length - 1]!, width < 460 ? 3 : 6).filter(
    (one) => Number.isInteger(one) && one >= years[0]! && one <= years[years.length - 1]!,
  );
  const at = values[chosen];
  return (
    <div class="drawing fan" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={`${name}. ${say(chosen)}`}>
          {ticks.map((one) => (
            <g key={one}>
              <line class={one === 0 ? 'axis' : 'grid'} x1={left} x2={width - 10} y1={y(one)} y2={y(one)} />
              <text class="tick" x={left - 8} y={y(one) + 4} text-anchor="end">
                {formatNumber(one)}
              </text>
            </g>
          ))}
          {across.map((one) => (
            <text key={one} class="tick" x={x(one)} y={height - 8} text-anchor="middle">
              {one}
            </text>
          ))}
          <line class="target" x1={x(years[chosen]!)} x2={x(years[chosen]!)} y1={6} y2={bottom} />
          {known.length > 1 && (
            <>
              <path class="band" d={band(low95, high95)} />
              <path class="band" d={band(low80, high80)} />
              <path class="line" d={line(edge(median))} />
            </>
          )}
          {without && (
            <path
              class="before"
              d={line(without.flatMap((one, i): [number, number][] => (one[median] == null ? [] : [[x(years[i]!), y(one[median]!)]])))}
            />
          )}
          {at?.[median] != null && (
            <>
              <line class="interval" x1={x(years[chosen]!)} x2={x(years[chosen]!)} y1={y(at[low95]!)} y2={y(at[high95]!)} />
              <circle class="point" cx={x(years[chosen]!)} cy={y(at[median]!)} r={4.5} />
            </>
          )}
          {years.map((year, i) => (
            <rect
              key={year}
              class="reach"
              x={x(year) - slot / 2}
              width={Math.max(1, slot)}
              y={4}
              height={bottom - 4}
              onClick={() => onChoose(i)}
            >
              <title>{say(i)}</title>
            </rect>
          ))}
        </svg>
      )}
    </div>
  );
}
