// SPDX-License-Identifier: AGPL-3.0-or-later
// A look at a file before it is sent, to guess which register it is for: the words of its first lines, held against the names of
// fields. CSV in UTF-8 or GB 18030; of an XLSX the shared strings, unpacked by the browser. A guess that fails is no error.
import type { Label, Register } from '../../api/types';

const lookAt = 256 * 1024;
const plain = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s*＊（）()【】[\]_:：-]/g, '');

/** Words of the first lines of a CSV. */
export function wordsOfCsv(bytes: Uint8Array): string[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length < lookAt ? bytes.length : lastLine(bytes)));
  } catch {
    text = new TextDecoder('gb18030').decode(bytes);
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/, 8)
    .flatMap((line) => line.split(/[,;\t]/))
    .map((cell) => cell.replace(/^"|"$/g, '').trim())
    .filter(Boolean);
}

/** Not in the middle of a character. */
function lastLine(bytes: Uint8Array): number {
  const at = bytes.lastIndexOf(10);
  return at > 0 ? at : bytes.length;
}

interface Member {
  name: string;
  method: number;
  size: number;
  at: number;
}

/** The members of a ZIP by its central directory. */
export function membersOf(bytes: Uint8Array): Member[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) return [];
  const out: Member[] = [];
  let at = view.getUint32(end + 16, true);
  for (let i = view.getUint16(end + 10, true); i > 0 && at + 46 <= bytes.length; i--) {
    if (view.getUint32(at, true) !== 0x02014b50) break;
    const length = view.getUint16(at + 28, true);
    out.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length)),
      method: view.getUint16(at + 10, true),
      size: view.getUint32(at + 20, true),
      at: view.getUint32(at + 42, true),
    });
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return out;
}

async function unpack(bytes: Uint8Array<ArrayBuffer>, member: Member): Promise<string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = member.at + 30 + view.getUint16(member.at + 26, true) + view.getUint16(member.at + 28, true);
  const packed = bytes.subarray(from, from + member.size);
  if (member.method === 0) return new TextDecoder().decode(packed);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < lookAt) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  void reader.cancel().catch(() => {});
  return text;
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const textOf = (xml: string) => xml.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);

/** The first texts of a workbook: headings come before most others in the table of strings. */
export async function wordsOfXlsx(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const members = membersOf(bytes);
  const words: string[] = [];
  for (const wanted of [/^xl\/sharedStrings\.xml$/, /^xl\/worksheets\/sheet1\.xml$/]) {
    const member = members.find((one) => wanted.test(one.name));
    if (!member) continue;
    const xml = await unpack(bytes, member);
    for (const found of xml.matchAll(/<t(?:\s[^>]*)?>([^<]*)<\/t>/g)) {
      if (words.length >= 400) break;
      const word = textOf(found[1]!).trim();
      if (word) words.push(word);
    }
  }
  return words;
}

export interface Guess {
  register: string;
  source: string;
  /** Headings that are names of its fields. */
  known: number;
}

const names = (label: Label) => [label.zh, label.en];

/** 1: a heading is the name; a half: one holds the other (体重 and 出生体重). */
function likeness(called: string[], there: string[]): number {
  const known = called.filter((name) => name.length > 1);
  if (known.some((name) => there.includes(name))) return 1;
  return known.some((name) => there.some((word) => word.includes(name) || name.includes(word))) ? 0.5 : 0;
}

/** The register most of whose fields are among the words; null where none has two. The file's name breaks a tie. */
export function guessRegister(words: string[], file: string, registers: Register[]): Guess | null {
  const there = [...new Set(words.map(plain).filter((one) => one.length > 1 && one.length < 30))];
  const called = plain(file);
  let best: Guess | null = null;
  let bestScore = 0;
  for (const register of registers) {
    const fields = register.fields.filter((one) => !one.system || one.name === register.area);
    const hits = fields.map((one) => likeness([one.name, ...names(one.label)].map(plain), there));
    const sum = hits.reduce((all, one) => all + one, 0);
    const named = [register.name, ...names(register.label)].some((name) => name && called.includes(plain(name)));
    // A register of few fields that are all there is as good as a large one of which many are missing.
    const score = sum * (0.5 + sum / Math.max(fields.length, 1)) + (named ? 2 : 0);
    if ((sum < 1.5 && !named) || score <= bestScore) continue;
    bestScore = score;
    best = { register: register.name, source: guessSource(register, called), known: hits.filter((one) => one > 0).length };
  }
  return best;
}

/** A source is guessed only when the file's name says so; a wrong one would do harm. */
export function guessSource(register: Register, called: string): string {
  if (register.sources.length === 1) return register.sources[0]!.value;
  const fits = register.sources.filter((one) =>
    [one.value, ...names(one.label)].some(
      (name) => name && (called.includes(plain(name)) || plain(name).includes(plain(called.replace(/\.\w+$/, '')))),
    ),
  );
  return fits.length === 1 ? fits[0]!.value : '';
}

export async function guessFile(file: File, registers: Register[]): Promise<Guess | null> {
  try {
    const xlsx = /\.xlsx$/i.test(file.name);
    // The directory of a ZIP is at its end.
    if (xlsx && file.size > 20_000_000) return guessRegister([], file.name, registers);
    const bytes = new Uint8Array(await (xlsx ? file : file.slice(0, lookAt)).arrayBuffer());
    return guessRegister(xlsx ? await wordsOfXlsx(bytes) : wordsOfCsv(bytes), file.name, registers);
  } catch {
    return guessRegister([], file.name, registers);
  }
}
