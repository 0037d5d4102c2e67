// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawings of the explorer: places as a forest, time as lines, everything else as bars with their intervals. Each mark opens how its
// number was made; a point without an interval is hollow.
import type { ComponentChildren, Ref } from 'preact';
import { useState } from 'preact/hooks';
import type { Figure, Indicator } from '../../api/types';
import { cutText, textWidth, useWidth } from '../../draw/axis';
import { Forest, type ForestRow } from '../../draw/forest';
import { Mark, Whisker } from '../../draw/mark';
import { formatNumber, formatPeriodShort } from '../../format';
import { label } from '../../text/dictionary';
import { intervalText, isDrawn } from '../../text/figure';
import { type Panel, type PanelMark, rangeOf, ticksOf } from './panels';
import type { Cell } from './pivot';
import { figureSign } from './words';

interface DrawingProps {
  panel: Panel;
  about: Indicator | undefined;
  name: string;
  onOpen: (cell: Cell) => void;
  svg?: Ref<SVGSVGElement>;
}
interface OneProps {
  mark: PanelMark;
  decimals: number;
  series?: string;
  onOpen: (cell: Cell) => void;
  children: ComponentChildren;
}

const figureOf = (mark: PanelMark): Figure => mark.cell?.figure ?? { state: 'no_data' };
const hasInterval = (figure: Figure): figure is Figure & { low: number; high: number } => figure.low != null && figure.high != null;

/** A mark that says its place, value and interval, and opens its number. */
function One({ mark, decimals, series, onOpen, children }: OneProps) {
  const figure = figureOf(mark);
  const said = [series, label(mark.label), figureSign(figure, decimals), intervalText(figure, decimals)].filter(Boolean).join(', ');
  if (!mark.cell) return <g>{children}</g>;
  const cell = mark.cell;
  return (
    <Mark name={said} onOpen={() => onOpen(cell)}>
      {children}
    </Mark>
  );
}

/** Places, the highest first; those of a ratio with a reference by how much is counted in them, for few births rank nobody (Charter, 3).
 *  The same drawing as on the overview. */
function Places({ panel, about, name, onOpen, svg }: DrawingProps) {
  const [hot, setHot] = useState<string | null>(null);
  const marks = panel.series[0]?.marks ?? [];
  const value = (mark: PanelMark) => {
    const figure = figureOf(mark);
    if (!isDrawn(figure)) return Number.NEGATIVE_INFINITY;
    return about?.reference ? (figure.numerator ?? 0) + (figure.denominator ?? 0) : figure.value;
  };
  const rows: (ForestRow & { mark: PanelMark })[] = [...marks]
    .sort((a, b) => (value(a) === value(b) ? 0 : value(b) - value(a)))
    .map((mark) => ({ mark, bucket: { code: mark.code, label: mark.label }, figure: figureOf(mark) }));
  return (
    <Forest
      name={name}
      rows={rows}
      about={about}
      hot={hot}
      onHot={setHot}
      onOpen={(row) => {
        const cell = (row as (typeof rows)[number]).mark.cell;
        if (cell) onOpen(cell);
      }}
      svg={svg ?? null}
    />
  );
}

