// SPDX-License-Identifier: AGPL-3.0-or-later
// Areas below one another: a point with its 95 % interval each, against the reference or the target.
import type { Ref } from 'preact';
import type { Bucket, Figure, Indicator } from '../api/types';
import { formatNumber } from '../format';
import { label } from '../text/dictionary';
import { t } from '../text/draw';
import { besides, figureText, intervalText, isDrawn } from '../text/figure';
import { clearOf, cutText, logTicksOf, ratioEnds, scaleOf, textWidth, ticksOf, useWidth } from './axis';
import { Mark, Whisker } from './mark';

export interface ForestRow {
  bucket: Bucket;
  figure: Figure;
  /** A second number at the right end, e.g. births. */
  count?: string;
}

export interface ForestProps {
  name: string;
  rows: ForestRow[];
  about: Indicator | undefined;
  countName?: string;
  hot: string | null;
  onHot: (code: string | null) => void;
  onOpen: (row: ForestRow) => void;
  svg: Ref<SVGSVGElement>;
}

const rowHeight = 24;
const top = 26;

export function Forest({ name, rows, about, countName, hot, onHot, onOpen, svg }: ForestProps) {
  const [box, width] = useWidth();
  const decimals = about?.decimals ?? 1;
  const reference = about?.reference ?? null;
  const drawn = rows.map((one) => one.figure).filter(isDrawn);
  const narrow = width < 460;
  const values = rows.map((one) => {
    const value = figureText(one.figure, decimals);
    const interval = intervalText(one.figure, decimals);
    return narrow || !interval ? [value, ''] : [value, interval];
  });
  const namesWidth = Math.min(
    Math.max(...rows.map((one) => textWidth(label(one.bucket.label))), 40) + 18,
    Math.max(72, width * (narrow ? 0.4 : 0.3)),
  );
  const valueWidth = Math.max(...values.map(([value]) => textWidth(value!)), 24) + 8;
  const intervalWidth = Math.max(...values.map(([, interval]) => textWidth(interval!)), 0) + (narrow ? 0 : 12);
  const countWidth =
    rows.some((one) => one.count) && !narrow
      ? Math.max(...rows.map((one) => textWidth(one.count ?? '')), textWidth(countName ?? '')) + 16
      : 0;
  const end = Math.max(namesWidth + 60, width - valueWidth - intervalWidth - countWidth - 8);
  const bottom = top + rows.length * rowHeight;

  let from = 0;
  let to = 100;
  let ticks: number[] = [];
  if (reference) {
    [from, to] = ratioEnds(drawn, reference.value);
    ticks = logTicksOf(from, to, narrow ? 3 : 7);
  } else if (drawn.length) {
    const all = drawn.flatMap((one) => [one.value, one.low ?? one.value, one.high ?? one.value]);
    if (about?.target != null) all.push(about.target);
    ticks = ticksOf(Math.min(...all), Math.max(...all), narrow ? 3 : 6);
    [from, to] = [ticks[0]!, ticks[ticks.length - 1]!];
  }
  const x = scaleOf(from, to, namesWidth + 8, end - 8, reference !== null);
  const clear = clearOf(ticks, x, formatNumber);

  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${bottom + 24}`} width={width} height={bottom + 24} role="group" aria-label={name}>
          {reference && (
            <>
              <rect
                class="reference"
                x={x(reference.low)}
                width={Math.max(1.5, x(reference.high) - x(reference.low))}
                y={top - 6}
                height={bottom - top + 6}
              />
              <text class="tick" x={x(reference.value)} y={14} text-anchor="middle">
                {t('reference', { value: formatNumber(reference.value, decimals) })}
              </text>
            </>
          )}
          {countWidth > 0 && (
            <text class="tick" x={width - 4} y={14} text-anchor="end">
              {countName}
            </text>
          )}
          {ticks.map((one) => (
            <g key={one}>
              <line class="grid" x1={x(one)} x2={x(one)} y1={top - 4} y2={bottom} />
              {clear.has(one) && (
                <text class="tick" x={x(one)} y={bottom + 17} text-anchor="middle">
                  {formatNumber(one)}
                </text>
              )}
            </g>
          ))}
          {about?.target != null && !reference && (
            <>
              <line class="target" x1={x(about.target)} x2={x(about.target)} y1={top - 6} y2={bottom} />
              <text class="tick" x={x(about.target)} y={14} text-anchor="middle">
                {t('target')} {formatNumber(about.target)}
              </text>
            </>
          )}
          {rows.map((row, i) => {
            const { figure, bucket } = row;
            const y = top + i * rowHeight + rowHeight / 2;
            const known = isDrawn(figure);
            const interval = known && figure.low !== undefined && figure.high !== undefined;
            const side = reference ? besides(figure, reference) : 0;
            const said = [
              label(bucket.label),
              figureText(figure, decimals),
              intervalText(figure, decimals),
              row.count && `${countName} ${row.count}`,
            ];
            return (
              <Mark
                key={bucket.code}
                name={said.filter(Boolean).join(', ')}
                class={side === 1 ? 'above' : side === -1 ? 'below' : ''}
                hot={hot === bucket.code}
                onHot={(yes) => onHot(yes ? bucket.code : null)}
                onOpen={() => onOpen(row)}
                texts={
                  <>
                    <text class="name" x={4} y={y + 4}>
                      {cutText(label(bucket.label), namesWidth - 10)}
                    </text>
                    <text class={known ? 'value' : 'value none'} x={width - countWidth - intervalWidth - 4} y={y + 4} text-anchor="end">
                      {values[i]![0]}
                    </text>
                    {values[i]![1] && (
                      <text class="between" x={width - countWidth - 4} y={y + 4} text-anchor="end">
                        {values[i]![1]}
                      </text>
                    )}
                    {countWidth > 0 && (
                      <text class="between" x={width - 4} y={y + 4} text-anchor="end">
                        {row.count}
                      </text>
                    )}
                  </>
                }
              >
                <rect class="row" x={0} y={y - rowHeight / 2} width={width} height={rowHeight} rx={3} />
                {interval && <Whisker x={x} y={y} low={figure.low!} high={figure.high!} from={from} to={to} />}
                {known && <circle class={interval ? 'point' : 'point hollow'} cx={x(figure.value)} cy={y} r={4} />}
              </Mark>
            );
          })}
        </svg>
      )}
    </div>
  );
}
