// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page of the site, for those that walk all of them (axe.mjs, shots.mjs): its name, its address, and what has to stand before it is
// looked at. The county has people, a second role, an explained finding, a dashboard and a backup, so that no page is empty.

import { code_of, heng, rows_in } from './harness.mjs';

export const period = '2014S1';

/** Goods at two facilities: received, sent and not all arrived, expired. */
async function fill_stock(server, session) {
  const [one, two] = (await server.ask('GET', '/api/facilities', undefined, session)).body.facilities;
  const goods = rows_in((await server.ask('GET', '/api/registers/stock_items/rows?limit=3&columns=code', undefined, session)).body);
  const post = (movement, day, head, lines) => server.ask('POST', '/api/ledgers/stock/entries', { movement, day, ...head, lines }, session);
  const lots = [
    ['A1402', '240', '2015-06-30'],
    ['A1311', '60', '2014-08-15'],
    ['A1206', '12', '2014-07-01'],
  ];
  for (const [i, row] of goods.entries()) {
    const lines = lots.map(([lot, quantity, expires]) => ({ item: row.values.code, lot: `${lot}${i}`, quantity, expires }));
    await post('receive', '2014-06-01', { to: one.code }, lines);
  }
  const sent = await post('send', '2014-06-20', { from: one.code, to: two.code }, [
    { item: goods[0].values.code, lot: 'A13110', quantity: '20' },
  ]);
  await server.ask('POST', `/api/ledgers/stock/entries/${sent.body.id}/confirm`, { arrived: ['18'], day: '2014-06-23' }, session);
  await post('send', '2014-07-15', { from: one.code, to: two.code }, [{ item: goods[1].values.code, lot: 'A13111', quantity: '10' }]);
  return one.code;
}

/** Somebody who reads referrals and writes them, with a second step and an open key. -> a session */
async function open_reader(server, admin) {
  const roles = ['protection_officer', 'tip_reader', 'inspector', 'office'].map((role) => ({ role, area: '', until: null }));
  const reader = await server.account(admin, 'sun', roles);
  const session = await server.sign_in(reader);
  const { body } = await server.ask('POST', '/api/session/totp', { password: reader.password }, session);
  await server.ask('PUT', '/api/session/totp', { code: code_of(body.secret) }, session);
  await server.ask('POST', '/api/letter-key', { password: reader.password }, session);
  for (const text of ['男婴被遗弃在门诊大厅，已送儿科观察。', '产后妇女不敢回家。']) {
    const letter = { who: 'infant', what: 'abandoned', text };
    await server.ask('POST', '/api/channels/protection/letters', { answers: letter }, session);
  }
  return session;
}

/** Signs a context in without the form. */
export async function enter(context, server, session) {
  const cookies = session.cookie.split('; ').map((one) => {
    const [name, ...value] = one.split('=');
    return { name, value: value.join('='), url: server.url };
  });
  await context.addCookies(cookies);
}

/** Fills the county with what pages show. -> the accounts */
export async function prepare(server) {
  const admin = await server.first_account();
  const leader = await server.account(admin, 'chen', [{ role: 'leader', area: '', until: '2015-06-30' }]);
  const clerk = await server.account(admin, 'wang', [{ role: 'clerk', area: '', until: null }]);
  const session = await server.sign_in(admin);
  await server.ask(
    'POST',
    '/api/people',
    { name: 'zhao', full_name: '赵检查', roles: [{ role: 'inspector', area: '', until: null }] },
    session,
  );
  const { findings } = (await server.ask('GET', `/api/checks?period=${period}&limit=5`, undefined, session)).body;
  for (const one of findings.slice(1, 2))
    await server.ask(
      'POST',
      '/api/checks/explain',
      { key: one.key, check: one.check, text: '该院6月停诊装修，7月恢复，已电话核实。' },
      session,
    );
  const panel = { area: '', period: '', columns: '' };
  const panels = [
    { ...panel, title: '出生人口性别比 · 乡镇', indicators: ['srb'], rows: 'township', view: 'chart' },
    { ...panel, title: '出生数 · 月', indicators: ['births_total'], rows: 'month', view: 'chart' },
    { ...panel, title: '出生数 · 孩次', indicators: ['births_total', 'births_boys', 'births_girls'], rows: 'birth_order', view: 'table' },
  ];
  await server.ask('PUT', '/api/kept/dashboard/早会', { shared: true, value: { panels } }, session);
  await server.ask('POST', '/api/backups', undefined, session);
  await heng('watch', server.county, '--period', period);
  const shelf = await fill_stock(server, session);
  const found = rows_in((await server.ask('GET', '/api/registers/findings/rows?limit=1&columns=facility', undefined, session)).body)[0];
  const reader = await open_reader(server, admin);
  const letters = (await server.ask('GET', '/api/channels/protection/letters', undefined, reader)).body.letters;
  const rows = rows_in((await server.ask('GET', '/api/registers/births/rows?limit=1', undefined, session)).body);
  const link = async (name) => {
    const made = await server.ask(
      'POST',
      '/api/people',
      { name, full_name: '', roles: [{ role: 'leader', area: '', until: null }] },
      session,
    );
    return new URL(typeof made.body.link === 'string' ? made.body.link : made.body.link.link, server.url).pathname;
  };
  const more = { shelf, facility: found?.values.facility, finding: found?.id, letter: letters?.[0]?.id };
  return { admin, leader, clerk, reader, ...more, row: rows[0]?.id, link: await link('invited') };
}

