// SPDX-License-Identifier: AGPL-3.0-or-later
// The words of a page in both languages. Each page has its own file in this folder:
//
//   export const t = dictionary({
//     zh: { title: '今日', rows: '{n}行' },
//     en: { title: 'Today', rows: '{n} row|{n} rows' },
//   });
//
// t('rows', { n: 3 }) reads the language of the moment, so what calls it in a component follows a switch. Numbers are written by
// the reader's locale. In English "one|many" is chosen by {n}. That both languages say every key is a type, and a test.
import type { Label } from '../api/types';
import { formatNumber } from '../format';
import { language } from '../language';

export type Language = 'zh' | 'en';
export type Fill = Record<string, string | number>;
export interface Dictionary<Key extends string> {
  (key: Key, values?: Fill): string;
  words: Record<Language, Record<Key, string>>;
}

function fill(pattern: string, values: Fill): string {
  let text = pattern;
  const cut = text.indexOf('|');
  if (cut >= 0) text = values.n === 1 ? text.slice(0, cut) : text.slice(cut + 1);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatNumber(value) : value;
  });
}

export function dictionary<Key extends string>(words: { zh: Record<Key, string>; en: Record<NoInfer<Key>, string> }): Dictionary<Key> {
  const say = (key: Key, values?: Fill) => {
    const pattern = words[language.value][key];
    return values || pattern.includes('|') ? fill(pattern, values ?? {}) : pattern;
  };
  return Object.assign(say, { words });
}

/** A label of the API in the language of the moment; the other one where this is empty. */
export function label(both: Label | null | undefined): string {
  if (!both) return '';
  return both[language.value] || both.zh || both.en;
}

/** Who did something, as the history names them, in the reader's words: at the server's own shell one has no account, and may enter for another. */
export function whoName(name: string): string {
  if (language.value !== 'zh') return name;
  const [, who = name, hand] = /^(.*?)(?: \(entered by (.*)\))?$/.exec(name) ?? [];
  const said = who.replace(/^local administrator /, '本机管理员');
  return hand ? `${said}（由${whoName(hand)}录入）` : said;
}

/** A place by its own name, or its English name where there is one and English is read. */
export function placeName(place: { name: string; name_en: string }): string {
  return language.value === 'en' && place.name_en ? place.name_en : place.name;
}
