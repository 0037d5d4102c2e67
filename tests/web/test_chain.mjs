// SPDX-License-Identifier: AGPL-3.0-or-later
// How many journeys to the server, one after the other, a page takes before its first data are there. Every request is held; when the page
// has nothing left to do, all that are held go together, which is one step: so what is counted is which request waits for which answer, and
// not how quick anything is. A page takes three: the document, its scripts, its answers.
//   HENG_ONLY=name,name   only those pages          HENG_TRIES=3   loads of each page at most
import { equal, finish, note, ok, open_browser, open_server, sign_in, test, until } from './harness.mjs';
import { enter, pages, prepare } from './pages.mjs';

const most = 3;
// What stands on a dashboard is known when the dashboard is; a report is a document of its own, in a frame that the page makes.
const longer = { dashboard: 4, report: 4, 'report-campaign': 4 };
const tries = Number(process.env.HENG_TRIES ?? 3);
const only = (process.env.HENG_ONLY ?? '').split(',').filter(Boolean);

const server = await open_server();
const made = await prepare(server);
const { browser } = await open_browser();
const screen = { viewport: { width: 1280, height: 800 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', serviceWorkers: 'block' };

/** What the device keeps of a page that was opened before, and first.ts tells the questions of others by. */
const visited = {
  '/today': ['heng.period', 'heng.top', 'heng.facilities'],
  '/registers': ['heng.lists'],
  '/stock': ['heng.ledger'],
  '/ahead': ['heng.projection'],
};

/** Cookies and marks of someone who was here before. */
async function signed_in(who) {
  const context = await browser.newContext(screen);
  const page = await context.newPage();
  const kept = (name) => page.waitForFunction((of) => localStorage.getItem(of), name);
  if (who === 'admin') await sign_in(page, server, made.admin);
  else {
    await enter(context, server, made[who]);
    await page.goto(`${server.url}/today`);
    await page.locator('nav').first().waitFor();
  }
  for (const [at, names] of who === 'admin' ? Object.entries(visited) : []) {
    await page.goto(server.url + at);
    for (const name of names) await kept(name);
  }
  const state = await context.storageState();
  await context.close();
  return state;
}
const states = { '': undefined, admin: await signed_in('admin'), reader: await signed_in('reader') };

const pause = (ms) => new Promise((later) => setTimeout(later, ms));
/** Answers that never end, and what the browser asks for by itself. */
const aside = (url) => /\/api\/events|\/sw\.js|\.png$|\.webmanifest$/.test(url);

/** Loads a page in steps. -> {depth: steps until the first data, all: steps until nothing more is asked, steps: addresses of each} */
async function load(one) {
  const context = await browser.newContext({ ...screen, storageState: states[one.who] });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const held = [];
  const open = new Set();
  let moved = Date.now();
  cdp.on('Fetch.requestPaused', (request) => {
    moved = Date.now();
    if (aside(request.request.url)) void cdp.send('Fetch.continueRequest', { requestId: request.requestId }).catch(() => {});
    else held.push(request);
  });
  for (const end of ['Network.loadingFinished', 'Network.loadingFailed'])
    cdp.on(end, ({ requestId }) => {
      // The page may give up what is still held.
      const at = held.findIndex((request) => request.networkId === requestId);
      if (at >= 0) held.splice(at, 1);
      if (open.delete(requestId)) moved = Date.now();
    });
  // The rest of an answer that nobody reads does not come.
  cdp.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Fetch' && open.delete(requestId)) moved = Date.now();
  });
  await cdp.send('Network.enable');
  await cdp.send('Fetch.enable', { patterns: [{ urlPattern: '*', requestStage: 'Request' }] });
  const gone = page.goto(server.url + one.at, { waitUntil: 'commit' }).catch(() => {});

  const run = async (expression) => (await cdp.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result.value;
  // Nothing came or went for a while, and the page has done what it had to do.
  const quiet = async () => {
    for (;;) {
      while (open.size || Date.now() - moved < 100) await pause(10);
      const before = moved;
      if (steps.length) await run('new Promise((done) => setTimeout(() => setTimeout(done)))').catch(() => {});
      if (before === moved && !open.size) return;
    }
  };
  const look = `Boolean(document.querySelector('main h1') && document.querySelector(${JSON.stringify(one.ready)}))`;
  const steps = [];
  let depth = 0;
  await until('the first request', () => held.length);
  while (held.length) {
    const now = held.splice(0);
    steps.push(now.map((request) => request.request.url.slice(server.url.length)));
    for (const request of now) open.add(request.networkId);
    for (const request of now) await cdp.send('Fetch.continueRequest', { requestId: request.requestId }).catch(() => {});
    if (steps.length === 1) await gone;
    await quiet();
    if (!depth && (await run(look))) depth = steps.length;
  }
  // The first two stay for both who may take them; the third is for the device, which is not asked for everywhere.
  const vain = await run('[...(globalThis.heng_ahead?.keys() ?? [])].filter((url) => !/today|channels|kept.device/.test(url))');
  await context.close();
  return { vain, depth: depth || Number.POSITIVE_INFINITY, all: steps.length, steps };
}

for (const one of pages(made).filter((one) => !only.length || only.includes(one.name)))
  await test(one.name, async () => {
    const bound = longer[one.name] ?? most;
    let best = { depth: Number.POSITIVE_INFINITY, all: 0, steps: [], vain: [] };
    // A page that was slow to ask may have missed its step.
    for (let turn = 0; turn < tries && best.depth > bound; turn++) {
      const found = await load(one);
      if (found.depth <= best.depth) best = found;
    }
    const said = best.steps.map((step, i) => `${i + 1}: ${step.filter((url) => !/^\/[\w.-]+\.(js|css)$/.test(url)).join(' ')}`).join('\n');
    note(`${one.name}: ${best.depth} steps to its first data, ${best.all} in all`);
    if (process.env.HENG_VERBOSE) note(said);
    ok(best.depth <= bound, `${one.name}: no more than ${bound} steps to its first data`, said);
    equal(best.vain, [], `${one.name}: nothing is asked ahead that the page does not ask for`);
  });
// A page whose answers have come before its scripts is drawn with them, and not without them first: its scripts are held until then.
const whole = ['today', 'register', 'row', 'supervise', 'finding', 'facility', 'stock', 'stock-differences', 'admin-people'];
for (const one of pages(made).filter((one) => whole.includes(one.name) && (!only.length || only.includes(one.name))))
  await test(`${one.name} at once`, async () => {
    const context = await browser.newContext({ ...screen, storageState: states.admin });
    const page = await context.newPage();
    let release;
    const come = new Promise((done) => {
      release = done;
    });
    await page.route(/\/(?!start\.)[\w-]+\.\w+\.js$/, (route) => come.then(() => route.continue()));
    await page.addInitScript(() => {
      const seen = () => document.querySelector('#main .skeleton') && Object.assign(globalThis, { heng_waited: true });
      new MutationObserver(seen).observe(document, { subtree: true, childList: true });
    });
    await page.goto(server.url + one.at, { waitUntil: 'commit' });
    await page.waitForFunction(() => {
      const all = [...(globalThis.heng_ahead?.values() ?? [])];
      return all.length > 0 && all.every((ahead) => ahead.said !== undefined);
    });
    release();
    await page.locator(one.ready).first().waitFor();
    equal(await page.evaluate(() => globalThis.heng_waited ?? false), false, `${one.name}: what has come before the scripts is drawn at once`);
    await context.close();
  });
await finish();
