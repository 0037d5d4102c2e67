// SPDX-License-Identifier: AGPL-3.0-or-later
// The answers that entry needs without a network, kept for the service worker: what registers there are, areas and facilities. They
// name no person.
const name = 'heng-answers';
const paths = ['/api/model', '/api/areas?deep=1', '/api/facilities'];

/** Only where there is a service worker that could use them. */
export async function keepAnswers(): Promise<void> {
  if (typeof caches === 'undefined' || !navigator.serviceWorker) return;
  try {
    const cache = await caches.open(name);
    await Promise.all(
      paths.map(async (path) => {
        const answer = await fetch(path, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
        if (answer.ok && !answer.headers.get('X-Heng-Kept')) await cache.put(path, answer);
      }),
    );
  } catch {
    // No network just now, or no room: what was kept before is still there.
  }
}

export async function dropAnswers(): Promise<void> {
  if (typeof caches !== 'undefined') await caches.delete(name).catch(() => false);
}

export function startWorker(): void {
  if (!isSecureContext || !navigator.serviceWorker) return;
  navigator.serviceWorker.register('/sw.js').catch(() => {});
}
