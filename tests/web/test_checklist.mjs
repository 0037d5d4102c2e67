// SPDX-License-Identifier: AGPL-3.0-or-later
// A checklist answered in the browser: items come and go with what they depend on, the score is there while it is typed and is the
// server's, a photograph goes with the row.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drafted, keys, latin, records, stored, waiting } from './device.mjs';
import { axe, equal, finish, go, go_open, ok, open_browser, open_server, rows_in, shot, test, until } from './harness.mjs';

const folder = mkdtempSync(join(tmpdir(), 'heng-checklist-'));
const heng = (...words) =>
  execFileSync(process.env.HENG_BIN, words, { env: { ...process.env, HENG_TODAY: '2014-07-20' }, stdio: ['ignore', 'pipe', 'ignore'] });
const write = (name, text) => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
write(
  'pack/pack.yaml',
  'pack: rounds\nversion: "1"\nlabel: {en: Rounds, zh: 巡查}\nlevels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n' +
    '  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n',
);
write('pack/registers/areas.yaml', 'register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n');
write(
  'pack/registers/facilities.yaml',
  'register: facilities\nkind: facilities\nlabel: {en: Facilities, zh: 机构}\nfields:\n' +
    '  kind: {type: code, label: {en: Kind, zh: 类别}, codes: {clinic: {en: clinic, zh: 诊所}}}\n',
);
write(
  'pack/checklists/rounds.yaml',
  `checklist: rounds
edition: "2014-1"
label: {en: Rounds, zh: 巡查}
pass: 80
sections:
  notices:
    label: {en: Notices, zh: 公示}
    items:
      notice_shown: {label: {en: Notice shown, zh: 张贴告示}, points: 10, critical: true, photo: true}
      lent_out: {label: {en: Lent out, zh: 设备外借}, met: false, points: 5}
  records:
    label: {en: Records, zh: 记录}
    items:
      machines: {type: int, min: 0, label: {en: Machines, zh: 设备数}}
      registered: {ask: machines > 0, points: 5, label: {en: All registered, zh: 全部登记}}
      remarks: {type: text, required: false, label: {en: Remarks, zh: 备注}}
`,
);
const county = join(folder, 'county.db');
heng('init', county, '--pack', join(folder, 'pack'));
heng('import', county, 'areas', write('areas.csv', 'code,name,level,parent\n340221,芜湖县,county,\n340221100,湾沚镇,township,340221\n'));
heng('import', county, 'facilities', write('facilities.csv', 'code,name,kind,area\nF1,县医院,clinic,340221100\n'));
process.env.HENG_COUNTY = county;

const server = await open_server();
const admin = await server.first_account();
const session = await server.sign_in(admin);
const browser = await open_browser();
const page = await browser.page(server, admin);
// a page that is left at once makes no key to open the device with
await until('the key made from the password', async () => (await keys(page)) === 1, 60);
await go(page, server, '/registers/rounds/new');
const key = page.keyboard;
const field = (name) => page.locator(`[data-field="${name}"]`);
const score = async () => (await page.locator('.checklist-score').innerText()).replace(/\s+/g, ' ');
const choose = async (name, text) => {
  await field(name).locator('[role=option]', { hasText: text }).first().click();
};

await test('items by section, the score beside them', async () => {
  await page.locator('.checklist-score').waitFor();
  equal(await page.locator('.checklist-section legend').allInnerTexts(), ['公示', '记录'], 'the sections in order');
  equal(await field('registered').count(), 0, 'what depends on another answer is not shown yet');
  equal(await field('score').count(), 0, 'nobody types a score');
  await field('facility').locator('input').click();
  await until('the places', async () => {
    await key.press('Control+A');
    await key.type('F1');
    return (await field('facility').locator('[role=option]').count()) > 0;
  });
  await key.press('Enter');
  await field('checked_on').locator('input').click();
  await key.type('20140630');
  await key.press('Enter');
  await choose('kind', '检查');
  await choose('notice_shown', '是');
  ok((await score()).includes('100'), 'the score begins with the first answer', await score());
  await choose('lent_out', '是');
  await until('the score to fall', async () => (await score()).includes('66.7'));
  await field('machines').locator('input').click();
  await key.type('2');
  await key.press('Enter');
  await field('registered').waitFor();
  ok(true, 'two machines: it is asked whether all are registered');
  await choose('registered', '否');
  await until('the score with it', async () => (await score()).startsWith('50'));
  await choose('notice_shown', '否');
  await until('a critical item', async () => (await score()).includes('关键项不合格'));
  equal(await axe(page), [], 'nothing that axe calls serious');
  await shot(page, 'checklist-zh');
  await choose('notice_shown', '是');
});

