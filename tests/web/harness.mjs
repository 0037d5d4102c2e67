// SPDX-License-Identifier: AGPL-3.0-or-later
// What every test of the pages needs: the built server on a free port with a demo county, accounts, a browser, and TAP.
//
//   import { finish, open_server, open_browser, test, ok, equal } from './harness.mjs';
//   const server = await open_server();               // a county of its own, a port of its own
//   const admin = await server.first_account();       // {name, password}, by the link of the first run
//   const browser = await open_browser();
//   const page = await browser.page(server, admin);   // signed in, Chinese, 1280 x 800
//   await test('what it shows', async () => { ... ok(await page.isVisible('h1'), 'a title'); });
//   await finish();
//
// From meson: HENG_BIN (the program), HENG_SOURCE, HENG_WORK (a folder that is kept between runs, for the demo county). By hand:
//   HENG_BIN=build/heng node tests/web/test_entry.mjs
import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { try_lock, unlock } from './lock.mjs';

export const source = resolve(process.env.HENG_SOURCE ?? join(dirname(fileURLToPath(import.meta.url)), '../..'));
const program = resolve(process.env.HENG_BIN ?? join(source, 'build/heng'));
const work = resolve(process.env.HENG_WORK ?? join(source, 'build/web-tests'));
export const today = '2014-07-20';
const environment = { ...process.env, HENG_TODAY: today, LC_ALL: 'C.UTF-8' };
const run = promisify(execFile);
const require = createRequire(join(source, 'web/package.json'));

// --- TAP

let count = 0;
let failed = 0;
const closing = [];

const comment = (text) => String(text).replace(/^/gm, '# ');

export function ok(yes, what, more) {
  count++;
  if (!yes) failed++;
  console.log(`${yes ? 'ok' : 'not ok'} ${count} - ${what}`);
  if (!yes && more !== undefined) console.log(comment(more));
  return Boolean(yes);
}

export function equal(found, expected, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  return ok(a === b, what, `found    ${a}\nexpected ${b}`);
}

export const note = (text) => console.log(comment(text));

/** The rows of a list, which comes by columns, one by one. */
export function rows_in(said) {
  const fields = Object.entries(said.values);
  const heads = ['version', 'state', 'source', 'saved_at', 'saved_by', 'photos_missing'].filter((name) => said[name]);
  return said.id.map((id, i) => ({
    id,
    ...Object.fromEntries(heads.map((name) => [name, said[name][i]])),
    values: Object.fromEntries(fields.map(([name, column]) => [name, column[i]])),
  }));
}

/** A group of assertions; what it throws is a failure, and the next group goes on. */
export async function test(name, body) {
  note(name);
  try {
    await body();
  } catch (cause) {
    ok(false, name, cause?.stack ?? cause);
  }
}

/** Closes all that was opened, prints the plan and ends. */
export async function finish() {
  for (const close of closing.reverse()) await close().catch((cause) => note(cause));
  console.log(`1..${count}`);
  process.exit(failed ? 1 : 0);
}

