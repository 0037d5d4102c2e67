// SPDX-License-Identifier: AGPL-3.0-or-later
// The years ahead, as a planner uses them: read, played, supposed otherwise, sent as a link, taken along as files.
import { readFileSync } from 'node:fs';
import { axe, equal, finish, ok, open_browser, open_server, shot, test, until } from './harness.mjs';
import { overflow } from './pages.mjs';

const server = await open_server();
const admin = await server.first_account();
const wang = await server.account(admin, 'wang', [{ role: 'statistician', area: '', until: null }]);
const session = await server.sign_in(wang);
const ahead = async (query = '') => (await server.ask('GET', `/api/projections/county?${query}`, undefined, session)).body;
const plain = await ahead();
const line = (of, name) => of.find((one) => one.name === name).values;
const number = (value, decimals = 0) =>
  value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const last = plain.years[plain.years.length - 1];
const browser = await open_browser();
const ready = (page) => page.locator('.drawing.pyramid svg').waitFor();
const year = (page) => page.locator('.year-now').innerText();

await test('what stands out, the pyramid, the fans, the needs: figures are the server’s', async () => {
  const page = await browser.page(server, wang, { at: '/today?lang=en', language: 'en' });
  await page.locator('nav.pages a', { hasText: 'Years ahead' }).click();
  await ready(page);
  equal(await page.locator('h1').innerText(), 'Years ahead', 'from the menu');
  const all = line(plain.figures, 'all');
  const note = await page.locator('.early-warning').innerText();
  ok(note.includes(plain.note[0].text.en), 'the first sentence of the note', note);
  equal(await page.locator('.early-warning li.warns').count(), plain.note.filter((one) => one.warns).length, 'as many warnings');
  const words = `${last}: ${number(all.at(-1)[2])} (95% interval ${number(all.at(-1)[0])} to ${number(all.at(-1)[4])})`;
  equal(await page.locator('.panel-section', { hasText: 'Population' }).nth(1).locator('.hint').innerText(), words, 'the year in words');
  equal(await page.locator('.drawing.pyramid rect.boys').count(), plain.ages.length, 'a bar for each group of ages');
  equal(await page.locator('.drawing.pyramid path.then').count(), 2, 'and the outline of now on both sides');
  ok((await page.locator('.drawing.pyramid line.interval').count()) > plain.ages.length, 'with intervals at their ends');
  equal(await page.locator('.drawing.fan path.band').count(), 4, 'two fans of two bands');
  const born = line(plain.needs, 'births a year');
  const cell = page.locator('tr', { hasText: 'Births a year' }).locator('td').last();
  equal(await cell.innerText(), `${number(born.at(-1)[2])} (${number(born.at(-1)[1])}–${number(born.at(-1)[3])})`, 'a need with its interval');
  ok((await page.locator('.basis-section').innerText()).includes(`${number(plain.basis.tfr.value, 2)} (${number(plain.basis.tfr.low, 2)}`), 'what it stands on');
  equal(await axe(page), [], 'axe');
  await shot(page, 'ahead-en');
  await page.getByRole('button', { name: 'What it stands on' }).click();
  await page.locator('aside.drawer', { hasText: 'Cohort components' }).waitFor();
  equal(await axe(page), [], 'axe: the drawer');
  await page.keyboard.press('Escape');
  await page.locator('aside.drawer').waitFor({ state: 'detached' });
});

