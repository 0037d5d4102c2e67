// SPDX-License-Identifier: AGPL-3.0-or-later
// A whole campaign on the demo county, from its deployment to its acceptance: 31 facilities, 2 teams, 3 days. What there is much of
// goes through the API; one of each kind is done in the browser. A gate refuses while anything is owed, and then lets go.
import { axe, equal, finish, go, ok, open_browser, open_server, rows_in, shot, test, today, until } from './harness.mjs';

const number = '2014-T1';
const items = 'licence scope maternal operators notice hotline filed sealed seller book two_present approval rules training fees'.split(' ');
const visit_days = ['2014-07-15', '2014-07-16', '2014-07-17'];
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

const server = await open_server();
const admin = await server.first_account();
const everywhere = (...roles) => roles.map((role) => ({ role, area: '', until: null }));
const accounts = {
  office: await server.account(admin, 'office', everywhere('office', 'clerk')),
  zhao: await server.account(admin, 'zhao', everywhere('inspector')),
  qian: await server.account(admin, 'qian', everywhere('inspector')),
  leader: await server.account(admin, 'chen', everywhere('leader', 'office')),
};
const sessions = {};
for (const name of Object.keys(accounts)) sessions[name] = await server.sign_in(accounts[name]);

/** As one of the accounts; what was not expected to fail throws. */
async function ask(who, method, path, body, expected = [200, 201]) {
  const answer = await server.ask(method, path, body, sessions[who]);
  if (![expected].flat().includes(answer.status)) throw new Error(`${who} ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const rows_of = async (register, query) => rows_in(await ask('office', 'GET', `/api/registers/${register}/rows?limit=500&${query}`));
async function add(who, register, list) {
  const { results } = await ask(who, 'POST', `/api/registers/${register}/rows/batch`, { rows: list.map((values) => ({ values })) });
  const wrong = results.find((one) => one.error);
  if (wrong) throw new Error(`${register}: ${JSON.stringify(wrong)}`);
  return results.map((one) => one.id);
}
async function move(who, register, id, name, values = {}, reason = '', expected = 200) {
  const { version } = await ask(who, 'GET', `/api/registers/${register}/rows/${id}/moves`);
  return ask(who, 'POST', `/api/registers/${register}/rows/${id}/moves`, { move: name, version, values, reason }, expected);
}
async function attach(who, register, id, name) {
  const body = new FormData();
  body.append('file', new Blob([png], { type: 'image/png' }), name);
  const headers = { Cookie: sessions[who].cookie, 'X-Heng-CSRF': sessions[who].csrf };
  const answer = await fetch(`${server.url}/api/registers/${register}/rows/${id}/attachments`, { method: 'POST', headers, body });
  if (answer.status >= 300) throw new Error(`attachment: ${answer.status} ${await answer.text()}`);
}
const dashboard = () => ask('office', 'GET', `/api/campaigns/${number}`);

const { facilities } = await ask('office', 'GET', '/api/facilities');
const sites = facilities.filter((one) => one.area).slice(0, 31);
const bodies = await rows_of('bodies', 'columns=code,kind,area');
const townships = bodies.filter((one) => one.values.kind === 'township');
const lead = bodies.find((one) => one.values.kind === 'office') ?? bodies[0];
const county = lead.values.area ?? townships[0].values.area;
let campaign = '';

const browser = await open_browser();
const page = await browser.page(server, accounts.office, { at: '/supervise' });
const desk = await browser.page(server, accounts.zhao, { at: '/supervise' });
const board = `/supervise/campaign/${number}`;
const gates = async (on) => (await on.locator('.gates li').allInnerTexts()).map((one) => one.replace(/\s+/g, ' '));
/** Makes a move from the strip: opens its dialog, fills fields in, and waits until it is made. */
async function push(on, name, fields = {}, reason = '') {
  await on.locator('.stage-moves button', { hasText: name }).click();
  const dialog = on.getByRole('dialog');
  await dialog.waitFor();
  for (const [field, text] of Object.entries(fields)) {
    const input = dialog.locator(`[data-field="${field}"]`).locator('input, textarea').first();
    await input.fill(text);
    await input.press('Tab');
  }
  if (reason) await dialog.locator('[data-field="reason"] input').fill(reason);
  await dialog.locator('button[data-last]').click();
  await dialog.waitFor({ state: 'detached' });
}

await test('the office deploys a campaign: who owes what by when', async () => {
  equal(sites.length, 31, '31 facilities');
  await page.locator('.open-registers').waitFor();
  equal(await axe(page), [], 'axe: what is open');
  const about = {
    number, name: '夏季专项行动', area: county, shape: 'five_phases', lead: lead.values.code, goal: '警示标识张贴率100%', facilities: '31',
    begins_on: '2014-06-20', deploy_until: '2014-06-30', self_check_until: '2014-07-12', supervise_until: '2014-07-31', rectify_until: '2014-08-10',
    accept_until: '2014-08-31',
  };
  [campaign] = await add('office', 'campaigns', [about]);
  const owed = (phase, item, due_on) =>
    townships.map((one) => ({ campaign: number, phase, item, body: one.values.code, area: one.values.area, due_on }));
  await add('office', 'campaign_tasks', [
    ...owed('deploy', 'plan', '2014-06-28'),
    ...owed('self_check', 'self_check_report', '2014-07-10'),
    ...owed('rectify', 'rectification_report', '2014-08-08'),
    { campaign: number, phase: 'supervise', item: 'supervision_report', body: lead.values.code, area: county, due_on: '2014-07-30' },
  ]);
  await go(page, server, board);
  await page.locator('.phases .now').waitFor();
  ok((await page.locator('.phases .now').innerText()).includes('动员部署'), 'it begins with the deployment');
  ok((await page.locator('.bodies').innerText()).includes('逾期1'), 'what is late is said in words');
  equal(await page.locator('.gates li.shut').count(), 2, 'papers are owed and no team is formed: two gates are shut');
  equal(await page.locator('.stage-moves button').count(), 0, 'so there is no move to make');
  await page.locator('.moves-blocked summary').click();
  ok((await page.locator('.moves-blocked').innerText()).includes('转入自查自纠'), 'and the page says which one is kept back');
  equal(await axe(page), [], 'axe: dashboard');
  const [first] = await rows_of('campaign_tasks', `f.campaign=${number}&f.phase=deploy`);
  await go(page, server, `/registers/campaign_tasks/${first.id}`);
  await push(page, '报送', { handed_in_on: '2014-06-27', document: '青发〔2014〕1号' });
  await until('the paper', async () => (await ask('office', 'GET', `/api/registers/campaign_tasks/rows/${first.id}`)).values.stage === 'handed_in');
  ok(true, 'a paper was handed in through the drawer');
});

/** All papers of a phase are handed in and accepted, in their own way. */
async function settle(phase) {
  const rows = await rows_of('campaign_tasks', `f.campaign=${number}&f.phase=${phase}`);
  for (const row of rows) {
    if (row.values.stage === 'open')
      await move('office', 'campaign_tasks', row.id, 'hand_in', { handed_in_on: today, document: `文〔2014〕${row.id}号` });
    if (row.values.stage !== 'accepted') await move('zhao', 'campaign_tasks', row.id, 'take');
  }
}

await test('the gate of the deployment: refused, then let go', async () => {
  const answer = await move('zhao', 'campaigns', campaign, 'begin_self_check', { document: '方案1号' }, '', [400, 403, 409, 422]);
  ok(JSON.stringify(answer).includes('still owed'), 'the server refuses it with what is owed', JSON.stringify(answer));
  await settle('deploy');
  await add(
    'office',
    'teams',
    [1, 2].map((n) => ({
      code: `${number}-Z${n}`, name: `第${n}检查组`, campaign: number, area: county, lead: lead.values.code, health: '2', licensed: '3', formed_on: '2014-06-25',
    })),
  );
  await go(desk, server, board);
  await desk.locator('.gates li').first().waitFor();
  equal(await desk.locator('.gates li.shut').count(), 0, 'no gate is shut');
  await push(desk, '转入自查自纠', { document: '青方案〔2014〕2号' });
  await until('the next phase', async () => (await desk.locator('.phases .now').innerText()).includes('自查自纠'));
  ok(true, 'the move is made from the dashboard');
});

const answers = (site, kind, checked_on, well, visit) => ({
  facility: site.code, kind, checked_on, machines: '1', ...(visit ? { inspection: visit } : {}), ...Object.fromEntries(items.map((one) => [one, well(one) ? 'met' : 'not_met'])),
});
const bad = (site) => sites.indexOf(site) % 4 === 0;
const visits = [];

await test('self-checks of the facilities, and a rota for two teams on three days', async () => {
  await add('office', 'fetal_sex_control', sites.map((site) => answers(site, 'self', '2014-07-05', () => true)));
  await settle('self_check');
  const refused = await move('zhao', 'campaigns', campaign, 'begin_supervision', {}, '', [400, 403, 409, 422]);
  ok(JSON.stringify(refused).includes('Visits are to be planned'), 'without visits supervision cannot begin', JSON.stringify(refused));
  await go(desk, server, '/supervise/sampling?part=rota&teams=2&days=3&per_day=6&start=2014-07-15');
  await desk.locator('.table').nth(3).waitFor();
  ok((await desk.locator('.table').count()) >= 4, 'the rota is by day and team');
  sites.forEach((site, i) => {
    visits.push({
      number: `2014-T${String(i + 1).padStart(3, '0')}`, campaign: number, team: `${number}-Z${(i % 2) + 1}`, facility: site.code, area: site.area, kind: 'campaign',
      announced: '0', planned_on: visit_days[Math.floor(i / 11)],
    });
  });
  const ids = await add('zhao', 'inspections', visits);
  visits.forEach((one, i) => {
    one.id = ids[i];
  });
  await go(desk, server, board);
  await push(desk, '转入监督检查');
  await until('the phase of supervision', async () => (await desk.locator('.phases .now').innerText()).includes('监督检查'));
  const { visits: seen, checklists } = await dashboard();
  equal([seen.planned, seen.made, seen.rounds.length], [31, 0, 6], '31 visits by two teams on three days');
  equal(checklists[0].self, 31, '31 self-checks');
});

await test('an inspection in the browser: the form of the checklist, with a photograph', async () => {
  await go(desk, server, '/registers/fetal_sex_control/new');
  await desk.locator('.checklist-score').waitFor();
  const field = (name) => desk.locator(`[data-field="${name}"]`);
  const choose = (name, text) => field(name).locator('[role=option]', { hasText: text }).first().click();
  const type = async (name, text) => {
    await field(name).locator('input').first().fill(text);
    await field(name).locator('input').first().press('Tab');
  };
  await field('facility').locator('input').click();
  await field('facility').locator('input').fill(sites[0].code);
  await field('facility').locator('[role=option]').first().waitFor();
  await desk.keyboard.press('Enter');
  await type('checked_on', '20140715');
  await choose('kind', '检查');
  await type('inspection', visits[0].number);
  await type('machines', '1');
  for (const item of items) await choose(item, item === 'notice' ? '否' : /operators|seller|book|two_present|rules/.test(item) ? '完全符合' : '是');
  await desk.locator('button[data-last]').click();
  await until('the photographs to be asked for', async () => (await field('notice').innerText()).includes('缺少此项的照片'));
  const asked = await desk.locator('.entry-field:has(.photo-choose)').evaluateAll((all) => all.map((one) => one.dataset.field));
  for (const one of asked) await field(one).locator('input[type=file]').setInputFiles({ name: 'door.png', mimeType: 'image/png', buffer: png });
  await desk.locator('button[data-last]').click();
  await until('the inspection', async () => (await rows_of('fetal_sex_control', `f.inspection=${visits[0].number}`)).length === 1, 60);
  const [row] = await rows_of('fetal_sex_control', `f.inspection=${visits[0].number}`);
  equal(row.values.critical, '1', 'the missing notice is a critical item');
  const files = async () => (await ask('zhao', 'GET', `/api/registers/fetal_sex_control/rows/${row.id}`)).attachments;
  await until('the photographs', async () => (await files()).length === asked.length, 60);
  equal((await files()).map((one) => [one.item, one.name]), asked.map((one) => [one, 'door.png']), 'each photograph stands with its item');
});

const found = [];
const evidence = { measure_taken: '已张贴警示标识', rectified_on: today };

await test('the other visits, and the gate of the supervision', async () => {
  const rest = sites.slice(1);
  await add('zhao', 'fetal_sex_control', rest.map((site, i) =>
    answers(site, 'inspection', visits[i + 1].planned_on, (item) => item !== 'notice' || !bad(site), visits[i + 1].number)));
  const refused = await move('zhao', 'campaigns', campaign, 'begin_rectification', {}, '', [400, 403, 409, 422]);
  ok(JSON.stringify(refused).includes('neither made nor called off'), 'planned visits keep it shut', JSON.stringify(refused));
  await go(desk, server, `/registers/inspections/${visits[0].id}`);
  await push(desk, '完成检查', { done_on: '20140715', record: '笔录001' });
  for (const one of visits.slice(1)) await move('zhao', 'inspections', one.id, 'make', { done_on: one.planned_on, record: `笔录${one.number}` });
  const list = sites.filter(bad).map((site, i) => ({
    number: `2014-TW${i + 1}`, facility: site.code, area: site.area, found_on: '2014-07-17', origin: 'inspection', campaign: number,
    inspection: visits[sites.indexOf(site)].number, kind: 'no_notice', severity: 'major', what: '超声室未张贴警示标识',
  }));
  found.push(...(await add('zhao', 'findings', list)));
  await settle('supervise');
  await go(desk, server, board);
  await desk.locator('.point.hollow').first().waitFor();
  equal(await desk.locator('.campaign .drawing .point.hollow').count(), 31, 'a dumbbell for each facility');
  const { visits: seen, findings } = await dashboard();
  equal([seen.made, seen.waiting, seen.facilities, findings.n], [1, 30, 31, found.length],
    'all were visited, thirty without the photographs, and what was found stands there');
  await push(desk, '转入整改落实');
  await until('the phase of rectification', async () => (await desk.locator('.phases .now').innerText()).includes('整改落实'));
  await shot(desk, 'campaign-rectify-zh');
});

await test('rectified by one person, verified by another', async () => {
  const id = found[0];
  const nothing = await move('zhao', 'findings', id, 'rectify', evidence, '', [400, 403, 409, 422]);
  ok(/file|evidence|attach/i.test(JSON.stringify(nothing)), 'without evidence it is not put right', JSON.stringify(nothing));
  await attach('zhao', 'findings', id, 'after.png');
  await go(desk, server, `/registers/findings/${id}`);
  await push(desk, '完成整改', { measure_taken: '已张贴警示标识', rectified_on: '20140720' });
  await desk.locator('.moves-blocked summary').waitFor();
  await until('the strip of what was put right', async () => (await desk.locator('.stage-name').innerText()).includes('待复查'));
  await desk.locator('.moves-blocked summary').click();
  ok((await desk.locator('.moves-blocked').innerText()).includes('复查销号'), 'who put it right may not verify it: the page says so');
  await shot(desk, 'campaign-two-people-zh');
  const refused = await move('zhao', 'findings', id, 'verify', { verified_on: today }, '', [400, 403, 409, 422]);
  ok(refused.error, 'and the server refuses it', JSON.stringify(refused));
  const other = await browser.page(server, accounts.qian, { at: `/registers/findings/${id}` });
  await other.locator('.stage-moves').waitFor();
  await push(other, '复查销号', { verified_on: '20140720' });
  await until('the finding to be closed', async () => (await ask('zhao', 'GET', `/api/registers/findings/rows/${id}`)).values.stage === 'closed');
  ok(true, 'another person verifies it');
});

await test('accepted and closed, and the report opens', async () => {
  await settle('rectify');
  const refused = await move('zhao', 'campaigns', campaign, 'begin_acceptance', {}, '', [400, 403, 409, 422]);
  ok(JSON.stringify(refused).includes('nobody has put right'), 'open findings keep it shut', JSON.stringify(refused));
  for (const id of found.slice(1)) {
    await attach('zhao', 'findings', id, 'after.png');
    await move('zhao', 'findings', id, 'rectify', evidence);
  }
  await go(desk, server, board);
  await push(desk, '转入总结验收');
  await until('the acceptance', async () => (await desk.locator('.phases .now').innerText()).includes('总结验收'));
  const chief = await browser.page(server, accounts.leader, { at: board });
  await chief.locator('.gates li').first().waitFor();
  equal(await chief.locator('.gates li.shut').count(), 1, 'what nobody has looked at again keeps the campaign open');
  ok((await gates(chief)).some((one) => one.includes('未满足') && one.includes('销号')), 'and the page says why', (await gates(chief)).join(' / '));
  for (const id of found.slice(1)) await move('qian', 'findings', id, 'verify', { verified_on: today });
  await chief.locator('.stage-moves button', { hasText: '结束' }).waitFor({ timeout: 60_000 });
  await push(chief, '结束', { outcome: '31家机构全部检查，问题全部整改。' });
  await until('the end', async () => (await chief.locator('.phases .now').innerText()).includes('已结束'));
  equal((await dashboard()).stage, 'closed', 'the campaign is closed');
  await shot(chief, 'campaign-closed-zh');
  await chief.getByRole('link', { name: '总结报告' }).click();
  await chief.locator('iframe.paper:not(.waiting)').waitFor({ timeout: 60_000 });
  const paper = await chief.frameLocator('iframe.paper').locator('body').innerText();
  ok(paper.includes('夏季专项行动') && paper.includes('31'), 'the report tells of it', paper.slice(0, 400));
  await go(chief, server, '/supervise/checklists/fetal_sex_control?period=2014Q3');
  await chief.locator('.table tbody tr').first().waitFor();
  ok((await chief.locator('.table tbody tr').first().innerText()).includes('8/31'), 'eight of 31 facilities said yes of the notice where inspectors said no');
});

await test('a signal opens a finding: its facility and its words are filled in, nobody is named', async () => {
  const site = sites[5];
  await add('zhao', 'signals', [
    { look: 'facilities', period: '2014S1', stratum: 'all', subject: site.code, place: site.area, facility: site.code, until: '2014-06-30', review: '1',
      text_zh: '该机构出生性别比高于同类机构。其余说明。', text_en: 'Its sex ratio at birth is above that of its peers. More words.' },
  ]);
  await go(desk, server, '/supervise');
  const line = desk.locator('.signals li', { hasText: '高于同类机构' });
  await line.getByRole('button', { name: '登记为问题' }).click();
  await desk.locator('[data-field="what"]').waitFor();
  const value = (name) => desk.locator(`[data-field="${name}"]`).locator('input, textarea').first().inputValue();
  await until('the text', async () => (await value('what')).includes('高于同类机构'));
  await until('the facility', async () => (await value('facility')).includes(site.name));
  ok(true, 'the new finding has the facility and the text of the signal');
  equal(await desk.locator('[data-field="number"] input').inputValue(), '', 'the rest is for its writer');
  await go(desk, server, `${board}?lang=en`);
  const table = desk.locator('.two .table', { hasText: 'put right, to be looked at' });
  await table.waitFor();
  const [wide, room] = await table.evaluate((one) => [one.scrollWidth, one.parentElement.clientWidth]);
  ok(wide <= room, 'every stage of the findings is seen beside the targets', `${wide} in ${room}`);
  await desk.emulateMedia({ media: 'print' });
  await desk.locator('.phases').waitFor();
  equal(await desk.locator('nav.pages').isVisible(), false, 'on paper there is no menu');
  equal(await desk.locator('.actions').first().isVisible(), false, 'and no button');
});

await finish();
