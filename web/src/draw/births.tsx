// SPDX-License-Identifier: AGPL-3.0-or-later
// Births by order and sex: boys solid, girls hatched, and beside them the ratio with its interval.
import type { Ref } from 'preact';
import { useId } from 'preact/hooks';
import type { Indicator, Overview } from '../api/types';
import { formatNumber } from '../format';
import { label } from '../text/dictionary';
import { t } from '../text/draw';
import { besides, figureText, intervalText, isDrawn } from '../text/figure';
import { clearOf, cutText, logTicksOf, ratioEnds, scaleOf, textWidth, useWidth } from './axis';
import { Hatch, Whisker } from './mark';

const rowHeight = 56;
const top = 28;

export function BirthsDrawing({
  name,
  births,
  reference,
  svg,
}: {
  name: string;
  births: NonNullable<Overview['births']>;
  reference: Indicator['reference'];
  svg: Ref<SVGSVGElement>;
}) {
  const [box, width] = useWidth();
  const hatch = useId();
  const { orders, boys, girls, ratio } = births;
  const namesWidth = Math.min(Math.max(...orders.map((one) => textWidth(label(one.label)))) + 12, width * 0.26);
  const numberWidth = Math.max(...[...boys, ...girls].map((one) => textWidth(formatNumber(one ?? 0)))) + 10;
  const ratioFrom = Math.round(width * (width < 460 ? 0.58 : 0.52)) + 12;
  const bar = (n: number) =>
    ((ratioFrom - namesWidth - numberWidth - 12) * n) / Math.max(1, ...boys.map((one) => one ?? 0), ...girls.map((one) => one ?? 0));
  const drawn = ratio.filter(isDrawn);
  const [from, to] = ratioEnds(drawn, reference?.value ?? 100);
  const x = scaleOf(from, to, ratioFrom, width - 12, true);
  const ticks = logTicksOf(from, to, width < 460 ? 3 : 5);
  const clear = clearOf(ticks, x, formatNumber);
  const bottom = top + orders.length * rowHeight;
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${bottom + 24}`} width={width} height={bottom + 24} role="img" aria-label={name}>
          <defs>
            <Hatch id={hatch} />
          </defs>
          <text class="tick" x={namesWidth} y={14}>
            {t('births')}
          </text>
          <text class="tick" x={ratioFrom} y={14}>
            {t('ratio')}
          </text>
          {reference && (
            <rect
              class="reference"
              x={x(reference.low)}
              width={Math.max(1.5, x(reference.high) - x(reference.low))}
              y={top - 4}
              height={bottom - top + 4}
            />
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
          {orders.map((order, i) => {
            const y = top + i * rowHeight;
            const figure = ratio[i]!;
            const side = reference ? besides(figure, reference) : 0;
            return (
              <g key={order.code} class={side === 1 ? 'above' : side === -1 ? 'below' : undefined}>
                <text class="name" x={4} y={y + 28}>
                  {cutText(label(order.label), namesWidth - 4)}
                </text>
                {[boys[i], girls[i]].map((n, k) => (
                  <g key={k}>
                    {n != null && (
                      <rect
                        class={k ? 'girls' : 'boys'}
                        x={namesWidth}
                        y={y + 6 + k * 19}
                        width={Math.max(1, bar(n))}
                        height={15}
                        fill={k ? `url(#${hatch})` : undefined}
                      />
                    )}
                    <text class={n == null ? 'value none' : 'value'} x={namesWidth + bar(n ?? 0) + 6} y={y + 18 + k * 19}>
                      {n == null ? figureText({ state: 'suppressed' }, 0) : formatNumber(n)}
                    </text>
                  </g>
                ))}
                {isDrawn(figure) && (
                  <>
                    {figure.low !== undefined && figure.high !== undefined && (
                      <Whisker x={x} y={y + 32} low={figure.low} high={figure.high} from={from} to={to} />
                    )}
                    <circle class={figure.low === undefined ? 'point hollow' : 'point'} cx={x(figure.value)} cy={y + 32} r={4} />
                  </>
                )}
                <text
                  class={isDrawn(figure) ? 'value' : 'value none'}
                  x={Math.max(
                    ratioFrom - 6,
                    Math.min(
                      x(isDrawn(figure) ? figure.value : from) - 10,
                      width - textWidth(`${figureText(figure, 1)} ${intervalText(figure, 1)}`) - 8,
                    ),
                  )}
                  y={y + 18}
                >
                  {figureText(figure, 1)}
                  <tspan class="between"> {intervalText(figure, 1)}</tspan>
                </text>
                {i > 0 && <line class="grid" x1={0} x2={width} y1={y} y2={y} />}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
