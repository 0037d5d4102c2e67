// SPDX-License-Identifier: AGPL-3.0-or-later
// Outlines of areas from GeoJSON to paths of a drawing. A county is small: degrees are drawn flat, narrower by the cosine of the
// latitude.
import type { AreaMap } from '../api/types';

export interface Shape {
  code: string;
  path: string;
  /** Where a name fits best, and how much room there is. */
  x: number;
  y: number;
  width: number;
}

type Point = [number, number];
type Ring = Point[];
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

/** Twice the area of a ring; its sign is the direction. */
function turned(ring: Ring): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) sum += ring[j]![0] * ring[i]![1] - ring[i]![0] * ring[j]![1];
  return sum;
}

/** The middle of the longest stretch of a ring along the height of its centre. */
function middle(ring: Ring): { x: number; y: number; width: number } {
  const ys = ring.map((one) => one[1]);
  const height = (Math.min(...ys) + Math.max(...ys)) / 2;
  const cuts: number[] = [];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [a, b] = [ring[j]!, ring[i]!];
    if (a[1] > height === b[1] > height) continue;
    cuts.push(a[0] + ((height - a[1]) / (b[1] - a[1])) * (b[0] - a[0]));
  }
  cuts.sort((a, b) => a - b);
  let best = { x: 0, y: height, width: 0 };
  for (let i = 0; i + 1 < cuts.length; i += 2) {
    const width = cuts[i + 1]! - cuts[i]!;
    if (width > best.width) best = { x: (cuts[i]! + cuts[i + 1]!) / 2, y: height, width };
  }
  return best;
}

/** Shapes of the areas asked for, fitted into a box with a margin; [] when there is no outline of any. */
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
  if (!(east > west && north > south)) return [];
  const narrow = Math.cos((((north + south) / 2) * Math.PI) / 180);
  const margin = 6;
  const scale = Math.min((width - 2 * margin) / ((east - west) * narrow), (height - 2 * margin) / (north - south));
  const left = (width - (east - west) * narrow * scale) / 2;
  const above = (height - (north - south) * scale) / 2;
  const at = ([x, y]: Point): Point => [left + (x - west) * narrow * scale, above + (north - y) * scale];
  return features.map((one) => {
    const rings = ringsOf(one).map((ring) => ring.map(at));
    const largest = rings.reduce((a, b) => (Math.abs(turned(b)) > Math.abs(turned(a)) ? b : a), rings[0] ?? []);
    return {
      code: one.properties!.code!,
      path: rings.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`).join(''),
      ...middle(largest),
    };
  });
}

/** How high a map of this width would be, between bounds. */
export function mapHeight(map: AreaMap | null, codes: Set<string>, width: number, least: number, most: number): number {
  const shapes = shapesOf(map, codes, 1000, 100_000);
  if (!shapes.length) return least;
  let [top, bottom] = [Infinity, -Infinity];
  for (const one of shapes)
    for (const found of one.path.matchAll(/ (-?[\d.]+)/g)) {
      top = Math.min(top, Number(found[1]));
      bottom = Math.max(bottom, Number(found[1]));
    }
  return Math.max(least, Math.min(most, ((bottom - top) / 1000) * width + 12));
}

/**
 * Bounds of steps that hold about as many values each; fewer where values are few or the same. A value belongs to the first step whose
 * bound is above it, and to the last where there is none.
 */
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

export const stepOf = (steps: number[], value: number): number =>
  Math.max(
    0,
    steps.findIndex((to, i) => i === steps.length - 1 || value < to),
  );