await test('saved with a photograph', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await page.locator('button[data-last]').click();
  await until('the photograph to be asked for', async () => (await field('notice_shown').innerText()).includes('缺少此项的照片'));
  const none = rows_in((await server.ask('GET', '/api/registers/rounds/rows', undefined, session)).body);
  equal(none.length, 0, 'without it the row is not saved');
  await field('notice_shown').locator('input[type=file]').setInputFiles({ name: 'door.png', mimeType: 'image/png', buffer: png });
  await page.locator('button[data-last]').click();
  await until('the row to be saved', async () => (await page.locator('.entered li').count()) === 1);
  const rows = rows_in((await server.ask('GET', '/api/registers/rounds/rows?columns=score,critical,edition,registered', undefined, session)).body);
  equal(rows.length, 1, 'one row');
  equal(
    [rows[0].values.score, rows[0].values.critical, rows[0].values.edition, rows[0].values.registered],
    ['50', '0', '2014-1', '0'],
    'with the score that stood on the page',
  );
  const files = async () => (await server.ask('GET', `/api/registers/rounds/rows/${rows[0].id}`, undefined, session)).body.attachments;
  await until('the photograph', async () => (await files()).length === 1);
  equal([(await files())[0].name, (await files())[0].item], ['door.png', 'notice_shown'], 'and its photograph, which says of which item it is');
});

await test('the row again, and in the list', async () => {
  const rows = rows_in((await server.ask('GET', '/api/registers/rounds/rows', undefined, session)).body);
  await go(page, server, `/registers/rounds/${rows[0].id}`);
  await page.locator('.checklist-score').waitFor();
  ok((await score()).startsWith('50'), 'the score stands there', await score());
  equal(await page.locator('.item-photos a').count(), 1, 'the photograph stands at its item');
  await until('the picture', async () => await page.locator('.item-photos img').evaluate((one) => one.complete && one.naturalWidth > 0));
  const headings = (await page.locator('thead th').allTextContents()).join(' ');
  ok(headings.includes('得分'), 'the list shows the score', headings);
  await field('machines').locator('input').fill('0');
  await key.press('Tab');
  await until('the item to go', async () => (await field('registered').count()) === 0);
  ok((await score()).startsWith('66.7'), 'what is not asked does not count', await score());
  await page.locator('.entry-reason input').fill('没有设备');
  await page.locator('button[data-last]').click();
  const values = async () => (await server.ask('GET', `/api/registers/rounds/rows/${rows[0].id}`, undefined, session)).body.values;
  await until('the correction', async () => (await values()).machines === '0');
  equal([(await values()).registered, (await values()).score], [null, '66.67'], 'and its answer is taken back');
});

