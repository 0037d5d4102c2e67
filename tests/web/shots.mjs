// SPDX-License-Identifier: AGPL-3.0-or-later
// A picture of every page, wide and narrow, in both languages: HENG_SHOTS is the folder (./dev shots: demo-out/shots). Wide ones as far
// down as the page goes, narrow ones as a phone shows them.
// HENG_ONLY=name,name: only those. HENG_LOOK=dark, or print: as a sheet of A4 has it, instead of narrow and wide.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finish, ok, open_browser, open_server, sign_in, source, test } from './harness.mjs';
import { enter, pages, prepare, visit } from './pages.mjs';

const folder = process.env.HENG_SHOTS ?? join(source, 'demo-out/shots');
mkdirSync(folder, { recursive: true });
const server = await open_server();
const made = await prepare(server);
const browser = await open_browser();
const only = (process.env.HENG_ONLY ?? '').split(',').filter(Boolean);
const look = process.env.HENG_LOOK ?? '';
const colorScheme = look === 'dark' ? 'dark' : 'light';
const sizes = [
  ['wide', 1280, 800],
  ['narrow', 360, 740],
];
// A4 within its margins, at 96 dots an inch.
const paper = [['paper', 688, 1000]];

for (const language of ['zh', 'en'])
  for (const [size, width, height] of look === 'print' ? paper : sizes) {
    const options = { language, width, height, deviceScaleFactor: size === 'narrow' ? 2 : 1, colorScheme, reducedMotion: 'reduce' };
    const stranger = (await browser.context(options)).page;
    const member = (await browser.context(options)).page;
    await sign_in(member, server, made.admin);
    const reader = await browser.context(options);
    await enter(reader.context, server, made.reader);
    for (const one of pages(made).filter((page) => !only.length || only.includes(page.name)))
      await test(`${one.name} ${size} ${language}`, async () => {
        const page = { admin: member, reader: reader.page }[one.who] ?? stranger;
        await page.emulateMedia({ media: 'screen' });
        await visit(page, server, one, language);
        if (look === 'print') await page.emulateMedia({ media: 'print' });
        const path = join(folder, `${one.name}-${[size, look === 'dark' ? 'dark' : '', language].filter(Boolean).join('-')}.png`);
        const high = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.screenshot({ path, fullPage: size !== 'narrow' && high < 6000 });
        ok(true, path);
      });
  }

await finish();
