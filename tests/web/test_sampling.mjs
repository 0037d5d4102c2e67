// SPDX-License-Identifier: AGPL-3.0-or-later
// Samples, audits of record books and the rota, as an inspector uses them.
import { axe, equal, finish, ok, open_browser, open_server, shot, test, until } from './harness.mjs';

const server = await open_server();
const admin = await server.first_account();
const inspector = await server.account(admin, 'zhao', [{ role: 'inspector', area: '', until: null }]);
const clerk = await server.account(admin, 'wang', [{ role: 'clerk', area: '', until: null }]);
const browser = await open_browser();

await test('a plan with its curve; the question stands in the address', async () => {
  const page = await browser.page(server, inspector, { at: '/supervise/sampling?lang=en', language: 'en' });
  await page.locator('.curve path.line').waitFor();
  ok((await page.locator('.answer').innerText()).includes('Look at 31; accept with at most 3 wrong'), 'the published plan of 200');
  await page.getByLabel('Records in the book').fill('50');
  await until('another plan', async () => (await page.locator('.answer').innerText()).includes('Look at 16; accept with at most 1'));
  ok(page.url().includes('size=50'), 'in the address', page.url());
  equal(await axe(page), [], 'axe: plan');
  await shot(page, 'sampling-plan-en');
  await page.getByLabel('Wrong and not to pass').fill('3');
  await page.locator('.problem, [role=alert]').first().waitFor();
});

await test('an audit: planned, lines to look at, counted, judged', async () => {
  const page = await browser.page(server, inspector, { at: '/supervise/sampling?part=audits' });
  const facility = page.locator('form.sampling-fields').getByRole('combobox');
  await facility.click();
  await facility.pressSequentially('没有这家');
  await facility.press('Tab');
  await page.locator('form.sampling-fields [role=combobox][aria-invalid=true]').waitFor();
  equal(await facility.inputValue(), '没有这家', 'what fits nothing stays in sight');
  await facility.fill('城关镇卫生院');
  await facility.press('Tab');
  await until('the choice of one who is faster than the answer', async () => (await facility.getAttribute('aria-invalid')) !== 'true');
  equal(await facility.inputValue(), '城关镇卫生院', 'what was typed is chosen by Tab');
  await facility.click();
  await facility.pressSequentially('卫生院');
  await page.locator('[role=option]').first().click();
  await page.getByLabel('登记册名称').fill('超声检查登记册 2014年');
  await page.getByLabel('登记册记录数').fill('200');
  await page.getByRole('button', { name: '确定方案并抽取行号' }).click();
  await page.locator('.line-sheet li').first().waitFor();
  equal(await page.locator('.line-sheet li').count(), 31, 'as many lines as the plan says');
  ok((await page.locator('.answer').innerText()).includes('抽查31份，不合格不超过3份为通过'), 'the plan in words');
  equal(await axe(page), [], 'axe: audit');
  const counts = page.locator('form.sampling-fields');
  await counts.getByLabel('缺双签名').fill('3');
  await counts.getByLabel('缺必填项目').fill('2');
  await counts.getByLabel('不合格份数').fill('6');
  await counts.getByRole('button').click();
  await counts.locator('.problem, [role=alert]').first().waitFor();
  await counts.getByLabel('不合格份数').fill('4');
  await counts.getByRole('button').click();
  await page.locator('.verdict.bad').waitFor();
  ok((await page.locator('.verdict').innerText()).includes('4份不合格（抽查31份）：不通过'), 'the verdict');
  ok((await page.locator('.verdict').innerText()).includes('5.1%的可能不通过'), 'with its error');
  await shot(page, 'sampling-audit-zh');
  const lines = await page.locator('.line-sheet').innerText();
  await page.reload();
  await page.locator('.line-sheet li').first().waitFor();
  equal(await page.locator('.line-sheet').innerText(), lines, 'the same lines again');
  await page.getByRole('button', { name: '全部抽查' }).click();
  await page.locator('tbody tr').first().waitFor();
  ok((await page.locator('tbody tr').first().innerText()).includes('不通过'), 'in the list, with its verdict');
});

await test('the rota by day and team, with reasons; another seed is another rota', async () => {
  const page = await browser.page(server, inspector, { at: '/supervise/sampling?part=rota&seed=5&kinds=clinic&lang=en', language: 'en' });
  await page.locator('tbody tr').first().waitFor();
  equal(await page.locator('h2', { hasText: 'Day ' }).count() > 0, true, 'days');
  const visits = async () => {
    await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
    return (await page.locator('main .table').allInnerTexts()).join();
  };
  const first = await visits();
  ok(/no visit is known|days since the last visit/.test(first), 'each with its reason');
  equal(await axe(page), [], 'axe: rota');
  await shot(page, 'sampling-rota-en');
  await page.getByRole('button', { name: 'Another seed' }).click();
  await until('another rota', async () => (await visits()) !== first);
});

await test('on a phone nothing is cut off; who may not see it is told', async () => {
  for (const part of ['plan', 'audits', 'rota']) {
    const page = await browser.page(server, inspector, { at: `/supervise/sampling?part=${part}`, width: 360, height: 740 });
    await page.locator('.section').first().waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    ok(wide <= 360, `${part}: as wide as the phone`, wide);
    await shot(page, `sampling-${part}-narrow`);
  }
  const page = await browser.page(server, clerk, { at: '/supervise/sampling?part=rota' });
  await page.locator('.empty').waitFor();
  ok((await page.locator('.empty').innerText()).includes('无权'), 'the rota is not for all');
});

await finish();
