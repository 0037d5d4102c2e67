// SPDX-License-Identifier: AGPL-3.0-or-later
// The first script of the page, run before any module has come: it asks for the files of the page in the address and, where somebody was
// signed in here last time, for the answers that every page begins with. They travel while the modules are read (api/client.ts takes them).
import { recall } from './recall';

/** Files of each page, besides those that every page needs. */
declare const PAGE_FILES: Record<string, string[]>;

const head = location.pathname.split('/')[1] || 'today';
for (const href of PAGE_FILES[head] ?? [])
  document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }));

if (recall('heng.here') && head !== 'link') {
  const area = new URLSearchParams(location.search).get('area');
  const today = area ? `/api/today?${new URLSearchParams({ area })}` : '/api/today';
  const ahead = new Map<string, Promise<Response>>();
  // kept/device: without a network the device opens by the password only, so its key is asked for while there is one.
  for (const url of ['/api/session', '/api/model', '/api/kept/device', '/api/areas', today, '/api/channels']) {
    const answer = fetch(url, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    answer.catch(() => {});
    ahead.set(url, answer);
  }
  Object.assign(globalThis, { heng_ahead: ahead });
}
