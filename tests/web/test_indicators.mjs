// SPDX-License-Identifier: AGPL-3.0-or-later
// The explorer of indicators, as a statistician uses it and a leader reads it.
import { readFileSync } from 'node:fs';
import { axe, equal, finish, ok, open_browser, open_server, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const wang = await server.account(admin, 'wang', [{ role: 'statistician', area: '', until: null }]);
const leader = await server.account(admin, 'chen', [{ role: 'leader', area: '', until: null }]);
const browser = await open_browser();
const session = await server.sign_in(wang);
const figures = async (query) => (await server.ask('GET', `/api/figures?${query}`, undefined, session)).body;
const shown = (page) => page.locator('.result button.figure > span:first-child').allInnerTexts();

await test('from nothing to a table', async () => {
  const page = await browser.page(server, wang, { at: '/indicators?lang=en&period=2014S1', language: 'en' });
  await page.locator('h2', { hasText: 'Choose one or more indicators' }).waitFor();
  equal(await axe(page), [], 'axe: nothing chosen');
  await page.getByLabel('Find an indicator').fill('出生人口性别比');
  await page.getByRole('checkbox').first().click();
  await until('it is in the address', () => page.url().includes('indicators=srb'));
  await page.locator('.axis-select', { hasText: 'Rows' }).locator('select').selectOption('township');
  await page.locator('.result table tbody tr').nth(2).waitFor();
  ok(page.url().includes('by=township'), 'the rows too');
});

await test('every number is the server’s, with its interval', async () => {
  const page = await browser.page(server, wang, { at: '/indicators?lang=en&period=2014S1&vs=none&indicators=srb,births_total&by=township', language: 'en' });
  await page.locator('.result table tbody tr').nth(2).waitFor();
  const data = await figures('indicators=srb,births_total&period=2014S1&by=township');
  const say = (figure, decimals) => (figure.state === 'ok' ? figure.value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }) : { suppressed: '*', no_data: '–', not_defined: 'n/d' }[figure.state]);
  const expected = data.axes[0].buckets.flatMap((_, i) => [say(data.indicators[0].figures[i], 1), say(data.indicators[1].figures[i], 0)]);
  equal((await shown(page)).map((one) => one.trim()), expected, 'figures');
  ok((await page.locator('button.figure .interval').allInnerTexts()).some((one) => /\(\d+\.\d–\d+\.\d\)/.test(one)), 'intervals in brackets');
  ok(/95% interval/.test(await page.locator('.signs').innerText()), 'explained below');
  await page.goto(`${server.url}/indicators?lang=en&period=2014S1&indicators=srb&by=township`);
  await page.locator('.signs', { hasText: 'dark and bold' }).waitFor();
  await page.getByText('Chart', { exact: true }).click();
  await page.locator('.panel .mark').first().waitFor();
  ok(!/bold|brackets/.test(await page.locator('.signs').innerText()), 'of what is in the table only');
  await page.goto(`${server.url}/indicators?lang=en&period=2014S1&vs=none&indicators=srb,births_total&by=township`);
  await page.locator('.result table tbody tr').nth(2).waitFor();
  equal(await axe(page), [], 'axe: table');
  await page.locator('thead button', { hasText: 'Births' }).click();
  await page.locator('thead button', { hasText: 'Births' }).click();
  const births = (await shown(page)).filter((_, i) => i % 2).map((one) => Number(one.replace(/\D/g, '')));
  equal(births, [...births].sort((a, b) => b - a), 'sorted by births, most first');
});

