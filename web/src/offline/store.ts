// SPDX-License-Identifier: AGPL-3.0-or-later
// What the device keeps, in IndexedDB: for each account its wrapped key, and records of which only the order, the kind and the account
// can be read without that key.
import type { PasswordLock, Sealed } from './crypto';

export interface KeyRecord {
  /** Id of the account. */
  account: string;
  /** Its log-in name, to say whose password is asked for. */
  name: string;
  /** null: the password's half is being made, which takes a moment. */
  byPassword: PasswordLock | null;
  byServer: Sealed | null;
  /** Under which name the server keeps its key for this device. */
  device: string;
}
export type Kind = 'draft' | 'photos' | 'waiting' | 'profile';
export interface SealedRecord {
  id: string;
  account: string;
  kind: Kind;
  /** Milliseconds; the waiting are sent in this order. */
  order: number;
  sealed: Sealed;
}

const databaseName = 'heng';
let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(databaseName, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('keys', { keyPath: 'account' });
      asked.result.createObjectStore('sealed', { keyPath: 'id' }).createIndex('account', 'account');
    };
    asked.onsuccess = () => {
      // Another tab wipes: let it.
      asked.result.onversionchange = () => {
        asked.result.close();
        opened = null;
      };
      resolve(asked.result);
    };
    asked.onerror = () => {
      opened = null;
      reject(asked.error);
    };
  });
  return opened;
}

/** Resolves when the whole transaction is on disk. */
async function run<T>(
  store: 'keys' | 'sealed',
  mode: IDBTransactionMode,
  work: (s: IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<T> {
  const db = await database();
  return new Promise<T>((resolve, reject) => {
    const transaction = db.transaction(store, mode);
    const asked = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(asked ? asked.result : (undefined as T));
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const readKeys = (): Promise<KeyRecord[]> => run('keys', 'readonly', (s) => s.getAll());
export const writeKey = (record: KeyRecord): Promise<void> =>
  run('keys', 'readwrite', (s) => {
    s.put(record);
  });
export const readSealed = (account: string): Promise<SealedRecord[]> =>
  run('sealed', 'readonly', (s) => s.index('account').getAll(account));
export const writeSealed = (record: SealedRecord): Promise<void> =>
  run('sealed', 'readwrite', (s) => {
    s.put(record);
  });
export const dropSealed = (id: string): Promise<void> =>
  run('sealed', 'readwrite', (s) => {
    s.delete(id);
  });

/** Everything of an account; its key too. */
export async function wipeAccount(account: string): Promise<void> {
  await run('keys', 'readwrite', (s) => {
    s.delete(account);
  });
  await run('sealed', 'readwrite', (s) => {
    const cursor = s.index('account').openKeyCursor(account);
    cursor.onsuccess = () => {
      if (!cursor.result) return;
      s.delete(cursor.result.primaryKey);
      cursor.result.continue();
    };
  });
}