await test('it plays, pauses and stops at the end; the year goes along', async () => {
  const page = await browser.page(server, wang, { at: `/ahead?lang=en&year=${plain.years[0]}`, language: 'en' });
  await ready(page);
  equal(await year(page), `End of ${plain.years[0]}`, 'the year of the address');
  const bar = page.locator('.drawing.pyramid rect.boys').nth(8);
  const before = await bar.getAttribute('width');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await until('years to pass', async () => Number((await year(page)).slice(-4)) >= plain.years[0] + 2);
  ok((await bar.getAttribute('width')) !== before, 'bars move');
  await page.getByRole('button', { name: 'Pause' }).click();
  const paused = await year(page);
  await page.waitForTimeout(900);
  equal(await year(page), paused, 'it stands still');
  await until('the address', () => page.url().includes(`year=${paused.slice(-4)}`));
  ok((await page.locator('.fan').first().locator('xpath=following-sibling::p').innerText()).startsWith(paused.slice(-4)), 'the fan is in the same year');
  await page.locator('.years input').fill(String(plain.years.length - 3));
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await page.getByRole('button', { name: 'Play again' }).waitFor();
  equal(await year(page), `End of ${last}`, 'it stops at the end');
  await page.locator('.drawing.fan').first().locator('rect.reach').nth(3).click({ position: { x: 1, y: 60 } });
  await until('a click in a fan to choose the year', async () => (await year(page)) === `End of ${plain.years[3]}`);
});

await test('where motion is not wanted it goes by five years', async () => {
  const page = await browser.page(server, wang, { at: `/ahead?lang=en&year=${plain.years[0]}`, language: 'en', reducedMotion: 'reduce' });
  await ready(page);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const seen = new Set();
  await until('two steps', async () => seen.add(Number((await year(page)).slice(-4))) && seen.size >= 3);
  equal([...seen], [0, 5, 10].map((one) => plain.years[0] + one), 'and nothing between');
});

await test('by keyboard alone: years, play, a choice, the table', async () => {
  const page = await browser.page(server, wang, { at: '/ahead?lang=en', language: 'en' });
  await ready(page);
  await page.locator('.years input').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  equal(await year(page), `End of ${last - 2}`, 'arrows choose the year');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Play again' }).waitFor();
  equal(await year(page), `End of ${last}`, 'space plays');
  await page.getByLabel('Children a woman').focus();
  await page.keyboard.type('2.1');
  await page.keyboard.press('Enter');
  await page.locator('.changed-choices', { hasText: '2.1' }).waitFor();
  const supposed = await ahead('tfr=2.1');
  const words = number(line(supposed.figures, 'all').at(-1)[2]);
  await until('the figures of it', async () => (await page.locator('.early-warning .first').innerText()).includes(`it will have ${words} (`));
  await page.locator('.pyramid-panel').getByRole('button', { name: 'Show as a table' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.pyramid-panel tbody tr').first().waitFor();
  equal(await page.locator('.pyramid-panel tbody tr').count(), plain.ages.length, 'the pyramid as a table');
  equal(await axe(page), [], 'axe: table');
});

await test('what if: 106 from a year on, in the address, beside the same without it', async () => {
  const page = await browser.page(server, wang, { at: '/ahead?lang=en', language: 'en' });
  await ready(page);
  const field = page.getByRole('textbox', { name: '106 boys to 100 girls from year' });
  await field.fill('1900');
  ok(/A number from \d{4} to \d{4}/.test(await page.locator('.what-if .fault').innerText()), 'a year before the count is refused beside its field');
  await field.fill('2020');
  await until('the address', () => page.url().includes('normal=2020'));
  await page.locator('h2', { hasText: 'What 106 would change' }).waitFor();
  const data = await ahead('normal=2020');
  const rows = page.locator('tr', { hasText: 'Sex ratio at birth' });
  const [low, middle, high] = [1, 2, 3].map((k) => number(line(data.figures, 'boys_born').at(-1)[k], 1));
  equal(await rows.nth(1).locator('td').last().innerText(), `${middle} (${low}–${high})`, 'with it');
  equal((await rows.nth(0).locator('td').last().innerText()).split(' ')[0], number(line(data.without, 'boys_born').at(-1)[2], 1), 'and without');
  ok((await page.locator('.drawing.fan path.before').count()) === 2, 'the broken lines of the same without it');
  equal(await axe(page), [], 'axe');
  await page.getByLabel('Figure', { exact: true }).selectOption('suitors');
  await until('the figure in the address', () => page.url().includes('figure=suitors'));
  // the link as another opens it
  const other = await browser.page(server, admin, { at: '/today?lang=en', language: 'en' });
  await other.goto(page.url());
  await ready(other);
  equal(await other.getByRole('textbox', { name: '106 boys to 100 girls from year' }).inputValue(), '2020', 'a link carries the choice');
  equal(await other.getByLabel('Figure', { exact: true }).inputValue(), 'suitors', 'and the figure');
  await other.getByRole('button', { name: 'Back to now', exact: true }).click();
  await until('nothing to be supposed', () => !other.url().includes('normal='));
  equal(await other.getByRole('textbox', { name: '106 boys to 100 girls from year' }).inputValue(), '', 'and the field is empty');
  await other.goBack();
  await until('back', async () => (await other.getByRole('textbox', { name: '106 boys to 100 girls from year' }).inputValue()) === '2020');
});

await test('Chinese on a phone: nothing sticks out, the same figures', async () => {
  const page = await browser.page(server, wang, { at: '/ahead?normal=2020', width: 360, height: 740 });
  await ready(page);
  equal(await page.locator('h1').innerText(), '未来人口', 'the title');
  const data = await ahead('normal=2020');
  ok((await page.locator('.early-warning').innerText()).includes(data.note[0].text.zh), 'the note');
  equal(await overflow(page), [], 'within the page');
  equal(await axe(page), [], 'axe');
  ok(!/[A-Za-z]{5,}/.test((await page.locator('main').innerText()).replace(/XLSX/g, '')), 'no English is left', await page.locator('main').innerText());
  await shot(page, 'ahead-zh-narrow');
});

await test('files: PDF, XLSX, tables', async () => {
  const page = await browser.page(server, wang, { at: '/ahead?lang=en', language: 'en' });
  await ready(page);
  const take = async (press) => {
    const [file] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), press()]);
    return readFileSync(await file.path());
  };
  equal((await take(() => page.getByRole('button', { name: /PDF/ }).click())).subarray(0, 5).toString(), '%PDF-', 'a PDF');
  equal((await take(() => page.getByRole('button', { name: /XLSX/ }).click())).subarray(0, 2).toString(), 'PK', 'a workbook');
  const panel = page.locator('.pyramid-panel');
  await panel.getByRole('button', { name: 'Download' }).click();
  const csv = (await take(() => page.getByRole('menuitem', { name: 'Table (CSV)' }).click())).toString().trim().split('\r\n');
  equal(csv.length, 1 + 2 * plain.ages.length * plain.years.length, 'a line for each sex, group and year');
  ok(csv[1].startsWith(`female,0–4,${plain.years[0]},`), 'with its year', csv[1]);
});

