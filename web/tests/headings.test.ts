// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import type { Field, Register } from '../src/api/types';
import { guessRegister, guessSource, membersOf, wordsOfCsv, wordsOfXlsx } from '../src/pages/import/headings';

const field = (name: string, zh: string, en: string): Field => ({
  name,
  type: 'text',
  label: { en, zh },
  unit: { en: '', zh: '' },
  help: { en: '', zh: '' },
  required: false,
  identifies: false,
  system: false,
  key: false,
  rules: [],
});
const register = (name: string, zh: string, fields: Field[], sources: string[] = []): Register => ({
  name,
  label: { en: name, zh },
  kind: 'rows',
  purpose: 'vital',
  fields,
  sources: sources.map((value) => ({ value, label: { en: value, zh: value === 'school' ? '入学登记' : value } })),
  key: [],
  checks: [],
  may: { read: true, write: true, import: true },
});
const births = register(
  'births',
  '出生登记',
  [
    field('child_name', '新生儿姓名', "Child's name"),
    field('sex', '性别', 'Sex'),
    field('born_on', '出生日期', 'Date of birth'),
    field('weight', '出生体重', 'Birth weight'),
  ],
  ['hospital', 'school'],
);
const deaths = register('deaths', '死亡登记', [
  field('name', '死者姓名', 'Name'),
  field('sex', '性别', 'Sex'),
  field('died_on', '死亡日期', 'Date of death'),
  field('cause', '死因', 'Cause'),
]);
const all = [deaths, births];

/** A ZIP of one packed and one plain member, as an XLSX is. */
function zip(members: [string, string, boolean][]): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text, packed] of members) {
    const plain = Buffer.from(text);
    const data = packed ? deflateRawSync(plain) : plain;
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(packed ? 8 : 0, 8);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt32LE(plain.length, 22);
    head.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(packed ? 8 : 0, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(at, 42);
    parts.push(head, Buffer.from(name), data);
    directory.push(entry, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + data.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(at, 16);
  return new Uint8Array([...Buffer.concat(parts), ...list, ...end]);
}

test('a CSV in UTF-8 and in GB 18030', () => {
  const utf8 = new TextEncoder().encode('\uFEFF月份,2014\r\n新生儿姓名,"性别",出生日期\r\n张三,男,2014-01-01\r\n');
  assert.deepEqual(wordsOfCsv(utf8).slice(2, 5), ['新生儿姓名', '性别', '出生日期']);
  // 性别,死因 in GB 18030
  const gb = Uint8Array.of(0xd0, 0xd4, 0xb1, 0xf0, 0x2c, 0xcb, 0xc0, 0xd2, 0xf2);
  assert.deepEqual(wordsOfCsv(gb), ['性别', '死因']);
});

test('the strings of an XLSX', async () => {
  const strings = '<sst><si><t>新生儿姓名</t></si><si><t xml:space="preserve">出生体重 </t></si><si><r><t>A &amp; B</t></r></si></sst>';
  const book = zip([
    ['[Content_Types].xml', '<Types/>', false],
    ['xl/sharedStrings.xml', strings, true],
  ]);
  assert.equal(membersOf(book).length, 2);
  assert.deepEqual(await wordsOfXlsx(book), ['新生儿姓名', '出生体重', 'A & B']);
  assert.deepEqual(membersOf(new TextEncoder().encode('no zip at all')), []);
});

test('the register is guessed by most of its names', () => {
  assert.equal(guessRegister(['新生儿姓名', '性别', '出生日期', '备注'], 'a.csv', all)?.register, 'births');
  assert.equal(guessRegister(['死者姓名', '性别', '死因'], 'a.csv', all)?.register, 'deaths');
  assert.equal(guessRegister(['新生儿姓名*', '新生儿性别', '体重（克）'], 'a.csv', all)?.register, 'births', 'names within names');
  assert.equal(guessRegister(['性别'], 'a.csv', all), null, 'one that both have says nothing');
  assert.equal(guessRegister([], '死亡登记2014.xlsx', all)?.register, 'deaths', 'the name of the file');
  assert.equal(guessRegister(['甲', '乙'], 'x.csv', all), null);
});

test('a source only when the name of the file says it', () => {
  assert.equal(guessSource(births, '入学登记2014.csv'), 'school');
  assert.equal(guessSource(births, 'births.csv'), '');
  assert.equal(guessSource(deaths, 'x'), '');
});
