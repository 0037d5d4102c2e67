// SPDX-License-Identifier: AGPL-3.0-or-later
// The tip line as people take it: without script, without a cookie, with nothing that is asked of anyone else; then its reader, from the
// first key to the answer, and the sender who comes back for it.
import { axe, code_of, equal, finish, go, ok, open_browser, open_server, sign_in, test } from './harness.mjs';

const secret = 'ZQX 护士长收钱 7431';
const answer = 'QZX 我们周二去过 5522';
const answers = {
  三加四: '7',
  可以吃: '面包',
  星期一: '星期二',
  是动物: '马',
  几条腿: '4',
  反义词: '冷',
  蚂蚁和牛: '牛',
  十减二: '8',
  会飞: '鸟',
  脚上: '鞋',
  一个星期: '7',
  是湿的: '水',
  雪是: '白色',
  早晨: '夜里',
  五加五: '10',
  有轮子: '自行车',
};

const server = await open_server();
const browser = await open_browser();
const admin = await server.first_account();
const account = await server.account(admin, 'reader', [{ role: 'tip_reader', area: '', until: null }]);
const asked = [];
let reader;
let receipt;

/** A context as Tor Browser at its safest has it; every request of it is noted. */
async function without_script() {
  const { context, page } = await browser.context({ javaScriptEnabled: false });
  context.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  return { context, page };
}

await test('a reader without a second step sees no letters, and why; then makes a key', async () => {
  const session = await server.sign_in(account);
  reader = await browser.page(server, account, { at: '/tips' });
  await reader.getByText('需要先设置第二步验证').waitFor();
  const start = await server.ask('POST', '/api/session/totp', { password: account.password }, session);
  const done = await server.ask('PUT', '/api/session/totp', { code: code_of(start.body.secret) }, session);
  equal(done.status, 204, 'a second step');
  await go(reader, server, '/tips');
  await reader.locator('input[autocomplete="current-password"]').fill(account.password);
  await reader.getByRole('button', { name: '生成我的密钥' }).click();
  await reader.getByRole('dialog').waitFor();
  const recovery = await reader.getByRole('dialog').locator('input').inputValue();
  ok(/^([A-Z0-9]{4}-){11}[A-Z0-9]{4}$/.test(recovery), 'the recovery key is shown');
  equal(await axe(reader), [], 'axe: recovery key');
  await reader.getByRole('button', { name: '已经抄好' }).click();
  await reader.getByText('还没有来信').waitFor();
  equal(await axe(reader), [], 'axe: no letters');
});

await test('the public pages are readable by all', async () => {
  for (const language of ['zh', 'en']) {
    const { page } = await browser.context({ language, width: 360, height: 740 });
    for (const path of ['/tip', '/tip/return']) {
      await page.goto(`${server.url}${path}`);
      equal(await page.locator('html').getAttribute('lang'), language, `${path} speaks ${language}`);
      equal(await axe(page), [], `axe: ${path} ${language}`);
      ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} fits a telephone`);
    }
  }
});

await test('a tip without script', async () => {
  const { context, page } = await without_script();
  await page.goto(`${server.url}/tip`);
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByRole('link', { name: '中文' }).click();
  await page.locator('select').first().selectOption({ index: 2 });
  await page.locator('select').nth(1).selectOption({ index: 3 });
  await page.locator('textarea').fill(secret);
  await page.locator('#file').setInputFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('seen on the door') });
  const question = await page.locator('label[for=human]').innerText();
  await page.locator('#human').fill(Object.entries(answers).find(([words]) => question.includes(words))[1]);
  await page.waitForTimeout(8300);
  await page.getByRole('button', { name: '发送' }).click();
  receipt = await page.locator('.r').innerText();
  ok(/^\d{4} \d{4} \d{4} \d{4}$/.test(receipt), 'a receipt of 16 digits', receipt);
  ok(!(await page.content()).includes(secret), 'what was written is not shown again');
  equal(await context.cookies(), [], 'no cookie');
});

await test('its reader opens it, reads the file, answers', async () => {
  await go(reader, server, '/tips');
  await reader.getByRole('link', { name: '打开' }).click();
  await reader.getByText(secret).waitFor();
  equal(await axe(reader), [], 'axe: a letter');
  const link = await reader.getByRole('link', { name: '附件1' }).getAttribute('href');
  const file = await reader.evaluate(async (at) => (await fetch(at)).text(), link);
  equal(file, 'seen on the door', 'the file');
  await reader.locator('textarea').fill(answer);
  await reader.getByRole('button', { name: '发送答复' }).click();
  await reader.getByText(answer).first().waitFor();
  await reader.getByText('已答复').first().waitFor();
});

await test('the sender comes back for it', async () => {
  const { context, page } = await without_script();
  await page.goto(`${server.url}/tip/return`);
  await page.locator('#receipt').fill(receipt);
  await page.waitForTimeout(2300);
  await page.getByRole('button', { name: '打开' }).click();
  await page.getByText(answer).waitFor();
  ok(!(await page.content()).includes(secret), 'and what was written is not shown');
  equal(await context.cookies(), [], 'no cookie');
});

await test('a second reader, who joined later, reads it when the first lets them', async () => {
  const second = await server.account(admin, 'joined', [{ role: 'tip_reader', area: '', until: null }]);
  const session = await server.sign_in(second);
  const start = await server.ask('POST', '/api/session/totp', { password: second.password }, session);
  await server.ask('PUT', '/api/session/totp', { code: code_of(start.body.secret) }, session);
  equal((await server.ask('POST', '/api/letter-key', { password: second.password }, session)).status, 200, 'a key');
  const list = await server.ask('GET', '/api/channels/tips/letters', undefined, session);
  const path = `/api/channels/tips/letters/${list.body.letters[0].id}`;
  const closed = await server.ask('GET', path, undefined, session);
  equal(
    closed.body.messages.map((one) => one.readable),
    [false, false],
    'closed to who came later',
  );
  await go(reader, server, '/tips');
  await reader.getByRole('button', { name: '让joined阅读之前的1封来信' }).click();
  await reader.getByRole('dialog').waitFor();
  equal(await axe(reader), [], 'axe: the question');
  await reader.getByRole('button', { name: '允许阅读' }).click();
  await reader.getByText('已交给joined：1封。').waitFor();
  await reader.getByRole('button', { name: '让joined阅读' }).waitFor({ state: 'detached' });
  const opened = await server.ask('GET', path, undefined, session);
  equal(
    opened.body.messages.map((one) => one.readable),
    [true, true],
    'open now',
  );
  equal(opened.body.messages[0].answers.text, secret, 'and is what was written');
});

await test('nobody else was asked for anything', async () => {
  const elsewhere = asked.filter((one) => !one.split(' ')[1].startsWith(`${server.url}/tip`));
  equal(elsewhere, [], `${asked.length} requests, all to the pages themselves`);
  ok(asked.length >= 6, 'they were all noted', asked.join('\n'));
});

await test('others have no page of letters', async () => {
  const { page } = await browser.context();
  await sign_in(page, server, admin);
  await page.waitForTimeout(500);
  equal(await page.locator('nav.pages a[href*="/tips"]').count(), 0, 'no entry in the menu');
});

await finish();
