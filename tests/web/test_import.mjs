// SPDX-License-Identifier: AGPL-3.0-or-later
// A file with faults, from the drop to the undo: what it is for is guessed, its columns are decided, what is wrong is grouped, what is
// good is saved, what is not is given back.
import { readFileSync } from 'node:fs';
import { axe, equal, finish, go, ok, open_browser, open_server, shot, test, until, write_file } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const session = await server.sign_in(admin);
const browser = await open_browser();
const page = await browser.page(server, admin, { at: '/import' });
const village = (await server.ask('GET', '/api/areas?deep=1', undefined, session)).body.areas.filter((one) => one.level === 'village').pop();
const count = async (query) => (await server.ask('GET', `/api/registers/births/rows?count=1&limit=1&${query}`, undefined, session)).body.count.shown;

// Headings as an office has them, two that mean nothing here, and rows of which three are wrong.
const lines = ['出生证编号,新生儿姓名,新生儿性别,出生年月日,体重,居住村,经办人,电话'];
for (let i = 0; i < 40; i++) lines.push(`K1409${String(10000 + i).slice(1)}0,${'甲乙丙丁'[i % 4]}小宝${i},${i % 2 ? '男' : '女'},2014-05-${String(1 + (i % 28)).padStart(2, '0')},${3000 + i},${village.code},张三,0571`);
lines[5] = lines[5].replace('2014-05-', '2015-05-'); // in the future
lines[9] = lines[9].replace(/,30\d\d,/, ',99999,');
lines[17] = lines[17].replace(village.code, '999999999999');
const file = write_file(server, '分娩登记 2014-05.csv', `\uFEFF${lines.join('\r\n')}\r\n`);
const total = lines.length - 1;

await test('an empty page says what to do', async () => {
  ok(await page.locator('.file-drop').isVisible(), 'a place to drop a file');
  ok((await page.locator('.page-head').innerText()).includes('先核对'), 'and what will happen to it');
  await shot(page, 'import-start-zh');
});

await test('a file: its register is guessed from its headings', async () => {
  await page.locator('input[type=file]').setInputFiles(file);
  await page.locator('.new-import').waitFor();
  ok((await page.locator('.new-import').innerText()).includes('出生登记'), 'the register is guessed', await page.locator('.new-import').innerText());
  const source = page.locator('.new-import select').nth(1);
  await until('the focus to be on what is still to be chosen', () => source.evaluate((node) => node === document.activeElement));
  await page.getByRole('button', { name: '上传并查看' }).click();
  ok((await page.locator('.new-import').innerText()).includes('请选择来源'), 'the source is not guessed, and asked for');
  await page.locator('.new-import select').nth(1).selectOption('hospital');
  await page.getByRole('button', { name: '上传并查看' }).click();
  await page.locator('.import-columns').waitFor();
});

await test('every column must be decided', async () => {
  const text = await page.locator('.import-columns').innerText();
  ok(text.includes('甲小宝0') || text.includes('乙小宝1'), 'samples are shown');
  const value = (heading) => page.locator(`.import-columns select[aria-label^="${heading}:"]`).inputValue();
  equal([await value('出生证编号'), await value('新生儿性别'), await value('居住村')], ['certificate', 'sex', 'residence'], 'known headings have their fields');
  equal(await value('电话'), '', 'the unknown ones are not decided');
  ok(await page.getByRole('button', { name: '核对', exact: true }).isDisabled(), 'and it cannot go on');
  await shot(page, 'import-columns-zh');
  equal(await axe(page), [], 'axe finds nothing serious');
  await page.locator('.import-columns select[aria-label^="新生儿姓名:"]').selectOption('-');
  await until('the answer', async () => (await value('新生儿姓名')) === '-');
  await page.locator('.import-columns select[aria-label^="新生儿姓名:"]').selectOption('child_name');
  await until('the answer', async () => (await value('新生儿姓名')) === 'child_name');
  await page.getByRole('button', { name: /其余\d列都不用/ }).click();
  await until('the check to be possible', () => page.getByRole('button', { name: '核对', exact: true }).isEnabled());
  ok(true, 'the rest is left out by one click');
});

await test('the check: problems in groups, with examples', async () => {
  const before = await count('');
  await page.getByRole('button', { name: '核对', exact: true }).click();
  await page.locator('.counts').waitFor({ timeout: 60_000 });
  const numbers = (await page.locator('.counts dd').allInnerTexts()).map(Number);
  equal([numbers[0], numbers[4]], [total, 3], 'all rows were looked at, three are rejected');
  equal(numbers[1], total - 3, 'the others would be new');
  const problems = await page.locator('.table tbody').innerText();
  ok(/99999/.test(problems) && /999999999999/.test(problems), 'each problem with an example', problems);
  ok(/第 \d+ 行，/.test(problems) && !/row \d/.test(problems), 'in the reader’s language', problems);
  equal(await count(''), before, 'nothing was saved');
  await shot(page, 'import-checked-zh');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '下载退回的行' }).click()]);
  const text = readFileSync(await download.path(), 'utf8');
  ok(text.includes('99999') && text.trim().split('\n').length === 4, 'all that would be rejected can be had before anything is saved', text);
});

