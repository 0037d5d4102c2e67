// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawings of the explorer, as SVG of our own: small, read by keyboard, printed and saved as they are. Uncertainty is always drawn;
// a point without an interval is hollow.
import type { Indicator } from '../../api/types';
import { cutText, textWidth, useWidth } from '../../draw/axis';
import { formatFigure, formatInterval, formatNumber, formatPeriodShort } from '../../format';
import { label } from '../../text/dictionary';
import { t } from '../../text/indicators';
import { type Mark, type Panel, rangeOf, ticksOf } from './panels';
import type { Cell } from './pivot';

interface DrawingProps {
  panel: Panel;
  about: Indicator | undefined;
  name: string;
  onOpen: (cell: Cell) => void;
  svg?: (node: SVGSVGElement | null) => void;
}

const shownValue = (mark: Mark): number | undefined => (mark.cell?.figure.state === 'ok' ? mark.cell.figure.value : undefined);
const known = (mark: Mark) => shownValue(mark) !== undefined;

/** What is read out for a mark. */
function words(mark: Mark, decimals: number, series?: string): string {
  const figure = mark.cell?.figure;
  const head = [series, label(mark.label)].filter(Boolean).join(', ');
  if (figure?.state !== 'ok') return `${head}: ${t(figure?.state ?? 'no_data')}`;
  const interval = formatInterval(figure, decimals);
  return `${head}: ${formatFigure(figure, decimals)}${interval ? ` (${interval})` : ''}`;
}

/** Each mark is a button of its own within the drawing. */
function Target({
  mark,
  decimals,
  series,
  onOpen,
  children,
}: {
  mark: Mark;
  decimals: number;
  series?: string;
  onOpen: (cell: Cell) => void;
  children: preact.ComponentChildren;
}) {
  const cell = mark.cell;
  const said = words(mark, decimals, series);
  if (!cell) return <g>{children}</g>;
  return (
    <g
      class="mark"
      role="button"
      tabIndex={0}
      aria-label={said}
      onClick={() => onOpen(cell)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onOpen(cell);
      }}
    >
      <title>{said}</title>
      {children}
    </g>
  );
}

/** Places: a point with its interval, the highest first, against the reference and the target. */
function Rows({ panel, about, name, onOpen, svg }: DrawingProps) {
  const [box, width] = useWidth();
  const bars = panel.kind === 'bars';
  const all = panel.series[0]?.marks ?? [];
  const marks = bars ? all : [...all].sort((a, b) => Number(known(b)) - Number(known(a)) || (shownValue(b) ?? 0) - (shownValue(a) ?? 0));
  const decimals = about?.decimals ?? 1;
  const rowHeight = 26;
  const top = 8;
  const height = top + marks.length * rowHeight + 28;
  const longest = Math.max(...marks.map((one) => textWidth(label(one.label))), 40);
  const left = Math.min(longest + 12, Math.max(90, width * 0.34));
  const figures = marks.map((one) =>
    one.cell ? formatFigure(one.cell.figure, decimals) || t(`sign_${one.cell.figure.state}` as never) : '',
  );
  const right = Math.max(...figures.map(textWidth), 30) + 12;
  const ticks = ticksOf(rangeOf(panel, about), width < 480 ? 3 : 6);
  const from = ticks[0]!;
  const to = ticks[ticks.length - 1]!;
  const x = (value: number) => left + (Math.max(from, Math.min(to, value)) - from) * ((width - left - right - 8) / (to - from));
  const end = top + marks.length * rowHeight;
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={name}>
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
            const figure = mark.cell?.figure;
            const value = shownValue(mark);
            const y = top + i * rowHeight + rowHeight / 2;
            const interval = figure?.low !== undefined && figure.high !== undefined;
            return (
              <Target key={mark.code} mark={mark} decimals={decimals} onOpen={onOpen}>
                <rect class="row" x={0} y={y - rowHeight / 2} width={width} height={rowHeight} />
                <text class="name" x={left - 8} y={y + 4} text-anchor="end">
                  {cutText(label(mark.label), left - 10)}
                </text>
                {value !== undefined && bars && (
                  <rect class="bar" x={x(Math.min(0, value))} y={y - 7} width={Math.max(1, Math.abs(x(value) - x(0)))} height={14} />
                )}
                {value !== undefined && interval && (
                  <>
                    <line class="interval" x1={x(figure.low!)} x2={x(figure.high!)} y1={y} y2={y} />
                    {figure.low! >= from && <line class="interval" x1={x(figure.low!)} x2={x(figure.low!)} y1={y - 4} y2={y + 4} />}
                    {figure.high! <= to && <line class="interval" x1={x(figure.high!)} x2={x(figure.high!)} y1={y - 4} y2={y + 4} />}
                  </>
                )}
                {value !== undefined && !bars && <circle class={interval ? 'point' : 'point hollow'} cx={x(value)} cy={y} r={4} />}
                <text class="value" x={width - 4} y={y + 4} text-anchor="end">
                  {figures[i]}
                </text>
              </Target>
            );
          })}
        </svg>
      )}
    </div>
  );
}

