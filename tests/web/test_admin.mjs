// SPDX-License-Identifier: AGPL-3.0-or-later
// The administration: people, roles, the pack, backups, the audit log, health; and that nobody else sees it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axe, equal, finish, go, ok, open_browser, open_server, source, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const leader = await server.account(admin, 'chen', [{ role: 'leader', area: '', until: null }]);
const session = await server.sign_in(admin);
const township = (await server.ask('GET', '/api/areas?deep=1', undefined, session)).body.areas.find((one) => one.level === 'township');
await server.account(admin, 'liu', [{ role: 'clerk', area: township.code, until: null }]);
const browser = await open_browser();
const at = (tab, more = '') => `/admin/${tab}?lang=en${more}`;

await test('invited: the link is shown once, whole, and works', async () => {
  const page = await browser.page(server, admin, { at: at('people'), language: 'en' });
  await page.locator('tbody tr', { hasText: 'liu' }).waitFor();
  await page.locator('tbody tr', { hasText: 'liu' }).getByText(township.name_en).waitFor();
  ok(true, 'an area is called by its name');
  equal(await axe(page), [], 'axe: people');
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  await page.getByLabel('Name', { exact: true }).fill('赵检查');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('dialog .fault').first().waitFor();
  await page.getByLabel('Account name').fill('zhao');
  await page.locator('dialog select').selectOption('inspector');
  ok(/see, enter and correct inspections/.test(await page.locator('dialog').innerText()), 'what the role may do stands below it');
  await page.getByRole('combobox', { name: 'Area', exact: true }).click();
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByLabel('Until').fill('2014-12-31');
  const day = await page.getByLabel('Until').evaluate((node) => [node.scrollWidth, node.clientWidth]);
  ok(day[0] <= day[1] && day[1] > 80, 'the day is read in its field', day);
  equal(await axe(page), [], 'axe: the dialog');
  await page.locator('dialog button[type=submit]').click();
  const link = await page.locator('dialog .copy input').inputValue();
  ok(link.startsWith(`${server.url}/link/`), 'a whole address', link);
  await page.keyboard.press('Escape');
  const row = page.locator('tbody tr', { hasText: 'zhao' });
  await row.waitFor();
  ok(/invited/.test(await row.innerText()) && /31 Dec 2014/.test(await row.innerText()), 'invited, until that day', await row.innerText());
  const { page: other } = await browser.context();
  await other.goto(link);
  await other.locator('input[autocomplete="new-password"]').first().waitFor();
  for (const one of await other.locator('input[autocomplete="new-password"]').all()) await one.fill('stone bridge in May');
  await other.keyboard.press('Enter');
  await other.locator('nav.pages').waitFor();
  ok(true, 'and signs in');
  await page.reload();
  await page.locator('tbody tr', { hasText: 'zhao' }).locator('.tag', { hasText: 'active' }).waitFor();
  await page.locator('tbody tr', { hasText: 'zhao' }).getByRole('button', { name: '赵检查' }).last().click();
  await page.getByRole('menuitem', { name: 'Switch the account off' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Switch the account off' }).click();
  await page.locator('tbody tr', { hasText: 'zhao' }).locator('.tag', { hasText: 'switched off' }).waitFor();
  equal((await server.ask('POST', '/api/session', { name: 'zhao', password: 'stone bridge in May' })).status, 401, 'switched off is out');
});

await test('a role is copied, changed, given a name in both languages, deleted', async () => {
  const page = await browser.page(server, admin, { at: at('roles'), language: 'en' });
  await page.locator('.roles > li').nth(3).waitFor();
  equal(await axe(page), [], 'axe: roles');
  await page.getByRole('button', { name: 'Copy to a new role Leader' }).click();
  await page.getByLabel('Key of the role').fill('viewer');
  await page.getByLabel('Name in Chinese').fill('阅览');
  await page.getByLabel('Name in English').fill('Viewer');
  await page.getByLabel('read the audit log').check();
  equal(await axe(page), [], 'axe: the dialog');
  await page.locator('dialog button[type=submit]').click();
  const card = page.locator('.roles > li', { hasText: 'Viewer' });
  await card.waitFor();
  ok(/read the audit log/.test(await card.innerText()), 'it may what was ticked');
  await card.getByRole('button', { name: /Delete the role/ }).click();
  await page.locator('dialog').getByRole('button', { name: 'Delete the role' }).click();
  await card.waitFor({ state: 'detached' });
});

await test('areas and facilities', async () => {
  const page = await browser.page(server, admin, { at: at('places'), language: 'en' });
  await page.locator('.admin tbody tr').nth(5).waitFor();
  equal(await axe(page), [], 'axe: places');
  await page.locator('.admin tbody th button').first().click();
  await until('one level down', () => page.url().includes('at='));
  const file = join(server.folder, 'bad.json');
  writeFileSync(file, '{"type":"nothing"}');
  await page.locator('.file-drop input').setInputFiles(file);
  await page.locator('.fault', { hasText: 'not GeoJSON' }).waitFor();
  ok(true, 'what is no map is refused in words');
  await page.goto(`${server.url}${at('places')}`);
  const facilities = page.getByRole('group', { name: 'Facilities' });
  await facilities.locator('tbody tr').nth(8).waitFor();
  await page.getByLabel('Find a facility: name, code or area').fill(township.name_en);
  await until('those of the township', async () => {
    const rows = await facilities.locator('tbody tr').allInnerTexts();
    return rows.length > 0 && rows.length < 9 && rows.every((one) => one.includes(township.name_en));
  });
  ok(true, 'a facility is found by its area, which stands beside it');
});

await test('the pack: the same, a changed one with its plan, a broken one', async () => {
  const page = await browser.page(server, admin, { at: at('pack'), language: 'en' });
  await page.locator('.admin', { hasText: 'cn-county' }).waitFor();
  equal(await axe(page), [], 'axe: pack');
  const choose = (folder) => page.locator('input[type=file]').setInputFiles(folder);
  await choose(join(source, 'packs/cn-county'));
  await page.getByText('there is nothing to do').waitFor({ timeout: 30_000 });
  ok(true, 'the same pack: nothing to do');

  const changed = join(server.folder, 'cn-county');
  cpSync(join(source, 'packs/cn-county'), changed, { recursive: true });
  const births = join(changed, 'registers/births.yaml');
  const text = readFileSync(births, 'utf8');
  writeFileSync(births, text.replace(/\nfields:\n/, '\nfields:\n  note_of_test:\n    type: text\n    max_length: 40\n    label: {en: Note, zh: 备注}\n'));
  await choose(changed);
  await page.locator('.steps li').first().waitFor({ timeout: 30_000 });
  ok(/note_of_test|Note/.test(await page.locator('.steps').innerText()), 'the plan names the new field', await page.locator('.steps').innerText());
  equal(await axe(page), [], 'axe: plan');
  await page.getByRole('button', { name: 'Install the pack' }).click();
  const install = page.locator('dialog button[type=submit]');
  ok(await install.isDisabled(), 'not before its name is typed');
  await page.locator('dialog input').fill('cn-county');
  await install.click();
  await page.locator('.toast', { hasText: 'installed' }).waitFor({ timeout: 60_000 });
  const model = (await server.ask('GET', '/api/model', undefined, await server.sign_in(admin))).body;
  ok(
    model.registers.find((one) => one.name === 'births').fields.some((one) => one.name === 'note_of_test'),
    'the field is there',
  );

  const chinese = await browser.page(server, admin, { at: '/admin/pack' });
  writeFileSync(births, text.replace(/\n {6}home:.*/, ''));
  await chinese.locator('input[type=file]').setInputFiles(changed);
  await chinese.locator('.steps li, .fault').first().waitFor({ timeout: 30_000 });
  const plan = await chinese.locator('.admin').innerText();
  ok(/births：“place”的代码改为.*；没有行使用去掉的代码/.test(plan), 'what becomes of a list of choices is said in Chinese', plan);
  ok(/births：业务包中不再有“note_of_test”/.test(plan) || /note_of_test/.test(plan), 'and what becomes of a field', plan);

  writeFileSync(births, text.replace('type:', 'typo:'));
  await choose(changed);
  await page.locator('.fault', { hasText: 'fault' }).waitFor({ timeout: 30_000 });
  ok(/births\.yaml/.test(await page.locator('.admin').innerText()), 'a broken pack: where it is broken');
  const empty = join(server.folder, 'empty');
  mkdirSync(empty);
  writeFileSync(join(empty, 'readme.txt'), 'no pack');
  await choose(empty);
  await page.locator('.fault', { hasText: 'no pack.yaml' }).waitFor();
});

await test('a backup is made, listed, downloaded; the history is verified', async () => {
  const page = await browser.page(server, admin, { at: at('backup'), language: 'en' });
  await page.getByRole('button', { name: 'Make a backup now' }).click();
  await page.locator('tbody tr').first().waitFor({ timeout: 60_000 });
  equal(await axe(page), [], 'axe: backup');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /Download/ }).first().click()]);
  equal(readFileSync(await file.path()).subarray(0, 15).toString(), 'SQLite format 3', 'it is the county’s file');
  await page.getByRole('button', { name: /Delete county/ }).first().click();
  await page.locator('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.locator('.empty', { hasText: 'There are no backups yet' }).waitFor();
  ok(true, 'deleted, when the disk is full');
  await page.getByRole('button', { name: 'Verify the history' }).click();
  await page.locator('.tag', { hasText: 'whole and unaltered' }).waitFor({ timeout: 60_000 });
  ok(true, 'verified');
});

