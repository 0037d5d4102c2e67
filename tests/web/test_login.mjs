// SPDX-License-Identifier: AGPL-3.0-or-later
// The way in, as people take it: the first administrator by the link of the console, a wrong password, an invitation on a phone, a second
// step, a new password, tokens and sessions. Keyboard only where it says so.
import { createHmac } from 'node:crypto';
import { axe, equal, finish, note, ok, open_browser, open_server, sign_in, test, until } from './harness.mjs';

/** The six digits of a secret, as an authenticator app works them out (RFC 6238). */
function code_of(secret, at = Date.now()) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/[^A-Z2-7]/gi, '').toUpperCase()].map((one) => letters.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((one) => Number.parseInt(one, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const from = hash[19] & 15;
  return String((hash.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
const text = (page) => page.locator('main').innerText();

const server = await open_server();
const browser = await open_browser();
const lin = { name: 'lin', password: 'tea in the garden 茶' };

await test('nobody has an account: the page says where the link is, in both languages', async () => {
  const { page } = await browser.context({ width: 360, height: 740 });
  await page.goto(`${server.url}/overview`);
  await page.locator('h1', { hasText: '还没有任何账户' }).waitFor();
  ok((await text(page)).includes('/link/'), 'it shows what the link looks like');
  await page.getByRole('button', { name: /English|EN/ }).click();
  await page.locator('h1', { hasText: 'There is no account yet' }).waitFor();
  equal(await axe(page), [], 'axe: first run');
});

await test('the first administrator, by keyboard alone', async () => {
  const { page } = await browser.context();
  await page.goto(server.url + (await server.first_link()));
  await page.locator('h1', { hasText: '建立第一个管理员账户' }).waitFor();
  equal(await axe(page), [], 'axe: link');
  await page.keyboard.type('lin');
  await page.keyboard.press('Tab');
  await page.keyboard.type('林管理员');
  await page.keyboard.press('Tab');
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');
  await page.locator('.fault', { hasText: '密码太短' }).waitFor();
  await page.locator('input[autocomplete="new-password"]').first().fill(lin.password);
  await page.locator('input[autocomplete="new-password"]').last().fill('another');
  await page.keyboard.press('Enter');
  await page.locator('.fault', { hasText: '两次输入的密码不一样' }).waitFor();
  await page.locator('input[autocomplete="new-password"]').last().fill(lin.password);
  await page.keyboard.press('Enter');
  await page.locator('nav.pages').waitFor();
  ok(page.url().includes('/today'), 'it ends on Today');
});

await test('a link works once, and says so', async () => {
  const { page } = await browser.context({ language: 'en' });
  await page.goto(server.url + (await server.first_link()));
  await page.locator('h1', { hasText: 'This link can no longer be used' }).waitFor();
});

await test('a wrong password is told in words, and the right one enters', async () => {
  const { page } = await browser.context({ language: 'en', width: 360, height: 740 });
  await page.goto(`${server.url}/checks`);
  await page.locator('input[name=name]').waitFor();
  equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'name', 'the name has the focus');
  await page.keyboard.press('Enter');
  await page.locator('.fault', { hasText: 'Type your account name' }).waitFor();
  await page.keyboard.type('lin');
  await page.locator('input[type=password]').fill('not this one');
  await page.keyboard.press('Enter');
  await page.locator('.problem', { hasText: 'is not right' }).waitFor();
  equal(await page.locator('input[type=password]').inputValue(), '', 'the password is gone');
  await page.locator('input[type=password]').fill(lin.password);
  await page.keyboard.press('Enter');
  await page.locator('nav.pages').waitFor();
  ok(page.url().includes('/checks'), 'and one is where one wanted to be');
});

await test('a session that ends in the middle of an entry: it is said, and what was typed is there again', async () => {
  const { context, page } = await browser.context();
  // The device has its key when the server has its half: who leaves the page before has none.
  const key = page.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.url().includes('/api/kept/device/'));
  await sign_in(page, server, lin);
  await key;
  await page.waitForTimeout(500);
  await page.goto(`${server.url}/registers/births/new`);
  await page.locator('#new-child_name').fill('会话中断');
  await page.locator('.spread', { hasText: '草稿已加密保存在本机' }).waitFor();
  await context.clearCookies();
  // The address of another page is asked of the server, which knows nobody now.
  await page.locator('nav.pages a', { hasText: '核查' }).click();
  await page.locator('main', { hasText: '您的登录已过期' }).waitFor();
  ok((await text(page)).includes('没有保存的内容还在本机'), 'nothing is lost');
  await page.waitForFunction(() => document.activeElement.name === 'password');
  equal(await page.locator('input[name=name]').inputValue(), 'lin', 'the name is filled in, the password is asked for');
  await page.keyboard.type('not this one');
  await page.keyboard.press('Enter');
  await page.locator('.problem', { hasText: '密码不正确' }).waitFor();
  await page.waitForFunction(() => document.activeElement.name === 'password');
  await page.keyboard.type(lin.password);
  await page.keyboard.press('Enter');
  await page.locator('h1', { hasText: '核查' }).waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('#new-child_name')?.value === '会话中断');
  ok(true, 'the entry is there again');
});

await test('many failures: the delay is told in words', async () => {
  const { page } = await browser.context({ language: 'en' });
  await page.goto(server.url);
  await page.locator('input[name=name]').fill('nobody');
  for (let i = 0; i < 12 && !(await page.locator('.problem.wait').count()); i++) {
    await page.locator('input[type=password]').fill(`wrong ${i}`);
    await page.keyboard.press('Enter');
    await until('an answer', async () => (await page.locator('.problem').count()) && !(await page.locator('button[aria-busy=true]').count()));
  }
  ok(/Too many tries\. Try again in .*(second|min)/.test(await text(page)), 'so many seconds', await text(page));
  ok(await page.locator('button[type=submit]').isDisabled(), 'the button waits too');
  equal(await axe(page), [], 'axe: waiting');
});

await test('an invitation, on a phone, in English', async () => {
  const session = await server.sign_in(lin);
  const made = await server.ask('POST', '/api/people', { name: 'zhou', full_name: '周统计', roles: [{ role: 'statistician', area: '', until: null }] }, session);
  const link = typeof made.body.link === 'string' ? made.body.link : made.body.link.link;
  const { page } = await browser.context({ language: 'en', width: 360, height: 740 });
  await page.goto(server.url + link.replace(/^https?:\/\/[^/]+/, ''));
  await page.locator('h1', { hasText: 'Join' }).waitFor();
  ok((await text(page)).includes('zhou'), 'it says for whom');
  equal(await axe(page), [], 'axe: invitation');
  for (const one of await page.locator('input[autocomplete="new-password"]').all()) await one.fill('heron lamp river');
  await page.locator('button[type=submit]').click();
  await page.locator('nav.pages').waitFor();
});
const zhou = { name: 'zhou', password: 'heron lamp river' };

let secret = '';
await test('the second step: on with a code, asked for at the next log-in', async () => {
  const page = await browser.page(server, zhou, { at: '/account', language: 'en' });
  await page.getByRole('button', { name: 'Switch the second step on' }).click();
  await page.locator('dialog input[type=password]').fill(zhou.password);
  await page.keyboard.press('Enter');
  await page.locator('dialog .qr svg').waitFor();
  ok((await page.locator('dialog .qr svg').boundingBox()).width > 100, 'the code to scan is there');
  equal(await axe(page), [], 'axe: QR code');
  ok(await page.locator('dialog input.code').evaluate((node) => node === document.activeElement), 'the code is to be typed, not the key');
  secret = await page.locator('dialog .copy input').inputValue();
  await page.locator('dialog input.code').fill('000000');
  await page.keyboard.press('Enter');
  await page.locator('dialog .fault').waitFor();
  await page.locator('dialog input.code').fill(code_of(secret));
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('.section', { hasText: 'Second step' }).locator('.tag', { hasText: 'on' }).waitFor();
  ok(true, 'it is on');
});

await test('log-in with the second step', async () => {
  const { page } = await browser.context({ language: 'en' });
  await page.goto(server.url);
  await page.locator('input[name=name]').fill(zhou.name);
  await page.locator('input[type=password]').fill(zhou.password);
  await page.keyboard.press('Enter');
  await page.locator('input[name=code]').waitFor();
  await until('the code to have the focus', () => page.evaluate(() => document.activeElement?.getAttribute('name') === 'code'));
  equal(await axe(page), [], 'axe: code');
  await page.locator('summary', { hasText: 'Phone lost, or a new one?' }).click();
  ok(/link to a new password: with it the second step is off/.test(await text(page)), 'what to do when the phone is lost');
  await page.locator('input[name=code]').focus();
  // A code is good once: the one of the next half minute is accepted too, and is another.
  await page.keyboard.type(code_of(secret, Date.now() + 30_000).replace(/(...)/, '$1 '));
  await page.keyboard.press('Enter');
  await page.locator('nav.pages').waitFor();
  ok(true, 'it enters');
});

await test('the phone is lost: a link to a new password ends the second step, and works once', async () => {
  const session = await server.sign_in(lin);
  const { people } = (await server.ask('GET', '/api/people', undefined, session)).body;
  const { link } = (await server.ask('POST', `/api/people/${people.find((one) => one.name === 'zhou').id}/link`, {}, session)).body;
  const { page } = await browser.context({ language: 'en', width: 360, height: 740 });
  await page.goto(server.url + link);
  await page.locator('h1', { hasText: 'Choose a new password' }).waitFor();
  ok(/second step and your tokens stop working/.test(await text(page)), 'it says what ends with the old password');
  zhou.password = 'a kite over the mill';
  for (const one of await page.locator('input[autocomplete="new-password"]').all()) await one.fill(zhou.password);
  await page.keyboard.press('Enter');
  await page.locator('nav.pages').waitFor();
  await page.goto(server.url + link);
  await page.locator('h1', { hasText: 'This link can no longer be used' }).waitFor();
  const again = await browser.page(server, zhou, { at: '/account', language: 'en' });
  await again.locator('.section', { hasText: 'Second step' }).locator('.tag', { hasText: 'off' }).waitFor();
  ok(true, 'the new password alone signs in');
});

await test('name, language, password, token, sessions', async () => {
  const page = await browser.page(server, lin, { at: '/account', language: 'en' });
  equal(await axe(page), [], 'axe: account');
  const section = (title) => page.locator('section.section', { has: page.locator('h2', { hasText: title }) });
  await page.getByLabel('Full name').fill('林一');
  await section('About me').getByRole('button', { name: 'Save' }).click();
  await page.locator('.toast', { hasText: 'Saved' }).waitFor();
  equal((await server.ask('GET', '/api/session', undefined, await server.sign_in(lin))).body.user.full_name, '林一', 'the name is kept');

  await page.getByLabel('What it is for').fill('nightly upload');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const token = await page.locator('dialog .copy input').inputValue();
  const bearer = () => fetch(`${server.url}/api/model`, { headers: { Authorization: `Bearer ${token}` } });
  equal((await bearer()).status, 200, 'the token works');
  await page.locator('dialog').getByRole('button', { name: 'Close' }).click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  ok(await page.evaluate(() => Boolean(document.activeElement?.closest('.section'))), 'the focus is back in its part of the page');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.locator('.toast', { hasText: 'revoked' }).waitFor();
  equal((await bearer()).status, 401, 'and then no more');

  await fetch(`${server.url}/api/session`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 16_1 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/16.1 Mobile Safari/604',
    },
    body: JSON.stringify({ name: lin.name, password: lin.password }),
  });
  await page.reload();
  const devices = section('Signed-in devices').locator('li');
  await devices.filter({ hasText: 'Safari · iPhone' }).waitFor();
  const own = await devices.filter({ hasText: 'This device' }).innerText();
  ok(own.includes('Chrome · Linux'), 'a device is called by its browser and system', own);
  const others = section('Signed-in devices').getByRole('button', { name: 'End', exact: true });
  await others.first().waitFor();
  const before = await others.count();
  ok(before > 0, 'other devices are listed');
  await others.first().click();
  await page.locator('.toast', { hasText: 'has ended' }).waitFor();
  await until('one fewer', async () => (await others.count()) === before - 1);

  await page.getByLabel('Present password').fill('wrong');
  for (const one of await page.locator('input[autocomplete="new-password"]').all()) await one.fill('a lantern in the rain');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.locator('.fault', { hasText: 'not right' }).waitFor();
  await page.getByLabel('Present password').fill(lin.password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.locator('.toast', { hasText: 'changed' }).waitFor();
  lin.password = 'a lantern in the rain';
  const { page: again } = await browser.context();
  await sign_in(again, server, lin);
  ok(true, 'the new password enters');
  note('done');
});

await finish();
