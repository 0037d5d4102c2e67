// SPDX-License-Identifier: AGPL-3.0-or-later
// A birth typed from top to bottom without a mouse, in under 30 seconds; what the form says while it is typed.
import { drafted } from './device.mjs';
import { axe, equal, finish, go, note, ok, open_browser, open_server, rows_in, shot, sign_in, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const session = await server.sign_in(admin);
const browser = await open_browser();
const page = await browser.page(server, admin, { at: '/registers/births/new' });
const key = page.keyboard;

/** Fields of the form by name, as the screen shows them. */
const shown = (name) => page.locator(`[data-field="${name}"] input`).inputValue();
const chosen = (name) => page.locator(`[data-field="${name}"] [aria-selected=true]`).innerText();
const focused = () => page.evaluate(() => document.activeElement.closest('[data-field]')?.getAttribute('data-field'));
const said = (name) => page.locator(`[data-field="${name}"] .entry-problems`).innerText({ timeout: 3000 }).catch(() => '');

// A typist of 240 keys a minute, slow for somebody who does it all day.
const pause = 250;
let keys = 0;
async function type(text) {
  for (const one of text) {
    // Chinese comes from an input method: two letters and a space for a character.
    if (one.codePointAt(0) > 0x7f) {
      keys += 3;
      await page.waitForTimeout(3 * pause);
      await key.insertText(one);
    } else {
      keys++;
      await page.waitForTimeout(pause);
      await key.press(one === ' ' ? 'Space' : one);
    }
  }
}
async function press(name) {
  keys++;
  await page.waitForTimeout(pause);
  await key.press(name);
}
const rows_of = async (query) => rows_in((await server.ask('GET', `/api/registers/births/rows?${query}`, undefined, session)).body);

await test('the first row of the day: everything is typed', async () => {
  await until('the form', async () => (await focused()) === 'source');
  equal(await focused(), 'source', 'the form begins at its first empty field');
  await key.press('1');
  await key.press('Enter');
  equal(await focused(), 'certificate', 'Enter goes on');
  await key.type('K14');
  await key.press('Tab');
  ok(/10|数字/.test(await said('certificate')), 'a rule of the pack speaks at once, beside the field', await said('certificate'));
  await key.press('Shift+Tab');
  await key.type('K140000901');
  await key.press('Enter');
  equal(await said('certificate'), '', 'and is silent once it is right');
  await key.insertText('测小宝');
  await key.press('Enter');
  await key.press('n');
  ok((await chosen('sex')).includes('男'), 'a letter of pinyin chooses 男');
  await key.press('n');
  ok((await chosen('sex')).includes('女'), 'the same letter again goes on to 女');
  await key.press('m');
  ok((await chosen('sex')).includes('男'), 'the value chooses too');
  await key.press('Enter');
  await key.type('20140605');
  ok((await page.locator('[data-field="born_on"] .understood').innerText()).includes('2014年6月5日'), 'a loose date is read back in words');
  await key.press('Enter');
  equal(await shown('born_on'), '2014-06-05', 'and written in full');
  await key.press('1');
  await key.press('Enter');
  await key.press('1');
  await key.press('Enter');
  equal(await focused(), 'facility', 'then the facility');
  await until('the places', async () => {
    await key.press('Control+A');
    await key.type('rmyy');
    return (await page.locator('[data-field="facility"] [role=option]').count()) > 0;
  });
  await key.press('Enter');
  ok((await shown('facility')).includes('人民医院'), 'a facility by its pinyin initials', await shown('facility'));
  await key.type('99');
  await key.press('Enter');
  ok((await said('weight')).length > 0, 'a weight of 99 g is told to be wrong', await said('weight'));
  await key.press('ArrowUp');
  equal(await focused(), 'weight', 'the arrow goes back up');
  await key.type('3200');
  await key.press('ArrowDown');
  await key.insertText('王小芳');
  await key.press('Enter');
  await key.type('1990');
  await key.press('Enter');
  await key.type('zz9');
  await key.press('Tab');
  ok((await said('residence')).length > 0, 'no such place is said at once', await said('residence'));
  await key.press('Shift+Tab');
  const village = (await server.ask('GET', '/api/areas?deep=1', undefined, session)).body.areas.filter((one) => one.level === 'village').pop();
  await key.type(village.code);
  await key.press('Enter');
  equal(await shown('residence'), village.name, 'an area by its code');
  await key.type('6/8');
  await shot(page, 'entry-zh');
  await key.press('Control+Enter');
  await until('the row to be saved', async () => (await page.locator('.entered li').count()) === 1);
  const [row] = await rows_of('f.certificate=K140000901');
  equal(
    row && [row.values.sex, row.values.born_on, row.values.weight, row.values.residence, row.values.registered_on, row.source],
    ['m', '2014-06-05', '3200', village.code, '2014-06-08', 'hospital'],
    'the row is at the server as it was typed',
  );
  equal(row?.values.child_name, '测小宝', 'with its name');
});

await test('what is typed into is never under the line of buttons', async () => {
  for (const [width, height] of [
    [1366, 640],
    [360, 740],
  ]) {
    const low = await browser.page(server, admin, { at: '/registers/births/new', width, height });
    await low.locator('[data-field="source"] input').focus();
    await low.keyboard.press('1');
    const under = () =>
      low.evaluate(() => {
        const field = document.activeElement.closest('[data-field]');
        const [box, foot] = [field, document.querySelector('.entry-foot')].map((one) => one?.getBoundingClientRect());
        return box && box.bottom > foot.top + 1 ? field.getAttribute('data-field') : '';
      });
    for (const key of ['Enter', 'Shift+Tab'])
      for (let i = 0; i < 12; i++) {
        await low.keyboard.press(key);
        // The line of what is wrong comes a moment later.
        const found = await until('the field in sight', async () => !(await under()), 5).catch(() => false);
        if (!found) ok(false, `${key} at ${width}`, await under());
      }
    equal(
      await low.evaluate(() => document.activeElement.closest('[data-field]')?.getAttribute('data-field')),
      'source',
      `${width}: down and up`,
    );
    await low.context().close();
  }
});

await test('a birth without a mouse in under 30 seconds', async () => {
  await until('an empty form', async () => (await shown('certificate')) === '');
  equal(await focused(), 'certificate', 'the next row begins where something is to be typed');
  ok((await shown('facility')).includes('人民医院'), 'the facility is kept for the next row');
  ok((await shown('residence')).length > 0, 'and the area');
  ok((await chosen('source')).length > 0, 'and the source');
  keys = 0;
  const begun = Date.now();
  await type('K140000902');
  await press('Enter');
  await type('林小雨');
  await press('Enter');
  await press('f');
  await press('Enter');
  await type('6/9');
  await press('Enter');
  await press('2');
  await press('Enter');
  await press('1');
  await press('Enter');
  await press('Enter'); // the facility as it is
  await type('3150');
  await press('Enter');
  await type('王芳');
  await press('Enter');
  await type('1988');
  await press('Enter');
  await press('Enter'); // the residence as it is
  await type('t');
  await press('Control+Enter');
  await until('the second row to be saved', async () => (await page.locator('.entered li').count()) === 2);
  const seconds = (Date.now() - begun) / 1000;
  note(`${keys} key strokes, ${seconds.toFixed(1)} s at 240 keys a minute`);
  ok(seconds < 30, `${seconds.toFixed(1)} s, under 30`);
  ok(keys < 90, `${keys} key strokes, under 90`);
  const [row] = await rows_of('f.certificate=K140000902');
  equal(row && [row.values.sex, row.values.born_on, row.values.birth_order, row.values.registered_on], ['f', '2014-06-09', 'second', '2014-07-20'], 'and it is right');
});

await test('what is missing keeps the row from being saved, and says where', async () => {
  await key.press('Control+Enter');
  equal(await focused(), 'sex', 'the first field that is needed has the focus');
  ok((await said('sex')).includes('必填'), 'and says so');
  ok((await said('born_on')).includes('必填'), 'the others say it too');
});

await test('a possible duplicate stands beside the form', async () => {
  await page.locator('[data-field="certificate"] input').focus();
  for (const text of ['K140000912', '测小宝']) {
    await key.insertText(text);
    await key.press('Enter');
  }
  await key.press('m');
  await key.press('Enter');
  await key.type('20140605');
  await key.press('Enter');
  await page.locator('[data-field="mother_name"] input').focus();
  await key.insertText('王小芳');
  await key.press('Enter');
  await key.type('1990');
  await key.press('Enter');
  await page.locator('.alike-rows').waitFor();
  const text = await page.locator('.alike-rows').innerText();
  ok(text.includes('测小宝'), 'it names the row that is alike', text);
  const marked = await page.locator('.alike-rows mark').allInnerTexts();
  ok(marked.includes('0') || marked.includes('1'), 'the character in which the numbers differ is marked', JSON.stringify(marked));
  await shot(page, 'entry-alike-zh');
  equal(await axe(page), [], 'axe finds nothing serious');
});

await test('a draft is there again after a reload', async () => {
  await drafted(page);
  await page.reload();
  await until('the draft', async () => (await shown('certificate').catch(() => '')) === 'K140000912');
  ok((await page.locator('.entry-foot').innerText()).includes('已恢复'), 'and says so');
  await page.locator('.entry-foot .link').first().click();
  await until('an empty form', async () => (await shown('certificate')) === '');
});

await test('what is typed is kept also where a reload cut off the opening of the device at the log-in', async () => {
  const { page: cut, context } = await browser.context();
  await cut.route('**/api/kept/device**', () => {}); // no answer before the reload
  await sign_in(cut, server, admin);
  equal(await cut.evaluate(() => indexedDB.databases().then((all) => all.length)), 1, 'it was begun');
  await cut.unroute('**/api/kept/device**');
  await go(cut, server, '/registers/births/new');
  await cut.locator('[data-field="certificate"] input').fill('K140000955');
  await drafted(cut);
  await cut.reload();
  await until('the draft', async () => (await cut.locator('[data-field="certificate"] input').inputValue().catch(() => '')) === 'K140000955');
  ok(true, 'and is there after the next reload');
  await context.close();
});

await test('English, narrow', async () => {
  const narrow = await browser.page(server, admin, { at: '/registers/births/new', language: 'en', width: 360, height: 740 });
  await narrow.locator('[data-field="born_on"] input').focus();
  await narrow.keyboard.type('2014-13-01');
  await narrow.keyboard.press('Tab');
  ok((await narrow.locator('[data-field="born_on"] .entry-problems').innerText()).includes('No such day'), 'errors are English');
  const wide = await narrow.evaluate(() => document.documentElement.scrollWidth);
  ok(wide <= 360, `nothing is wider than the screen (${wide})`);
  await shot(narrow, 'entry-en-360');
  equal(await axe(narrow), [], 'axe finds nothing serious');
  await narrow.context().close();
});

await test('what is to be looked at of a saved row is said, each once; the source that is missing too', async () => {
  await go(page, server, '/registers/births/new');
  await page.locator('#new-source').waitFor();
  await page.locator('#new-source').focus();
  await key.press('Delete');
  await key.press('Control+Enter');
  ok((await page.locator('[data-field="source"]').innerText()).includes('请选择这一行来自哪里'), 'the source is asked for');
  await key.press('1');
  const village = (await server.ask('GET', '/api/areas?deep=1', undefined, session)).body.areas.filter((one) => one.level === 'village').pop();
  await page.locator('#new-child_name').fill('柯留意');
  await page.locator('#new-sex').focus();
  await key.press('1');
  await page.locator('#new-born_on').fill('2014-06-11');
  await page.locator('#new-weight').fill('450');
  await page.locator('#new-residence').fill(village.name);
  await page.locator('[data-field="residence"] [role=option]', { hasText: village.code }).click();
  await key.press('Control+Enter');
  await page.locator('.toast', { hasText: '请留意' }).waitFor();
  const toast = await page.locator('.toast', { hasText: '请留意' }).innerText();
  ok(toast.includes('出生体重：'), 'with the field', toast);
  const line = await page.locator('.entered li', { hasText: '柯留意' }).innerText();
  equal(line.split('出生体重异常').length - 1, 1, 'it stays in the list of what was entered', line);
});

await test('Ctrl+Enter on a button saves too; a row that the list does not show is told as saved', async () => {
  await go(page, server, '/registers/births/new');
  await page.locator('#new-source').waitFor();
  const fill = async (name, born) => {
    await page.locator('#new-source').focus();
    await key.press('1');
    await page.locator('#new-child_name').fill(name);
    await page.locator('#new-sex').focus();
    await key.press('1');
    await page.locator('#new-born_on').fill(born);
    await page.locator('#new-residence').fill(village.name);
    await page.locator('[data-field="residence"] [role=option]', { hasText: village.code }).waitFor();
    await page.locator('[data-field="residence"] [role=option]', { hasText: village.code }).click();
  };
  const village = (await server.ask('GET', '/api/areas?deep=1', undefined, session)).body.areas.filter((one) => one.level === 'village').pop();
  const many = await page.locator('.entered li').count();
  await fill('柯按钮', '2014-06-11');
  await page.locator('button[data-last]').focus();
  await key.press('Control+Enter');
  await until('one more', async () => (await page.locator('.entered li').count()) === many + 1);
  ok((await page.locator('.entered').innerText()).includes('柯按钮'), 'saved from the button');
  await until('an empty form', async () => (await shown('child_name')) === '');
  await fill('柯列表外', '2014-07-15');
  await page.locator('form.entry button[type=submit]').click();
  await page.locator('.toast', { hasText: '列表中看不到这一行' }).waitFor();
  equal((await rows_of(`q=${encodeURIComponent('柯列表外')}`)).length, 1, 'it is there all the same');
  await page.locator('.toast', { hasText: '列表中看不到这一行' }).getByRole('button', { name: '打开这一行' }).click();
  await page.locator('.panel-frame, form.entry', { hasText: '居住地' }).first().waitFor();
  ok(/births\/\d+/.test(page.url()), 'and opens from the notice');
});

await finish();
