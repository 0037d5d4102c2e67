// SPDX-License-Identifier: AGPL-3.0-or-later
// A picture of every page, wide and narrow, in both languages: HENG_SHOTS is the folder (./dev shots: demo-out/shots). Wide ones as far
// down as the page goes, narrow ones as a phone shows them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finish, ok, open_browser, open_server, sign_in, source, test } from './harness.mjs';
import { pages, prepare, visit } from './pages.mjs';

const folder = process.env.HENG_SHOTS ?? join(source, 'demo-out/shots');
mkdirSync(folder, { recursive: true });
const server = await open_server();
const made = await prepare(server);
const browser = await open_browser();

for (const language of ['zh', 'en'])
  for (const [size, width, height] of [
    ['wide', 1280, 800],
    ['narrow', 360, 740],
  ]) {
    const options = { language, width, height, deviceScaleFactor: size === 'narrow' ? 2 : 1, reducedMotion: 'reduce' };
    const stranger = (await browser.context(options)).page;
    const member = (await browser.context(options)).page;
    await sign_in(member, server, made.admin);
    for (const one of pages(made))
      await test(`${one.name} ${size} ${language}`, async () => {
        const page = one.who ? member : stranger;
        await visit(page, server, one, language);
        const path = join(folder, `${one.name}-${size}-${language}.png`);
        const high = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.screenshot({ path, fullPage: size === 'wide' && high < 6000 });
        ok(true, path);
      });
  }

await finish();
