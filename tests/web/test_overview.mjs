// SPDX-License-Identifier: AGPL-3.0-or-later
// The frame, Today and Overview as a leader uses them: one minute to see, a click to go down, a number to its rows, a link to send.
import { axe, equal, finish, go, ok, open_browser, open_server, shot, sign_in, test } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const browser = await open_browser();
const page = await browser.page(server, admin);
const query = (name) => new URL(page.url()).searchParams.get(name);
const settled = () => page.locator('.cards .value b').first().waitFor();
const wide = async (target) => target.evaluate(() => document.documentElement.scrollWidth - innerWidth);

await test('Today says what is late and what is due', async () => {
  await page.locator('.due-list li').first().waitFor();
  ok((await page.locator('.due-list li').count()) > 3, 'lines of what is owed');
  ok((await page.title()).startsWith('今日'), 'the title of the window', await page.title());
  const badge = await page.locator('nav.pages .count > :first-child').first().innerText();
  const late = /^(\d+)份报表$/.exec(badge)?.[1];
  ok(Number(late) > 0, 'the menu counts what reports are late, and says that it is reports', badge);
  const reports = await page.locator('.section', { hasText: '应报未报' }).first().innerText();
  equal(/共(\d+)项已过期/.exec(reports)?.[1], late, 'as many as the page says');
  await page.locator('.due-list a').first().click();
  await page.waitForURL('**/registers/**');
  ok(/f\.\w+=|\/registers\/\w+\/\d+/.test(page.url()), 'a line leads to its register, filtered, or to its row', page.url());
  await page.goBack();
  await page.locator('.due-list li').first().waitFor();
  await shot(page, 'today-zh');
});

await test('Overview: six figures at most, a ratio never without its interval', async () => {
  await page.locator('nav.pages a', { hasText: '总览' }).click();
  await settled();
  equal(await page.evaluate(() => document.activeElement?.id), 'main', 'focus goes to the page');
  const cards = page.locator('.cards > li');
  ok((await cards.count()) <= 6, 'at most six');
  const ratio = page.locator('.card', { hasText: '性别比' });
  ok(/\d–\d/.test(await ratio.innerText()), 'the interval in figures', await ratio.innerText());
  equal(await ratio.locator('svg.interval .bar').count(), 1, 'and as a bar');
  equal(await ratio.locator('svg.interval .reference').count(), 1, 'against the reference');
  ok(/(无法|高于|低于|太少)/.test(await ratio.innerText()), 'and a word for how sure it is');
  await shot(page, 'overview-zh');
});

await test('while a question waits for rows that are read into memory, the page says how far that is', async () => {
  const waiting = await browser.page(server, admin);
  let answer;
  const held = new Promise((resolve) => {
    answer = resolve;
  });
  await waiting.route('**/api/overview**', async (route) => {
    await held;
    await route.continue();
  });
  await waiting.route('**/api/events', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: 'retry: 600000\nevent: reading\ndata: {"done":0.437}\n\n' }),
  );
  await go(waiting, server, '/overview');
  await waiting.locator('.skeleton', { hasText: '43%' }).first().waitFor();
  answer();
  await waiting.locator('.cards .value b').first().waitFor();
  await waiting.close();
});

await test('a number opens how it was made, by key, and leads to its rows', async () => {
  const number = page.locator('.card', { hasText: '性别比' }).locator('button.made-number');
  await number.focus();
  await page.keyboard.press('Enter');
  const drawer = page.locator('aside.drawer');
  await drawer.locator('.made-sum').first().waitFor();
  const text = await drawer.innerText();
  for (const word of ['定义', '分子', '分母', '数据来源', '参考值', '95%区间']) ok(text.includes(word), `says ${word}`);
  const [above, below] = (await drawer.locator('.made-sum .result').first().innerText()).split('÷').map((one) =>
    Number(
      one
        .replace(/[^\d.]/g, ' ')
        .trim()
        .split(' ')[0],
    ),
  );
  const value = Number(/([\d.]+)/.exec(await drawer.locator('.made-big b').first().innerText())[1]);
  ok(Math.abs((100 * above) / below - value) < 0.051, 'numerator by denominator is the value', `${above} ${below} ${value}`);
  await shot(page, 'drawer-zh');
  await drawer.locator('a', { hasText: '明细' }).click();
  await page.waitForURL('**/registers/births**');
  ok(new URL(page.url()).search.includes('f.'), 'the rows are filtered', page.url());
  equal(await page.locator('aside.drawer').count(), 0, 'the drawer is closed on another page');
  await page.goBack();
  await settled();
});

