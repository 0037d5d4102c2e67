// SPDX-License-Identifier: AGPL-3.0-or-later
// A code chosen by what is typed: its place in the list (1, 2, ..), its value (m), the beginning of its label in either language (男, girl)
// or of the first letters of its Chinese one (wjl for 未记录). Pure.
import type { Code } from '../api/types';
import { plainText } from './loose';
import { initials } from './pinyin';

export type Reader = 'zh' | 'en';

/** Whether digits are values here; otherwise they are places in the list. */
export const digitsAreValues = (codes: Code[]): boolean => codes.some((one) => /^\d$/.test(one.value));

function rank(code: Code, at: number, text: string, reader: Reader): number {
  const value = code.value.toLowerCase();
  const zh = code.label.zh.toLowerCase();
  const en = code.label.en.toLowerCase();
  if (value === text || zh === text || en === text) return 0;
  if (/^\d$/.test(text) && Number(text) === at + 1) return 1;
  if (value.startsWith(text)) return 2;
  if (zh.startsWith(text)) return 3;
  if (en.startsWith(text)) return reader === 'en' ? 4 : 6;
  if (initials(code.label.zh).startsWith(text)) return 5;
  if (text.length > 1 && (zh.includes(text) || en.includes(text))) return 7;
  return -1;
}

/** Codes that fit, the best first; the reader's own language before the other. */
export function fittingCodes(codes: Code[], typed: string, reader: Reader = 'zh'): Code[] {
  const text = plainText(typed).toLowerCase();
  if (!text) return [];
  const values = /^\d$/.test(text) && digitsAreValues(codes);
  return codes
    .map((code, at) => ({ code, at, rank: values && code.value !== text ? -1 : rank(code, at, text, reader) }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .map((one) => one.code);
}

/**
 * What one more key chooses. before: keys typed shortly before in the same field. The same key again goes on to the next code that
 * fits (n is 男, n again 女). null: no code fits; the choice stays.
 */
export function chooseCode(
  codes: Code[],
  now: string | null,
  before: string,
  key: string,
  reader: Reader = 'zh',
): { value: string; typed: string } | null {
  const longer = before ? fittingCodes(codes, before + key, reader) : [];
  if (longer[0] && before + key !== key + key) return { value: longer[0].value, typed: before + key };
  if (longer[0] && fittingCodes(codes, key, reader).length < 2) return { value: longer[0].value, typed: before + key };
  const fitting = fittingCodes(codes, key, reader);
  if (!fitting[0]) return null;
  const at = fitting.findIndex((one) => one.value === now);
  const next = before === key && at >= 0 ? fitting[(at + 1) % fitting.length]! : fitting[0];
  return { value: next.value, typed: key };
}