await test('the audit log is searched', async () => {
  const page = await browser.page(server, admin, { at: at('audit'), language: 'en', width: 360, height: 740 });
  await page.locator('tbody tr').first().waitFor();
  equal(await axe(page), [], 'axe: audit');
  await page.getByLabel('Event').selectOption('import');
  await page.locator('tbody tr', { hasText: 'Monthly' }).first().waitFor();
  ok(!/births_report\t/.test(await page.locator('tbody').innerText()), 'a register is called by its name');
  await page.getByLabel('Event').selectOption('backup');
  await until('only backups', async () => {
    const kinds = await page.locator('tbody .tag').allInnerTexts();
    return kinds.length > 0 && kinds.every((one) => one.trim() === 'backup');
  });
  await page.getByLabel('Find').fill('nothing like this');
  await page.locator('.empty', { hasText: 'No event matches' }).waitFor();
  await page.locator('.empty').getByRole('button', { name: 'Clear the filters' }).click();
  await page.locator('tbody tr').nth(3).waitFor();
  ok(!page.url().includes('kind='), 'all again');
  await page.locator('.button.language').click();
  await page.locator('tbody tr', { hasText: '生成链接' }).filter({ hasText: '邀请' }).first().waitFor();
  equal(await page.locator('tbody td').filter({ hasText: /invitation|everywhere|made;/ }).count(), 0, 'in Chinese its details are Chinese');
});

