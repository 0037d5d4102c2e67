// SPDX-License-Identifier: AGPL-3.0-or-later
// Reports, as a leader reads them and takes them along.
import { readFileSync } from 'node:fs';
import { axe, equal, finish, ok, open_browser, open_server, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const leader = await server.account(admin, 'chen', [{ role: 'leader', area: '', until: null }]);
const browser = await open_browser();

for (const [language, width, height] of [
  ['zh', 1280, 800],
  ['en', 360, 740],
])
  await test(`chosen and looked at (${language}, ${width})`, async () => {
    const page = await browser.page(server, leader, { at: `/reports?lang=${language}&period=2014S1`, language, width, height });
    const reports = (await server.ask('GET', '/api/reports', undefined, await server.sign_in(leader))).body.reports;
    equal(await page.locator('.boards a').count(), reports.length, 'every report is there');
    equal(await axe(page), [], 'axe: list');
    const half = reports.find((one) => one.name === 'half-year');
    await page.locator('.boards a', { hasText: half.label[language] }).focus();
    await page.keyboard.press('Enter');
    await page.locator('iframe.paper:not(.waiting)').waitFor({ timeout: 60_000 });
    const inside = page.frameLocator('iframe.paper');
    ok((await inside.locator('h1').first().innerText()).length > 3, 'a title');
    ok((await inside.locator('table').count()) > 3, 'tables');
    const heights = await page.locator('iframe.paper').evaluate((one) => [one.clientHeight, one.contentDocument.documentElement.scrollHeight]);
    ok(heights[0] >= heights[1], 'it is as high as what is in it', heights.join());
    // Tables and charts far down are laid out when they come near, and the page stays as high as what is in it.
    const last = inside.locator('.contents a, nav a').last();
    const heading = inside.locator(await last.getAttribute('href'));
    await last.click();
    await until('the heading that its contents lead to', async () => {
      const box = await heading.boundingBox();
      return box && box.y > -height / 4 && box.y < height;
    });
    await inside.locator('footer').scrollIntoViewIfNeeded();
    await until('the whole of the last table', () =>
      page.locator('iframe.paper').evaluate((one) => {
        const end = one.contentDocument.querySelector('footer').getBoundingClientRect().bottom;
        const seen = [...one.contentDocument.querySelectorAll('figure')].pop().querySelector('td, text');
        return seen.checkVisibility({ contentVisibilityAuto: true }) && end <= one.clientHeight && end > one.clientHeight - 120;
      }),
    );
    ok(true, 'its end is reached, with no room below');
    const colour = await inside.locator('h1').first().evaluate((one) => getComputedStyle(one).fontSize);
    ok(Number.parseFloat(colour) > 18, 'its styles are in force', colour);
    equal(await axe(page), [], 'axe: preview');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    ok(wide <= 0, 'nothing sticks out', wide);
  });

await test('PDF and XLSX are downloaded with progress', async () => {
  const page = await browser.page(server, leader, { at: '/reports/half-year?lang=en&period=2014S1', language: 'en' });
  for (const [kind, head] of [
    ['PDF', '%PDF'],
    ['XLSX', 'PK'],
  ]) {
    const wait = page.waitForEvent('download', { timeout: 60_000 });
    await page.getByRole('button', { name: `Download ${kind}` }).click();
    await page.locator('.going progress').first().waitFor({ timeout: 3000 }).then(
      () => ok(true, `${kind}: it says that it is being made`),
      () => ok(true, `${kind}: it was there at once`),
    );
    const bytes = readFileSync(await (await wait).path());
    equal(bytes.subarray(0, head.length).toString(), head, `${kind}: what came is one`);
    await page.locator('.toast', { hasText: 'has been downloaded' }).first().waitFor();
  }
});

await test('another length of period is pointed out', async () => {
  const page = await browser.page(server, leader, { at: '/reports/half-year?lang=en&period=201406', language: 'en' });
  await page.getByRole('button', { name: 'Take H1 2014 instead' }).click();
  await until('the address', () => page.url().includes('period=2014S1'));
});

await test('an error of the server is told in words', async () => {
  const page = await browser.page(server, leader, { at: '/reports/nonsense?lang=en', language: 'en' });
  await page.locator('.preview .problem').waitFor();
  ok((await page.locator('.preview .problem').innerText()).length > 10, await page.locator('.preview .problem').innerText());
});

await finish();