/** Bars from nought, each with its interval. */
function Bars({ panel, about, name, onOpen, svg }: DrawingProps) {
  const [box, width] = useWidth();
  const marks = panel.series[0]?.marks ?? [];
  const decimals = about?.decimals ?? 1;
  const rowHeight = 28;
  const top = 8;
  const end = top + marks.length * rowHeight;
  const values = marks.map((mark) => figureSign(figureOf(mark), decimals));
  const left = Math.min(Math.max(...marks.map((mark) => textWidth(label(mark.label))), 40) + 12, Math.max(90, width * 0.34));
  const right = Math.max(...values.map(textWidth), 24) + 16;
  const ticks = ticksOf(rangeOf(panel, about), width < 480 ? 3 : 6);
  const [from, to] = [ticks[0]!, ticks[ticks.length - 1]!];
  const x = (value: number) => left + (Math.max(from, Math.min(to, value)) - from) * ((width - left - right) / (to - from));
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${end + 28}`} width={width} height={end + 28} role="group" aria-label={name}>
          {about?.reference && (
            <rect
              class="reference"
              x={x(about.reference.low)}
              width={Math.max(1, x(about.reference.high) - x(about.reference.low))}
              y={top}
              height={end - top}
            />
          )}
          {ticks.map((value) => (
            <g key={value}>
              <line class={value === 0 ? 'axis' : 'grid'} x1={x(value)} x2={x(value)} y1={top} y2={end} />
              <text class="tick" x={x(value)} y={end + 18} text-anchor="middle">
                {formatNumber(value)}
              </text>
            </g>
          ))}
          {about?.target != null && <line class="target" x1={x(about.target)} x2={x(about.target)} y1={top} y2={end} />}
          {marks.map((mark, i) => {
            const figure = figureOf(mark);
            const y = top + i * rowHeight + rowHeight / 2;
            return (
              <One key={mark.code} mark={mark} decimals={decimals} onOpen={onOpen}>
                <rect class="row" x={0} y={y - rowHeight / 2} width={width} height={rowHeight} />
                <text x={left - 8} y={y + 4} text-anchor="end">
                  {cutText(label(mark.label), left - 10)}
                </text>
                {isDrawn(figure) && (
                  <rect class="bar" x={x(Math.min(0, figure.value))} y={y - 8} width={Math.abs(x(figure.value) - x(0))} height={16} />
                )}
                {isDrawn(figure) && hasInterval(figure) && <Whisker x={x} y={y} low={figure.low} high={figure.high} from={from} to={to} />}
                <text class={isDrawn(figure) ? 'value' : 'value none'} x={width - 4} y={y + 4} text-anchor="end">
                  {values[i]}
                </text>
              </One>
            );
          })}
        </svg>
      )}
    </div>
  );
}

type Point = [number, number];
const path = (points: Point[]) => points.map(([px, py], i) => `${i ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');

/** Runs of marks with a value: no line is drawn over a gap. */
function runsOf(marks: PanelMark[]): { figure: Figure & { value: number }; i: number }[][] {
  const found: { figure: Figure & { value: number }; i: number }[][] = [[]];
  marks.forEach((mark, i) => {
    const figure = figureOf(mark);
    if (isDrawn(figure)) found[found.length - 1]!.push({ figure, i });
    else if (found[found.length - 1]!.length) found.push([]);
  });
  return found.filter((one) => one.length);
}

/** Time: a line a series; the interval as a band where there is one series, as whiskers where there are more. */
function Lines({ panel, about, name, onOpen, svg }: DrawingProps) {
  const [box, width] = useWidth();
  const decimals = about?.decimals ?? 1;
  const height = 260;
  const ticks = ticksOf(rangeOf(panel, about), 5);
  const [from, to] = [ticks[0]!, ticks[ticks.length - 1]!];
  const left = Math.max(...ticks.map((one) => textWidth(formatNumber(one)))) + 12;
  const [top, bottom, right] = [12, height - 28, 16];
  const slots = panel.series[0]?.marks ?? [];
  const alone = panel.series.length === 1;
  const wide = (width - left - right) / Math.max(1, slots.length);
  const x = (i: number, s = 0) => left + wide * (i + 0.5) + (s - (panel.series.length - 1) / 2) * Math.min(5, wide / 10);
  const y = (value: number) => bottom - ((Math.max(from, Math.min(to, value)) - from) * (bottom - top)) / (to - from);
  const every = Math.max(1, Math.ceil(48 / Math.max(1, wide)));
  const band = (run: ReturnType<typeof runsOf>[number]) => {
    const held = run.flatMap(({ figure, i }) => (hasInterval(figure) ? [{ low: figure.low, high: figure.high, i }] : []));
    if (held.length < 2) return '';
    const back = [...held].reverse().map(({ low, i }): Point => [x(i), y(low)]);
    return `${path([...held.map(({ high, i }): Point => [x(i), y(high)]), ...back])}Z`;
  };
  const before = runsOf(
    alone ? slots.map((mark) => ({ ...mark, cell: mark.cell?.before ? { ...mark.cell, figure: mark.cell.before } : null })) : [],
  );
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={name}>
          {about?.reference && (
            <rect
              class="reference"
              x={left}
              width={Math.max(0, width - left - right)}
              y={y(about.reference.high)}
              height={Math.max(1, y(about.reference.low) - y(about.reference.high))}
            />
          )}
          {ticks.map((value) => (
            <g key={value}>
              <line class={value === from ? 'axis' : 'grid'} x1={left} x2={width - right} y1={y(value)} y2={y(value)} />
              <text class="tick" x={left - 8} y={y(value) + 4} text-anchor="end">
                {formatNumber(value)}
              </text>
            </g>
          ))}
          {slots.map((mark, i) =>
            i % every ? null : (
              <text key={mark.code} class="tick" x={x(i)} y={height - 8} text-anchor="middle">
                {formatPeriodShort(mark.code)}
              </text>
            ),
          )}
          {about?.target != null && <line class="target" x1={left} x2={width - right} y1={y(about.target)} y2={y(about.target)} />}
          {before.map((run) => (
            <path key={run[0]!.i} class="before" d={path(run.map(({ figure, i }) => [x(i), y(figure.value)]))} />
          ))}
          {panel.series.map((one, s) => (
            <g key={one.code} class={`series s${s + 1}`}>
              {runsOf(one.marks).map((run) => (
                <g key={run[0]!.i}>
                  {alone && <path class="band" d={band(run)} />}
                  <path class="line" d={path(run.map(({ figure, i }) => [x(i, s), y(figure.value)]))} />
                </g>
              ))}
              {one.marks.map((mark, i) => {
                const figure = figureOf(mark);
                if (!isDrawn(figure)) return null;
                return (
                  <One key={mark.code} mark={mark} decimals={decimals} series={alone ? undefined : label(one.label)} onOpen={onOpen}>
                    <circle class="reach" cx={x(i, s)} cy={y(figure.value)} r={12} />
                    {hasInterval(figure) && !alone && (
                      <line class="interval" x1={x(i, s)} x2={x(i, s)} y1={y(figure.low)} y2={y(figure.high)} />
                    )}
                    <circle class={hasInterval(figure) ? 'point' : 'point hollow'} cx={x(i, s)} cy={y(figure.value)} r={4} />
                  </One>
                );
              })}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

export function Drawing(props: DrawingProps) {
  if (props.panel.kind === 'line') return <Lines {...props} />;
  return props.panel.kind === 'forest' ? <Places {...props} /> : <Bars {...props} />;
}
