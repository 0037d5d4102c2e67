// SPDX-License-Identifier: AGPL-3.0-or-later
// Numbers, days and periods as the reader writes them, and the order of names (pinyin in Chinese).
import type { Figure } from './api/types';
import { language } from './language';
import { type Period, parsePeriod } from './period';

/** As both languages write it: 12,345.6. No more than three decimals unless they are given. (Intl takes 10 ms before its first number.) */
export function formatNumber(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return '–';
  let [whole = '', part = ''] = Math.abs(value)
    .toFixed(decimals ?? 3)
    .split('.');
  if (decimals === undefined) part = part.replace(/0+$/, '');
  whole = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const text = part ? `${whole}.${part}` : whole;
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** With its sign; a change of nothing is ±0. */
export function formatChange(value: number, decimals = 0): string {
  const text = formatNumber(Math.abs(value), decimals);
  if (!/[1-9]/.test(text)) return `±${text}`;
  return (value > 0 ? '+' : '−') + text;
}

/** Whole sentences after each other: Chinese ones need no space. */
export const formatSentences = (texts: string[]): string => texts.join(language.value === 'zh' ? '' : ' ');
export const formatClauses = (texts: string[]): string => texts.join(language.value === 'zh' ? '；' : '; ');
/** One after the other: 甲、乙, or a, b. */
export const formatList = (texts: string[]): string => texts.join(language.value === 'zh' ? '、' : ', ');

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${formatNumber(size, unit && size < 100 ? 1 : 0)} ${units[unit]}`;
}

/** The value of a figure; empty where it carries none (see figureNote in text/figure.ts). */
export function formatFigure(figure: Figure | null | undefined, decimals: number): string {
  return figure?.state === 'ok' && figure.value !== undefined ? formatNumber(figure.value, decimals) : '';
}

/** From one number to another; a dash between two minus signs would be taken for one. */
export function formatRange(low: number, high: number, decimals: number): string {
  return `${formatNumber(low, decimals)}${low < 0 ? ', ' : '–'}${formatNumber(high, decimals)}`;
}

export function formatInterval(figure: { low?: number | null; high?: number | null } | null | undefined, decimals: number): string {
  if (figure?.low == null || figure.high == null) return '';
  return formatRange(figure.low, figure.high, decimals);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day (2014-06-05) as 2014年6月5日 or 5 Jun 2014. */
export function formatDay(day: string | null | undefined): string {
  const found = /^(\d{4})-(\d\d)-(\d\d)/.exec(day ?? '');
  if (!found) return day ?? '';
  const [year, month, date] = [Number(found[1]), Number(found[2]), Number(found[3])];
  return language.value === 'zh' ? `${year}年${month}月${date}日` : `${date} ${months[month - 1]} ${year}`;
}

/** A time of the API (UTC) in the reader's own clock, to the minute. */
export function formatTime(time: string | null | undefined): string {
  const at = new Date(time ?? '');
  if (Number.isNaN(at.getTime())) return time ?? '';
  const day = `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
  return `${formatDay(day)} ${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
}

export function formatPeriod(period: Period | string): string {
  if (typeof period === 'string' && period.includes('..')) return period.split('..').map(formatPeriod).join('–');
  const p = typeof period === 'string' ? parsePeriod(period) : period;
  if (!p) return String(period);
  const zh = language.value === 'zh';
  switch (p.kind) {
    case 'month':
      return zh ? `${p.year}年${p.part}月` : `${months[p.part - 1]} ${p.year}`;
    case 'quarter':
      return zh ? `${p.year}年第${'一二三四'[p.part - 1]}季度` : `Q${p.part} ${p.year}`;
    case 'half':
      return zh ? `${p.year}年${p.part === 1 ? '上' : '下'}半年` : `H${p.part} ${p.year}`;
    case 'october':
      return zh ? `${p.year}统计年度` : `Oct ${p.year} – Sep ${p.year + 1}`;
    default:
      return zh ? `${p.year}年` : `${p.year}`;
  }
}

/** As short as an axis wants it. */
export function formatPeriodShort(id: string): string {
  const p = parsePeriod(id);
  if (!p) return id;
  const zh = language.value === 'zh';
  if (p.kind === 'month') return zh ? `${p.part}月` : months[p.part - 1]!;
  if (p.kind === 'quarter') return `${String(p.year).slice(2)}Q${p.part}`;
  if (p.kind === 'half') return zh ? `${String(p.year).slice(2)}${p.part === 1 ? '上' : '下'}` : `${String(p.year).slice(2)}H${p.part}`;
  return String(p.year);
}

// Made when first asked for: each takes milliseconds.
const collators: Partial<Record<string, Intl.Collator>> = {};
/** The order of names: pinyin in Chinese. */
export function compareText(a: string, b: string): number {
  const zh = language.value === 'zh';
  collators[language.value] ??= new Intl.Collator(zh ? 'zh-u-co-pinyin' : 'en', { numeric: true, sensitivity: zh ? undefined : 'base' });
  return collators[language.value]!.compare(a, b);
}