await test('health', async () => {
  const page = await browser.page(server, admin, { at: at('health'), language: 'en' });
  await page.locator('.tiles dd').nth(4).waitFor();
  equal(await axe(page), [], 'axe: health');
  await page.locator('.caution', { hasText: 'There is no backup on this server yet' }).getByRole('link', { name: 'Backup' }).waitFor();
  ok(/\d/.test(await page.locator('.tiles div', { hasText: 'Free on the disk' }).locator('dd').innerText()), 'how much room is left');
  ok((await page.locator('tbody tr').count()) >= 4, 'a row a queue');
  await page.getByText('Nothing runs in the background.').waitFor();
});

await test('health names what runs now, with its progress', async () => {
  for (const [language, words] of [
    ['en', ['saving an import', 'Births: births-2014.csv', '12,000 rows so far · 40%', 'begun by wang at']],
    ['zh', ['保存导入文件', 'births-2014.csv', '已处理12,000条 · 40%', 'wang于']],
  ]) {
    const page = await browser.page(server, admin, { language });
    const now = await server.ask('GET', '/api/health', undefined, admin);
    const jobs = [
      { kind: 'import', who: 'wang', since: '2014-07-20T01:02:03Z', done: 0.4, register: 'births', label: { en: 'Births', zh: '出生登记' }, file: 'births-2014.csv', rows: 12000 },
      { kind: 'backup', who: 'wang', since: '2014-07-20T01:02:04Z', done: 0 },
    ];
    await page.route('**/api/health', (route) => route.fulfill({ json: { ...now.body, jobs } }));
    await go(page, server, `/admin/health?lang=${language}`);
    const first = page.locator('.running-jobs li').first();
    await first.waitFor();
    const said = await first.innerText();
    for (const one of words) ok(said.includes(one), `${language}: ${one}`, said);
    equal(await first.locator('progress').getAttribute('value'), '0.4', 'how far it is');
    equal(await page.locator('.running-jobs li').count(), 2, 'all that runs');
    equal(await axe(page), [], 'axe: what runs');
  }
});

