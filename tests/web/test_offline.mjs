// SPDX-License-Identifier: AGPL-3.0-or-later
// The network is pulled: entry goes on, what is typed is kept encrypted, and comes to the server once when the network is back.
import { drafted, keys, latin, locks, records, stored, waiting } from './device.mjs';
import { equal, finish, go, go_open, ok, open_browser, open_server, rows_in, shot, sign_in, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const session = await server.sign_in(admin);
const browser = await open_browser();
const page = await browser.page(server, admin);
const context = page.context();
const api = '/api/registers/births/rows';
const rows_of = async (query) => rows_in((await server.ask('GET', `${api}?${query}`, undefined, session)).body);

async function fill(certificate, name, date = '6/5') {
  const key = page.keyboard;
  await page.locator('[data-field="certificate"] input').waitFor();
  if (!(await page.locator('[data-field="source"] [aria-selected=true]').count())) {
    await page.locator('[data-field="source"] input').focus();
    await key.press('1');
  }
  await page.locator('[data-field="certificate"] input').fill(certificate);
  await page.locator('[data-field="child_name"] input').fill(name);
  await page.locator('[data-field="sex"] input').focus();
  await key.press('m');
  await page.locator('[data-field="born_on"] input').fill(date);
  const home = page.locator('[data-field="residence"] input');
  if (!(await home.inputValue())) {
    await home.focus();
    await until('the places', async () => {
      await home.fill('');
      await key.type(village.code);
      return (await page.locator('[data-field="residence"] [role=option]').count()) > 0;
    });
    await key.press('Enter');
  }
  await page.locator('[data-field="residence"] input').focus();
}
const name = page.locator('[data-field="child_name"] input');
const named = (text) => until(`${text} to be back`, async () => (await name.inputValue().catch(() => '')) === text);
const no_draft = () => until('no draft to be left', async () => (await records(page)).every((one) => one.kind !== 'draft'));
const village = (await server.ask('GET', '/api/areas?deep=1', undefined, session)).body.areas.filter((one) => one.level === 'village').pop();

await until('the key made from the password', async () => (await keys(page)) === 1, 30);

await test('ready for it: the pages and what entry needs are kept, rows are not', async () => {
  await until('the service worker', () => page.evaluate(async () => Boolean((await navigator.serviceWorker.ready).active && navigator.serviceWorker.controller)), 30);
  await go(page, server, '/registers/births');
  await page.locator('.count-line').waitFor();
  await until('the answers', async () => (await stored(page)).urls.filter((one) => one.startsWith('/api/')).length === 3, 30);
  const { urls } = await stored(page);
  equal(urls.filter((one) => one.startsWith('/api/')).sort(), ['/api/areas', '/api/facilities', '/api/model'], 'three answers, none of them rows');
  ok(urls.includes('/') && urls.some((one) => one.endsWith('.js')), 'and the pages');
});

await test('without a network a row is saved on the device, encrypted', async () => {
  await go_open(page, server, '/registers/births/new');
  await context.setOffline(true);
  await fill('K140000801', '断网宝宝甲');
  await drafted(page);
  let all = await stored(page);
  ok(all.size > 1000 && !all.text.includes('K140000801') && !all.text.includes(latin('断网宝宝甲')), 'the draft is not to be read in what the browser stores');
  await page.keyboard.press('Control+Enter');
  await page.locator('.toast').first().waitFor();
  ok((await page.locator('.toast').first().innerText()).includes('加密'), 'it says what becomes of it');
  await fill('K140000802', '断网宝宝乙', '6/6');
  await page.keyboard.press('Control+Enter');
  await until('two to be waiting', async () => (await waiting(page)).includes('2'));
  all = await stored(page);
  ok(['K140000801', 'K140000802', '断网宝宝甲', '断网宝宝乙'].every((one) => !all.text.includes(latin(one))), 'nothing of the two rows can be read');
  ok(all.text.includes(latin(village.name)), 'though what is kept in the open (the areas) would be found');
  const kept = await records(page);
  equal(kept.filter((one) => one.kind === 'waiting').length, 2, 'two records wait');
  equal(kept[0].fields, ['account', 'id', 'kind', 'order', 'sealed'], 'a record says only whose it is, its kind and its order');
  await shot(page, 'offline-entry-zh');
});

await test('a reload without a network: locked until the password is typed', async () => {
  await page.reload();
  const password = page.locator('input[type=password]');
  await password.waitFor();
  ok((await page.locator('body').innerText()).includes('lin'), 'it asks for the password of the account');
  await shot(page, 'offline-locked-zh');
  await password.fill('not the password');
  await password.press('Enter');
  await until('the refusal', async () => (await page.locator('.fault').innerText().catch(() => '')).includes('密码不对'));
  ok(true, 'another password does not open it');
  await password.fill(admin.password);
  await password.press('Enter');
  await until('the two', async () => (await waiting(page)).includes('2'));
  ok(true, 'the right one does, and the two are there');
  await page.locator('[data-field="certificate"] input').waitFor();
  await fill('K140000803', '断网宝宝丙', '6/7');
  await page.keyboard.press('Control+Enter');
  await until('three to be waiting', async () => (await waiting(page)).includes('3'));
  ok(true, 'and entry goes on');
});

await test('the network is back: each row is there, once, in order', async () => {
  // The first is sent and its answer is lost on the way: it will be sent a second time.
  let lost = 0;
  await context.route('**/api/registers/births/rows', async (route) => {
    if (route.request().method() !== 'POST' || lost) return route.continue();
    lost++;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await context.setOffline(false);
  await until('all to be sent', async () => (await waiting(page)) === '', 60);
  equal(lost, 1, 'the first answer was lost');
  const rows = [];
  for (const n of ['801', '802', '803']) rows.push(...(await rows_of(`f.certificate=K140000${n}`)));
  equal(rows.map((one) => one.values.child_name), ['断网宝宝甲', '断网宝宝乙', '断网宝宝丙'], 'three rows, none twice');
  const ids = rows.map((one) => Number(one.id));
  ok(ids[0] < ids[1] && ids[1] < ids[2], 'in the order in which they were saved');
  equal((await records(page)).filter((one) => one.kind === 'waiting').length, 0, 'nothing is left on the device');
  await context.unroute('**/api/registers/births/rows');
});

await test('the server is killed in the middle, and comes back', async () => {
  await go_open(page, server, '/registers/births/new');
  await fill('K140000804', '断电宝宝', '6/8');
  await server.kill();
  await page.keyboard.press('Control+Enter');
  await until('one to be waiting', async () => (await waiting(page)).includes('1'));
  ok(true, 'saved on the device');
  await server.start();
  await until('it to be sent', async () => (await waiting(page)) === '', 60);
  equal((await rows_of('f.certificate=K140000804')).length, 1, 'the row is there once');
});

await test('a correction that meets another: both versions, decided on the page of the device', async () => {
  const [row] = await rows_of('f.certificate=K140000801');
  await go_open(page, server, `/registers/births/${row.id}`);
  await page.locator('.row-panel [data-field="weight"] input').waitFor();
  await context.setOffline(true);
  await page.locator('.row-panel [data-field="weight"] input').fill('2950');
  await page.locator('.entry-reason input').fill('下乡核对');
  await page.keyboard.press('Enter');
  await until('one to be waiting', async () => (await waiting(page)).includes('1'));
  const theirs = await server.ask('PATCH', `${api}/${row.id}`, { version: row.version, values: { weight: '3050' }, reason: 'elsewhere' }, session);
  equal(theirs.status, 200, 'somebody else corrects the same row');
  await context.setOffline(false);
  await until('the conflict', async () => (await page.locator('.device-badge.refused').count()) === 1, 60);
  await page.locator('.device-badge').click();
  await page.locator('.conflict').waitFor();
  const text = await page.locator('.conflict').innerText();
  ok(text.includes('3050') && text.includes('2950'), 'both versions are shown', text);
  await shot(page, 'offline-conflict-zh');
  await page.getByRole('button', { name: '按选择保存' }).click();
  await until('nothing to be left', async () => (await waiting(page)) === '');
  const now = (await server.ask('GET', `${api}/${row.id}`, undefined, session)).body;
  equal(now.values.weight, '2950', 'the chosen one is saved');
});

await test('a row that the server refuses is not lost', async () => {
  await go_open(page, server, '/registers/births/new');
  await context.setOffline(true);
  await fill('K140000802', '重复编号', '6/6');
  await page.keyboard.press('Control+Enter');
  await until('one to be waiting', async () => (await waiting(page)).includes('1'));
  await context.setOffline(false);
  await until('the refusal', async () => (await page.locator('.device-badge.refused').count()) === 1, 60);
  await go(page, server, '/offline');
  const one = page.locator('.kept-one').first();
  ok((await one.innerText()).includes('重复编号') && (await one.locator('.fault').innerText()).length > 5, 'it stays with what is wrong', await one.innerText());
  await one.getByRole('button', { name: '打开修改' }).click();
  await until('the form', async () => (await page.locator('[data-field="child_name"] input').inputValue().catch(() => '')) === '重复编号');
  await page.locator('[data-field="certificate"] input').fill('K140000805');
  await page.locator('[data-field="residence"] input').focus();
  await page.keyboard.press('Control+Enter');
  await until('it to be saved', async () => (await rows_of('f.certificate=K140000805')).length === 1);
  ok(true, 'corrected and saved');
  await no_draft();
});

await test('the answer to a save is lost with a reload: saving again makes no second row', async () => {
  let arrived;
  await context.route('**/api/registers/births/rows', async (route) => {
    if (route.request().method() !== 'POST' || arrived) return route.continue();
    await route.fetch();
    arrived = true;
  });
  const lose = async (certificate, name) => {
    arrived = false;
    await go_open(page, server, '/registers/births/new');
    await fill(certificate, name, '6/9');
    await page.keyboard.press('Control+Enter');
    await until('the row to arrive', () => arrived);
    await drafted(page);
    await page.reload();
    await named(name);
  };
  await lose('K140000806', '丢答复宝宝');
  await page.locator('[data-field="weight"] input').focus();
  await page.keyboard.press('Control+Enter');
  await no_draft();
  equal((await rows_of('f.certificate=K140000806')).length, 1, 'it is the same row');
  await lose('K140000807', '改过的宝宝');
  await page.locator('[data-field="weight"] input').fill('3100');
  await page.keyboard.press('Control+Enter');
  await page.locator('.conflict', { hasText: '3100' }).waitFor();
  await page.locator('#conflict-reason').fill('补录体重');
  await page.getByRole('button', { name: '按选择保存' }).click();
  await no_draft();
  equal((await rows_of('f.certificate=K140000807')).map((one) => one.values.weight), ['3100'], 'what was changed since corrects it');
  await context.unroute('**/api/registers/births/rows');
});

await test('two who change different fields: nothing is asked, both are kept', async () => {
  const [row] = await rows_of('f.certificate=K140000804');
  await go_open(page, server, `/registers/births/${row.id}`);
  await page.locator('.row-panel [data-field="weight"] input').waitFor();
  await context.setOffline(true);
  await page.locator('.row-panel [data-field="weight"] input').fill('2870');
  await page.locator('.entry-reason input').fill('下乡核对');
  await page.keyboard.press('Enter');
  await until('one to be waiting', async () => (await waiting(page)).includes('1'));
  await server.ask('PATCH', `${api}/${row.id}`, { version: row.version, values: { child_name: '另名宝宝' }, reason: 'elsewhere' }, session);
  await context.setOffline(false);
  await page.locator('.device-badge.refused').waitFor();
  await page.locator('.device-badge').click();
  const conflict = page.locator('.conflict');
  await conflict.waitFor();
  const text = await conflict.innerText();
  ok(text.includes('2870') && text.includes('另名宝宝'), 'both changes are told', text);
  equal(await conflict.locator('input[type=radio]:visible').count(), 0, 'nothing is asked');
  await page.getByRole('button', { name: '按选择保存' }).click();
  await until('nothing to be left', async () => (await waiting(page)) === '');
  const { values } = (await server.ask('GET', `${api}/${row.id}`, undefined, session)).body;
  equal([values.weight, values.child_name], ['2870', '另名宝宝'], 'both are there');
});

// The server has too much to do, n times: it says nothing of the device's key.
async function no_answer(n) {
  let left = n;
  await context.route('**/api/kept/device', (route) => (left-- > 0 ? route.fulfill({ status: 500, json: {} }) : route.continue()));
}

await test('the server does not answer at a reload: the device opens when it does, and no draft is written over', async () => {
  await go_open(page, server, '/registers/births/new');
  await name.fill('先写宝宝');
  await drafted(page);
  await no_answer(3);
  await page.reload();
  await page.locator('.device-badge', { hasText: '锁' }).waitFor();
  equal(await name.inputValue(), '', 'it waits');
  await name.fill('后写宝宝');
  await drafted(page);
  equal((await records(page)).filter((one) => one.kind === 'draft').length, 2, 'both are kept');
  await context.unroute('**/api/kept/device');
  await page.reload();
  await named('后写宝宝');
  await page.getByRole('button', { name: '清空重录' }).click();
  await until('one draft', async () => (await records(page)).filter((one) => one.kind === 'draft').length === 1);
  await page.reload();
  await named('先写宝宝');
});

await test('the password’s half was cut off and the server does not answer at the log-in: nothing is wiped', async () => {
  await page.evaluate(
    () =>
      new Promise((yes) => {
        const asked = indexedDB.open('heng');
        asked.onsuccess = () => {
          const change = asked.result.transaction('keys', 'readwrite');
          const store = change.objectStore('keys');
          store.getAll().onsuccess = (event) => event.target.result.forEach((one) => store.put({ ...one, byPassword: null }));
          change.oncomplete = () => yes(asked.result.close());
        };
      }),
  );
  await context.clearCookies();
  await no_answer(2);
  await sign_in(page, server, admin);
  await go(page, server, '/registers/births/new');
  await named('先写宝宝');
  await context.unroute('**/api/kept/device');
});

await test('another tab signs out and in again: what is typed in this one is sealed with the key of now', async () => {
  const other = await context.newPage();
  await go(other, server, '/today');
  await other.locator('header.top .mine > .popover:last-child > button').click();
  await other.getByRole('menuitem', { name: '退出' }).click();
  await other.locator('input[type=password]').waitFor();
  await sign_in(other, server, admin);
  await until('the key', async () => (await keys(other)) === 1, 30);
  await other.close();
  await name.fill('换钥匙宝宝');
  await drafted(page);
  await page.reload();
  await named('换钥匙宝宝');
  ok(true, 'it opens after a reload');
  await page.getByRole('button', { name: '清空重录' }).click();
  await no_draft();
});

await test('locked without a network: its return brings the pages', async () => {
  await go(page, server, '/today');
  await context.setOffline(true);
  await page.reload();
  await page.locator('.locked input[type=password]').waitFor();
  await context.setOffline(false);
  await page.locator('main h1').first().waitFor();
  await page.locator('.due-list li').first().waitFor();
  ok(true, 'nobody had to ask for them');
});

await test('a reload with a network asks for no password; a sign-out wipes', async () => {
  await go(page, server, '/registers/births/new');
  await page.locator('[data-field="child_name"] input').fill('草稿宝宝');
  await drafted(page);
  equal((await records(page)).filter((one) => one.kind === 'draft').length, 1, 'of all that was saved no draft is left');
  await page.reload();
  await until('the draft to be back', async () => (await page.locator('[data-field="child_name"] input').inputValue().catch(() => '')) === '草稿宝宝');
  ok(true, 'the server opens what the device keeps');
  await page.locator('header.top .mine > .popover:last-child > button').click();
  await page.getByRole('menuitem', { name: '退出' }).click();
  await page.locator('input[type=password]').waitFor();
  equal(await records(page), [], 'no record is left');
  const all = await stored(page);
  ok(!all.urls.some((one) => one.startsWith('/api/')), 'nor an answer');
  await sign_in(page, server, admin);
  await until('the key', async () => (await keys(page)) === 1, 30);
  await go(page, server, '/registers/births/new');
  await page.waitForTimeout(500);
  equal(await page.locator('[data-field="child_name"] input').inputValue(), '', 'the draft is gone');
});

const clerk = await server.account(admin, 'wen', [{ role: 'clerk', area: '', until: null }]);

await test('a new password on this device: what was typed is there, and opens with the new one alone', async () => {
  const mine = await browser.page(server, clerk);
  const child = mine.locator('[data-field="child_name"] input');
  const back = (text) => until(`${text} to be back`, async () => (await child.inputValue().catch(() => '')) === text);
  await until('the key made from the password', async () => (await keys(mine)) === 1, 30);
  await go_open(mine, server, '/registers/births/new');
  await child.fill('改密宝宝');
  await drafted(mine);
  const before = await locks(mine);
  await go(mine, server, '/account');
  const old = clerk.password;
  clerk.password = 'a lantern in the rain';
  await mine.locator('input[autocomplete="current-password"]').first().fill(old);
  for (const one of await mine.locator('input[autocomplete="new-password"]').all()) await one.fill(clerk.password);
  await mine.getByRole('button', { name: '更改密码' }).click();
  await mine.locator('.toast', { hasText: '已更改' }).waitFor();
  await until('the device to be locked with the new password', async () => (await locks(mine)) !== before, 30);
  await go(mine, server, '/registers/births/new');
  await back('改密宝宝');
  ok(true, 'the draft is there');
  await mine.context().setOffline(true);
  await mine.reload();
  const password = mine.locator('input[type=password]');
  await password.waitFor();
  await password.fill(old);
  await password.press('Enter');
  await mine.locator('.fault, [role=alert]').first().waitFor();
  ok(true, 'without a network the old one opens nothing');
  await password.fill(clerk.password);
  await password.press('Enter');
  await back('改密宝宝');
  ok(true, 'and the new one the draft');
  await mine.context().close();
});

await test('a new password by a link, made elsewhere: after the log-in with it what was typed is there', async () => {
  const mine = await browser.page(server, clerk);
  const child = mine.locator('[data-field="child_name"] input');
  await until('the key made from the password', async () => (await keys(mine)) === 1, 30);
  await go_open(mine, server, '/registers/births/new');
  await child.fill('重设宝宝');
  await drafted(mine);
  const people = (await server.ask('GET', '/api/people', undefined, session)).body.people;
  const made = await server.ask('POST', `/api/people/${people.find((one) => one.name === clerk.name).id}/link`, {}, session);
  const link = typeof made.body.link === 'string' ? made.body.link : made.body.link.link;
  clerk.password = 'a kite over the mill';
  equal((await server.ask('POST', `/api/links/${link.split('/').pop()}`, { password: clerk.password })).status, 200, 'the link is used elsewhere');
  const before = await locks(mine);
  await sign_in(mine, server, clerk);
  await until('the device to be locked with the new password', async () => (await locks(mine)) !== before, 30);
  await mine.goto(`${server.url}/registers/births/new`);
  await until('the draft to be back', async () => (await child.inputValue().catch(() => '')) === '重设宝宝');
  ok(true, 'the draft is there');
  await mine.context().setOffline(true);
  await mine.reload();
  const password = mine.locator('input[type=password]');
  await password.fill(clerk.password);
  await password.press('Enter');
  await until('the draft to be back', async () => (await child.inputValue().catch(() => '')) === '重设宝宝');
  ok(true, 'without a network too, by the new password');
  await mine.context().close();
});

await finish();