await test('a square of the timeliness says which report is missing, by how many days, and leads to it', async () => {
  const row = page.locator('.timeliness .mark').first();
  const missing = row.locator('.square.missing').first();
  await missing.click();
  const drawer = page.locator('aside.drawer');
  const line = drawer.locator('.due-list li', { hasText: '逾期' }).first();
  await line.waitFor();
  const reporter = (await row.getAttribute('aria-label')).split(', ')[0];
  ok((await drawer.locator('h2').innerText()).includes(reporter), 'whose', await drawer.innerText());
  ok(/逾期[\d,]+天/.test(await line.innerText()), 'days overdue', await line.innerText());
  const report = (await line.locator('a').innerText()).trim();
  await line.locator('a').click();
  await page.waitForURL('**/registers/**');
  await page.locator('h1', { hasText: report }).waitFor();
  ok(/f\.\w+=/.test(page.url()), 'its register, at the place and the month', page.url());
  await page.goBack();
  await settled();
  await row.focus();
  await page.keyboard.press('Enter');
  await drawer.locator('select').waitFor();
  ok(/迟报|未报/.test(await drawer.locator('select option:checked').innerText()), 'by key: the last month with a gap');
  await drawer.locator('button', { hasText: reporter }).click();
  await page.waitForURL('**area=**');
  equal(await drawer.count(), 0, 'the way down to it closes the drawer');
  await page.goBack();
  await settled();
});

await test('Escape closes the drawer and gives focus back', async () => {
  const number = page.locator('.card button.made-number').first();
  await number.focus();
  await page.keyboard.press('Enter');
  await page.locator('aside.drawer h2').waitFor();
  await page.keyboard.press('Escape');
  equal(await page.locator('aside.drawer').count(), 0, 'closed');
  ok(await number.evaluate((node) => node === document.activeElement), 'focus is on the number again');
});

await test('down: county, township, village; back comes up again', async () => {
  const rows = page.locator('.children .mark');
  await rows.first().waitFor();
  ok((await rows.count()) >= 5, 'areas below');
  await rows.first().focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**area=**');
  const township = query('area');
  ok(/^\d{9}000$/.test(township), 'a township', township);
  await page.waitForFunction(() => document.querySelectorAll('.overview:not(.stale) .children .mark').length > 0);
  await page.locator('.children .mark').first().click();
  await page.waitForFunction((code) => !location.search.includes(code), township);
  ok(/^\d{12}$/.test(query('area')) && !query('area').endsWith('000'), 'a village', query('area'));
  await page.waitForFunction(() => document.querySelector('.overview:not(.stale)') && !document.querySelector('.children'));
  ok(true, 'nothing below a village');
  await page.goBack();
  equal(query('area'), township, 'back is the township');
  await page.locator('.page-head .button', { hasText: '上一级' }).click();
  equal(query('area'), null, 'up is the county');
});

await test('area and period are chosen by key and kept on every page', async () => {
  await page.locator('.where button').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.area-tree .tree li').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL('**area=**');
  const area = query('area');
  await page.locator('.where > .popover:nth-child(2) > button').click();
  await page.locator('.choose label', { hasText: '季度' }).click();
  await page.locator('.period-picker .parts button', { hasText: '第二季度' }).click();
  equal(query('period'), '2014Q2', 'the period');
  await page.locator('nav.pages a', { hasText: '指标' }).click();
  await page.locator('main h1').waitFor();
  equal([query('area'), query('period')], [area, '2014Q2'], 'another page has both');
  await page.locator('nav.pages a', { hasText: '总览' }).click();
  await page.locator('.where > .popover:nth-child(2) > button').click();
  await page.locator('.panel-foot input').uncheck();
  equal(query('vs'), 'none', 'the comparison is in the address');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('.card .change'));
  ok(true, 'no change is shown without a comparison');
});

await test('a village has no figures of services, and is told where they are', async () => {
  const villages = (await server.ask('GET', '/api/areas?deep=1', undefined, await server.sign_in(admin))).body.areas.filter(
    (one) => one.level === 'village',
  );
  const there = await browser.page(server, admin, { at: `/overview?period=2014S1&area=${villages[0].code}` });
  const none = there.locator('section', { hasText: '服务覆盖' });
  await none.waitFor();
  const text = await none.innerText();
  ok(text.includes('这里没有服务覆盖的数字') && text.includes('上一级'), 'instead of thirteen lines without a figure', text);
  await there.context().close();
});

