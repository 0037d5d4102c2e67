// SPDX-License-Identifier: AGPL-3.0-or-later
// The list of a register: filters, search, sorting, pages, views; a row with its history; two people on one row; strike and undo.
import { axe, equal, finish, go, ok, open_browser, open_server, rows_in, shot, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const session = await server.sign_in(admin);
const browser = await open_browser();
const page = await browser.page(server, admin, { at: '/registers/births' });
const api = '/api/registers/births/rows';
const ask = async (query) => (await server.ask('GET', `${api}?${query}`, undefined, session)).body;
const list = page.locator('.register-list-side');
const count = () => list.locator('.count-line').innerText();
const number = (text) => Number(text.replace(/[,，\s]/g, ''));
/** The first number of the line; null while it is being counted. */
const rows_shown = async () => {
  const found = /[\d,]+/.exec(await count());
  return found && number(found[0]);
};
const settled = async () => {
  await page.waitForTimeout(150);
  await until('the list', async () => (await list.locator('.count-line').innerText()).match(/\d/) && !(await list.locator('.table.stale').count()));
};

await test('the list obeys the period of the frame, and the count tells the truth', async () => {
  await settled();
  const all = (await ask('count=1&limit=1')).count;
  const half = (await ask('count=1&limit=1&f.born_on=2014-01-01..2014-06-30')).count;
  const [shown, whole] = (await count()).match(/[\d,]+/g).map(number);
  equal([shown, whole], [half.shown, all.all], 'rows of the half-year of all rows');
  await page.getByRole('button', { name: '不按顶部的时段筛选' }).click();
  await until('all rows', async () => (await rows_shown()) === all.all);
  ok(page.url().includes('wide=period'), 'the view is in the address');
  // A long table grows by thirty rows a frame.
  await until('a page of rows', async () => (await list.locator('tbody tr').count()) >= 50);
  equal(await list.locator('tbody tr').count(), 50, 'a page has 50 rows');
  const height = await list.locator('tbody tr').nth(3).evaluate((row) => row.getBoundingClientRect().height);
  ok(height >= 32 && height <= 33, `a row is 32 px high (${height})`);
  await shot(page, 'registers-zh');
});

await test('pages by cursor, there and back', async () => {
  await settled();
  const first = await list.locator('tbody th').first().innerText();
  await page.getByRole('button', { name: '下一页' }).click();
  await until('the second page', async () => (await list.locator('tbody th').first().innerText()) !== first);
  ok((await list.locator('.pager').innerText()).includes('51'), 'it says from which row on');
  await page.getByRole('button', { name: '上一页' }).click();
  await until('the first page', async () => (await list.locator('tbody th').first().innerText()) === first);
  ok(true, 'the first page is there again');
});

await test('a filter for every kind of field', async () => {
  const filter = async (name, fill) => {
    await page.getByRole('button', { name: '筛选', exact: true }).click();
    await page.getByPlaceholder('查找项目').fill(name);
    await page.keyboard.press('Enter');
    await fill(page.locator('.filter-editor'));
    await settled();
  };
  await filter('性别', async (box) => {
    await box.getByLabel('男').check();
    await box.getByRole('button', { name: '应用' }).click();
  });
  await filter('出生体重', async (box) => {
    await box.locator('input').nth(0).fill('２,０００');
    await box.locator('input').nth(1).fill('2499');
    await page.keyboard.press('Enter');
  });
  await filter('出生日期', async (box) => {
    await box.locator('input').nth(0).fill('2013年1月1日');
    await box.locator('input').nth(1).fill('20131231');
    await page.keyboard.press('Enter');
  });
  const township = (await server.ask('GET', '/api/areas?deep=1', undefined, session)).body.areas.find((one) => one.level === 'township');
  await filter('居住地', async (box) => {
    await box.locator('input').first().fill(township.code);
    await page.locator('[role=option]', { hasText: township.name }).first().waitFor();
    await page.keyboard.press('Tab');
    await box.getByRole('button', { name: '应用' }).click();
  });
  const address = new URL(page.url()).searchParams;
  equal(
    ['f.sex', 'f.weight', 'f.born_on', 'f.residence'].map((one) => address.get(one)),
    ['m', '2000..2499', '2013-01-01..2013-12-31', township.code],
    'the filters stand in the address as the API takes them',
  );
  const query = 'count=1&limit=1&f.sex=m&f.weight=2000..2499&f.born_on=2013-01-01..2013-12-31';
  const expected = (await ask(`${query}&f.residence=${township.code}`)).count.shown;
  ok((await rows_shown()) === expected, 'the count is that of the server', `${await count()}, ${expected}`);
  await page.reload();
  await settled();
  equal(await page.locator('.filter-chip').count(), 5, 'a reload keeps the four filters, and the offer to obey the period again');
  await page.getByRole('button', { name: '全部清除' }).first().click();
  await settled();
  ok(!page.url().includes('f.sex'), 'cleared');
});

await test('search by name, two characters or initials', async () => {
  const one = rows_in(await ask('limit=1&f.child_name=notnull'))[0];
  const name = one.values.child_name;
  await page.getByLabel('全文查找').fill(name);
  await until('rows of the name', async () => (await list.locator('tbody tr').count()) > 0 && (await list.locator('tbody th').first().innerText()).includes(name));
  ok(true, 'a name is found');
  await page.getByLabel('全文查找').fill('没有这个名字的人');
  await until('nothing', () => list.locator('.empty').isVisible());
  ok((await list.locator('.empty').innerText()).includes('放宽'), 'an empty list says what to do');
  await list.locator('.empty').getByRole('button').click();
  await settled();
});

await test('sorting, columns and a saved view', async () => {
  await list.locator('thead').getByRole('button', { name: '孩次' }).click();
  await settled();
  ok(page.url().includes('sort=birth_order'), 'a heading sorts');
  await page.getByRole('button', { name: '列', exact: true }).click();
  await page.locator('.column-list').getByLabel('母亲姓名').check();
  await page.keyboard.press('Escape');
  await settled();
  ok((await list.locator('thead').innerText()).includes('母亲姓名'), 'a column is added');
  await page.getByRole('button', { name: '视图' }).click();
  await page.getByLabel('视图名称').fill('轻的');
  await page.keyboard.press('Enter');
  await page.locator('.toast').waitFor();
  await go(page, server, '/registers/births');
  await page.getByRole('button', { name: '视图' }).click();
  await page.locator('.views li button').first().click();
  await settled();
  ok(page.url().includes('sort=birth_order') && (await list.locator('thead').innerText()).includes('母亲姓名'), 'the view brings sorting and columns back');
});

await test('a view is renamed, is replaced only when that is said, and brings back what of the frame it does not obey', async () => {
  const views = page.locator('.views');
  const open = async () => {
    await page.getByRole('button', { name: '视图' }).click();
    await views.locator('li').first().waitFor();
  };
  await go(page, server, '/registers/births?wide=period&f.weight=notnull');
  await settled();
  await open();
  await page.getByLabel('视图名称').fill('轻的');
  ok(await views.getByRole('button', { name: '替换同名视图' }).isVisible(), 'a name that is there is replaced by a button that says so');
  await page.getByLabel('视图名称').fill('全部年份');
  await views.getByLabel('与同事共用').check();
  await page.keyboard.press('Enter');
  await views.waitFor({ state: 'detached' });
  await open();
  ok(!(await views.getByLabel('与同事共用').isChecked()), 'the next view is nobody else’s unless that is said again');
  await views.getByRole('button', { name: '改名或改共用：“全部年份”' }).click();
  await until('the name to be marked', () => page.evaluate(() => document.activeElement?.value === '全部年份'));
  await page.keyboard.type('轻的');
  ok((await views.innerText()).includes('您已有同名的视图'), 'no other view is replaced by a new name');
  await page.getByLabel('视图名称').fill('历年');
  await page.keyboard.press('Enter');
  await views.waitFor({ state: 'detached' });
  const { kept } = (await server.ask('GET', '/api/kept/view', undefined, session)).body;
  equal(
    kept.map((one) => [one.name, one.shared]).sort(),
    [
      ['births:历年', true],
      ['births:轻的', false],
    ],
    'the same view under its new name, as shared as before',
  );
  await go(page, server, '/registers/births');
  await settled();
  await open();
  await views.getByRole('button', { name: '历年', exact: false }).first().click();
  await settled();
  const address = new URL(page.url()).searchParams;
  equal([address.get('wide'), address.get('f.weight')], ['period', 'notnull'], 'all its years are there again');
});

await test('a filter by the keyboard alone', async () => {
  await go(page, server, '/registers/births');
  await settled();
  await page.getByRole('button', { name: '筛选', exact: true }).focus();
  const keys = page.keyboard;
  await keys.press('Enter');
  await until('the fields', () => page.evaluate(() => document.activeElement?.placeholder === '查找项目'));
  await keys.insertText('出生体重');
  await keys.press('Enter');
  await until('the first end to have the focus', () => page.evaluate(() => Boolean(document.activeElement?.closest('.range-end'))));
  await keys.type('500');
  await keys.press('Tab');
  await keys.type('2499');
  await keys.press('Enter');
  await settled();
  equal(new URL(page.url()).searchParams.get('f.weight'), '500..2499', 'both ends are filtered by');
});

await test('what is printed: a list with what it was narrowed to, a row without what is there to be chosen', async () => {
  await go(page, server, '/registers/births?wide=period&f.sex=m');
  await settled();
  ok((await list.locator('thead').innerText()).includes('数据来源'), 'a list of several sources names them');
  const printed = list.locator('p.printed');
  ok(!(await printed.isVisible()), 'on the screen the pager says it');
  await page.emulateMedia({ media: 'print' });
  const words = await printed.innerText();
  ok(words.includes('不限时段') && words.includes('第1–50行'), 'which rows of which time', words);
  ok(await list.locator('.filter-chip', { hasText: '性别' }).isVisible(), 'and the filter');
  ok(!(await list.getByRole('button', { name: '筛选', exact: true }).isVisible()), 'but no button');
  await page.emulateMedia({ media: 'screen' });
  await list.locator('tbody tr').first().click();
  const sex = page.locator('.row-panel [data-field="sex"] .pick');
  await sex.first().waitFor();
  const many = await sex.count();
  await page.emulateMedia({ media: 'print' });
  const seen = [];
  for (let i = 0; i < many; i++) if (await sex.nth(i).isVisible()) seen.push(await sex.nth(i).innerText());
  equal([many > 1, seen], [true, ['男']], 'of the codes the chosen one, without its key');
  ok(await page.locator('.row-panel .entry-foot small').isVisible(), 'and who saved it');
  await page.emulateMedia({ media: null });
});

await test('a row by the keyboard: form, correction with its reason, history', async () => {
  await go(page, server, '/registers/births?wide=period&sort=-born_on');
  await settled();
  await list.locator('tbody tr').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const panel = page.locator('.row-panel');
  await panel.locator('[data-field="weight"] input').waitFor();
  ok(await list.locator('tbody tr.selected').isVisible(), 'the list stays, the row is marked');
  await panel.locator('[data-field="weight"] input').fill('3333');
  await page.keyboard.press('Control+Enter');
  ok((await panel.innerText()).includes('请写明更正原因'), 'a correction needs a reason');
  await page.keyboard.insertText('与出生证明核对');
  await page.keyboard.press('Enter');
  await page.locator('.toast').first().waitFor();
  await panel.getByRole('tab', { name: '历史' }).click();
  await panel.locator('.event').first().waitFor();
  const event = await panel.locator('.event').first().innerText();
  ok(/更正/.test(event) && event.includes('与出生证明核对') && event.includes('3333') && event.includes('出生体重'), 'the history says what, why, before and after', event);
  ok(event.includes('lin'), 'and who');
  await shot(page, 'registers-history-zh');
  equal(await axe(page), [], 'axe finds nothing serious');
  await page.keyboard.press('Escape');
  await until('the panel to close', async () => (await panel.count()) === 0);
  await until('the focus to be in the list again', () => page.evaluate(() => document.activeElement.tagName === 'TR'));
  ok(true, 'the focus is in the list again');
});

await test('two people on one row: both versions side by side', async () => {
  const row = rows_in(await ask('limit=1&f.weight=notnull&sort=-born_on'))[0];
  await go(page, server, `/registers/births/${row.id}`);
  const panel = page.locator('.row-panel');
  await panel.locator('[data-field="weight"] input').fill('2900');
  await panel.locator('[data-field="mother_birth_year"] input').fill('1989');
  const theirs = await server.ask('PATCH', `${api}/${row.id}`, { version: row.version, values: { weight: '3100', mother_birth_year: '1987' }, reason: 'elsewhere' }, session);
  equal(theirs.status, 200, 'somebody else was faster');
  await panel.locator('.entry-reason input').fill('核对');
  await page.keyboard.press('Enter');
  await panel.locator('.conflict').waitFor();
  const text = await panel.locator('.conflict').innerText();
  ok(['2900', '3100', '1989', '1987'].every((one) => text.includes(one)), 'both versions of both fields are shown', text);
  await shot(page, 'registers-conflict-zh');
  await panel.locator('.conflict tr', { hasText: '出生体重' }).locator('input[type=radio]').nth(1).check();
  await panel.getByRole('button', { name: '按选择保存' }).click();
  await until('the choice to be saved', async () => (await panel.locator('.conflict').count()) === 0);
  const now = (await server.ask('GET', `${api}/${row.id}`, undefined, session)).body;
  equal([now.values.weight, now.values.mother_birth_year], ['3100', '1989'], 'each field is as it was chosen');
});

await test('Escape in a question closes the question, not the row under it', async () => {
  const row = rows_in(await ask('limit=1&sort=-born_on'))[0];
  await go(page, server, `/registers/births/${row.id}`);
  await page.locator('form.entry').getByRole('button', { name: '作废' }).click();
  await page.locator('dialog[open] input').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  ok(page.url().includes(row.id) && (await page.locator('form.entry').isVisible()), 'the row is still open');
  equal(await page.evaluate(() => document.activeElement.textContent), '作废', 'and the focus is on the button that asked');
});

await test('strike and undo', async () => {
  await go(page, server, '/registers/births?wide=period&sort=-born_on');
  await settled();
  await list.locator('tbody tr').first().focus();
  const before = (await rows_shown());
  await page.keyboard.press('Delete');
  const dialog = page.getByRole('dialog');
  await dialog.locator('input').fill('重复录入');
  await page.keyboard.press('Enter');
  await until('one row less', async () => (await rows_shown()) === before - 1);
  ok(true, 'a struck row counts no more');
  await page.locator('.toast').getByRole('button', { name: '撤销' }).click();
  await until('the row again', async () => (await rows_shown()) === before);
  ok(true, 'undone');
  await page.keyboard.press('Escape');
});

await test('a struck row is seen as struck', async () => {
  const row = rows_in(await ask('limit=1&sort=-born_on'))[0];
  await server.ask('POST', `${api}/${row.id}/strike`, { reason: 'twice' }, session);
  await go(page, server, '/registers/births?wide=period&state=struck');
  await settled();
  ok(await list.locator('tbody tr.struck').first().isVisible(), 'with a line through it, and a word');
});

await test('an attachment', async () => {
  const row = rows_in(await ask('limit=1&sort=born_on'))[0];
  await go(page, server, `/registers/births/${row.id}`);
  const panel = page.locator('.row-panel');
  await panel.getByRole('tab', { name: '附件' }).click();
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await panel.locator('input[type=file]').setInputFiles({ name: '出生证 1.png', mimeType: 'image/png', buffer: png });
  await panel.locator('.files li').waitFor();
  ok((await panel.locator('.files li').innerText()).includes('出生证 1.png'), 'it is listed by its name');
  const full = (await server.ask('GET', `${api}/${row.id}`, undefined, session)).body;
  equal(full.attachments.map((one) => [one.name, one.type]), [['出生证 1.png', 'image/png']], 'and kept at the server with its type');
});

await test('English and narrow', async () => {
  const narrow = await browser.page(server, admin, { at: '/registers/births', language: 'en', width: 360, height: 740 });
  await narrow.locator('.count-line').waitFor();
  ok((await narrow.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'nothing is wider than the screen');
  await shot(narrow, 'registers-en-360');
  equal(await axe(narrow), [], 'axe finds nothing serious');
  // What opens under a button, or over it at the foot of the screen, is whole.
  for (const name of ['Views', 'Columns', 'Filter', 'More']) {
    const button = narrow.locator('button[aria-haspopup]').filter({ hasText: new RegExp(`^${name}$`) });
    await button.click();
    const panel = narrow.locator('.popover > .panel');
    await panel.waitFor();
    const { x, y, width, height } = await panel.boundingBox();
    ok(x >= 0 && y >= 0 && x + width <= 360 && y + height <= 740 && height > 60, `${name}: its panel is on the screen`, JSON.stringify({ x, y, width, height }));
    const reached = await panel.locator('button, input').last().evaluate((node) => {
      node.scrollIntoView({ block: 'nearest' });
      const box = node.getBoundingClientRect();
      return node.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
    });
    ok(reached, `${name}: to its last button`);
    await narrow.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  }
  await narrow.context().close();
});

await test('a register without rows says so, and how its first row comes in, whatever the period is', async () => {
  const answer = (await server.ask('GET', '/api/registers/register_audits/rows?count=1&limit=1', undefined, session)).body;
  equal(answer.count.all, 0, 'there are none');
  await go(page, server, '/registers/register_audits');
  await page.locator('.empty', { hasText: '这个登记簿还没有内容' }).waitFor();
  ok(await page.locator('.empty a', { hasText: '新增一行' }).isVisible(), 'with the button that begins one');
});

await finish();
