// SPDX-License-Identifier: AGPL-3.0-or-later
// Outlines of areas from GeoJSON to paths of a drawing. A county is small: degrees are drawn flat, narrower by the cosine of the latitude.
import type { AreaMap } from '../../api/types';

export interface Shape {
  code: string;
  path: string;
}

type Ring = [number, number][];
interface Feature {
  properties?: { code?: string } | null;
  geometry?: { type: string; coordinates: unknown } | null;
}

function ringsOf(feature: Feature): Ring[] {
  const geometry = feature.geometry;
  if (geometry?.type === 'Polygon') return geometry.coordinates as Ring[];
  if (geometry?.type === 'MultiPolygon') return (geometry.coordinates as Ring[][]).flat();
  return [];
}

/** Shapes of the areas that are asked for, fitted into a box with a margin. */
export function shapesOf(map: AreaMap | null, codes: Set<string>, width: number, height: number): Shape[] {
  const features = ((map?.features ?? []) as Feature[]).filter((one) => codes.has(one.properties?.code ?? ''));
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const one of features)
    for (const ring of ringsOf(one))
      for (const [x, y] of ring) {
        west = Math.min(west, x);
        east = Math.max(east, x);
        south = Math.min(south, y);
        north = Math.max(north, y);
      }
  if (!(east > west) || !(north > south)) return [];
  const narrow = Math.cos((((north + south) / 2) * Math.PI) / 180);
  const margin = 8;
  const scale = Math.min((width - 2 * margin) / ((east - west) * narrow), (height - 2 * margin) / (north - south));
  const left = (width - (east - west) * narrow * scale) / 2;
  const top = (height - (north - south) * scale) / 2;
  const point = ([x, y]: [number, number]) =>
    `${(left + (x - west) * narrow * scale).toFixed(1)} ${(top + (north - y) * scale).toFixed(1)}`;
  return features.map((one) => ({
    code: one.properties!.code!,
    path: ringsOf(one)
      .map((ring) => `M${ring.map(point).join('L')}Z`)
      .join(''),
  }));
}

/** Upper bounds of steps that hold about as many values each; fewer steps where values are few or the same. */
export function stepsOf(values: number[], most: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (!sorted.length) return [];
  const count = Math.max(1, Math.min(most, new Set(sorted).size));
  const bounds = Array.from(
    { length: count },
    (_, i) => sorted[Math.min(sorted.length - 1, Math.ceil(((i + 1) * sorted.length) / count) - (i < count - 1 ? 0 : 1))]!,
  );
  return [...new Set(bounds)];
}
