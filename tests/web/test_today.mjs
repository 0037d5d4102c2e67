// SPDX-License-Identifier: AGPL-3.0-or-later
// Today: what rows owe beside the reports, a month at a glance, and the calendar feed from its making to its end.
import { axe, equal, finish, go, ok, open_browser, open_server, shot, test } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const browser = await open_browser();
const page = await browser.page(server, admin);
const wide = async (target) => target.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const day = (date) => page.locator('.month td:not(.outside) button', { has: page.locator('.date', { hasText: new RegExp(`^${date}$`) }) });

await test('rows that owe are listed, and lead to the row', async () => {
  const lines = page.locator('ul.owed li');
  await lines.first().waitFor();
  const texts = await lines.allInnerTexts();
  ok(texts.length > 3 && texts[0].includes('发现后30日内复查'), 'what is owed', texts.join('\n'));
  ok(
    texts.some((text) => text.includes('证照延续')),
    'of more than one kind',
    texts.join('\n'),
  );
  ok(/逾期[\d,]+天/.test(texts[0]), 'how late it is', texts[0]);
  await lines.first().locator('a').click();
  await page.waitForURL('**/registers/findings/**');
  await page.goBack();
  await lines.first().waitFor();
});

await test('a month: counts by day, a day opens what it has', async () => {
  await page.locator('.month td .late').first().waitFor();
  ok(
    Number((await day(5).locator('.late').innerText()).replace(/\D/g, '')) > 0,
    'reports of June that never came',
    await day(5).innerText(),
  );
  equal(await page.locator('.month td[aria-current="date"] .date').innerText(), '20', 'today is marked');
  await day(5).focus();
  await page.keyboard.press('Enter');
  const list = page.locator('.month .of-day li');
  await list.first().waitFor();
  equal(await list.count(), 3, 'reports that are not all there');
  ok(
    (await page.locator('.month .of-day').innerText()).includes('另有14种已全部完成'),
    'and how many are',
    await page.locator('.month .of-day').innerText(),
  );
  ok((await page.locator('.month .of-day').innerText()).includes('2014年6月'), 'of which month');
  await shot(page, 'today-month-zh');
  await page.locator('.month button[aria-label="下个月"]').click();
  ok((await page.locator('.month-head h3').innerText()).includes('8月'), 'August');
  equal(await page.locator('.month .of-day').count(), 0, 'the day is closed');
  await page.locator('.month-head button', { hasText: '本月' }).click();
  ok((await page.locator('.month-head h3').innerText()).includes('7月'), 'and back');
});

await test('the feed: made, read without signing in, renewed, ended', async () => {
  await page.locator('.month button', { hasText: '订阅' }).click();
  const dialog = page.locator('dialog');
  await dialog.locator('button', { hasText: '生成地址' }).click();
  const field = dialog.locator('input');
  await field.waitFor();
  const address = await field.inputValue();
  ok(/\/calendar\/[\w-]{43}\.ics$/.test(address), 'an address', address);
  await shot(page, 'today-feed-zh');
  const read = await fetch(address);
  const text = await read.text();
  equal(read.headers.get('content-type'), 'text/calendar; charset=utf-8', 'a calendar');
  ok(text.startsWith('BEGIN:VCALENDAR\r\n') && text.endsWith('END:VCALENDAR\r\n'), 'whole', text.slice(0, 200));
  const of_july = text.replaceAll('\r\n ', '').split('BEGIN:VEVENT').filter((one) => one.includes('DTSTART;VALUE=DATE:20140805'));
  ok(of_july.length > 0, 'with the reports of July');
  ok(of_july.some((one) => one.includes('to be sent')) && !of_july.some((one) => one.includes('not sent')), 'which nobody owes yet', of_july.join('\n'));
  const longest = Math.max(...text.split('\r\n').map((line) => Buffer.byteLength(line)));
  ok(longest <= 75, 'lines are folded', longest);
  await page.keyboard.press('Escape');
  await page.locator('.month button', { hasText: '订阅' }).click();
  await dialog.locator('button', { hasText: '换一个新地址' }).click();
  await field.waitFor();
  equal((await fetch(address)).status, 404, 'the address before is void');
  const second = await field.inputValue();
  equal((await fetch(second)).status, 200, 'the new one is good');
  await dialog.locator('button', { hasText: '停用' }).click();
  await dialog.locator('text=还没有订阅地址').waitFor();
  equal((await fetch(second)).status, 404, 'until it is ended');
  await page.keyboard.press('Escape');
});

await test('what is due is a link for those who may open it', async () => {
  const clerk = await browser.page(server, await server.account(admin, 'wang', [{ role: 'clerk', area: '', until: null }]));
  await clerk.locator('.due-list li').first().waitFor();
  equal(await clerk.locator('.due-list:not(.owed) a').count(), 0, 'a clerk of births sees that reports are late, and no way to them');
  ok((await clerk.locator('.due-list:not(.owed) li').count()) > 3, 'they are listed');
  await go(clerk, server, '/registers/births_report');
  const text = await clerk.locator('main').innerText();
  ok(text.includes('“出生情况月报表”不在您的权限内'), 'an address of such a register says what is missing', text);
  await clerk.context().close();
  const leader = await browser.page(server, await server.account(admin, 'chen', [{ role: 'leader', area: '', until: null }]));
  await leader.locator('.due-list li').first().waitFor();
  const all = await leader.locator('main').innerText();
  ok(!all.includes('未完成') && !all.includes('新到数据'), 'nothing of entries for one who enters and reads none', all);
  await leader.context().close();
});

await test('in English, on a telephone', async () => {
  const phone = await browser.page(server, admin, { width: 390, height: 844, language: 'en' });
  await phone.locator('ul.owed li').first().waitFor();
  await phone.locator('.month td .late').first().waitFor();
  ok(
    (await phone.locator('ul.owed li').first().innerText()).includes('Re-inspection after a finding'),
    'in English',
    await phone.locator('ul.owed').innerText(),
  );
  ok((await wide(phone)) <= 0, 'nothing is wider than the page', await wide(phone));
  await shot(phone, 'today-owed-en-narrow');
});

await test('for everyone', async () => {
  const wrong = await axe(page);
  equal(wrong.length, 0, 'nothing serious');
  if (wrong.length) ok(false, wrong.join('\n'));
});

await finish();
