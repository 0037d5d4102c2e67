// SPDX-License-Identifier: AGPL-3.0-or-later
// The operating characteristic of a sample: the chance to be accepted by the share that is wrong, with the two errors marked.
import type { Lqas } from '../api/types';
import { formatNumber } from '../format';
import { t } from '../text/sampling';
import { scaleOf, textWidth, ticksOf, useWidth } from './axis';

/** In one line, or in two, cut at its colon, where there is no room. */
const linesOf = (text: string, room: number): string[] => (textWidth(text) > room ? text.split(/(?<=[：:])\s*/) : [text]);

export function OperatingCurve({ plan }: { plan: Lqas }) {
  const [box, width] = useWidth();
  const most = plan.curve[plan.curve.length - 1]?.share ?? 1;
  const across = ticksOf(0, 100 * most, width > 480 ? 8 : 4).filter((one) => one <= 100 * most + 1e-9);
  const height = 240;
  const left = 42;
  const bottom = height - 40;
  const right = width - 18;
  const x = scaleOf(0, most, left, right);
  const y = scaleOf(0, 1, bottom, 14);
  const path = plan.curve.map((one, i) => `${i ? 'L' : 'M'}${x(one.share).toFixed(1)} ${y(one.accepts).toFixed(1)}`).join('');
  // p0 and p1 of a small book are whole numbers of records: their points are those with the plan's errors.
  const point = (accepts: number) =>
    plan.curve.reduce((best, one) => (Math.abs(one.accepts - accepts) < Math.abs(best.accepts - accepts) ? one : best), plan.curve[0]!);
  const marks = [
    { name: 'p0', at: point(1 - plan.alpha) },
    { name: 'p1', at: point(plan.beta) },
  ];
  const said = (one: { share: number; accepts: number }) =>
    t('curveAt', { share: formatNumber(100 * one.share, 1), accepts: formatNumber(100 * one.accepts, 1) });
  return (
    <div class="drawing curve" ref={box}>
      {width > 0 && (
        <svg
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={marks.map((one) => said(one.at)).join('; ')}
        >
          {[0, 0.25, 0.5, 0.75, 1].map((one) => (
            <g key={one}>
              <line class={one === 0 ? 'axis' : 'grid'} x1={left} x2={right} y1={y(one)} y2={y(one)} />
              <text class="tick" x={left - 8} y={y(one) + 4} text-anchor="end">
                {formatNumber(100 * one)}
              </text>
            </g>
          ))}
          {across.map((one) => (
            <text key={one} class="tick" x={x(one / 100)} y={bottom + 16} text-anchor="middle">
              {formatNumber(one)}
            </text>
          ))}
          <text class="tick" x={right} y={height - 6} text-anchor="end">
            {t('shareWrong')}
          </text>
          <path class="line" d={path} />
          {marks.map((one) => (
            <g key={one.name}>
              <line class="grid" x1={x(one.at.share)} x2={x(one.at.share)} y1={y(one.at.accepts)} y2={bottom} />
              <circle class="point" cx={x(one.at.share)} cy={y(one.at.accepts)} r={4.5}>
                <title>{said(one.at)}</title>
              </circle>
              <text class="value" y={y(one.at.accepts) + (one.name === 'p0' ? 4 : -6)}>
                {linesOf(said(one.at), width - x(one.at.share) - 9).map((line, i, all) => (
                  <tspan key={line} x={x(one.at.share) + 9} dy={i === 0 ? (one.name === 'p0' ? 0 : -16 * (all.length - 1)) : 16}>
                    {line}
                  </tspan>
                ))}
              </text>
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
