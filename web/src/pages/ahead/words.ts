// SPDX-License-Identifier: AGPL-3.0-or-later
// Figures of the years ahead as words.
import type { Ahead, AheadLine } from '../../api/types';
import { formatNumber, formatRange } from '../../format';
import { t } from '../../text/ahead';

export const [low95, low80, median, high80, high95] = [0, 1, 2, 3, 4] as const;

const ratios = ['dependent', 'old_share', 'boys_born', 'suitors'];
/** A count stands on zero; a ratio has a range of its own. */
export const isRatio = (line: AheadLine): boolean => ratios.includes(line.name);

/** Few are told with a decimal. */
export function decimalsOf(line: AheadLine): number {
  if (isRatio(line)) return 1;
  return Math.max(...line.values.map((one) => Math.abs(one[median] ?? 0))) < 20 ? 1 : 0;
}

export function valueText(values: (number | null)[] | undefined, decimals: number): string {
  const value = values?.[median];
  return value == null ? '–' : formatNumber(value, decimals);
}

/** "1,120–1,380"; empty where it is counted or not known. */
export function rangeText(values: (number | null)[] | undefined, decimals: number, eighty = false): string {
  const low = values?.[eighty ? low80 : low95];
  const high = values?.[eighty ? high80 : high95];
  if (low == null || high == null || low === high) return '';
  return formatRange(low, high, decimals);
}

export function momentText(line: AheadLine, years: number[], moment: number): string {
  const decimals = decimalsOf(line);
  const values = line.values[moment];
  const year = String(years[moment]);
  if (values?.[median] == null) return t('unknownThen', { year });
  const [low, high] = [values[low95]!, values[high95]!];
  const value = formatNumber(values[median]!, decimals);
  if (low === high) return t('atCounted', { year, value });
  return t('at', { year, value, low: formatNumber(low, decimals), high: formatNumber(high, decimals) });
}

export const ageText = (age: Ahead['ages'][number]): string =>
  age.to === null ? t('ageAndOver', { from: String(age.from) }) : t('ageBetween', { from: String(age.from), to: String(age.to) });
export const ageShort = (age: Ahead['ages'][number]): string => (age.to === null ? `${age.from}+` : `${age.from}–${age.to}`);

/** All of it as lines of a file; the first holds the headings. */
export function linesOf(years: number[], lines: { key: string[]; values: (number | null)[][] }[], heads: string[]): string[][] {
  return [
    [...heads, 'year', 'low_95', 'low_80', 'median', 'high_80', 'high_95'],
    ...lines.flatMap((one) =>
      one.values.map((values, i) => [...one.key, String(years[i]), ...values.map((value) => (value === null ? '' : String(value)))]),
    ),
  ];
}