await test('saved, listed, seen in the register', async () => {
  await page.getByRole('button', { name: new RegExp(`保存${total - 3}行`) }).click();
  await page.getByRole('link', { name: '查看登记簿' }).waitFor({ timeout: 60_000 });
  equal(await count('f.certificate=~K1409'), total - 3, 'the rows are in the register');
  await shot(page, 'import-saved-zh');
  await page.getByRole('link', { name: '下载退回的行' }).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '下载退回的行' }).click()]);
  const text = readFileSync(await download.path(), 'utf8');
  ok(text.includes('99999') && text.trim().split('\n').length === 4, 'the three rejected rows are given back under their headings', text);
  await go(page, server, '/import');
  await page.locator('.past-imports tbody tr').first().waitFor();
  const first = await page.locator('.past-imports tbody tr').first().innerText();
  ok(first.includes('分娩登记 2014-05.csv') && first.includes('已保存'), 'the list has it on top', first);
});

await test('the same file once more', async () => {
  await page.locator('input[type=file]').setInputFiles(file);
  await page.locator('.new-import select').nth(1).selectOption('hospital');
  await page.getByRole('button', { name: '上传并查看' }).click();
  await page.getByRole('button', { name: '核对', exact: true }).click();
  await page.locator('.counts').waitFor({ timeout: 60_000 });
  const text = await page.locator('main').innerText();
  ok(/这份文件已于.+导入过/.test(text), 'it is told that it came before', text);
  ok(text.includes(`有${total - 3}行与登记簿里的相同`), 'and why there is nothing to save', text);
  await page.getByRole('button', { name: '取消这次导入' }).click();
  await page.locator('.past-imports tbody tr').first().waitFor();
});

await test('headings on two rows, as merged cells have them', async () => {
  const rows = [
    '2014年5月出生登记表,,,,,',
    '出生证编号,新生儿,,居住地,母亲,',
    ',性别,出生日期,,姓名,出生年份',
    `K14190001,男,2014-05-03,${village.code},李丽,1988`,
  ];
  await page.locator('input[type=file]').setInputFiles(write_file(server, '两行表头.csv', `\uFEFF${rows.join('\r\n')}\r\n`));
  await page.locator('.new-import select').first().selectOption('births');
  await page.locator('.new-import select').nth(1).selectOption('hospital');
  await page.getByRole('button', { name: '上传并查看' }).click();
  await page.locator('.import-columns').waitFor();
  const heads = await page.locator('.import-columns li:not(.head) b').allInnerTexts();
  equal(heads, ['出生证编号', '新生儿性别', '出生日期', '居住地', '母亲姓名', '母亲出生年份'], 'every column has its heading');
  await page.getByRole('button', { name: '核对', exact: true }).click();
  await page.locator('.counts').waitFor({ timeout: 60_000 });
  const numbers = (await page.locator('.counts dd').allInnerTexts()).map(Number);
  equal([numbers[0], numbers[1]], [1, 1], 'and the row goes in');
  await page.getByRole('button', { name: '取消这次导入' }).click();
  await page.locator('.past-imports tbody tr').first().waitFor();
});

await test('undone as a whole, while nothing depends on it', async () => {
  await page.locator('.past-imports tbody tr').first().click();
  await page.getByRole('button', { name: '撤销整批' }).click();
  const dialog = page.getByRole('dialog');
  ok((await dialog.innerText()).includes(String(total - 3)), 'the question names what will happen');
  await dialog.getByRole('button', { name: '撤销整批' }).click();
  ok((await dialog.innerText()).includes('请写明撤销原因'), 'and asks why');
  await dialog.locator('input').fill('文件发错了');
  await page.keyboard.press('Enter');
  await until('it to be taken back', async () => (await page.locator('.page-head').innerText()).includes('已撤销'), 60);
  equal(await count('f.certificate=~K1409'), 0, 'none of its rows counts any more');
});

