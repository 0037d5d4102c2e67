// SPDX-License-Identifier: AGPL-3.0-or-later
// Days, periods and numbers as a clerk types them, in a hurry and in either language, to the canonical texts of the API. Pure.
import { dayOfIso, isoOfDay } from '../expr';

const widths = /[\uFF01-\uFF5E]/g;

/** Full-width letters, digits and signs as the plain ones. */
export function plainText(text: string): string {
  return text
    .replace(widths, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\u3000\u00A0]/g, ' ')
    .replace(/。/g, '.')
    .trim();
}

function real(year: number, month: number, day: number): string | null {
  const iso = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  return dayOfIso(iso) === null ? null : iso;
}

/** 14 is 2014 and 60 is 1960: the century that is not in the future by more than this year. */
function fullYear(short: number, today: string): number {
  const now = Number(today.slice(0, 4));
  const century = now - (now % 100);
  return century + short > now ? century + short - 100 : century + short;
}

/** The latest day with this month and day that is not after today. */
function withoutYear(month: number, day: number, today: string): string | null {
  const year = Number(today.slice(0, 4));
  for (let y = year; y > year - 8; y--) {
    const iso = real(y, month, day); // 29 February goes back to the last leap year
    if (iso && iso <= today) return iso;
  }
  return null;
}

const words: Record<string, number> = {
  today: 0,
  t: 0,
  今天: 0,
  今日: 0,
  今: 0,
  yesterday: -1,
  y: -1,
  昨天: -1,
  昨日: -1,
  昨: -1,
  前天: -2,
  前: -2,
};

/**
 * A day: 2014-06-05, 2014/6/5, 2014.6.5, 2014年6月5日, 20140605, 140605, 6/5, 6-5, 6.5, 6月5日, 0605, 5 (of this month or the
 * last), today, 今天, yesterday, 昨天, 前天, -3 (three days ago). Month before day, as in China and in ISO. null: cannot be read.
 */
export function looseDay(typed: string, today: string): string | null {
  const text = plainText(typed).toLowerCase();
  if (text in words) return isoOfDay(dayOfIso(today)! + words[text]!);
  let found = /^[-−](\d{1,3})$/.exec(text);
  if (found) return isoOfDay(dayOfIso(today)! - Number(found[1]));
  found = /^(\d{4})(\d\d)(\d\d)$/.exec(text);
  if (found) return real(Number(found[1]), Number(found[2]), Number(found[3]));
  found = /^(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (found) return real(fullYear(Number(found[1]), today), Number(found[2]), Number(found[3]));
  found = /^(\d\d)(\d\d)$/.exec(text);
  if (found) return withoutYear(Number(found[1]), Number(found[2]), today);
  found = /^(\d{1,2})[日号]?$/.exec(text);
  if (found) {
    const day = Number(found[1]);
    const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
    const here = real(year, month, day);
    if (here && here <= today) return here;
    return month === 1 ? real(year - 1, 12, day) : real(year, month - 1, day);
  }
  const separator = '(?:\\s*[-/.年月 ]\\s*)';
  found = new RegExp(`^(\\d{2}|\\d{4})${separator}(\\d{1,2})${separator}(\\d{1,2})[日号]?$`).exec(text);
  if (found) {
    const year = Number(found[1]);
    return real(found[1]!.length === 2 ? fullYear(year, today) : year, Number(found[2]), Number(found[3]));
  }
  found = new RegExp(`^(\\d{1,2})${separator}(\\d{1,2})[日号]?$`).exec(text);
  if (found) return withoutYear(Number(found[1]), Number(found[2]), today);
  return null;
}

/** Whether more typing may make a day of it: no error is shown while one types. */
export function mayBecomeDay(typed: string): boolean {
  return (
    /^[\d\s\-−/.年月日号今昨前天]{0,10}$/.test(plainText(typed)) ||
    /^(t|to|tod|toda|y|ye|yes|yest|yeste|yester|yesterd|yesterda)$/i.test(typed.trim())
  );
}

/**
 * A period of a kind (month, quarter, half, year, october) as its id: 201406, 2014-6, 2014年6月, 6 (the latest that has begun),
 * 2014Q2, 2014 q2, 2014年第二季度, 2014S1, 2014H1, 2014上半年, 2014, 14. null: cannot be read.
 */
export function loosePeriod(typed: string, kind: string, today: string): string | null {
  const text = plainText(typed).toUpperCase().replace(/\s+/g, '');
  const now = [Number(today.slice(0, 4)), Number(today.slice(5, 7))] as const;
  const yearOf = (digits: string) => (digits.length === 2 ? fullYear(Number(digits), today) : Number(digits));
  const lastBegun = (part: number, months: number) => ((part - 1) * months + 1 <= now[1] ? now[0] : now[0] - 1);
  let found: RegExpExecArray | null;
  if (kind === 'month') {
    found = /^(\d{4})(\d\d)$/.exec(text) ?? /^(\d{2}|\d{4})[-/.年](\d{1,2})月?$/.exec(text);
    if (found) return monthId(yearOf(found[1]!), Number(found[2]));
    found = /^(\d{1,2})月?$/.exec(text);
    return found ? monthId(lastBegun(Number(found[1]), 1), Number(found[1])) : null;
  }
  if (kind === 'quarter' || kind === 'half') {
    const most = kind === 'quarter' ? 4 : 2;
    const sign = kind === 'quarter' ? 'Q' : 'S';
    const say = text
      .replace(/[一1]季度?/, 'Q1')
      .replace(/[二2]季度?/, 'Q2')
      .replace(/[三3]季度?/, 'Q3')
      .replace(/[四4]季度?/, 'Q4')
      .replace(/上半?年?$/, 'S1')
      .replace(/下半?年?$/, 'S2')
      .replace('第', '')
      .replace('H', 'S')
      .replace('年', '')
      .replace(/[-/.]/, '');
    found = new RegExp(`^(\\d{4}|\\d{2})?${sign}?([1-${most}])$`).exec(say);
    if (!found) return null;
    const part = Number(found[2]);
    return `${found[1] ? yearOf(found[1]) : lastBegun(part, 12 / most)}${sign}${part}`;
  }
  found = /^(\d{4}|\d{2})(?:年|OCT|统计年度|年度)?$/.exec(text);
  if (!found) return null;
  return `${yearOf(found[1]!)}${kind === 'october' ? 'Oct' : ''}`;
}

function monthId(year: number, month: number): string | null {
  return month >= 1 && month <= 12 && year >= 1 ? `${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}` : null;
}

/** A number as canonical text: 3,200 and 3 200 and ３２００ are 3200; 12,5 stays unread. null: cannot be read. */
export function looseNumber(typed: string, whole: boolean): string | null {
  let text = plainText(typed).replace(/−/g, '-');
  if (/^-?\d{1,3}([, ]\d{3})+(\.\d+)?$/.test(text)) text = text.replace(/[, ]/g, '');
  if (whole ? !/^-?\d{1,18}$/.test(text) : !/^-?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})$/.test(text)) return null;
  if (whole) return String(BigInt(text));
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  // As the history writes it: no point where there is nothing behind it.
  return value === 0 ? '0' : String(value).includes('e') ? text : String(value);
}