await test('a row that came without its photograph is incomplete until it is there', async () => {
  const values = { facility: 'F1', checked_on: '2014-07-01', kind: 'inspection', notice_shown: '1', lent_out: '0', machines: '0' };
  const made = await server.ask('POST', '/api/registers/rounds/rows', { values }, session);
  equal(made.status, 201, 'it is saved, for nothing was said of photographs');
  const refused = await server.ask('POST', '/api/registers/rounds/rows', { values, photos: [] }, session);
  equal([refused.status >= 400, refused.body.problems?.map((one) => one.field)], [true, ['notice_shown']], 'where none are to follow it is refused');
  ok(refused.body.problems[0].cure.zh.includes('拍照') && refused.body.problems[0].cure.en.includes('take'), 'with the cure in both languages');
  await go(page, server, `/registers/rounds/${made.body.id}`);
  await until('the page to say so', async () => (await page.locator('.struck-line').innerText()).includes('还缺1张照片'));
  const all = rows_in((await server.ask('GET', '/api/registers/rounds/rows', undefined, session)).body);
  equal(all.find((one) => one.id === made.body.id).photos_missing, 1, 'and the list');
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const sent = await fetch(`${server.url}/api/registers/rounds/rows/${made.body.id}/attachments?item=notice_shown`, {
    method: 'POST',
    headers: { Cookie: session.cookie, 'X-Heng-CSRF': session.csrf, 'Content-Type': 'image/png', 'X-File-Name': 'late.png' },
    body: png,
  });
  equal(sent.status, 201, 'the photograph comes later');
  const row = (await server.ask('GET', `/api/registers/rounds/rows/${made.body.id}`, undefined, session)).body;
  equal([row.photos_missing, row.attachments[0].item, row.attachments[0].name], [0, 'notice_shown', 'late.png'], 'then it is complete');
});

// --- the network is pulled

/** A picture with a text in it (a chunk tEXt before the end; nobody looks at its sum). */
function picture(mark) {
  const whole = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const text = Buffer.from(mark.repeat(20));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([whole.subarray(0, -12), length, Buffer.from('tEXt'), text, Buffer.alloc(4), whole.subarray(-12)]);
}
const context = page.context();
const fileOf = async (id) => Buffer.from(await (await fetch(`${server.url}/api/attachments/${id}`, { headers: { Cookie: session.cookie } })).arrayBuffer());
const rowOn = async (day) => {
  const rows = rows_in((await server.ask('GET', '/api/registers/rounds/rows', undefined, session)).body);
  const found = rows.filter((one) => one.values.checked_on === day);
  return found.length === 1 ? (await server.ask('GET', `/api/registers/rounds/rows/${found[0].id}`, undefined, session)).body : found.length;
};
const filesOn = async (day) => (await rowOn(day)).attachments ?? [];

async function answer(day) {
  await page.locator('.checklist-score').waitFor();
  await until('the facility', async () => {
    if (await field('facility').locator('input').inputValue()) return true;
    await field('facility').locator('input').click();
    await key.type('F1');
    if ((await field('facility').locator('[role=option]').count()) > 0) await key.press('Enter');
    return Boolean(await field('facility').locator('input').inputValue());
  });
  await field('checked_on').locator('input').fill(day);
  await key.press('Tab');
  await choose('kind', '检查');
  await choose('notice_shown', '是');
  await choose('lent_out', '否');
  await field('machines').locator('input').fill('0');
  await key.press('Tab');
}

