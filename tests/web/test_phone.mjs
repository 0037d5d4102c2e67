// SPDX-License-Identifier: AGPL-3.0-or-later
// A phone without a phone: the engine of ODK Web Forms (@getodk/xforms-engine, a client that others wrote) loads every form of
// the server, fills one in, and what it makes is sent as Collect sends it. The row is there.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { equal, finish, note, ok, open_server, rows_in, source, test } from './harness.mjs';

const require = createRequire(join(source, 'web/package.json'));

/** The engine, in a window of jsdom: it asks for a browser's classes, and its parser for what node's older modules have. */
async function open_engine() {
  const { JSDOM } = require('jsdom');
  const { window } = new JSDOM('<!doctype html>', { url: 'http://localhost/' });
  Object.assign(globalThis, { window, document: window.document, __dirname: '/', require });
  for (const name of Object.getOwnPropertyNames(window)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: window[name] });
  }
  for (const name of ['File', 'Blob', 'FormData', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Event', 'EventTarget']) {
    globalThis[name] = window[name];
  }
  return import(pathToFileURL(require.resolve('@getodk/xforms-engine')).href);
}

/** One person's phone: basic log-in with the device token. */
class Phone {
  constructor(base, name, token) {
    this.base = base;
    this.headers = {
      Authorization: `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`,
      'X-OpenRosa-Version': '1.0',
    };
  }

  get(path) {
    return fetch(path.startsWith('http') ? path : this.base + path, { headers: this.headers });
  }

  async forms() {
    const xml = await (await this.get('/openrosa/formList')).text();
    return [...xml.matchAll(/<xform>(.*?)<\/xform>/gs)].map(([, one]) => ({
      id: one.match(/<formID>(.*?)</)[1],
      url: one.match(/<downloadUrl>(.*?)</)[1],
      manifest: one.match(/<manifestUrl>(.*?)</)?.[1],
    }));
  }

  /** What the form refers to as jr://file-csv/NAME. */
  async attachments(form) {
    const out = new Map();
    if (!form.manifest) return out;
    const xml = await (await this.get(form.manifest)).text();
    for (const [, name, url] of xml.matchAll(/<filename>(.*?)<.*?<downloadUrl>(.*?)</gs)) {
      out.set(name, await (await this.get(url)).text());
    }
    return out;
  }

  /** files: names and bytes that go with this post. */
  async send(xml, files = []) {
    const mark = `b${Math.random().toString(36).slice(2)}`;
    const part = (name, filename, type, bytes) =>
      Buffer.concat([
        Buffer.from(`--${mark}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`),
        Buffer.from(bytes),
        Buffer.from('\r\n'),
      ]);
    const body = Buffer.concat([
      part('xml_submission_file', 'form.xml', 'text/xml', xml),
      ...files.map(([name, bytes]) => part(name, name, 'image/png', bytes)),
      Buffer.from(`--${mark}--\r\n`),
    ]);
    const headers = { ...this.headers, 'Content-Type': `multipart/form-data; boundary=${mark}` };
    const answer = await fetch(`${this.base}/openrosa/submission`, { method: 'POST', headers, body });
    return { status: answer.status, text: await answer.text() };
  }
}

async function load(engine, phone, form) {
  const xml = await (await phone.get(form.url)).text();
  const files = await phone.attachments(form);
  const found = (url) => files.get(String(url).split('/').pop());
  return engine.loadForm(xml, {
    fetchFormAttachment: async (url) => ({
      ok: found(url) !== undefined,
      status: found(url) === undefined ? 404 : 200,
      headers: new Headers({ 'Content-Type': 'text/csv' }),
      text: async () => found(url),
      blob: async () => new globalThis.Blob([found(url)], { type: 'text/csv' }),
    }),
  });
}

/** All questions by their path. */
function questions(root) {
  const out = new Map();
  const walk = (node) => {
    for (const child of node.currentState.children ?? []) {
      out.set(child.currentState.reference, child);
      walk(child);
    }
  };
  walk(root);
  return out;
}

/** Sets answers and says what the engine finds wrong with them. */
function fill(asked, answers) {
  for (const [name, value] of Object.entries(answers)) {
    const node = asked.get(name.startsWith('/') ? name : `/data/row/${name}`);
    if (node.nodeType === 'select') node.selectValue(value);
    else node.setValue(typeof value === 'number' ? BigInt(value) : value);
  }
}

async function payload_of(instance) {
  const payload = await instance.root.prepareInstancePayload({ payloadType: 'chunked', maxSize: 10_000_000 });
  const file = payload.data[0].get('xml_submission_file');
  const xml = await new Promise((done, fail) => {
    const reader = new globalThis.window.FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = fail;
    reader.readAsText(file);
  });
  return { status: payload.status, violations: payload.violations, xml };
}

const usable = (() => {
  try {
    return Boolean(require.resolve('@getodk/xforms-engine') && require.resolve('jsdom'));
  } catch {
    return false;
  }
})();
const [major] = process.versions.node.split('.').map(Number);
if (!usable || major < 18) {
  console.log(`ok 1 - forms in another's engine # SKIP ${usable ? 'it needs node 18' : 'npm ci has not put it into web/node_modules'}`);
  console.log('1..1');
  process.exit(0);
}

const engine = await open_engine();
const server = await open_server();
const account = await server.first_account();
const session = await server.sign_in(account);
const made = await server.ask('POST', '/api/tokens', { name: 'phone', device: true, address: server.url }, session);
const phone = new Phone(server.url, account.name, made.body.token);
const forms = await phone.forms();

