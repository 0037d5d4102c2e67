// SPDX-License-Identifier: AGPL-3.0-or-later
// Two scores of each facility on one scale: what it says of itself (hollow) and what inspectors saw (filled), joined by a line.
import type { Ref } from 'preact';
import { formatNumber } from '../format';
import { t } from '../text/draw';
import { cutText, scaleOf, textWidth, ticksOf, useWidth } from './axis';
import { Mark } from './mark';

export interface DumbbellRow {
  code: string;
  name: string;
  self: number | null;
  inspection: number | null;
  /** Said after the scores, e.g. that critical items failed. */
  note?: string;
}

const top = 26;
const score = (value: number | null) => (value === null ? '–' : formatNumber(value, 0));

export function Dumbbell({
  name,
  rows,
  words,
  target,
  onOpen,
  svg,
}: {
  name: string;
  rows: DumbbellRow[];
  words: { self: string; inspection: string };
  target: number | null;
  onOpen: (row: DumbbellRow) => void;
  svg: Ref<SVGSVGElement>;
}) {
  const [box, width] = useWidth();
  const narrow = width < 460;
  const values = rows.map((one) => `${score(one.self)} → ${score(one.inspection)}`);
  const valueWidth = Math.max(...values.map(textWidth), 48) + 12;
  const longest = Math.max(...rows.map((one) => textWidth(one.name)), 40) + 12;
  // A name that has no room beside its points stands over them.
  const over = longest > Math.max(84, width * 0.36);
  const namesWidth = over ? 0 : longest;
  const room = over ? width - valueWidth : namesWidth;
  const rowHeight = over ? 40 : 24;
  const bottom = top + rows.length * rowHeight;
  const all = rows.flatMap((one) => [one.self, one.inspection]).filter((one): one is number => one !== null);
  const ticks = ticksOf(Math.max(0, Math.min(...all, target ?? 100) - 2), 100, narrow ? 3 : 6);
  const [from, to] = [ticks[0]!, 100];
  const x = scaleOf(from, to, namesWidth + 10, Math.max(namesWidth + 70, width - 10 - (over ? 0 : valueWidth)));
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${bottom + 24}`} width={width} height={bottom + 24} role="group" aria-label={name}>
          {ticks
            .filter((one) => one <= to)
            .map((one) => (
              <g key={one}>
                <line class="grid" x1={x(one)} x2={x(one)} y1={top - 4} y2={bottom} />
                <text class="tick" x={x(one)} y={bottom + 17} text-anchor="middle">
                  {formatNumber(one)}
                </text>
              </g>
            ))}
          {target !== null && (
            <>
              <line class="target" x1={x(target)} x2={x(target)} y1={top - 6} y2={bottom} />
              <text class="tick" x={x(target)} y={14} text-anchor="middle">
                {t('target')} {formatNumber(target)}
              </text>
            </>
          )}
          {rows.map((row, i) => {
            const line = top + i * rowHeight + 12;
            const y = over ? line + 18 : line;
            const { self, inspection } = row;
            const said = [row.name, `${words.self} ${score(self)}`, `${words.inspection} ${score(inspection)}`, row.note];
            return (
              <Mark
                key={row.code}
                name={said.filter(Boolean).join(', ')}
                class={row.note ? 'above' : ''}
                onOpen={() => onOpen(row)}
                texts={
                  <>
                    <text class="name" x={4} y={line + 4}>
                      {row.note ? `${cutText(row.name, room - 14)} !` : cutText(row.name, room - 4)}
                    </text>
                    <text class="between" x={width - 4} y={line + 4} text-anchor="end">
                      {values[i]}
                    </text>
                  </>
                }
              >
                <rect class="row" x={0} y={line - 12} width={width} height={rowHeight} rx={3} />
                {self !== null && inspection !== null && <line class="interval" x1={x(self)} x2={x(inspection)} y1={y} y2={y} />}
                {self !== null && <circle class="point hollow" cx={x(self)} cy={y} r={4.5} />}
                {inspection !== null && <circle class="point" cx={x(inspection)} cy={y} r={4.5} />}
              </Mark>
            );
          })}
        </svg>
      )}
    </div>
  );
}
