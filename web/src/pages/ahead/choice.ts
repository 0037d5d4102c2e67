// SPDX-License-Identifier: AGPL-3.0-or-later
// What is supposed of the years ahead, as it stands in the address and as the server takes it.

export type ChoiceName = 'tfr' | 'e0f' | 'e0m' | 'boys' | 'migrants' | 'by' | 'normal' | 'to';
export interface ChoiceField {
  name: ChoiceName;
  least: number;
  most: number;
  /** Of a year: least and most are counted from the year of the count. */
  year?: boolean;
}

export const choiceFields: ChoiceField[] = [
  { name: 'tfr', least: 0.5, most: 9 },
  { name: 'e0f', least: 20, most: 100 },
  { name: 'e0m', least: 20, most: 100 },
  { name: 'boys', least: 95, most: 140 },
  { name: 'migrants', least: -1e7, most: 1e7 },
  { name: 'by', least: 1, most: 100, year: true },
  { name: 'normal', least: 1, most: 100, year: true },
  { name: 'to', least: 5, most: 100, year: true },
];

/** The ends of what may be written; start: the year of the count. */
export function rangeOf(field: ChoiceField, start: number): [number, number] {
  return field.year ? [start + field.least, start + field.most] : [field.least, field.most];
}

/** As the server reads it; null: it is no number that may stand there. '' is nothing. Full-width digits are digits. */
export function readChoice(field: ChoiceField, text: string, start: number | null): string | null {
  const plain = text.normalize('NFKC').replace(/[\s,]/g, '').replace(/[−–]/, '-');
  if (!plain) return '';
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain)) return null;
  const value = Number(plain);
  if (field.year && !Number.isInteger(value)) return null;
  const [least, most] = field.year && start === null ? [1900, 2200] : rangeOf(field, start ?? 0);
  return value >= least && value <= most ? String(value) : null;
}

/** The choices of an address that can be asked for; the others are shown beside their field and asked for by nobody. */
export function choicesOf(query: Record<string, string>): Partial<Record<ChoiceName, string>> {
  const out: Partial<Record<ChoiceName, string>> = {};
  for (const field of choiceFields) {
    const read = readChoice(field, query[field.name] ?? '', null);
    if (read) out[field.name] = read;
  }
  return out;
}

/** The moments that a table has room for: the first, the last, and round ones between. */
export function shownMoments(years: number[], most: number): number[] {
  const last = years.length - 1;
  if (last < most) return years.map((_, i) => i);
  const span = years[last]! - years[0]!;
  const every = [1, 2, 5, 10, 20, 25, 50].find((one) => span / one <= most - 1) ?? 50;
  const out = years.flatMap((year, i) => (i < last && (year - years[0]!) % every === 0 ? [i] : []));
  // the last one takes the place of one that stands right before it
  if (out.length > 1 && years[last]! - years[out[out.length - 1]!]! < every / 2) out.pop();
  return [...out, last];
}

/** The moment of a year, or of the nearest before it. */
export function momentOf(years: number[], year: number): number {
  let found = 0;
  years.forEach((one, i) => {
    if (one <= year) found = i;
  });
  return found;
}
