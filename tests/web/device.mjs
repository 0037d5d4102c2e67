// SPDX-License-Identifier: AGPL-3.0-or-later
// What the browser keeps, read as whoever has the disk would read it.

/** Everything that IndexedDB, localStorage and the caches hold, as bytes. */
export async function stored(page) {
  return page.evaluate(async () => {
    const parts = [];
    const walk = (value) => {
      if (value instanceof ArrayBuffer) parts.push(new Uint8Array(value));
      else if (ArrayBuffer.isView(value)) parts.push(new Uint8Array(value.buffer));
      else if (typeof value === 'string') parts.push(new TextEncoder().encode(value));
      else if (value && typeof value === 'object') Object.entries(value).flat().forEach(walk);
    };
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise((yes, no) => {
        const asked = indexedDB.open(name);
        asked.onsuccess = () => yes(asked.result);
        asked.onerror = () => no(asked.error);
      });
      for (const store of db.objectStoreNames) {
        const all = await new Promise((yes) => {
          const asked = db.transaction(store).objectStore(store).getAll();
          asked.onsuccess = () => yes(asked.result);
        });
        all.forEach(walk);
      }
      db.close();
    }
    walk(JSON.stringify({ ...localStorage }));
    walk(JSON.stringify({ ...sessionStorage }));
    const urls = [];
    for (const name of await caches.keys())
      for (const request of await (await caches.open(name)).keys()) {
        urls.push(new URL(request.url).pathname);
        if (request.url.includes('/api/')) walk(await (await (await caches.open(name)).match(request)).text());
      }
    // Each byte is one character, so that a name in UTF-8 is found as its bytes.
    let text = '';
    for (const part of parts) for (let i = 0; i < part.length; i += 8192) text += String.fromCharCode(...part.subarray(i, i + 8192));
    return { text, size: text.length, urls };
  });
}
/** Texts as the bytes that stored() finds them as. */
export const latin = (text) => Buffer.from(text).toString('latin1');

/** Waits until all that is on the screen is in the draft on the device. */
export const drafted = (page) => page.locator('.entry-foot small[aria-busy=false]', { hasText: '草稿已加密保存' }).waitFor();

/** Of each sealed record its kind and the names of its fields. */
export const records = (page) =>
  page.evaluate(
    () =>
      new Promise((yes) => {
        const asked = indexedDB.open('heng');
        asked.onsuccess = () => {
          const all = asked.result.transaction('sealed').objectStore('sealed').getAll();
          all.onsuccess = () => {
            asked.result.close();
            yes(all.result.map((one) => ({ kind: one.kind, fields: Object.keys(one).sort() })));
          };
        };
      }),
  );

/** What passwords lock: another text when it was locked anew. */
export const locks = (page) =>
  page.evaluate(
    () =>
      new Promise((yes) => {
        const asked = indexedDB.open('heng');
        asked.onsuccess = () => {
          const all = asked.result.transaction('keys').objectStore('keys').getAll();
          all.onsuccess = () => {
            asked.result.close();
            const bytes = (_, value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : ArrayBuffer.isView(value) ? [...value] : value);
            yes(JSON.stringify(all.result.map((one) => one.byPassword), bytes));
          };
        };
      }),
  );

/** How many accounts may open this device by their password. */
export const keys = (page) =>
  page.evaluate(
    () =>
      new Promise((yes) => {
        const asked = indexedDB.open('heng');
        asked.onerror = () => yes(0);
        asked.onsuccess = () => {
          const db = asked.result;
          if (!db.objectStoreNames.contains('keys')) return db.close(), yes(0);
          const all = db.transaction('keys').objectStore('keys').getAll();
          all.onsuccess = () => {
            db.close();
            yes(all.result.filter((one) => one.byPassword).length);
          };
        };
      }),
  );
/** The badge of what waits; '': nothing. */
export const waiting = (page) =>
  page
    .locator('.device-badge')
    .innerText()
    .catch(() => '');