await test('keyboard: tabs by arrows, each with its address', async () => {
  const page = await browser.page(server, admin, { at: '/admin/people' });
  await page.locator('[role=tab][aria-selected=true]').focus();
  await page.keyboard.press('ArrowRight');
  await until('the address', () => page.url().includes('/admin/roles'));
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await until('the address', () => page.url().includes('/admin/places'));
  ok(true, 'arrows move between tabs');
});

await test('keyboard: what has the focus is seen, and where it was taken away it goes on near by', async () => {
  const page = await browser.page(server, admin, { at: at('people'), language: 'en', width: 360, height: 740 });
  const focused = (what) => page.waitForFunction((wanted) => document.activeElement?.matches(wanted), what);
  await page.locator('tbody button[aria-haspopup]').last().focus();
  await page.keyboard.press('Enter');
  await page.locator('[role=menuitem]').last().waitFor();
  const seen = await page.locator('[role=menuitem]').evaluateAll((items) =>
    items.map((one) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      return one.contains(document.elementFromPoint(left + 2, top + height / 2)) && one.contains(document.elementFromPoint(left + width - 2, top + 2));
    }),
  );
  ok(seen.length > 1 && seen.every(Boolean), 'the menu of the last row is not cut by the table', seen);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  await page.getByLabel('Account name').fill('wu');
  await page.keyboard.press('Enter');
  await page.locator('dialog .fault', { hasText: 'Choose at least one role' }).waitFor();
  await focused('dialog select');
  await page.getByRole('combobox', { name: 'Area', exact: true }).fill('镇');
  await page.locator('[role=option]').nth(2).waitFor();
  const sideways = await page.locator('dialog').evaluate((node) => node.scrollWidth - node.clientWidth);
  ok(sideways <= 0, 'the list of areas does not push the dialog sideways', sideways);
  // Nothing of a list is cut: not at the foot of the dialog, and where there is no room under the field, it stands above.
  const whole = () =>
    page.locator('.choices').evaluate((list) => {
      const { left, top, right, bottom } = list.getBoundingClientRect();
      const corner = (x, y) => list.contains(document.elementFromPoint(x, y));
      const field = list.parentElement.getBoundingClientRect();
      const seen = corner(left + 6, top + 6) && corner(right - 6, top + 6) && corner(left + 6, bottom - 6) && corner(right - 6, bottom - 6);
      return { seen, apart: bottom <= field.top || top >= field.bottom, height: Math.round(bottom - top) };
    });
  for (const [width, height] of [
    [1280, 800],
    [1280, 420],
    [360, 740],
    [360, 420],
  ]) {
    await page.setViewportSize({ width, height });
    const field = page.getByRole('combobox', { name: 'Area', exact: true });
    for (const block of ['end', 'start']) {
      await field.evaluate((node, to) => node.scrollIntoView({ block: to }), block);
      await field.fill(block === 'end' ? '镇' : '乡');
      await page.locator('[role=option]').nth(2).waitFor();
      const list = await whole();
      ok(list.seen && list.apart && list.height > 100, `the list is whole at ${width} x ${height}, the field at the ${block}`, JSON.stringify(list));
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');

  await go(page, server, at('places'));
  await page.locator('.admin tbody th button').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.search.includes('at='));
  await focused('p.row button');
  ok(/county|Qinghe/i.test(await page.evaluate(() => document.activeElement.innerText)), 'one level down: the way back, by its name');

  await go(page, server, at('pack'));
  await page.locator('summary').focus();
  await page.keyboard.press('Tab');
  await focused('input[type=file]');
  equal(await page.locator('label.button').evaluate((node) => getComputedStyle(node).outlineStyle), 'solid', 'the choice of a folder shows its focus');

  for (let i = 0; i < 55; i++) {
    const role = { name: `r${i}`, label: { en: 'R', zh: '角' }, functions: [], rows: [] };
    await server.ask('PUT', `/api/roles/r${i}`, role, session);
    await server.ask('DELETE', `/api/roles/r${i}`, undefined, session);
  }
  await go(page, server, at('audit', '&kind=role'));
  await page.getByRole('button', { name: 'Show earlier ones' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('There are no earlier ones.').waitFor();
  await focused('p.hint');
  await page.getByRole('button', { name: 'Clear the filters' }).focus();
  await page.keyboard.press('Enter');
  await focused('.audit-filters input');
  ok(true, 'and the search has the focus when its filters are cleared');
});

await test('on a telephone nothing sticks out beside the page', async () => {
  const page = await browser.page(server, admin, { at: at('people'), language: 'en', width: 360, height: 740 });
  for (const tab of ['people', 'backup', 'places', 'health']) {
    await page.goto(`${server.url}${at(tab)}`);
    await page.locator('.admin section').first().waitFor();
    await page.locator(tab === 'backup' ? '.admin h2' : '.admin tbody tr').first().waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    ok(wide <= 0, tab, wide);
  }
});

await test('a county from nothing, without loading a page again: areas, then facilities, then people of them', async () => {
  const first = await open_server({ empty: true });
  const page = await browser.page(first, await first.first_account(), { at: at('people'), language: 'en' });
  // Asked for while there are none.
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  await page.getByRole('combobox', { name: 'Area', exact: true }).click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: 'Areas and facilities' }).click();
  await page.locator('.empty', { hasText: 'There are no areas yet' }).waitFor();
  equal(await page.locator('.file-drop').count(), 0, 'no boundaries are asked for before there are areas');
  equal(await axe(page), [], 'axe: no areas');
  const take = async (name, content) => {
    await page.locator('.file-drop input').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
    await page.getByRole('button', { name: 'Send and look at it' }).click();
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('button', { name: /^Save \d/ }).click();
    await page.getByRole('heading', { name: 'What was saved' }).waitFor();
  };
  await page.getByRole('link', { name: 'Import areas' }).click();
  await take(
    'areas.csv',
    'code,name,name_en,level,parent\n98,云川省,Yunchuan,province,\n9801,安澜市,Anlan,prefecture,98\n980101,青禾县,Qinghe,county,9801\n980101001,城关镇,Chengguan,township,980101\n980101002,马鞍镇,Maan,township,980101\n',
  );
  await page.locator('header.top', { hasText: 'Qinghe' }).waitFor();
  ok(true, 'the county stands at the top at once');
  equal((await first.ask('GET', '/api/session')).body.county.name.en, 'Qinghe', 'and at the door, not the province that the file begins with');
  await page.locator('nav.pages a[href^="/admin"]').click();
  await page.getByRole('tab', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  const where = page.getByRole('combobox', { name: 'Area', exact: true });
  await where.fill('马鞍');
  await page.locator('[role=option]', { hasText: /Maan/ }).waitFor();
  ok(true, 'and the new areas can be chosen');
});

await test('a leader has no administration', async () => {
  const page = await browser.page(server, leader, { language: 'en' });
  equal(await page.locator('nav.pages a[href^="/admin"]').count(), 0, 'no way to it');
  equal(await page.locator('nav.pages a[href^="/registers"]').count(), 0, 'nor to registers, for no row is theirs to read');
  await go(page, server, '/admin/people?lang=en');
  await page.locator('.empty', { hasText: 'You administer nothing here' }).waitFor();
});

await finish();