/** Time: a line a series; the interval as a band where there is one series, as whiskers where there are more. */
function Lines({ panel, about, name, onOpen, svg }: DrawingProps) {
  const [box, width] = useWidth();
  const decimals = about?.decimals ?? 1;
  const height = 260;
  const ticks = ticksOf(rangeOf(panel, about), 5);
  const from = ticks[0]!;
  const to = ticks[ticks.length - 1]!;
  const left = Math.max(...ticks.map((one) => textWidth(formatNumber(one)))) + 12;
  const [top, bottom, right] = [12, height - 28, 16];
  const slots = panel.series[0]?.marks ?? [];
  const wide = (width - left - right) / Math.max(1, slots.length);
  const x = (i: number, s = 0) => left + wide * (i + 0.5) + (s - (panel.series.length - 1) / 2) * Math.min(5, wide / 10);
  const y = (value: number) => bottom - ((Math.max(from, Math.min(to, value)) - from) * (bottom - top)) / (to - from);
  const every = Math.max(1, Math.ceil(48 / Math.max(1, wide)));
  const alone = panel.series.length === 1;

  /** Runs of marks with a value: a line is not drawn over a gap. */
  const runs = (marks: Mark[]): { mark: Mark; i: number }[][] => {
    const found: { mark: Mark; i: number }[][] = [[]];
    marks.forEach((mark, i) => {
      if (known(mark)) found[found.length - 1]!.push({ mark, i });
      else if (found[found.length - 1]!.length) found.push([]);
    });
    return found.filter((one) => one.length);
  };
  const path = (points: [number, number][]) => points.map(([px, py], i) => `${i ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');
  const band = (run: { mark: Mark; i: number }[]) => {
    const held = run.filter(({ mark }) => mark.cell?.figure.low !== undefined && mark.cell.figure.high !== undefined);
    const up = held.map(({ mark, i }): [number, number] => [x(i), y(mark.cell!.figure.high!)]);
    const down = held.map(({ mark, i }): [number, number] => [x(i), y(mark.cell!.figure.low!)]).reverse();
    return held.length > 1 ? `${path([...up, ...down])}Z` : '';
  };
  const before = alone
    ? slots.flatMap((mark, i) =>
        mark.cell?.before?.state === 'ok' && mark.cell.before.value !== undefined
          ? [[x(i), y(mark.cell.before.value)] as [number, number]]
          : [],
      )
    : [];

  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={name}>
          {about?.reference && (
            <rect
              class="reference"
              x={left}
              width={width - left - right}
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
          {before.length > 1 && <path class="before" d={path(before)} />}
          {panel.series.map((one, s) => (
            <g key={one.code} class={`series s${s + 1}`}>
              {runs(one.marks).map((run) => (
                <g key={run[0]!.i}>
                  {alone && <path class="band" d={band(run)} />}
                  <path class="line" d={path(run.map(({ mark, i }) => [x(i, s), y(shownValue(mark)!)]))} />
                </g>
              ))}
              {one.marks.map((mark, i) => {
                const figure = mark.cell?.figure;
                const value = shownValue(mark);
                if (value === undefined) return null;
                const interval = figure?.low !== undefined && figure.high !== undefined;
                return (
                  <Target key={mark.code} mark={mark} decimals={decimals} series={alone ? undefined : label(one.label)} onOpen={onOpen}>
                    {interval && !alone && <line class="interval" x1={x(i, s)} x2={x(i, s)} y1={y(figure.low!)} y2={y(figure.high!)} />}
                    <circle class={interval ? 'point' : 'point hollow'} cx={x(i, s)} cy={y(value)} r={4} />
                    <circle class="reach" cx={x(i, s)} cy={y(value)} r={12} />
                  </Target>
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
  return props.panel.kind === 'line' ? <Lines {...props} /> : <Rows {...props} />;
}
