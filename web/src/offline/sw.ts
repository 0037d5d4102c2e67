// SPDX-License-Identifier: AGPL-3.0-or-later
// The service worker: the pages themselves are kept, so that they open without a network. What is asked of the API goes to the network;
// without one, three answers that entry needs (the model, the areas, the facilities) come from what the page has kept. Rows never do.
declare const BUILD_FILES: string[];
declare const BUILD_HASH: string;
declare const self: ServiceWorkerGlobalScope;

const kept = `heng-${BUILD_HASH}`;
/** Filled and emptied by the page (offline/answers.ts). */
const answers = 'heng-answers';
const forEntry = new Set(['/api/model', '/api/areas?deep=1', '/api/facilities']);

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(BUILD_FILES)));
});

self.addEventListener('activate', (event) => {
  const clean = caches
    .keys()
    .then((names) => Promise.all(names.filter((one) => one !== kept && one !== answers).map((one) => caches.delete(one))));
  event.waitUntil(clean.then(() => self.clients.claim()));
});

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    const own = await caches.match('/', { cacheName: kept });
    if (own) return own;
    throw cause;
  }
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: kept })) ?? fetch(request);
}

/** Marked, so that the page knows that it did not come from the server. */
async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    const own = await caches.match(request, { cacheName: answers, ignoreVary: true });
    if (!own) throw cause;
    const headers = new Headers(own.headers);
    headers.set('X-Heng-Kept', '1');
    return new Response(own.body, { status: own.status, headers });
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/api/')) {
    if (forEntry.has(url.pathname + url.search)) event.respondWith(answer(request));
  } else if (request.mode === 'navigate') event.respondWith(page(request));
  else if (BUILD_FILES.includes(url.pathname)) event.respondWith(asset(request));
});

export {};
