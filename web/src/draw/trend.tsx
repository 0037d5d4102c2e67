// SPDX-License-Identifier: AGPL-3.0-or-later
// One indicator through time: a line, its interval as a band, the reference as a band across; the chosen period is marked.
import type { Ref } from 'preact';
import type { Bucket, Figure, Indicator } from '../api/types';
import { formatNumber, formatPeriod, formatPeriodShort } from '../format';
import { figureText, intervalText, isDrawn } from '../text/figure';
import { scaleOf, textWidth, ticksOf, useWidth } from './axis';
import { Mark } from './mark';

export interface TrendProps {
  name: string;
  about: Indicator | undefined;
  periods: Bucket[];
  figures: Figure[];
  onOpen: (period: string) => void;
  svg?: Ref<SVGSVGElement>;
}

export function Trend({ name, about, periods, figures, onOpen, svg }: TrendProps) {
  const [box, width] = useWidth();
  const decimals = about?.decimals ?? 0;
  const reference = about?.reference ?? null;
  const drawn = figures.filter(isDrawn);
  const all = drawn.flatMap((one) => [one.value, one.low ?? one.value, one.high ?? one.value]);
  if (reference) all.push(reference.low, reference.high);
  if (about?.target != null) all.push(about.target);
  // A count stands on zero; a ratio and a rate have their own range.
  if (!about?.denominator) all.push(0);
  const ticks = all.length ? ticksOf(Math.min(...all), Math.max(...all), 4) : [0, 1];
  const [from, to] = [ticks[0]!, ticks[ticks.length - 1]!];
  const height = 204;
  const left = Math.max(...ticks.map((one) => textWidth(formatNumber(one)))) + 12;
  const bottom = height - 26;
  const y = scaleOf(from, to, bottom, 22);
  const slot = (width - left - 10) / Math.max(1, periods.length);
  const x = (i: number) => left + slot * (i + 0.5);
  const every = Math.max(
    1,
    Math.ceil((Math.max(...periods.map((one) => textWidth(formatPeriodShort(one.code))), 10) + 8) / Math.max(1, slot)),
  );

  const runs: number[][] = [[]];
  figures.forEach((one, i) => {
    if (isDrawn(one)) runs[runs.length - 1]!.push(i);
    else if (runs[runs.length - 1]!.length) runs.push([]);
  });
  const path = (points: [number, number][]) => points.map(([px, py], i) => `${i ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');
  const band = (run: number[]) => {
    const held = run.filter((i) => figures[i]!.low !== undefined && figures[i]!.high !== undefined);
    if (held.length < 2) return '';
    return `${path([...held.map((i): [number, number] => [x(i), y(figures[i]!.high!)]), ...held.map((i): [number, number] => [x(i), y(figures[i]!.low!)]).reverse()])}Z`;
  };
  const last = periods.length - 1;
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={name}>
          {reference && (
            <rect
              class="reference"
              x={left}
              width={width - left - 10}
              y={y(reference.high)}
              height={Math.max(1.5, y(reference.low) - y(reference.high))}
            />
          )}
          {ticks.map((one) => (
            <g key={one}>
              <line class={one === 0 ? 'axis' : 'grid'} x1={left} x2={width - 10} y1={y(one)} y2={y(one)} />
              <text class="tick" x={left - 8} y={y(one) + 4} text-anchor="end">
                {formatNumber(one)}
              </text>
            </g>
          ))}
          {about?.target != null && <line class="target" x1={left} x2={width - 10} y1={y(about.target)} y2={y(about.target)} />}
          {periods.map((one, i) =>
            (last - i) % every ? null : (
              <text key={one.code} class={i === last ? 'tick now' : 'tick'} x={x(i)} y={height - 8} text-anchor="middle">
                {formatPeriodShort(one.code)}
              </text>
            ),
          )}
          {runs.map((run) => run.length > 0 && <path key={`b${run[0]}`} class="band" d={band(run)} />)}
          {runs.map(
            (run) => run.length > 0 && <path key={`l${run[0]}`} class="line" d={path(run.map((i) => [x(i), y(figures[i]!.value!)]))} />,
          )}
          {figures.map((figure, i) => {
            if (!isDrawn(figure)) return null;
            const interval = figure.low !== undefined && figure.high !== undefined;
            const code = periods[i]!.code;
            const said = [formatPeriod(code), figureText(figure, decimals), intervalText(figure, decimals)];
            return (
              <Mark
                key={code}
                name={said.filter(Boolean).join(', ')}
                onOpen={() => onOpen(code)}
                texts={
                  i === last && (
                    <text class="value" x={width - 6} y={Math.max(14, y(figure.high ?? figure.value) - 8)} text-anchor="end">
                      {figureText(figure, decimals)}
                    </text>
                  )
                }
              >
                <rect class="reach" x={x(i) - Math.max(12, slot / 2)} width={Math.max(24, slot)} y={4} height={bottom - 4} />
                {interval && <line class="interval faint" x1={x(i)} x2={x(i)} y1={y(figure.low!)} y2={y(figure.high!)} />}
                <circle
                  class={`point${interval || !about?.denominator ? '' : ' hollow'}`}
                  cx={x(i)}
                  cy={y(figure.value)}
                  r={i === last ? 4.5 : 3}
                />
              </Mark>
            );
          })}
        </svg>
      )}
    </div>
  );
}
