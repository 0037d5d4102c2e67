// SPDX-License-Identifier: AGPL-3.0-or-later
// Stock: an entry by keyboard, lots that expire first, a delivery that does not add up, a count sheet that shows the books only afterwards.
import { join } from 'node:path';
import { axe, equal, finish, go, ok, open_browser, open_server, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const browser = await open_browser();
const shots = process.env.HENG_SHOTS;

const page = await browser.page(server, admin, { at: '/stock?lang=en', language: 'en' });
const ask = (method, path, body) =>
  page.evaluate(
    async ([how, where, what]) => {
      const session = await (await fetch('/api/session')).json();
      const said = await fetch(where, {
        method: how,
        headers: { 'Content-Type': 'application/json', 'X-Heng-CSRF': session.csrf },
        body: what ? JSON.stringify(what) : undefined,
      });
      return { status: said.status, body: await said.json() };
    },
    [method, path, body],
  );
const shot = async (name) => {
  if (shots) await page.screenshot({ path: join(shots, `stock-${name}.png`), fullPage: true });
};
const [one, two] = (await ask('GET', '/api/facilities')).body.facilities;
const ledger = '/api/ledgers/stock';
for (const [code, name, unit] of [
  ['bcg', '卡介苗', 'dose'],
  ['oxytocin', '缩宫素', 'dose'],
]) {
  const kind = code === 'bcg' ? 'vaccine' : 'regulated';
  const said = await ask('POST', '/api/registers/stock_items/rows', { values: { code, name, kind, unit, area: one.area, cold_low: '2', cold_high: '8' } });
  ok(said.status === 201, `an item ${code}`, JSON.stringify(said.body));
}
const post = (movement, day, lot, quantity, more) =>
  ask('POST', `${ledger}/entries`, { movement, day, lines: [{ item: 'bcg', lot, quantity, ...more.line }], ...more.head });

// The demo county has entries of its own.
const posted = async () => {
  const said = page.getByText(/Posted: entry [\d,]+/);
  await said.waitFor();
  return Number(/entry ([\d,]+)/.exec(await said.innerText())[1].replaceAll(',', ''));
};
let sent = 0;
let counted = 0;

await test('what expires first stands first', async () => {
  for (const [lot, quantity, expires] of [
    ['LATE', '40', '2015-06-30'],
    ['SOON', '12', '2014-08-15'],
    ['GONE', '3', '2014-07-01'],
  ])
    equal((await post('receive', '2014-06-01', lot, quantity, { line: { expires }, head: { to: one.code } })).status, 201, lot);
  await go(page, server, '/stock?lang=en');
  await page.locator('tbody tr').nth(2).waitFor();
  const text = await page.locator('tbody').innerText();
  ok(text.indexOf('GONE') < text.indexOf('SOON') && text.indexOf('SOON') < text.indexOf('LATE'), 'in order', text);
  equal(await axe(page), [], 'axe: balances');
  await shot('balances');
});

await test('an entry by the keyboard alone, with the lots that expire first', async () => {
  await go(page, server, '/stock/entry?lang=en');
  await page.getByLabel('What happened').selectOption('send');
  await page.getByLabel('From', { exact: false }).first().selectOption(one.code);
  await page.getByLabel('To', { exact: false }).last().selectOption(two.code);
  await page.getByLabel('Line 1 Item').selectOption('bcg');
  await page.getByLabel('Line 1 Quantity').fill('14');
  await page.getByRole('button', { name: 'Take the lots that expire first' }).click();
  await page.getByLabel('Line 2 Lot').waitFor();
  equal(await page.getByLabel('Line 1 Lot').inputValue(), 'SOON', 'the first lot');
  equal(await page.getByLabel('Line 2 Quantity').inputValue(), '2', 'the rest of another');
  equal(await axe(page), [], 'axe: the entry');
  await shot('entry');
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  sent = await posted();
  ok(sent > 3, 'posted');
});

await test('what does not add up', async () => {
  await ask('POST', `${ledger}/entries/${sent}/confirm`, { arrived: ['12', '1'], day: '2014-07-20' });
  await go(page, server, '/stock/differences?lang=en');
  const late = page.locator('tbody tr', { hasText: 'LATE' });
  await late.waitFor();
  ok((await late.count()) === 1, 'the lot of which one is missing');
  equal(await axe(page), [], 'axe: differences');
  await shot('differences');
});

await test('the books are shown after counting', async () => {
  await go(page, server, `/stock/count?lang=en&facility=${one.code}`);
  await page.locator('tbody tr').nth(1).waitFor();
  ok(!/38/.test(await page.locator('tbody').innerText()), 'not before');
  await page.getByLabel(/Counted .* LATE/).fill('37');
  await page.keyboard.press('Enter');
  await page.getByText('−1').waitFor();
  ok(/38/.test(await page.locator('tbody').innerText()), 'and then beside it');
  equal(await axe(page), [], 'axe: the count');
  await shot('count');
  await page.getByRole('button', { name: 'Post the count' }).click();
  counted = await posted();
  ok(counted > sent, 'posted');
  await go(page, server, `/stock/differences?lang=en&facility=${one.code}`);
  const row = page.locator('tbody tr', { has: page.getByText(String(counted), { exact: true }) });
  await row.waitFor();
  ok(/38 .*37 .*−1 /s.test(await row.innerText()), 'book, count and difference do not add up', await row.innerText());
  await go(page, server, '/stock/entries?lang=en');
  await page.getByText(/LATE 37 .*\(book: 38 /).waitFor();
});

await test('a mistake is reversed with a reason', async () => {
  await go(page, server, '/stock/entries?lang=en');
  await page.locator('tbody tr').first().getByRole('button', { name: 'Reverse' }).click();
  await page.getByLabel('Reason').fill('wrong shelf');
  await page.locator('dialog').getByRole('button', { name: 'Reverse' }).click();
  await until('the reversal', async () => (await page.locator('tbody').innerText()).replaceAll(',', '').includes(`reversal of entry ${counted}`));
  equal(await axe(page), [], 'axe: entries');
  await shot('entries');
});

await test('earlier entries are there as well', async () => {
  for (let i = 0; i < 60; i++) await post('receive', '2014-07-02', `MANY${i}`, '1', { line: {}, head: { to: two.code } });
  await go(page, server, '/stock/entries?lang=en');
  const rows = page.locator('tbody tr');
  await rows.nth(99).waitFor();
  await page.getByRole('button', { name: 'Earlier ones' }).click();
  await rows.nth(100).waitFor();
  equal(await rows.last().locator('th, td').first().innerText(), '1', 'down to the first');
});

await test('entries have room for their words', async () => {
  const high = () => page.locator('.stock-entries tbody tr').evaluateAll((rows) => Math.max(...rows.map((row) => row.cells[2].querySelector('small').clientHeight)));
  for (const width of [1280, 1024, 360])
    for (const language of ['en', 'zh']) {
      await page.setViewportSize({ width, height: 800 });
      await go(page, server, `/stock/entries?lang=${language}`);
      await page.locator('.stock-entries tbody tr').nth(3).waitFor();
      const box = await page.locator('.stock-entries .table').evaluate((one) => one.scrollWidth - one.clientWidth);
      ok(box <= 0, `${width} ${language}: nothing beside the screen`, box);
      ok((await high()) <= 48, `${width} ${language}: from and to take three lines at the most`, await high());
      await shot(`entries-${width}-${language}`);
    }
  equal(await axe(page), [], 'axe: entries, narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
});

await test('on a phone, in Chinese', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const tab of ['balances', 'entry', 'count']) {
    await go(page, server, `/stock/${tab}?lang=zh&facility=${one.code}`);
    await page.locator('[role=tabpanel] :is(table, form)').first().waitFor();
    ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${tab}: nothing wider than the screen`);
    // What the sheet is for is in view, not at the end of a table that is pulled aside.
    if (tab === 'entry') continue;
    const cell = page.locator(tab === 'count' ? 'tbody tr:first-child .quantity' : 'tbody tr:first-child [data-label="数量"]');
    const { x, width } = await cell.boundingBox();
    ok(x >= 0 && x + width <= 360, `${tab}: the quantity is in view`, `${x} ${width}`);
    equal(
      await page.locator('tbody tr:first-child td').evaluateAll((cells) => cells.filter((one) => !one.innerText.trim() && !one.querySelector('input') && one.offsetWidth > 0).length),
      0,
      `${tab}: no label without a value`,
    );
    await shot(`${tab}-narrow`);
  }
});

await finish();