/** who: signed in as, or nobody. ready: a selector. */
export function pages({ row, link, shelf, facility, finding, letter }) {
  const explorer = (by, view) => `/indicators?period=${period}&indicators=srb,births_total&by=${by}&view=${view}`;
  return [
    { name: 'login', at: '/login', ready: 'input[type=password]', who: '' },
    { name: 'link', at: link, ready: 'input[type=password]', who: '' },
    { name: 'link-gone', at: '/link/nothing', ready: 'h1', who: '' },
    { name: 'today', at: '/today', ready: '.section' },
    { name: 'overview', at: `/overview?period=${period}`, ready: '.section' },
    { name: 'registers', at: '/registers', ready: 'h1' },
    { name: 'register', at: '/registers/births', ready: 'tbody tr' },
    ...(row ? [{ name: 'row', at: `/registers/births/${row}`, ready: 'form' }] : []),
    { name: 'new-row', at: '/registers/births/new', ready: 'form' },
    { name: 'import', at: '/import', ready: 'h1' },
    { name: 'checks', at: `/checks?period=${period}`, ready: '.group' },
    { name: 'indicators', at: '/indicators', ready: '.chooser' },
    { name: 'indicators-table', at: explorer('township', 'table'), ready: '.result tbody tr' },
    { name: 'indicators-chart', at: explorer('township', 'chart'), ready: '.result .mark' },
    { name: 'indicators-time', at: explorer('month', 'chart'), ready: '.result .mark' },
    { name: 'indicators-map', at: explorer('township', 'map'), ready: '.result .empty, .result .mark' },
    { name: 'dashboards', at: '/indicators/dashboards', ready: '.boards' },
    { name: 'dashboard', at: `/indicators/dashboards/${encodeURIComponent('早会')}`, ready: '.board .mark' },
    { name: 'ahead', at: '/ahead', ready: '.early-warning' },
    { name: 'ahead-normal', at: '/ahead?normal=2020&tfr=1.8&by=2030', ready: '.early-warning' },
    { name: 'supervise', at: '/supervise', ready: '.open-registers' },
    { name: 'supervise-campaign', at: '/supervise/campaign/2014-01', ready: '.phases' },
    { name: 'supervise-checklist', at: `/supervise/checklists/fetal_sex_control?period=${period}`, ready: '.table tbody tr' },
    { name: 'supervise-nothing', at: '/supervise/checklists/record_signature?period=201301', ready: '.empty' },
    { name: 'supervise-plan', at: '/supervise/sampling', ready: '.curve path.line' },
    { name: 'supervise-audits', at: '/supervise/sampling?part=audits', ready: '.sampling-fields' },
    { name: 'supervise-rota', at: '/supervise/sampling?part=rota', ready: 'tbody tr' },
    { name: 'finding', at: `/registers/findings/${finding}`, ready: '.stage-strip' },
    { name: 'facility', at: `/facility/${facility}`, ready: '.facts' },
    { name: 'stock', at: '/stock', ready: 'tbody tr' },
    { name: 'stock-entry', at: '/stock/entry', ready: '.stock-form' },
    { name: 'stock-count', at: `/stock/count?facility=${shelf}`, ready: 'tbody tr' },
    { name: 'stock-differences', at: '/stock/differences', ready: 'tbody tr' },
    { name: 'stock-entries', at: '/stock/entries', ready: 'tbody tr' },
    { name: 'letters', at: '/tips', ready: 'tbody tr', who: 'reader' },
    { name: 'letter', at: `/tips/protection/${letter}`, ready: '.section', who: 'reader' },
    { name: 'tip', at: '/tip', ready: 'form', who: '' },
    { name: 'tip-return', at: '/tip/return', ready: 'form', who: '' },
    { name: 'report-campaign', at: '/reports/campaign/2014-01', ready: 'iframe.paper:not(.waiting)' },
    { name: 'reports', at: '/reports', ready: '.boards' },
    { name: 'report', at: `/reports/half-year?period=${period}`, ready: 'iframe.paper:not(.waiting)' },
    ...['places', 'people', 'roles', 'pack', 'backup', 'audit', 'health'].map((tab) => ({
      name: `admin-${tab}`,
      at: `/admin/${tab}`,
      ready: '.admin .section',
    })),
    { name: 'account', at: '/account', ready: '.account .section' },
    { name: 'nowhere', at: '/nowhere', ready: '.empty' },
  ].map((one) => ({ who: 'admin', ...one }));
}

/** Goes there and waits until nothing is under way. */
export async function visit(page, server, one, language) {
  const url = new URL(one.at, server.url);
  url.searchParams.set('lang', language);
  await page.goto(url.href);
  await page.locator(one.ready).first().waitFor({ timeout: 60_000 });
  await page.waitForFunction(() => !document.querySelector('.skeleton, .under-way'), undefined, { timeout: 30_000 }).catch(() => {});
  await page.evaluate(() => document.fonts.ready);
}

/** What sticks out at the side of the page: the widest elements that are not in a box that scrolls. */
export async function overflow(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const inside = (node) => {
      for (let one = node.parentElement; one && one !== document.body; one = one.parentElement)
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(one).overflowX)) return true;
      return false;
    };
    return [...document.body.querySelectorAll('*')]
      .filter((one) => one.getBoundingClientRect().right > room + 1 && !inside(one))
      .slice(0, 5)
      .map(
        (one) =>
          `${one.tagName.toLowerCase()}.${one.getAttribute('class') ?? ''} ${Math.round(one.getBoundingClientRect().right - room)} px`,
      );
  });
}
