// SPDX-License-Identifier: AGPL-3.0-or-later
// Measures of the drawings: how wide there is room, how wide a text is, where the ticks are.
import { useEffect, useRef, useState } from 'preact/hooks';
import { paper } from '../paper';

/** A sheet of A4 within its margins, and of the paper of other countries. */
const sheet = 640;

/** How wide the drawing may be; it is drawn anew when that changes, and for paper, whose letters are then as large as on the screen. */
export function useWidth(): [(node: HTMLElement | null) => void, number] {
  const [width, setWidth] = useState(0);
  const watch = useRef<ResizeObserver | null>(null);
  useEffect(() => () => watch.current?.disconnect(), []);
  const [take] = useState(() => (node: HTMLElement | null) => {
    watch.current?.disconnect();
    if (!node) return;
    setWidth(node.clientWidth);
    watch.current = new ResizeObserver(() => setWidth(node.clientWidth));
    watch.current.observe(node);
  });
  return [take, paper.value ? Math.min(width, sheet) : width];
}

/** Of 12 px text; a Chinese character is as wide as two letters. */
export function textWidth(text: string): number {
  let width = 0;
  for (const one of text) width += one.charCodeAt(0) > 0x2e7f ? 12 : 6.7;
  return width;
}

export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  for (const one of text) {
    if (textWidth(`${kept}${one}…`) > width) break;
    kept += one;
  }
  return `${kept.trimEnd()}…`;
}

/** Those of ascending ticks whose words leave room for each other. */
export function clearOf(ticks: number[], x: (value: number) => number, words: (value: number) => string): Set<number> {
  const kept = new Set<number>();
  let end = Number.NEGATIVE_INFINITY;
  for (const one of ticks) {
    const half = textWidth(words(one)) / 2;
    if (x(one) - half < end + 6) continue;
    kept.add(one);
    end = x(one) + half;
  }
  return kept;
}

/** Round values from at or below `low` to at or above `high`, about `count` of them. */
export function ticksOf(low: number, high: number, count: number): number[] {
  if (low === high) return ticksOf(Math.min(0, low), Math.max(0, high) || 1, count);
  const span = high - low;
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999)!;
  const ticks: number[] = [];
  for (let i = Math.floor(low / step + 1e-9); i <= Math.ceil(high / step - 1e-9); i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Ticks of a logarithmic scale within its ends: as many as have room. */
export function logTicksOf(low: number, high: number, count: number): number[] {
  const all = [1, 1.5, 2, 3, 4, 5, 6, 8].flatMap((one) => [one, one * 10, one * 100, one * 1000]).concat([125, 175, 250]);
  const inside = all.filter((one) => one >= low && one <= high).sort((a, b) => a - b);
  // Those that a reader of ratios looks for first come first.
  const order = [100, 50, 200, 150, 75, 125, 300, 400, 80, 60, 40, 30, 20];
  const kept: number[] = [];
  for (const one of [...order.filter((x) => inside.includes(x)), ...inside]) {
    if (kept.length >= count) break;
    if (!kept.some((x) => Math.abs(Math.log(x / one)) < Math.log(high / low) / (count * 1.6))) kept.push(one);
  }
  return kept.sort((a, b) => a - b);
}

export interface Scale {
  (value: number): number;
  /** Ends of the values. */
  from: number;
  to: number;
}

/** Values to pixels; what lies outside is drawn at the end. */
export function scaleOf(from: number, to: number, start: number, end: number, log = false): Scale {
  const f = log ? Math.log : (x: number) => x;
  const [a, b] = [f(from), f(to)];
  const at = (value: number) => start + ((f(Math.max(from, Math.min(to, value))) - a) / (b - a || 1)) * (end - start);
  return Object.assign(at, { from, to });
}

/** The ends of a logarithmic scale about a reference: all values, and intervals as far as two and a half times away. */
export function ratioEnds(figures: { value?: number; low?: number; high?: number }[], reference: number): [number, number] {
  const values = figures.flatMap((one) => (one.value ? [one.value] : []));
  const lows = figures.flatMap((one) => (one.low ? [one.low] : []));
  const highs = figures.flatMap((one) => (one.high ? [one.high] : []));
  const low = Math.min(reference * 0.85, ...values.map((one) => one * 0.95), Math.max(reference / 2.5, Math.min(...lows, reference)));
  const high = Math.max(reference * 1.15, ...values.map((one) => one * 1.05), Math.min(reference * 2.5, Math.max(...highs, reference)));
  return [low, high];
}
