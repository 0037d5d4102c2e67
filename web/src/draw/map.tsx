// SPDX-License-Identifier: AGPL-3.0-or-later
// A map of areas. Against a reference it does not colour raw values, which in small areas are mostly chance, but what can be told:
// above, below, or not distinguishable.
import type { Ref } from 'preact';
import { useId } from 'preact/hooks';
import type { AreaMap, Bucket, Figure, Indicator } from '../api/types';
import { formatNumber } from '../format';
import { label } from '../text/dictionary';
import { t } from '../text/draw';
import { besides, figureText, intervalText, isDrawn } from '../text/figure';
import { textWidth, useWidth } from './axis';
import { mapHeight, shapesOf, stepOf, stepsOf } from './geometry';
import { Mark } from './mark';

export interface MapRow {
  bucket: Bucket;
  figure: Figure;
}

/** The class of each area's fill, and what the classes mean. */
export function fillsOf(
  rows: MapRow[],
  about: Indicator | undefined,
): { fills: Map<string, string>; legend: { mark: string; text: string }[] } {
  const fills = new Map<string, string>();
  const legend: { mark: string; text: string }[] = [];
  const reference = about?.reference;
  if (reference) {
    for (const one of rows) {
      const side = besides(one.figure, reference);
      fills.set(one.bucket.code, side === null ? 'fill-none' : side > 0 ? 'fill-above' : side < 0 ? 'fill-below' : 'fill-alike');
    }
    legend.push(
      { mark: 'fill-above', text: t('above') },
      { mark: 'fill-alike', text: t('alike') },
      { mark: 'fill-below', text: t('below') },
    );
  } else {
    const values = rows.flatMap((one) => (isDrawn(one.figure) ? [one.figure.value] : []));
    const bounds = stepsOf(values, 5);
    for (const one of rows) {
      const at = isDrawn(one.figure) ? stepOf(bounds, one.figure.value) : -1;
      fills.set(one.bucket.code, at < 0 ? 'fill-none' : `fill-q${at}`);
    }
    let low = Math.min(...values);
    bounds.forEach((bound, i) => {
      legend.push({ mark: `fill-q${i}`, text: `${formatNumber(low, about?.decimals)}–${formatNumber(bound, about?.decimals)}` });
      low = bound;
    });
  }
  if ([...fills.values()].includes('fill-none')) legend.push({ mark: 'fill-none', text: t('noData') });
  return { fills, legend };
}

export interface AreasMapProps {
  name: string;
  map: AreaMap;
  rows: MapRow[];
  about: Indicator | undefined;
  hot: string | null;
  onHot: (code: string | null) => void;
  onOpen: (code: string) => void;
  svg?: Ref<SVGSVGElement>;
}

export function AreasMap({ name, map, rows, about, hot, onHot, onOpen, svg }: AreasMapProps) {
  const [box, width] = useWidth();
  const hatch = useId();
  const codes = new Set(rows.map((one) => one.bucket.code));
  const height = mapHeight(map, codes, width, 240, 460);
  const shapes = width ? shapesOf(map, codes, width, height) : [];
  const { fills } = fillsOf(rows, about);
  const byCode = new Map(rows.map((one) => [one.bucket.code, one]));
  const decimals = about?.decimals ?? 1;
  // The one that is pointed at is drawn last, so that its outline lies above its neighbours'.
  const order = [...shapes].sort((a, b) => Number(a.code === hot) - Number(b.code === hot));
  return (
    <div class="drawing" ref={box}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={name}>
          <defs>
            <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <line class="map-hatch" x1="0" x2="0" y1="0" y2="6" />
            </pattern>
          </defs>
          {order.map((shape) => {
            const row = byCode.get(shape.code)!;
            const text = label(row.bucket.label);
            const fill = fills.get(shape.code) ?? 'fill-none';
            return (
              <Mark
                key={shape.code}
                class="area"
                name={[text, figureText(row.figure, decimals), intervalText(row.figure, decimals)].filter(Boolean).join(', ')}
                hot={hot === shape.code}
                onHot={(yes) => onHot(yes ? shape.code : null)}
                onOpen={() => onOpen(shape.code)}
                texts={
                  shape.width > textWidth(text) + 4 && (
                    <text class={`place ${fill}`} x={shape.x} y={shape.y + 4} text-anchor="middle">
                      {text}
                    </text>
                  )
                }
              >
                <path class={`outline ${fill}`} d={shape.path} />
                {fill === 'fill-above' && <path d={shape.path} fill={`url(#${hatch})`} />}
              </Mark>
            );
          })}
        </svg>
      )}
    </div>
  );
}
