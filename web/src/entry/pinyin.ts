// SPDX-License-Identifier: AGPL-3.0-or-later
// First letters of Chinese names, and the search of short lists (codes, areas, facilities) by code, by name or by those letters. The
// letters come from the browser's own pinyin order, so no table is loaded; a character of several readings has the most common one.

// The first character of each letter in pinyin order; no syllable begins with i, u or v.
const firsts: [string, string][] = [
  ['a', '阿'],
  ['b', '八'],
  ['c', '擦'],
  ['d', '搭'],
  ['e', '妸'],
  ['f', '发'],
  ['g', '旮'],
  ['h', '哈'],
  ['j', '讥'],
  ['k', '咔'],
  ['l', '垃'],
  ['m', '妈'],
  ['n', '拏'],
  ['o', '哦'],
  ['p', '妑'],
  ['q', '七'],
  ['r', '呥'],
  ['s', '仨'],
  ['t', '他'],
  ['w', '穵'],
  ['x', '夕'],
  ['y', '丫'],
  ['z', '帀'],
];
// Made when first asked for: it takes milliseconds.
let order: Intl.Collator | undefined;
const known = new Map<string, string>();
// As names of places and people have them, where the order has another reading.
const places: Record<string, string> = { 厦: 'x', 莘: 's', 曾: 'z', 畜: 'x', 长: 'c' };

function letter(character: string): string {
  const low = character.toLowerCase();
  if (/[a-z0-9]/.test(low)) return low;
  if (!/\p{Script=Han}/u.test(character)) return '';
  let found = known.get(character);
  if (found === undefined) {
    found = places[character] ?? '';
    order ??= new Intl.Collator('zh-u-co-pinyin');
    for (let i = firsts.length - 1; i >= 0 && !found; i--) if (order.compare(character, firsts[i]![1]) >= 0) found = firsts[i]![0];
    known.set(character, found);
  }
  return found;
}

/** 无向县第一医院 is wxxdyyy; letters and digits stay. */
export function initials(name: string): string {
  let out = '';
  for (const character of name) out += letter(character);
  return out;
}

/** The first letters of the words of an English name: First People's Hospital is fph. */
function wordLetters(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.slice(0, 1))
    .join('');
}

export interface Entry {
  code: string;
  name: string;
  name_en: string;
  /** Where it lies, for telling namesakes apart. */
  detail?: string;
}
export interface Indexed<T extends Entry> {
  entry: T;
  code: string;
  name: string;
  english: string;
  letters: string;
  words: string;
}

export function index<T extends Entry>(entries: T[]): Indexed<T>[] {
  return entries.map((entry) => ({
    entry,
    code: entry.code.toLowerCase(),
    name: entry.name.toLowerCase(),
    english: entry.name_en.toLowerCase(),
    letters: initials(entry.name),
    words: wordLetters(entry.name_en),
  }));
}

/** The smaller the better; -1: not found. */
function rank<T extends Entry>(one: Indexed<T>, text: string, latin: boolean): number {
  if (one.code === text || one.name === text || one.english === text) return 0;
  if (latin && one.letters === text) return 1;
  if (one.name.startsWith(text) || (latin && one.english.startsWith(text))) return 2;
  if (latin && (one.letters.startsWith(text) || one.words.startsWith(text))) return 3;
  if (one.code.startsWith(text)) return 4;
  if (one.code.endsWith(text)) return 5;
  if (one.name.includes(text)) return 6;
  if (latin && (one.letters.includes(text) || one.english.includes(text))) return 7;
  if (one.code.includes(text)) return 8;
  return -1;
}

/** The best `most` of a list for what was typed; entries of `first` (lately used) come before equals. */
export function find<T extends Entry>(list: Indexed<T>[], typed: string, most = 8, first: string[] = []): T[] {
  const text = typed.trim().toLowerCase();
  const late = (code: string) => {
    const at = first.indexOf(code);
    return at < 0 ? first.length : at;
  };
  if (!text) {
    const used = first.map((code) => list.find((one) => one.entry.code === code)).filter((one) => one !== undefined);
    const others = used.length < most ? list.filter((one) => !first.includes(one.entry.code)) : [];
    return [...used, ...others].slice(0, most).map((one) => one.entry);
  }
  const latin = /^[a-z0-9 '.-]+$/.test(text);
  const hits: { at: number; late: number; place: number; entry: T }[] = [];
  list.forEach((one, place) => {
    const at = rank(one, text, latin);
    if (at >= 0) hits.push({ at, late: late(one.entry.code), place, entry: one.entry });
  });
  hits.sort((a, b) => a.at - b.at || a.late - b.late || a.entry.name.length - b.entry.name.length || a.place - b.place);
  return hits.slice(0, most).map((hit) => hit.entry);
}