await test('the area at the top; one that is not hers; a pack without projections', async () => {
  const towns = (await server.ask('GET', '/api/overview?period=2014S1', undefined, session)).body.children.buckets.map((one) => one.code);
  const page = await browser.page(server, wang, { at: `/ahead?lang=en&area=${towns[0]}`, language: 'en' });
  const its = await ahead(`area=${towns[0]}`);
  if (its.error) {
    await page.locator('.empty').waitFor();
    ok((await page.locator('.empty').innerText()).includes(its.error.text), 'why a township has none', its.error.text);
  } else {
    await ready(page);
    ok((await page.locator('.lead').innerText()).startsWith(its.area.label.en), 'the township');
  }
  const head = await server.account(admin, 'zhou', [{ role: 'leader', area: towns[0], until: null }]);
  const other = await browser.page(server, head, { at: `/ahead?lang=en&area=${towns[1]}`, language: 'en' });
  await other.locator('.problem').waitFor();
  ok((await other.locator('.problem').innerText()).includes('among yours'), 'another township is not hers');
  await other.getByRole('button', { name: 'Show my own area' }).click();
  await other.locator('.problem').waitFor({ state: 'detached' });
  ok(!other.url().includes('area='), 'her own is a click away', other.url());
  const none = await browser.page(server, wang, { language: 'en' });
  await none.route('**/api/projections', (one) => one.fulfill({ json: { projections: [] } }));
  await none.goto(`${server.url}/ahead?lang=en`);
  await none.locator('.empty', { hasText: 'no projection' }).waitFor();
  equal(await axe(none), [], 'axe: none');
});

await finish();
