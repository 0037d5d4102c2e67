// SPDX-License-Identifier: AGPL-3.0-or-later
// What a type cannot say of the dictionaries: both languages have every key and the same {places}, nothing is empty, Chinese is
// written in Chinese and English in English. Then every tests/*.test.ts. TAP on stdout.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

process.chdir(dirname(fileURLToPath(import.meta.url)));
// What the modules look at when they are loaded; no page is shown.
globalThis.location = { search: '', pathname: '/today', href: 'http://localhost/today' };
globalThis.addEventListener ??= () => {};
globalThis.document ??= { documentElement: { dataset: {} }, addEventListener() {} };

const out = 'dist.test';
let number = 0;
let failed = 0;
function report(name, problems) {
  number++;
  if (problems.length) failed++;
  console.log(`${problems.length ? 'not ok' : 'ok'} ${number} - ${name}`);
  for (const one of problems) console.log(`# ${one}`);
}

function files(folder, ending) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? files(join(folder, one.name), ending) : one.name.endsWith(ending) ? [join(folder, one.name)] : [],
  );
}

async function load(path) {
  const to = join(out, `${path.replace(/[\\/]/g, '.')}.mjs`);
  await build({
    entryPoints: [path],
    outfile: to,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
  return import(pathToFileURL(to));
}

const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');
const own = new Set(['中文', 'English', '衡 Heng']);

function judge(words) {
  const problems = [];
  for (const key of new Set([...Object.keys(words.zh), ...Object.keys(words.en)])) {
    const { [key]: zh } = words.zh;
    const { [key]: en } = words.en;
    if (!zh?.trim() || !en?.trim()) problems.push(`${key}: missing or empty in ${zh?.trim() ? 'en' : 'zh'}`);
    else if (places(zh) !== places(en)) problems.push(`${key}: zh has "${places(zh)}", en has "${places(en)}"`);
    else if (own.has(zh) && own.has(en)) continue;
    else if (/[\u3400-\u9fff\uff00-\uffef]/.test(en.replace(/“[^”]*”|[\u4e00-\u9fff]{2}(?= )/g, '')))
      problems.push(`${key}: Chinese in English: ${en}`);
    else if (
      /[A-Za-z]{4,}/.test(
        zh.replace(/\{\w+\}|https?:\S+|“[^”]*”|\b[A-Z][A-Z0-9]+\b|\b(CSV|XLSX|JSON|GeoJSON|DHIS2|Heng|JavaScript)\b/g, ''),
      ) &&
      !/[\u4e00-\u9fff]/.test(zh)
    )
      problems.push(`${key}: English in Chinese: ${zh}`);
  }
  return problems;
}

report(
  'a dictionary with a fault is noticed',
  judge({ zh: { a: '甲{n}', b: '' }, en: { a: 'a', b: 'b' } }).length === 2 ? [] : ['the judge sees nothing'],
);
for (const path of files('src/text', '.ts')) {
  if (path.endsWith('dictionary.ts')) continue;
  const module = await load(path);
  const all = Object.values(module).filter((one) => one?.words);
  report(`words of ${relative('src/text', path)}`, all.length ? all.flatMap((one) => judge(one.words)) : ['exports no dictionary']);
}
// Each of the others is a program of node:test.
for (const path of files('tests', '.test.ts')) {
  const to = join(out, `${relative('tests', path)}.mjs`);
  await build({
    entryPoints: [path],
    outfile: to,
    bundle: true,
    format: 'esm',
    platform: 'node',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
  const run = spawnSync(process.execPath, [to], { encoding: 'utf8', env: { HENG_SOURCE: '..', ...process.env } });
  report(relative('tests', path), run.status === 0 ? [] : `${run.stdout}${run.stderr}`.split('\n'));
}
rmSync(out, { recursive: true, force: true });
console.log(`1..${number}`);
process.exit(failed ? 1 : 0);
