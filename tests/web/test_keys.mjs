// SPDX-License-Identifier: AGPL-3.0-or-later
// Supervision and stock by the keyboard alone: every step is reached by Tab, is seen where it is, and is taken by Enter, arrows or letters.
import { equal, finish, go, heng, ok, open_browser, open_server, test, until } from './harness.mjs';
import { period } from './pages.mjs';

const server = await open_server();
const admin = await server.first_account();
const inspector = await server.account(admin, 'zhao', [
  { role: 'inspector', area: '', until: null },
  { role: 'office', area: '', until: null },
]);
await heng('watch', server.county, '--period', period);
const browser = await open_browser();

/** Presses Tab until what has the focus fits; -> how often. Each stop on the way must be seen. */
async function tab_to(page, selector, most = 90) {
  for (let steps = 1; steps <= most; steps++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate((wanted) => {
      const node = document.activeElement;
      const box = node.getBoundingClientRect();
      const marks = [node, ...node.children].map((one) => getComputedStyle(one));
      const marked = marks.some((one) => one.outlineStyle !== 'none' || one.boxShadow !== 'none');
      const around =
        node.closest('label, .choose, .popover') && getComputedStyle(node.closest('label, .choose, .popover')).outlineStyle !== 'none';
      return {
        fits: node.matches(wanted),
        seen: node === document.body || ((marked || around) && box.width > 0 && box.bottom > 0 && box.top < innerHeight),
        what: node.outerHTML.slice(0, 160),
      };
    }, selector);
    if (!at.seen) ok(false, 'the focus is seen', at.what);
    if (at.fits) return steps;
  }
  throw new Error(`no ${selector} within ${most} steps of Tab`);
}
const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());
const path = (page) => new URL(page.url()).pathname;

await test('a campaign: to it, into a body and its papers, and back', async () => {
  const page = await browser.page(server, inspector, { at: '/supervise?lang=en', language: 'en' });
  await page.locator('.open-registers').waitFor();
  ok((await tab_to(page, 'main a[href*="/supervise/campaign/"]')) < 30, 'the campaign is near the top');
  await page.keyboard.press('Enter');
  await page.locator('.phases').waitFor();
  equal(path(page), '/supervise/campaign/2014-01', 'the campaign');
  await until('the page to have the focus', () => page.evaluate(() => document.activeElement?.id === 'main'));
  await tab_to(page, '.bodies tbody tr');
  const first = await focused(page);
  await page.keyboard.press('ArrowDown');
  ok((await focused(page)) !== first, 'arrows go from body to body');
  await page.keyboard.press('Enter');
  await page.locator('.body-papers').waitFor();
  ok(true, 'Enter opens its papers');
  await page.goBack();
  await page.locator('.open-registers').waitFor();
  equal(path(page), '/supervise', 'and back');
});

await test('a signal opens a finding, which is begun with what is known', async () => {
  const page = await browser.page(server, inspector, { at: '/supervise?lang=en', language: 'en' });
  await page.locator('.signals button.link').first().waitFor();
  await tab_to(page, '.signals button.link');
  await page.keyboard.press('Enter');
  await page.locator('.row-panel form').waitFor();
  equal(path(page), '/registers/findings/new', 'a new finding');
  await until('the form to have the focus', () => page.evaluate(() => Boolean(document.activeElement?.closest('.row-panel form'))));
  await page.keyboard.press('Escape');
  await until('the form to close', async () => path(page) === '/registers/findings');
});

await test('a finding: opened from the list, its tabs by arrows, closed', async () => {
  const page = await browser.page(server, inspector, { at: `/registers/findings?period=${period}&lang=en`, language: 'en' });
  await page.locator('tbody tr').first().waitFor();
  await tab_to(page, 'tbody tr');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.stage-strip').waitFor();
  await tab_to(page, '[role=tab][aria-selected=true]');
  await page.keyboard.press('ArrowRight');
  await until('the history', async () => (await page.locator('[role=tab][aria-selected=true]').innerText()).startsWith('History'));
  await page.keyboard.press('Escape');
  await until('the list to have the focus again', () => page.evaluate(() => document.activeElement?.matches('tbody tr')));
  ok(true, 'Escape gives the focus back to the row');
});

await test('stock: tabs by arrows, an entry of two lines without a mouse', async () => {
  const page = await browser.page(server, inspector, { at: '/stock?lang=en', language: 'en' });
  await page.locator('[role=tab][aria-selected=true]').waitFor();
  await tab_to(page, '[role=tab][aria-selected=true]');
  await page.keyboard.press('ArrowRight');
  await page.locator('.stock-form').waitFor();
  equal(path(page), '/stock/entry', 'the tab stands in the address');
  await tab_to(page, '.stock-form select');
  equal(await page.evaluate(() => document.activeElement.value), 'receive', 'what happened');
  await tab_to(page, '.stock-form select');
  await page.keyboard.type('Qinghe County People');
  const where = await page.evaluate(() => document.activeElement.value);
  ok(where !== '', 'a facility by its first letters', where);
  await tab_to(page, '.stock-line select');
  await page.keyboard.press('ArrowDown');
  for (const words of ['K1', '2015-06-30', '12']) {
    await page.keyboard.press('Enter');
    await page.keyboard.type(words);
  }
  await page.keyboard.press('Enter'); // the price, left out
  await page.keyboard.press('Enter');
  await until('the next line', async () => (await page.locator('.stock-line:not(.head)').count()) === 2);
  await until('its first field to have the focus', () =>
    page.evaluate(() => document.activeElement.getAttribute('aria-label')?.startsWith('Line 2')),
  );
  for (const words of ['K2', '2015-09-30', '5']) {
    await page.keyboard.press('Enter');
    await page.keyboard.type(words);
  }
  await tab_to(page, '.stock-actions .main');
  await page.keyboard.press('Enter');
  await page.getByText(/Posted: entry/).waitFor();
  await page.keyboard.press('Shift+Tab');
  await go(page, server, '/stock?lang=en');
  await page.locator('tbody tr').nth(1).waitFor();
  const lots = await page.locator('tbody').innerText();
  ok(lots.includes('K1') && lots.includes('K2'), 'both lots are there', lots);
});

await finish();
