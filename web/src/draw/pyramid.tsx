// SPDX-License-Identifier: AGPL-3.0-or-later
// People by sex and age, back to back: bars of the median with the interval at their ends, and the outline of an earlier time.
import type { Ref } from 'preact';
import { useId } from 'preact/hooks';
import { formatNumber } from '../format';
import { scaleOf, textWidth, ticksOf, useWidth } from './axis';
import { Hatch, Whisker } from './mark';

export interface PyramidRow {
  /** "65–69". */
  age: string;
  /** Men first: median, 95 % and 80 % bounds. */
  sides: [PyramidBar, PyramidBar];
}
export interface PyramidBar {
  now: number;
  value: number;
  low: number;
  high: number;
  inner: [number, number];
  /** Shown on hover. */
  said: string;
}

const top = 22;

/** most: what the axes go to, so that a pyramid that plays keeps its scale. rows: the youngest first. */
export function Pyramid({
  name,
  rows,
  most,
  sexes,
  svg,
}: {
  name: string;
  rows: PyramidRow[];
  most: number;
  sexes: [string, string];
  svg: Ref<SVGSVGElement>;
}) {
  const [box, width] = useWidth();
  const hatch = useId();
  const middle = Math.max(...rows.map((one) => textWidth(one.age)), 20) + 12;
  const ticks = ticksOf(0, most, width < 460 ? 2 : 5);
  const end = ticks[ticks.length - 1]!;
  const margin = Math.max(8, textWidth(formatNumber(end)) / 2);
  const axis = (width - middle) / 2;
  const scales = [scaleOf(0, end, axis, margin), scaleOf(0, end, width - axis, width - margin)] as const;
  const rowHeight = width < 460 ? 17 : 24;
  const bottom = top + rows.length * rowHeight;
  const y = (i: number) => bottom - (i + 1) * rowHeight;
  return (
    <div class="drawing pyramid" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${bottom + 24}`} width={width} height={bottom + 24} role="img" aria-label={name}>
          <defs>
            <Hatch id={hatch} />
          </defs>
          {scales.map((x, side) => (
            <g key={side}>
              <text class="name" x={x(0)} y={14} text-anchor={side ? 'start' : 'end'}>
                {sexes[side]}
              </text>
              {ticks.map((one) => (
                <g key={one}>
                  <line class={one === 0 ? 'axis' : 'grid'} x1={x(one)} x2={x(one)} y1={top - 2} y2={bottom} />
                  <text class="tick" x={x(one)} y={bottom + 16} text-anchor="middle">
                    {formatNumber(one)}
                  </text>
                </g>
              ))}
              {rows.map((row, i) => {
                const bar = row.sides[side]!;
                const at = x(bar.value);
                return (
                  <rect
                    key={i}
                    class={side ? 'girls thin' : 'boys'}
                    x={Math.min(at, x(0))}
                    width={Math.abs(at - x(0))}
                    y={y(i) + 2}
                    height={rowHeight - 4}
                    fill={side ? `url(#${hatch})` : undefined}
                  />
                );
              })}
              <path class="then" d={outline(rows, side, x, y)} />
              {rows.map((row, i) => {
                const bar = row.sides[side]!;
                const level = y(i) + rowHeight / 2;
                return (
                  <g key={i}>
                    {bar.high - bar.low > 0 && (
                      <>
                        <Whisker x={x} y={level} low={bar.low} high={bar.high} from={0} to={end} />
                        <line class="interval inner" x1={x(bar.inner[0])} x2={x(bar.inner[1])} y1={level} y2={level} />
                      </>
                    )}
                    <rect class="reach" x={side ? x(0) : 0} width={Math.max(0, axis)} y={y(i)} height={rowHeight}>
                      <title>{bar.said}</title>
                    </rect>
                  </g>
                );
              })}
            </g>
          ))}
          {rows.map((row, i) => (
            <text key={i} class="tick" x={width / 2} y={y(i) + rowHeight / 2 + 4} text-anchor="middle">
              {row.age}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}

function outline(rows: PyramidRow[], side: number, x: (value: number) => number, y: (i: number) => number): string {
  let path = `M${x(0).toFixed(1)} ${y(-1).toFixed(1)}`;
  rows.forEach((row, i) => {
    const at = x(row.sides[side]!.now).toFixed(1);
    path += `L${at} ${y(i - 1)}L${at} ${y(i)}`;
  });
  return `${path}L${x(0).toFixed(1)} ${y(rows.length - 1)}`;
}