await test('every drawing has its table and its downloads', async () => {
  await go(page, server, '/overview');
  await settled();
  await page.locator('.children .mark').first().waitFor();
  const panels = page.locator('.panel-section');
  const n = await panels.count();
  ok(n >= 5, 'panels', n);
  for (let i = 0; i < n; i++) {
    const panel = panels.nth(i);
    const name = await panel.locator('h2').innerText();
    const drawn = (await panel.locator('.drawing').count()) > 0;
    if (drawn) {
      await panel.locator('button[aria-pressed]').click();
      ok((await panel.locator('table tbody tr').count()) > 0, `${name}: a table`);
      await panel.locator('button[aria-pressed]').click();
    }
    await panel.locator('button[aria-haspopup=menu]').click();
    const [file] = await Promise.all([page.waitForEvent('download'), panel.locator('[role=menuitem]').first().click()]);
    ok(file.suggestedFilename().endsWith('.csv'), `${name}: CSV`, file.suggestedFilename());
    if (!drawn) continue;
    await panel.locator('button[aria-haspopup=menu]').click();
    const [picture] = await Promise.all([page.waitForEvent('download'), panel.locator('[role=menuitem]').nth(1).click()]);
    ok(picture.suggestedFilename().endsWith('.svg'), `${name}: SVG`, picture.suggestedFilename());
  }
});

await test('the search finds areas, indicators and pages', async () => {
  await page.locator('main').click({ position: { x: 2, y: 2 } });
  await page.keyboard.press('/');
  await page.keyboard.type('性别');
  await page.locator('.search [role=option]', { hasText: '出生人口性别比' }).first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('青山'); // and Enter before the answer can have come
  await page.keyboard.press('Enter');
  await page.waitForURL('**area=**');
  await page.locator('.where button', { hasText: '青山' }).waitFor();
  ok(true, 'the area is chosen');
});

await test('English, narrow, dark: nothing is wider than the screen, axe finds nothing', async () => {
  for (const [language, width, scheme] of [
    ['en', 360, 'dark'],
    ['zh', 360, 'light'],
    ['en', 1440, 'light'],
    ['zh', 800, 'dark'],
  ]) {
    const { page: other, context } = await browser.context({ language, width, colorScheme: scheme, bypassCSP: true });
    await sign_in(other, server, admin);
    for (const path of ['/today', '/overview']) {
      await go(other, server, path);
      await other
        .locator(path === '/today' ? '.due-list li' : '.cards .value b')
        .first()
        .waitFor();
      await other.waitForTimeout(500);
      ok((await wide(other)) <= 0, `${path} ${language} ${width}: no sideways scrolling`, await wide(other));
      const found = await axe(other);
      equal(found, [], `${path} ${language} ${width} ${scheme}: axe`);
      if (language === 'en') {
        const chinese = await other.evaluate(() => document.querySelector('main').innerText.match(/[\u4e00-\u9fff]+/g) ?? []);
        equal(chinese, [], `${path}: no Chinese in English`);
      }
      await shot(other, `${path.slice(1)}-${language}-${width}-${scheme}`);
    }
    await context.close();
  }
});

await test('the language is switched in place', async () => {
  await go(page, server, '/overview');
  await settled();
  await page.evaluate(() => {
    globalThis.frames_seen = [];
    const look = () => {
      const busy = document.querySelector('.button.language')?.getAttribute('aria-busy');
      globalThis.frames_seen.push(`${busy} ${document.documentElement.lang}`);
      requestAnimationFrame(look);
    };
    look();
  });
  await page.locator('.button.language').click();
  await page.locator('h1', { hasText: 'Overview' }).waitFor();
  equal(await page.evaluate(() => document.documentElement.lang), 'en', 'the page says so');
  const frames = await page.evaluate(() => [...new Set(globalThis.frames_seen)]);
  ok(frames.includes('true zh-Hans'), 'before it is drawn anew its button says that it is under way', frames);
  await page.reload();
  await page.locator('h1', { hasText: 'Overview' }).waitFor();
  ok(true, 'it is remembered');
});

await test('an address that is no page', async () => {
  await page.goto(`${server.url}/no/such/page`);
  await page.locator('h1', { hasText: 'no such page' }).waitFor();
  await page.locator('a.button', { hasText: 'Today' }).click();
  await page.locator('.due-list li').first().waitFor();
  ok(true, 'leads to Today');
});

await finish();
