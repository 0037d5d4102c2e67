// SPDX-License-Identifier: AGPL-3.0-or-later
// The service worker: the pages themselves are kept, so that they open without a network. What is asked of the API always goes
// to the network.
declare const BUILD_FILES: string[];
declare const BUILD_HASH: string;
declare const self: ServiceWorkerGlobalScope;

const kept = `heng-${BUILD_HASH}`;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(BUILD_FILES)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((one) => one !== kept).map((one) => caches.delete(one)))));
});

export {};