await test('every form of the county pack loads', async () => {
  ok(forms.length > 15, `${forms.length} forms`);
  for (const form of forms) {
    const loaded = await load(engine, phone, form);
    if (!ok(loaded.status === 'success' || loaded.status === 'warning', `${form.id} loads`, loaded.error?.message)) continue;
    const instance = loaded.createInstance();
    const asked = [...questions(instance.root).values()].filter((one) => one.nodeType === 'input' || one.nodeType === 'select');
    ok(asked.length > 1 && asked.every((one) => one.currentState.label?.asString), `${form.id} asks ${asked.length} questions, each in words`);
  }
});

await test('a birth is filled in, checked, sent, and is a row', async () => {
  const loaded = await load(engine, phone, forms.find((one) => one.id === 'births'));
  const instance = loaded.createInstance();
  const asked = questions(instance.root);
  equal(instance.root.languages.map((one) => one.language).sort(), ['English (en)', '中文 (zh)'], 'in two languages');
  const residence = asked.get('/data/row/residence');
  const all = residence.currentState.valueOptions.length;
  const township = asked.get('/data/choose/residence');
  ok(township && all > 20, `${all} villages, with a township before them`);
  const first = township.currentState.valueOptions[0];
  fill(asked, { '/data/choose/residence': first.value });
  const near = residence.currentState.valueOptions;
  ok(near.length > 0 && near.length < all && near.every((one) => one.value.startsWith(first.value.replace(/0+$/, ''))), `the township leaves ${near.length} of them`);
  const answers = { '/data/source': 'hospital', residence: near[0].value, born_on: '2014-06-05', sex: 'f', certificate: 'X123456789', weight: 3250, mother_birth_year: 1985 };
  fill(asked, answers);
  equal((await payload_of(instance)).status, 'ready', 'it is ready');
  fill(asked, { weight: 99999 });
  const weight = asked.get('/data/row/weight');
  ok(weight.validationState.violation && /7000/.test(weight.validationState.violation.message.asString), 'a weight out of limits is told');
  fill(asked, { weight: 3250, registered_on: '2014-06-01' });
  const registered = asked.get('/data/row/registered_on');
  ok(registered.validationState.violation, 'a registration before the birth is told');
  fill(asked, { registered_on: '2014-06-06', mother_birth_year: 2010 });
  ok(asked.get('/data/row/mother_birth_year').validationState.violation, 'a mother of four is told');
  fill(asked, { mother_birth_year: 1985 });
  const { status, violations, xml } = await payload_of(instance);
  equal([status, violations], ['ready', null], 'then nothing is wrong');
  const sent = await phone.send(xml);
  ok(sent.status === 201, 'it is taken', sent.text);
  equal((await phone.send(xml)).status, 201, 'twice');
  const found = (await server.ask('GET', '/api/registers/births/rows?f.certificate=X123456789', undefined, session)).body;
  equal(rows_in(found).map((row) => [row.values.sex, row.values.weight, row.values.residence, row.values.registered_on]), [['f', '3250', near[0].value, '2014-06-06']], 'one row, as it was filled in');
});

await test('a checklist has its sections and conditions', async () => {
  const form = forms.find((one) => one.id === 'fetal_sex_control');
  if (!form) {
    note('the pack has no checklist that this person may fill in');
    return;
  }
  const loaded = await load(engine, phone, form);
  const instance = loaded.createInstance();
  const asked = questions(instance.root);
  ok([...asked.keys()].some((path) => path.startsWith('/data/photo/')), 'photographs are asked for');
  ok(!asked.has('/data/row/score') && !asked.has('/data/row/edition'), 'and no score');
  const facility = asked.get('/data/row/facility');
  for (const [path, node] of asked) {
    if (!path.startsWith('/data/row/') || !node.currentState.relevant) continue;
    if (node.nodeType === 'select') node.selectValue(node === facility ? facility.currentState.valueOptions[0].value : node.currentState.valueOptions[0].value);
    else if (node.valueType === 'date') node.setValue('2014-07-01');
    else if (node.valueType === 'int') node.setValue(2n);
  }
  const photos = [...asked.values()].filter((one) => one.nodeType === 'upload' && one.currentState.relevant);
  const lacking = await payload_of(instance);
  equal(lacking.violations?.map((one) => one.reference).sort(), photos.map((one) => one.currentState.reference).sort(), 'the photographs are required');
  ok(photos.every((one) => /照片|photograph/.test(one.validationState.violation.message.asString)), 'in words of the form');
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  photos.forEach((one, i) => one.setValue(new globalThis.window.File([png], `photo${i}.png`, { type: 'image/png' })));
  const { status, violations, xml } = await payload_of(instance);
  equal(status, 'ready', `it is ready ${JSON.stringify(violations?.map((one) => one.reference))}`);
  const names = photos.map((one) => new RegExp(`<photo>.*<${one.currentState.reference.split('/').pop()}>([^<]+)<`).exec(xml)[1]);
  const sent = await phone.send(xml);
  ok(sent.status === 202, 'it is taken, and its photographs are to come', sent.text);
  for (const [i, name] of names.entries())
    equal((await phone.send(xml, [[name, png]])).status, i + 1 === names.length ? 201 : 202, `photograph ${i + 1} in a post of its own`);
  const found = rows_in((await server.ask('GET', '/api/registers/fetal_sex_control/rows', undefined, session)).body);
  ok(found.some((row) => row.values.score !== null && row.photos_missing === 0), 'and scored, and whole');
  const [row] = found;
  const { attachments } = (await server.ask('GET', `/api/registers/fetal_sex_control/rows/${row.id}`, undefined, session)).body;
  equal(attachments.map((one) => [`/data/photo/${one.item}`, one.name]).sort(), photos.map((one, i) => [one.currentState.reference, names[i]]).sort(), 'each at its item');
});

await finish();