await test('what may not be undone says why', async () => {
  await go(page, server, '/import');
  const rows = page.locator('.past-imports tbody tr');
  await rows.first().waitFor();
  // The areas came first, and everything stands on them.
  const areas = rows.filter({ hasText: 'areas.csv' });
  // The rows of a page are drawn a screenful first; older pages come when they are asked for.
  await until('the areas', async () => {
    const older = page.getByRole('button', { name: '更早的' });
    if (!(await areas.count()) && (await rows.count()) % 50 === 0 && (await older.count())) await older.click();
    return areas.count();
  });
  await areas.first().click();
  await until('why', async () => (await page.locator('main').innerText()).includes('不能撤销：'));
  const text = await page.locator('main').innerText();
  ok(/不能撤销：.{4,}/.test(text), 'in words', text.slice(-200));
});

await test('a hospital brings its own births, and those of no other', async () => {
  const [own, other] = (await server.ask('GET', '/api/facilities', undefined, session)).body.facilities.filter((one) => /hospital|医院/.test(one.kind + one.name));
  const clerk = await server.account(admin, 'hua', [{ role: 'clerk', area: own.area, facility: own.code, until: null }]);
  const theirs = await browser.page(server, clerk);
  await theirs.getByRole('navigation').getByRole('link', { name: '导入' }).first().click();
  const heads = '出生证编号,新生儿性别,出生年月日,居住村,接生机构';
  const row = (k, at) => `H14${k}000000,女,2014-05-0${k},${village.code},${at.code}`;
  await theirs.locator('input[type=file]').setInputFiles(write_file(server, '本院分娩.csv', `\uFEFF${[heads, row(1, own), row(2, other), row(3, own)].join('\r\n')}\r\n`));
  await theirs.locator('.new-import select').nth(1).selectOption('hospital');
  await theirs.getByRole('button', { name: '上传并查看' }).click();
  await theirs.getByRole('button', { name: '核对', exact: true }).click();
  await theirs.locator('.counts').waitFor({ timeout: 60_000 });
  const problems = await theirs.locator('.table tbody').innerText();
  ok(problems.includes('第 3 行') && problems.includes('您只能导入本机构的记录'), 'the row of another is refused, and why is said', problems);
  await shot(theirs, 'import-facility-zh');
  await theirs.getByRole('button', { name: '保存2行' }).click();
  await theirs.getByRole('link', { name: '查看登记簿' }).waitFor({ timeout: 60_000 });
  equal(await count('f.certificate=~H14'), 2, 'its own are in the register');
  await go(theirs, server, '/import');
  await theirs.locator('.past-imports tbody tr').first().waitFor();
  equal(await theirs.locator('.past-imports tbody tr').count(), 1, 'of the files it sees its own');
  await theirs.context().close();
});

await test('what is no table is said at once', async () => {
  await go(page, server, '/import?register=births');
  const bad = write_file(server, 'picture.xlsx', Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex'));
  await page.locator('input[type=file]').setInputFiles(bad);
  await page.locator('.new-import select').first().selectOption('deaths');
  await page.getByRole('button', { name: '上传并查看' }).click();
  await page.locator('.problem').waitFor();
  ok((await page.locator('.problem').innerText()).length > 10, 'with the cure', await page.locator('.problem').innerText());
});

await test('half a file, and one of headings alone', async () => {
  const check = async (name, text) => {
    await go(page, server, '/import?register=births');
    await page.locator('input[type=file]').setInputFiles(write_file(server, name, `\uFEFF${text}`));
    await page.locator('.new-import select').nth(1).selectOption('hospital');
    await page.getByRole('button', { name: '上传并查看' }).click();
    await page.locator('.import-columns').waitFor();
    const go_on = page.getByRole('button', { name: '核对', exact: true });
    await until('the check to be possible', () => go_on.isEnabled());
    await go_on.click();
    await page.locator('.counts').waitFor();
    return page.locator('main').innerText();
  };
  const half = await check('half.csv', lines.slice(0, 4).join('\r\n').slice(0, -20));
  ok(half.includes('请对方重新发送完整的文件'), 'a file that breaks off is to be asked for again', half);
  const bare = await check('bare.csv', `${lines[0]}\r\n`);
  ok(bare.includes('只有表头') && !bare.includes('没有发现问题'), 'no row is no file without problems', bare);
});

await test('English, narrow', async () => {
  const narrow = await browser.page(server, admin, { at: '/import', language: 'en', width: 360, height: 740 });
  await narrow.locator('input[type=file]').setInputFiles(file);
  await narrow.locator('.new-import select').nth(1).selectOption('hospital');
  await narrow.getByRole('button', { name: 'Send and look at it' }).click();
  await narrow.locator('.import-columns').waitFor();
  ok((await narrow.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'nothing is wider than the screen');
  await shot(narrow, 'import-columns-en-360');
  equal(await axe(narrow), [], 'axe finds nothing serious');
  await narrow.context().close();
});

await finish();