await test('keyboard: into the table once, arrows, Enter opens how it was made, Escape goes back', async () => {
  const page = await browser.page(server, wang, { at: '/indicators?lang=en&period=2014S1&indicators=srb,births_total&by=township', language: 'en' });
  await page.locator('button.figure').first().waitFor();
  equal(await page.locator('button.figure[tabindex="0"]').count(), 1, 'one number is on the way of Tab');
  await page.locator('button.figure[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  equal(await page.evaluate(() => document.activeElement?.dataset.at), '1 1', 'arrows move');
  await page.keyboard.press('Enter');
  await page.locator('aside.drawer', { hasText: 'Numerator' }).waitFor();
  equal(await axe(page), [], 'axe: the drawer');
  await page.keyboard.press('Escape');
  await page.locator('aside.drawer').waitFor({ state: 'detached' });
  equal(await page.evaluate(() => document.activeElement?.dataset.at), '1 1', 'and the focus is where it was');
});

await test('two directions, swapped; the language changes nothing but words', async () => {
  const page = await browser.page(server, wang, { at: '/indicators?period=2014S1&vs=none&indicators=births_total&by=quarter,birth_order' });
  await page.locator('.result table tbody tr').nth(1).waitFor();
  const before = await shown(page);
  const rows = await page.locator('.result tbody tr').count();
  await page.getByRole('button', { name: '行列互换' }).click();
  await until('swapped', async () => page.url().includes('birth_order%2Cquarter') || page.url().includes('birth_order,quarter'));
  await until('drawn', async () => (await page.locator('.result tbody tr').count()) === before.length / rows);
  const after = await shown(page);
  equal([...after].sort(), [...before].sort(), 'the same numbers');
  await page.getByRole('button', { name: /English|EN/ }).click();
  await until('English', async () => (await page.locator('h1').innerText()) === 'Indicators');
  equal(await shown(page), after, 'and still');
});

for (const [language, width] of [
  ['zh', 1440],
  ['en', 1440],
  ['zh', 360],
  ['en', 360],
])
  await test(`headings end where the numbers end, beside or above their intervals (${language}, ${width})`, async () => {
    for (const query of ['period=2014S1&indicators=srb,births_total,low_birth_weight&by=township', 'period=2014&indicators=srb&by=township,year&last=3']) {
      const page = await browser.page(server, wang, { at: `/indicators?lang=${language}&${query}`, language, width });
      await page.locator('.result tbody tr').nth(2).waitFor();
      const apart = () =>
        page.evaluate(() => {
          const right = (element) => {
            const range = document.createRange();
            range.selectNodeContents(element);
            return range.getBoundingClientRect().right;
          };
          const rows = [...document.querySelectorAll('.result tbody tr')];
          return [...document.querySelectorAll('.result .figure-head > span')].flatMap((head, c) =>
            rows.map((row) => Math.abs(right(row.children[c + 1].querySelector('button.figure > span')) - right(head))),
          );
        });
      // rows and widths settle when the page has time
      ok(await until('headings over numbers', async () => (await apart()).every((one) => one < 1.5), 20).catch(() => false), query, await apart());
      await page.context().close();
    }
  });

for (const [language, width, height] of [
  ['zh', 1280, 800],
  ['en', 360, 740],
])
  await test(`charts: a forest for places, a line for time, bars otherwise (${language}, ${width})`, async () => {
    const page = await browser.page(server, wang, { at: `/indicators?lang=${language}&period=2014S1&indicators=srb&by=township&view=chart`, language, width, height });
    await page.locator('.panel.forest .mark').nth(3).waitFor();
    ok((await page.locator('.panel.forest line.interval').count()) > 3, 'intervals are drawn');
    equal(await axe(page), [], 'axe: forest');
    await page.goto(`${server.url}/indicators?lang=${language}&period=2014&indicators=srb&by=month&view=chart`);
    await page.locator('.panel.line path.line').first().waitFor();
    ok((await page.locator('.panel.line path.band').count()) > 0, 'with a band');
    await page.goto(`${server.url}/indicators?lang=${language}&period=2014S1&indicators=births_total&by=birth_order&view=chart`);
    await page.locator('.panel.bars rect.bar').first().waitFor();
    await page.locator('.panel.bars .mark').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('aside.drawer h3').first().waitFor();
    ok(true, 'a bar opens how it was made');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    ok(wide <= 0, 'nothing sticks out', wide);
  });

await test('years beside each other: chosen, the server’s numbers with their sums, by link, in a file, on a dashboard', async () => {
  const page = await browser.page(server, wang, { at: '/indicators?lang=en&period=2014S1&vs=none&indicators=srb&by=township', language: 'en' });
  await page.locator('.result tbody tr').nth(2).waitFor();
  await page.locator('.axis-select', { hasText: 'Columns' }).locator('select').selectOption('year');
  await page.locator('.axis-select', { hasText: 'Time span' }).locator('select').selectOption({ label: 'Last 3 years' });
  await page.locator('.result thead', { hasText: /2012.*2013.*2014.*Together/s }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.result thead th').length === 5);
  const data = await figures('indicators=srb&period=2012..2014&by=township,year');
  const { figures: list, sums } = data.indicators[0];
  const say = (figure) => (figure.state === 'ok' ? figure.value.toFixed(1) : 'n/d');
  equal(
    (await shown(page)).map((one) => one.trim().replace(',', '')),
    sums.flatMap((sum, k) => [...list.slice(3 * k, 3 * k + 3), sum].map(say)),
    'each year and the sum',
  );
  ok((await page.locator('.signs').innerText()).includes('2014 is not over'), 'the year that is not over is told');
  await page.getByRole('button', { name: 'Download' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Table (CSV)' }).click()]);
  const csv = readFileSync(await file.path()).toString();
  ok(csv.includes(`Together,Sex ratio at birth,${sums[0].value}`), 'the file has the sum whole', csv.slice(0, 600));
  await page.locator('.result tbody tr').first().locator('button.figure').last().click();
  await page.locator('aside.drawer', { hasText: '2012–2014' }).locator('.made-sum').waitFor();
  equal(await page.locator('aside.drawer .made-sum dd').first().innerText(), String(sums[0].numerator), 'how the sum was made');
  await page.keyboard.press('Escape');
  const other = await browser.page(server, leader, { at: `${new URL(page.url()).pathname}${new URL(page.url()).search.replace('lang=en', 'lang=zh')}` });
  await other.locator('.result thead', { hasText: '合计' }).waitFor();
  equal(await shown(other).then((all) => all.length), sums.length * 4, 'the same table by its link, in Chinese');
  equal(await axe(other), [], 'axe: years');
  await page.getByText('Chart', { exact: true }).click();
  await page.locator('.panel.line .series').nth(1).waitFor();
  equal(await page.locator('.panel.line .series').first().locator('.mark').count() <= 3, true, 'a line of years, without the sum');
  await page.getByRole('button', { name: 'Save to a dashboard' }).click();
  await page.getByLabel('Name of the dashboard').fill('Years');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.toast', { hasText: 'Years' }).getByRole('button', { name: 'Open the dashboard' }).click();
  await page.locator('.board-panel', { hasText: 'Last 3 years' }).locator('.panel.line .series').nth(1).waitFor();
  ok(true, 'and on a dashboard');
  // who has one is asked which one the next is for
  await server.ask('DELETE', '/api/kept/dashboard/Years', undefined, await server.sign_in(wang));
});

await test('downloads: CSV, XLSX, SVG, PNG', async () => {
  const page = await browser.page(server, wang, { at: '/indicators?lang=en&period=2014S1&indicators=srb&by=township&view=chart', language: 'en' });
  await page.locator('.panel.forest .mark').first().waitFor();
  const take = async (name) => {
    await page.getByRole('button', { name: 'Download' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
    return readFileSync(await file.path());
  };
  const csv = (await take('Table (CSV)')).toString();
  const data = await figures('indicators=srb&period=2014S1&by=township');
  const known = data.indicators[0].figures.find((one) => one.state === 'ok');
  ok(csv.startsWith('\uFEFF') && csv.includes(String(known.value)), 'the CSV has the whole values');
  equal(csv.trim().split('\r\n').length, data.axes[0].buckets.length + 1, 'a line a figure');
  const [book] = await Promise.all([
    page.waitForResponse((one) => one.url().includes('format=xlsx')),
    take('Table (XLSX)').then((bytes) => equal(bytes.subarray(0, 2).toString(), 'PK', 'a workbook of the same')),
  ]);
  equal([new URL(book.url()).searchParams.get('by'), book.request().headers()['x-heng-language']], ['township', 'en'], 'as it is broken down, in its language');
  await page.route('**/api/figures?*format=xlsx*', (route) =>
    route.fulfill({ status: 413, json: { error: { code: 'limit', key: 'figures.many', where: 'by', text: 'more than 20000 figures', cure: 'fewer' } } }));
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('menuitem', { name: 'Table (XLSX)' }).click();
  await page.locator('.explorer-tools', { hasText: 'more than 20000 figures' }).waitFor();
  ok(true, 'what is too large for one is told');
  const svg = (await take('Chart (SVG)')).toString();
  ok(svg.includes('<svg') && svg.includes('stroke=') && !svg.includes('class='), 'the SVG carries its own colours');
  ok((await take('Chart (PNG)')).subarray(1, 4).toString() === 'PNG', 'a PNG');
});

await test('a dashboard: saved, shared, read by a leader, not hers to change', async () => {
  const page = await browser.page(server, wang, { at: '/indicators?lang=en&period=2014S1&indicators=srb&by=township&view=chart', language: 'en' });
  await page.getByRole('button', { name: 'Save to a dashboard' }).click();
  await page.getByLabel('Name of the dashboard').fill('Morning');
  await page.getByLabel('Let others see it too').check();
  equal(await axe(page), [], 'axe: save');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.toast', { hasText: 'Morning' }).getByRole('button', { name: 'Open the dashboard' }).click();
  await page.locator('.board-panel .mark').first().waitFor();
  equal(await axe(page), [], 'axe: dashboard');
  const other = await browser.page(server, leader, { at: '/indicators/dashboards?lang=en', language: 'en' });
  await other.locator('.boards a', { hasText: 'Morning' }).click();
  await other.locator('.board-panel .mark').first().waitFor();
  equal(await other.getByRole('button', { name: 'Delete the dashboard' }).count(), 0, 'she cannot delete it');
  await other.getByRole('button', { name: 'Save as a dashboard of mine' }).click();
  await other.locator('.toast', { hasText: 'Saved' }).waitFor();
  await page.getByRole('button', { name: 'Delete the dashboard' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Delete the dashboard' }).click();
  await page.locator('.toast', { hasText: 'deleted' }).waitFor();
  await until('the list', () => page.url().endsWith('/dashboards') || page.url().includes('/dashboards?'));
});

await test('a dashboard keeps what it is fixed to, and its link leads others to it and not to their own', async () => {
  const at = '/indicators?lang=en&period=2014S1&indicators=srb&by=township';
  const save = async (page, name, { shared, fixed, others }) => {
    await page.goto(`${server.url}${at}`);
    await page.locator('.result tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Save to a dashboard' }).click();
    if (others) await page.locator('dialog select').selectOption('');
    await page.getByLabel('Name of the dashboard').waitFor();
    await page.getByLabel('Name of the dashboard').fill(name);
    if (shared) await page.getByLabel('Let others see it too').check();
    if (fixed) await page.getByLabel(/^Always Qinghe/).check();
    await page.locator('dialog button[type=submit]').click();
    await page.locator('.toast', { hasText: name }).last().waitFor();
  };
  const page = await browser.page(server, admin, { language: 'en' });
  await save(page, 'County', { shared: true, fixed: true });
  const whose = await server.sign_in(admin);
  const kept = (await server.ask('GET', '/api/kept/dashboard', undefined, whose)).body.kept.find((one) => one.name === 'County');
  const county = (await server.ask('GET', '/api/areas', undefined, whose)).body.areas;
  ok(kept.value.panels[0].area !== '', 'the county is kept, though the address names none', JSON.stringify([kept.value, county.length]));
  await page.locator('.toast', { hasText: 'County' }).getByRole('button', { name: 'Open the dashboard' }).click();
  await page.locator('.board-panel', { hasText: 'Qinghe County' }).waitFor();
  ok(page.url().includes('who='), 'whose it is stands in the address', page.url());
  const link = page.url();

  const other = await browser.page(server, leader, { language: 'en' });
  await save(other, 'County', { shared: false, fixed: false, others: true });
  await other.goto(link);
  await other.getByText(`shared by ${admin.name}`).waitFor();
  ok(true, 'one with a dashboard of the same name sees the one of the link');
  const copy = other.getByRole('button', { name: 'Save as a dashboard of mine' });
  await copy.click();
  await until('the first copy', async () => (await server.ask('GET', '/api/kept/dashboard', undefined, await server.sign_in(leader))).body.kept.some((one) => one.mine && one.name === 'County (2)'));
  await other.reload();
  await copy.click();
  await until('the second copy beside the first', async () => (await server.ask('GET', '/api/kept/dashboard', undefined, await server.sign_in(leader))).body.kept.some((one) => one.mine && one.name === 'County (3)'));

  await page.getByRole('button', { name: 'Stop sharing' }).click();
  await page.getByRole('button', { name: 'Share', exact: true }).waitFor();
  await other.goto(link);
  await other.locator('.empty', { hasText: 'not shared with you' }).waitFor();
  equal(await axe(other), [], 'axe: not shared');
});

await test('a map: without boundaries it says so; with them it is drawn', async () => {
  const at = '/indicators?lang=en&period=2014S1&indicators=srb&by=township&view=map';
  const page = await browser.page(server, admin, { at, language: 'en' });
  await page.locator('.empty', { hasText: 'no boundaries' }).waitFor();
  const towns = (await figures('indicators=srb&period=2014S1&by=township')).axes[0].buckets.filter((one) => one.code);
  const features = towns.map(({ code }, i) => {
    const [x, y] = [112 + (i % 4) * 0.1, 36 + Math.floor(i / 4) * 0.1];
    return {
      type: 'Feature',
      properties: { code },
      geometry: { type: 'Polygon', coordinates: [[[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]]] },
    };
  });
  const put = await server.ask('PUT', '/api/areas/map', { type: 'FeatureCollection', features }, await server.sign_in(admin));
  ok(put.status < 300, 'boundaries are loaded', `${put.status} ${JSON.stringify(put.body)}`);
  await page.reload();
  await page.locator('.explorer-map .area').nth(towns.length - 1).waitFor();
  equal(await page.locator('.explorer-map .places li').count(), towns.length, 'the list beside it has every area');
  equal(await axe(page), [], 'axe: map');
  await page.locator('.explorer-map .places button').first().click();
  await page.locator('aside.drawer').waitFor();
});

await finish();
