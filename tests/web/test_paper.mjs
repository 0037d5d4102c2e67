// SPDX-License-Identifier: AGPL-3.0-or-later
// What is printed: pages to PDF as a person prints them, without having scrolled, and the words that stand on the sheets.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { equal, finish, ok, open_browser, open_server, sign_in, test, until } from './harness.mjs';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'heng-paper-'));
const server = await open_server();
const admin = await server.first_account();
const browser = await open_browser();
const { page } = await browser.context({ language: 'zh', width: 1280, height: 800 });
await sign_in(page, server, admin);

/** The words of each sheet. */
async function print(name) {
  const path = join(folder, `${name}.pdf`);
  await page.pdf({ path, preferCSSPageSize: true });
  const { stdout } = await run('pdftotext', ['-layout', path, '-'], { maxBuffer: 1 << 26 });
  return stdout.split('\f').slice(0, -1);
}

async function go(path, ready) {
  await page.goto(server.url + path);
  await page.locator(ready).first().waitFor();
}

/** Such requests are held back until let go. */
async function hold(which) {
  let free = () => {};
  const freed = new Promise((done) => {
    free = done;
  });
  await page.route(which, async (route) => {
    await freed;
    await route.continue().catch(() => {}); // of a page that is gone
  });
  return free;
}

const byFacility = (url) => /\/api\/figures\?.*by=facility/.test(url.href ?? url);

await test('a part that nobody scrolled to is on paper', async () => {
  const come = page.waitForResponse((answer) => byFacility(answer.url()));
  await go('/overview?period=2014S1', '.overview .section');
  await come;
  await page.locator('.overview > .section:last-child tbody tr').first().waitFor();
  ok((await page.evaluate(() => scrollY)) === 0, 'the page was not scrolled');
  const sheets = await print('overview');
  const rows = await page.locator('.section').last().locator('tbody tr').count();
  const last = await page.locator('.section').last().locator('tbody tr').last().locator('th').innerText();
  ok(rows > 0 && sheets.join('').replace(/\s/g, '').includes(last), 'its last row stands on the paper', last);
  ok(sheets[0].includes('青禾县') && sheets[0].includes('2014年上半年'), 'where and when it is of', sheets[0].slice(0, 300));
});

await test('what has not come says so, and the button of the page waits for it', async () => {
  const release = await hold(byFacility);
  await go('/overview?period=2013S2', '.overview .cards .made-number');
  const sheets = (await print('early')).join('');
  ok(sheets.includes('尚未载入'), 'on paper that had to be made at once it is said', sheets.slice(-400));
  await page.evaluate(() => {
    globalThis.printed = 0;
    globalThis.print = () => {
      globalThis.printed = document.querySelectorAll('main .skeleton').length ? -1 : document.querySelectorAll('main tbody').length;
    };
  });
  const button = page.getByRole('button', { name: '打印' });
  await button.click();
  await page.locator('button[aria-busy=true]', { hasText: '打印' }).waitFor();
  ok((await page.evaluate(() => globalThis.printed)) === 0, 'it does not print while a part is under way');
  release();
  await until('the page to print itself', () => page.evaluate(() => globalThis.printed));
  ok((await page.evaluate(() => globalThis.printed)) > 0, 'it prints when all is there');
});

await test('all rows of a long list', async () => {
  await page.addInitScript(() => {
    // Idle time that never comes.
    globalThis.requestIdleCallback = () => 1;
  });
  await go('/registers/births?wide=period', 'tbody tr');
  const before = await page.locator('tbody tr').count();
  const sheets = await print('births');
  const lines = sheets.join('').match(/\d{4}-\d\d-\d\d/g) ?? [];
  ok(before < 50 && lines.length >= 50, `50 rows, ${before} of them drawn on the screen`, String(lines.length));
  ok(sheets.length > 1 && sheets.every((one) => one.includes('居住地')), 'and its heading on each sheet', String(sheets.length));
  await go('/supervise/sampling?part=rota', 'tbody tr');
  const rota = (await print('rota')).join('');
  ok(rota.includes('第3天') && rota.includes('本轮未安排'), 'and the days of a rota that are drawn later', rota.slice(0, 200));
});

await test('no sheet is empty, and nothing is cut at its right edge', async () => {
  for (const [path, ready] of [
    ['/today', '.section'],
    ['/overview?period=2014S1', '.overview .section'],
    ['/supervise/campaign/2014-01', '.phases'],
    ['/supervise/checklists/fetal_sex_control?period=2014S1', '.table tbody tr'],
    ['/ahead', '.early-warning'],
    ['/stock/entries', 'tbody tr'],
  ]) {
    await go(path, ready);
    const sheets = await print('sheets');
    const thin = sheets.findIndex((one, i) => i < sheets.length - 1 && one.replace(/\s/g, '').length < 60);
    ok(thin < 0, `${path}: every sheet has something to say`, thin < 0 ? '' : `sheet ${thin + 1}: ${sheets[thin]}`);
    await page.setViewportSize({ width: 688, height: 1000 });
    await page.emulateMedia({ media: 'print' });
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    ok(wide <= room, `${path}: fits the sheet`, `${wide} of ${room}`);
    await page.emulateMedia({ media: null });
    await page.setViewportSize({ width: 1280, height: 800 });
  }
});

await test('a report prints its own sheets, by the keys as well', async () => {
  await go('/reports/half-year?period=2014S1', 'iframe.paper:not(.waiting)');
  await page.evaluate(() => {
    document.querySelector('iframe.paper').contentWindow.print = () => {
      globalThis.reported = true;
    };
  });
  await page.keyboard.press('Control+p');
  await until('the report to print itself', () => page.evaluate(() => globalThis.reported));
  ok(true, 'Ctrl+P prints the report and not its frame');
  const title = await page.title();
  const menu = await print('menu');
  await page.locator('h1', { hasText: '半年' }).first().waitFor();
  equal([await page.locator('.report-on-paper').count(), await page.title()], [0, title], 'the page is as it was');
  ok((await page.locator('nav.pages').boundingBox()).width > 100, 'with its styles');
  await page.goto(await page.evaluate(() => document.querySelector('iframe.paper').contentWindow.location.href));
  const own = await print('own');
  ok(own.length > 5, 'a report of many sheets', String(own.length));
  equal(menu, own, "the browser's own menu gives the sheets that the report has by itself");
});

rmSync(folder, { recursive: true, force: true });
await finish();
