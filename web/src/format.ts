// SPDX-License-Identifier: AGPL-3.0-or-later
// Numbers, days and periods as the reader writes them, and the order of names (pinyin in Chinese).
import { computed } from '@preact/signals';
import type { Figure } from './api/types';
import { language } from './language';
import { type Period, parsePeriod } from './period';

const locale = computed(() => (language.value === 'zh' ? 'zh-CN' : 'en-GB'));
const makers = new Map<string, Intl.NumberFormat>();

export function formatNumber(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return '–';
  const key = `${locale.value} ${decimals ?? ''}`;
  let maker = makers.get(key);
  if (!maker) {
    const set =
      decimals === undefined ? { maximumFractionDigits: 3 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    maker = new Intl.NumberFormat(locale.value, set);
    makers.set(key, maker);
  }
  return maker.format(value).replace(/^-/, '−');
}

/** With its sign; a change of nothing is ±0. */
export function formatChange(value: number, decimals = 0): string {
  const text = formatNumber(Math.abs(value), decimals);
  if (!/[1-9]/.test(text)) return `±${text}`;
  return (value > 0 ? '+' : '−') + text;
}

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

export function formatInterval(figure: { low?: number | null; high?: number | null } | null | undefined, decimals: number): string {
  if (figure?.low == null || figure.high == null) return '';
  return `${formatNumber(figure.low, decimals)}–${formatNumber(figure.high, decimals)}`;
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

const collators = {
  zh: new Intl.Collator('zh-u-co-pinyin', { numeric: true }),
  en: new Intl.Collator('en', { numeric: true, sensitivity: 'base' }),
};
/** The order of names: pinyin in Chinese. */
export const compareText = (a: string, b: string): number => collators[language.value].compare(a, b);