/** Calls until it gives something true; after `seconds` it throws. */
export async function until(what, call, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await call();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

// --- the county

async function make_county(folder) {
  const raw = join(folder, 'raw');
  const county = join(folder, 'new.db');
  await run(program, ['demo', raw, '--people', '20000'], { env: environment });
  await run(program, ['init', county, '--pack', join(source, 'packs/cn-county')], { env: environment });
  for (const line of readFileSync(join(raw, 'import.txt'), 'utf8').trim().split('\n')) {
    const [register, file, from, day] = line.split(' ');
    const options = from === '-' ? [] : ['--source', from];
    // 65: some rows were refused, which is no reason to stop.
    const on = { ...environment, HENG_TODAY: day || today };
    await run(program, ['import', county, register, join(raw, file), '--rejects', '/dev/null', ...options], { env: on }).catch((cause) => {
      if (cause.code !== 65) throw cause;
    });
  }
  // What was done of these rows since, on the days on which it was done.
  await run(program, ['ledger', 'post', county, 'stock', join(raw, 'supervision/stock-sent.csv')], { env: environment });
  for (const line of readFileSync(join(raw, 'supervision/stock-arrived.csv'), 'utf8').trim().split(/\r?\n/).slice(1)) {
    const [entry, on, arrived] = line.split(',');
    await run(program, ['ledger', 'confirm', county, 'stock', entry, '--arrived', arrived, '--day', on], { env: environment });
  }
  await run(program, ['ledger', 'post', county, 'stock', join(raw, 'supervision/stock-used.csv')], { env: environment });
  for (const line of readFileSync(join(raw, 'people.txt'), 'utf8').trim().split('\n')) {
    const [name, role] = line.split(' ');
    await run(program, ['account', 'invite', county, name, '--role', role], { env: environment });
  }
  const moves = join(raw, 'moves.csv');
  if (existsSync(moves)) {
    const days = readFileSync(moves, 'utf8').match(/^\d{4}-\d\d-\d\d/gm) ?? [];
    for (const day of [...new Set([...days.sort(), today])]) {
      const on = { env: { ...environment, HENG_TODAY: day } };
      await run(program, ['overdue', county], on);
      await run(program, ['moves', county, moves], on);
    }
  }
  return county;
}

/** The demo county of 20,000 people, made when it is not there or the program or the pack is newer. */
async function demo_county() {
  if (process.env.HENG_COUNTY) return resolve(process.env.HENG_COUNTY);
  mkdirSync(work, { recursive: true });
  const kept = join(work, 'county.db');
  const pack = join(source, 'packs/cn-county/pack.yaml');
  const fresh = () => existsSync(kept) && [program, pack].every((one) => statSync(kept).mtimeMs > statSync(one).mtimeMs);
  if (fresh()) return kept;
  // Tests run side by side: one makes it, the others wait.
  const lock = join(work, 'lock');
  const mine = () => try_lock(lock) || (fresh() ? 'made' : false);
  if ((await until('another test to make the demo county', mine, 1000)) === 'made') return kept;
  for (const left of readdirSync(work)) if (left.startsWith('making-')) rmSync(join(work, left), { recursive: true, force: true });
  const folder = mkdtempSync(join(work, 'making-'));
  try {
    if (!fresh()) renameSync(await make_county(folder), kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    unlock(lock);
  }
  return kept;
}

// --- the server

class Server {
  constructor(folder) {
    this.folder = folder;
    this.county = join(folder, 'county.db');
    this.port = 0;
    this.child = null;
    this.said = '';
  }

  /** Starts it, on the same port when it ran before. */
  async start() {
    this.said = '';
    this.child = spawn(program, ['serve', this.county, '--listen', `127.0.0.1:${this.port}`, '--lang', 'en'], { env: environment });
    const hear = (chunk) => {
      this.said += chunk;
    };
    this.child.stdout.on('data', hear);
    this.child.stderr.on('data', hear);
    this.child.on('exit', (code, signal) => {
      this.ended = { code, signal };
    });
    this.ended = null;
    const address = await until(
      'the server to say where it is',
      () => {
        if (this.ended) throw new Error(`the server ended (${JSON.stringify(this.ended)}): ${this.said}`);
        return /http:\/\/127\.0\.0\.1:(\d+)/.exec(this.said);
      },
      120,
    );
    this.port = Number(address[1]);
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /** As pulling the plug does. */
  async kill() {
    if (!this.child || this.ended) return;
    this.child.kill('SIGKILL');
    await until('the server to end', () => this.ended);
  }

  async stop() {
    if (!this.child || this.ended) return;
    this.child.kill('SIGTERM');
    await until('the server to end', () => this.ended, 60);
    if (this.ended.code !== 0) ok(false, 'the server ends well', `${JSON.stringify(this.ended)}\n${this.said}`);
  }

  /** The path of the one-time link of the first run. */
  async first_link() {
    const found = await until('the link of the first run', () => /https?:\/\/[^/\s]+(\/link\/\S+)/.exec(this.said));
    return found[1].replace(/[.)"'\]]+$/, '');
  }

  /** One request, as a program makes it. -> {status, body, session}; session goes into the next call. */
  async ask(method, path, body, session) {
    const headers = { Accept: 'application/json' };
    if (session?.cookie) headers.Cookie = session.cookie;
    if (session?.csrf) headers['X-Heng-CSRF'] = session.csrf;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const answer = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    const set = answer.headers.getSetCookie().map((one) => one.split(';')[0]);
    let parsed = null;
    try {
      parsed = text ? JSON.parse(text) : null;
    } catch {
      parsed = text;
    }
    return { status: answer.status, body: parsed, cookie: set.join('; ') || session?.cookie };
  }

  /** The first administrator. */
  async first_account(name = 'lin', password = 'tea in the garden 茶') {
    const token = (await this.first_link()).split('/').pop();
    const made = await this.ask('POST', `/api/links/${token}`, { name, full_name: '林管理员', password });
    if (made.status >= 300) throw new Error(`the link of the first run: ${made.status} ${JSON.stringify(made.body)}`);
    return { name, password };
  }

  /** A session for ask(). */
  async sign_in(account) {
    const answer = await this.ask('POST', '/api/session', { name: account.name, password: account.password });
    if (answer.status !== 200) throw new Error(`log-in of ${account.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return { cookie: answer.cookie, csrf: answer.body.csrf };
  }

  /** Somebody with roles [{role, area, until}], by an invitation of the administrator. */
  async account(admin, name, roles, password = `${name} keeps the book 账`) {
    const session = await this.sign_in(admin);
    const made = await this.ask('POST', '/api/people', { name, full_name: name, roles }, session);
    if (made.status >= 300) throw new Error(`account ${name}: ${made.status} ${JSON.stringify(made.body)}`);
    const link = typeof made.body.link === 'string' ? made.body.link : made.body.link.link;
    const used = await this.ask('POST', `/api/links/${link.split('/').pop()}`, { password });
    if (used.status >= 300) throw new Error(`invitation of ${name}: ${used.status} ${JSON.stringify(used.body)}`);
    return { name, password };
  }
}

/** empty: a county of its pack alone, as it is on the first day. */
export async function open_server({ empty = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'heng-web-'));
  const server = new Server(folder);
  closing.push(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  if (empty) await run(program, ['init', server.county, '--pack', join(source, 'packs/cn-county')], { env: environment });
  else copyFileSync(await demo_county(), server.county);
  return server.start();
}

// --- the browser

export async function open_browser() {
  const { chromium } = require('playwright-core');
  const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((one) => existsSync(one));
  if (!path) throw new Error('no Chromium: ./dev test installs it (apt-get install chromium)');
  const browser = await chromium.launch({
    executablePath: path,
    // What Chromium asks its maker for on its own (news of extensions and components, what to fill into forms) has no switch that holds:
    // these names, and no others, lead nowhere. test_tips_wire.py shows that there are no more.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--font-render-hinting=none',
      `--host-resolver-rules=${['clients2.google.com', 'update.googleapis.com', 'content-autofill.googleapis.com']
        .map((one) => `MAP ${one} ~NOTFOUND`)
        .join(',')}`,
    ],
  });
  closing.push(() => browser.close());
  return {
    browser,
    /** A context of its own (cookies, stored things), with an empty page. What goes wrong in the page is a failed assertion. */
    async context({ language = 'zh', width = 1280, height = 800, ...more } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        locale: language === 'zh' ? 'zh-CN' : 'en-GB',
        timezoneId: 'Asia/Shanghai',
        ...more,
      });
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      // HENG_THROTTLE=8: the page's processor so many times slower, the test as quick as ever. Shows what a test takes for granted.
      if (process.env.HENG_THROTTLE) {
        const wire = await context.newCDPSession(page);
        await wire.send('Emulation.setCPUThrottlingRate', { rate: Number(process.env.HENG_THROTTLE) });
      }
      context.on('response', (answer) => {
        if (answer.status() !== 422 || !answer.url().includes('/api/')) return;
        const not_known = ({ error }) => /^(request\.(unknown|twice|language)|serve\.no_body)$/.test(error.key);
        answer.json().then(
          (said) => not_known(said) && ok(false, 'the pages send nothing that the server does not know', `${answer.url()} ${said.error.text}`),
          () => {}, // the page is gone
        );
      });
      page.on('pageerror', (error) => ok(false, 'no error in the page', error.stack ?? error));
      page.on('console', (message) => {
        const text = message.text();
        if (/Content.Security.Policy/i.test(text)) ok(false, 'nothing breaks the content security policy', text);
        else if (message.type() === 'error' && process.env.HENG_VERBOSE) note(`console: ${text}`);
      });
      return { context, page };
    },
    /** Signed in through the form, as people do it. at: where to go then. */
    async page(server, account, { at = '/today', ...options } = {}) {
      const { page } = await this.context(options);
      await sign_in(page, server, account);
      if (at !== '/today') await go(page, server, at);
      return page;
    },
  };
}

/** Types name and password into the form of the log-in, and waits until the frame stands. */
export async function sign_in(page, server, account) {
  await page.goto(`${server.url}/today`);
  const password = page.locator('input[type=password]');
  await password.waitFor();
  await page.locator('form input:not([type=password])').first().fill(account.name);
  await password.first().fill(account.password);
  await password.first().press('Enter');
  await page.locator('nav').first().waitFor();
}

export async function go(page, server, path) {
  await page.goto(server.url + path);
  await page.locator('main h1').first().waitFor();
}

/** Goes there and waits until the device is open: the server's half of its key has come, and was used. */
export async function go_open(page, server, path) {
  const key = page.waitForResponse((answer) => answer.url().endsWith('/api/kept/device'));
  await go(page, server, path);
  await key;
  await page.waitForTimeout(500);
}

/** A picture under $HENG_SHOTS when that is set (./dev shots). */
export async function shot(page, name) {
  const folder = process.env.HENG_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** What axe-core finds wrong, serious and critical, as lines. */
export async function axe(page) {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return result.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
}

/** The six digits of a secret, as an authenticator app works them out (RFC 6238). */
export function code_of(of) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...of.toUpperCase()].map((one) => letters.indexOf(one).toString(2).padStart(5, '0')).join('');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((one) => Number.parseInt(one, 2))))
    .update(counter)
    .digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** The program at the shell, beside the server. */
export const heng = (...words) => run(program, words, { env: environment });

export const write_file = (server, name, content) => {
  const path = join(server.folder, name);
  writeFileSync(path, content);
  return path;
};
