// SPDX-License-Identifier: AGPL-3.0-or-later
// The first script of the page, run before any module has come: it asks for the files of the page in the address and, where somebody was
// signed in here last time, for the answers that every page begins with. They travel while the modules are read (api/client.ts takes them).
import type { Ahead } from './api/client';
import { apiUrl } from './api/url';
import { firstQuestions } from './first';
import { recall } from './recall';
import { pageOf } from './where';

/** Files of each page, besides those that every page needs. */
declare const PAGE_FILES: Record<string, string[]>;

const path = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
const query = Object.fromEntries(new URLSearchParams(location.search));
const head = path[0] ?? 'today';
for (const href of PAGE_FILES[pageOf(path)] ?? [])
  document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }));

// kept/device: without a network the device opens by the password only, so its key is asked for while there is one.
const ofEveryPage = ['/api/model', '/api/kept/device', '/api/areas?through=1', '/api/channels'];
const asked = ['/api/session'];
if (head === 'link') asked.push(`/api/links/${encodeURIComponent(path[1] ?? '')}`);
else if (recall('heng.here')) asked.push(...ofEveryPage, apiUrl('/api/today', { area: query.area }), ...firstQuestions(path, query));
/** Read at once, so that a page whose answers have come before it is drawn with them, and not without them first. */
function ask(url: string): Ahead {
  const one: Ahead = { answer: fetch(url, { headers: { Accept: 'application/json' }, credentials: 'same-origin' }) };
  one.answer = one.answer.then(async (answer) => {
    if (!answer.ok) return answer;
    const said = (await answer.json()) as unknown;
    if (!answer.headers.get('X-Heng-Kept')) one.said = said;
    return Object.assign(answer, { json: async () => said });
  });
  one.answer.catch(() => {});
  return one;
}
Object.assign(globalThis, { heng_ahead: new Map(asked.map((url) => [url, ask(url)])) });
