// SPDX-License-Identifier: AGPL-3.0-or-later
// axe-core finds nothing serious or critical on any page: both languages, light and dark, wide and 360 px; and nothing sticks out of the
// page at the side. HENG_ONLY=name,name walks only those.
import { axe, equal, finish, open_browser, open_server, sign_in, test } from './harness.mjs';
import { enter, overflow, pages, prepare, visit } from './pages.mjs';

const server = await open_server();
const made = await prepare(server);
const browser = await open_browser();
const only = (process.env.HENG_ONLY ?? '').split(',').filter(Boolean);
const all = pages(made).filter((one) => !only.length || only.includes(one.name));

for (const [language, colorScheme, width, height] of [
  ['zh', 'light', 1280, 800],
  ['en', 'dark', 1280, 800],
  ['zh', 'dark', 360, 740],
  ['en', 'light', 360, 740],
]) {
  const options = { language, width, height, colorScheme, reducedMotion: 'reduce' };
  const stranger = (await browser.context(options)).page;
  const member = (await browser.context(options)).page;
  await sign_in(member, server, made.admin);
  const reader = await browser.context(options);
  await enter(reader.context, server, made.reader);
  for (const one of all) {
    const name = `${one.name} (${language}, ${colorScheme}, ${width})`;
    await test(name, async () => {
      const page = { admin: member, reader: reader.page }[one.who] ?? stranger;
      await visit(page, server, one, language);
      equal(await axe(page), [], `axe: ${name}`);
      equal(await overflow(page), [], `within the page: ${name}`);
    });
  }
}

await finish();