await test('without a network the photograph is kept with its row, encrypted, and is sent with it', async () => {
  await until('the service worker', () => page.evaluate(async () => Boolean((await navigator.serviceWorker.ready).active && navigator.serviceWorker.controller)), 30);
  await go(page, server, '/registers/rounds');
  await until('the answers', async () => (await stored(page)).urls.filter((one) => one.startsWith('/api/')).length === 3, 30);
  await go_open(page, server, '/registers/rounds/new');
  await context.setOffline(true);
  const bytes = picture('DOORPHOTO');
  const traces = [latin('DOORPHOTO'), 'door-offline.png', bytes.toString('base64').slice(160, 200)];
  const readable = async () => {
    const { text } = await stored(page);
    return traces.filter((one) => text.includes(one));
  };
  await answer('2014-07-02');
  await field('notice_shown').locator('input[type=file]').setInputFiles({ name: 'door-offline.png', mimeType: 'image/png', buffer: bytes });
  await drafted(page);
  equal((await records(page)).filter((one) => one.kind === 'draft' || one.kind === 'photos').length, 2, 'a draft and its photograph are kept');
  equal(await readable(), [], 'nothing of it can be read in what the browser stores');
  await page.reload();
  const password = page.locator('input[type=password]');
  await password.fill(admin.password);
  await password.press('Enter');
  await until('the draft', async () => (await field('checked_on').locator('input').inputValue().catch(() => '')).includes('2014'));
  ok((await field('notice_shown').innerText()).includes('door-offline.png'), 'after a reload the draft has its photograph', await field('notice_shown').innerText());
  await page.locator('button[data-last]').click();
  await until('one to be waiting', async () => (await waiting(page)).includes('1'));
  equal((await records(page)).map((one) => one.kind).filter((one) => one !== 'profile'), ['waiting'], 'the row and its photograph wait; no draft is left');
  equal(await readable(), [], 'and nothing of them can be read');
  await shot(page, 'checklist-offline-zh');
  await context.setOffline(false);
  await until('all to be sent', async () => (await waiting(page)) === '', 60);
  const files = await filesOn('2014-07-02');
  equal(files.map((one) => [one.item, one.name]), [['notice_shown', 'door-offline.png']], 'the row is there once, with its photograph at the item');
  ok(bytes.equals(await fileOf(files[0].id)), 'byte by byte');
});

await test('the network goes between the row and its photograph', async () => {
  await go(page, server, '/registers/rounds/new');
  await answer('2014-07-03');
  await field('notice_shown').locator('input[type=file]').setInputFiles({ name: 'late.png', mimeType: 'image/png', buffer: picture('LATEPHOTO') });
  let lost = 0;
  await context.route('**/attachments**', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    lost++;
    await route.abort('connectionreset');
  });
  await page.locator('button[data-last]').click();
  await until('the photograph to be waiting', async () => lost > 0 && (await waiting(page)).includes('1'));
  equal((await filesOn('2014-07-03')).length, 0, 'the row is there without it');
  ok(!(await stored(page)).text.includes('LATEPHOTO'), 'it is kept encrypted');
  await context.unroute('**/attachments**');
  await context.setOffline(true);
  await context.setOffline(false);
  await until('it to be sent', async () => (await waiting(page)) === '', 60);
  equal((await filesOn('2014-07-03')).map((one) => [one.item, one.name]), [['notice_shown', 'late.png']], 'and comes to the row, which is there once');
});

await test('a file for a row that is there, without a network; a photograph alone', async () => {
  const row = await rowOn('2014-07-02');
  await go_open(page, server, `/registers/rounds/${row.id}`);
  await page.locator('.checklist-score').waitFor();
  await page.getByRole('tab', { name: /附件/ }).click();
  await context.setOffline(true);
  await page.locator('.row-panel input[type=file]').last().setInputFiles({ name: 'record.png', mimeType: 'image/png', buffer: picture('RECORDSCAN') });
  await until('one to be waiting', async () => (await waiting(page)).includes('1'));
  ok(!(await stored(page)).text.includes('RECORDSCAN'), 'it is kept encrypted');
  await context.setOffline(false);
  await until('it to be sent', async () => (await waiting(page)) === '', 60);
  equal((await filesOn('2014-07-02')).map((one) => one.name).sort(), ['door-offline.png', 'record.png'], 'and comes when the network is back');
  await go_open(page, server, `/registers/rounds/${row.id}`);
  await page.locator('.checklist-score').waitFor();
  await field('notice_shown').locator('input[type=file]').setInputFiles({ name: 'second.png', mimeType: 'image/png', buffer: picture('SECOND') });
  await page.locator('.row-panel button[data-last]').click();
  await until('the third', async () => (await filesOn('2014-07-02')).length === 3);
  const now = await rowOn('2014-07-02');
  equal([now.version, now.attachments.find((one) => one.name === 'second.png').item], [row.version, 'notice_shown'], 'a photograph alone is added and is no correction');
});

rmSync(folder, { recursive: true, force: true });
await finish();
