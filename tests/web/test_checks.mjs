// SPDX-License-Identifier: AGPL-3.0-or-later
// Checks, as a statistician works them off and a leader looks at them.
import { axe, equal, finish, go, ok, open_browser, open_server, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const wang = await server.account(admin, 'wang', [{ role: 'statistician', area: '', until: null }]);
const leader = await server.account(admin, 'chen', [{ role: 'leader', area: '', until: null }]);
const browser = await open_browser();
const session = await server.sign_in(wang);
const all = (await server.ask('GET', '/api/checks?period=2014S1&limit=500', undefined, session)).body;
/** How many of each; not when they were counted. */
const counts = ({ errors, warnings, notes, explained }) => ({ errors, warnings, notes, explained });
const number = async (page, kind) => Number((await page.locator(`.total.${kind} b`).innerText()).replace(/\D/g, ''));

await test('totals and groups are those of the server', async () => {
  const page = await browser.page(server, wang, { at: '/checks?period=2014S1' });
  await page.locator('.group').first().waitFor();
  equal(await number(page, 'errors'), all.totals.errors, 'errors');
  equal(await number(page, 'warnings'), all.totals.warnings, 'warnings');
  equal(await number(page, 'notes'), all.totals.notes, 'notes');
  equal(await page.locator('.group').count(), new Set(all.findings.map((one) => `${one.severity} ${one.check}`)).size, 'a group a check');
  const first = all.findings[0];
  ok((await page.locator('.finding').first().innerText()).includes(first.text.zh), 'the first says what was found', first.text.zh);
  ok((await page.locator('.group').first().innerText()).includes(first.cure.zh), 'and what to do');
  equal(await axe(page), [], 'axe: checks, zh');
});

await test('filters stand in the address; back undoes them', async () => {
  const page = await browser.page(server, wang, { at: '/checks?period=2014S1&lang=en', language: 'en' });
  await page.locator('.total.warnings').click();
  await until('the address', () => page.url().includes('severity=warning'));
  const kinds = await page.locator('.group h2 .tag').allInnerTexts();
  ok(kinds.length > 0 && kinds.every((one) => /Warning/.test(one)), 'only warnings are left', kinds.join());
  await page.goBack();
  await until('the address', () => !page.url().includes('severity'));
  await page.getByLabel('Area or facility').selectOption({ index: 1 });
  await until('fewer', async () => (await page.locator('.group').count()) < new Set(all.findings.map((one) => one.check)).size);
  ok(page.url().includes('place='), 'a place is in the address');
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await until('all again', () => !page.url().includes('place='));
});

await test('explained by keyboard alone, on a phone; it stays explained; withdrawn', async () => {
  const page = await browser.page(server, wang, { at: '/checks?period=2014S1&lang=en', language: 'en', width: 360, height: 740 });
  await page.locator('.group').first().waitFor();
  const before = await number(page, 'explained');
  const button = page.locator('.finding').first().getByRole('button', { name: 'Explain' });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.locator('dialog[open]').waitFor();
  equal(await axe(page), [], 'axe: the dialog');
  equal(await page.evaluate(() => document.activeElement.tagName), 'TEXTAREA', 'the text has the focus');
  await page.keyboard.type('x');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('dialog .fault').waitFor();
  await page.locator('dialog textarea').fill('Confirmed by telephone with the health centre.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await until('it is counted', async () => (await number(page, 'explained')) === before + 1);
  await page.reload();
  await page.locator('.total.explained').click();
  await page.locator('blockquote', { hasText: 'Confirmed by telephone' }).waitFor();
  ok((await page.locator('blockquote').first().innerText()).includes('wang'), 'who explained it stands below');
  await page.getByRole('button', { name: 'Withdraw the explanation' }).first().click();
  await page.locator('.toast', { hasText: 'withdrawn' }).waitFor();
  const now = (await server.ask('GET', '/api/checks?period=2014S1&limit=500', undefined, session)).body;
  equal(counts(now.totals), counts(all.totals), 'all is as it was');
});

await test('from a finding to its rows', async () => {
  const page = await browser.page(server, wang, { at: '/checks?period=2014S1&lang=en', language: 'en' });
  await page.locator('.group').first().waitFor();
  const closed = page.locator('.group h2 button[aria-expanded=false]');
  while (await closed.count()) await closed.first().click();
  const fix = page.locator('.finding a.button', { hasText: 'Put right' }).first();
  const href = await fix.getAttribute('href');
  ok(/\/registers\/[a-z_]+\/\d+/.test(href), 'it leads to a row', href);
  const rows = all.findings.find((one) => one.ids.length && href.includes(one.ids[0]));
  ok(rows !== undefined, 'of that finding');
  await fix.click();
  await until('the register', () => page.url().includes('/registers/'));
});

await test('all rows of a finding, and those that are there twice side by side', async () => {
  const twice = all.findings.find((one) => one.check === 'birth_twice');
  equal(twice.ids.length, Math.min(2 * twice.count, 100), 'of each pair both');
  // Whoever corrects births: a statistician only reads them.
  const page = await browser.page(server, admin, { at: '/checks?period=2014S1&check=birth_twice' });
  await page.locator('.finding .rows a').first().waitFor();
  await page.locator('.finding .rows a').first().click();
  await page.locator('.filter-chip', { hasText: `指定的${twice.ids.length}行` }).waitFor();
  await until('these rows alone', async () => (await page.locator('.count-line').innerText()).startsWith(`${twice.ids.length}行`));
  ok(true, 'the list has these rows and no others');
  await page.locator('tbody tr').first().click();
  await page.locator('.alike-rows').waitFor();
  const text = await page.locator('.alike-rows').innerText();
  ok(text.includes('保留一行'), 'the other one of the pair stands beside the row', text);
});

await test('two counts that differ: to the rows of each', async () => {
  const apart = all.findings.find((one) => one.check === 'household_missing');
  const page = await browser.page(server, admin, { at: '/checks?period=2014S1&check=household_missing' });
  const links = page.locator('.finding').first().locator('.sides a');
  await links.first().waitFor();
  equal(await links.allInnerTexts(), apart.sides.map((one) => one.label.zh), 'each side by its name');
  const [n] = /\d[\d,]*/.exec(apart.text.zh);
  await links.first().click();
  await until('as many as were counted', async () => (await page.locator('.count-line').innerText()).startsWith(`${n}行`));
  ok(true, 'the rows of the one that has too few');
});

await test('a leader reads, and is not asked to explain', async () => {
  const page = await browser.page(server, leader, { at: '/checks?period=2014S1&lang=en', language: 'en' });
  await page.locator('.group').first().waitFor();
  equal(await page.getByRole('button', { name: 'Explain', exact: true }).count(), 0, 'no button to explain');
  equal(await page.locator('.finding a.button').count(), 0, 'no way to the rows of persons');
});

await test('where nothing is found the page says what is looked for', async () => {
  const page = await browser.page(server, wang, { at: '/checks?period=201101&lang=en', language: 'en' });
  await page.locator('.empty, .group').first().waitFor();
  if (await page.locator('.empty').count()) ok(/pass every check/.test(await page.locator('.empty').innerText()), 'in words');
  else ok(true, 'there is something in that month too');
});

await test('rows beyond the first hundred have links too; while the checks run anew the page says so', async () => {
  const page = await browser.page(server, wang, { language: 'en' });
  const said = (await server.ask('GET', '/api/checks?period=2014S1&limit=500', undefined, session)).body;
  const ids = Array.from({ length: 230 }, (_, i) => String(7000 + i));
  let slow = Promise.resolve();
  await page.route('**/api/checks?*', async (route) => {
    const only = new URL(route.request().url()).searchParams.has('only');
    await slow;
    const finding = { ...said.findings[0], key: 'k', check: 'c', register: 'births', count: 230, ids: only ? ids : ids.slice(0, 100), explained: null };
    await route.fulfill({ json: { ...said, findings: [finding], by: [], next: null } });
  });
  await go(page, server, '/checks?period=2014S1&lang=en');
  await page.getByRole('button', { name: 'the others' }).click();
  const links = page.locator('.more-rows a');
  await links.nth(1).waitFor();
  equal(await links.allInnerTexts(), ['101–200', '201–230'], 'a link for each hundred');
  ok(decodeURIComponent(await links.nth(1).getAttribute('href')).includes(ids.slice(200).join(',')), 'to the rows themselves');
  equal(await axe(page), [], 'axe: all rows');

  let go_on;
  slow = new Promise((yes) => (go_on = yes));
  const changed = await server.ask('POST', '/api/checks/explain', { key: said.findings[0].key, text: 'looked at' }, session);
  ok(changed.status < 300, 'something changes', changed);
  const sign = page.locator('.caution', { hasText: 'the checks run anew' });
  await sign.waitFor();
  equal(await links.count(), 2, 'what was found before stays');
  go_on();
  await sign.waitFor({ state: 'detached' });
  await server.ask('POST', '/api/checks/unexplain', { key: said.findings[0].key }, session);
});

await finish();
