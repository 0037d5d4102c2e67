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
  /** Under which name the server keeps its key for this device; another key, another name. */
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
      asked.result.onclose = () => {
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

type Store = 'keys' | 'sealed';

/** Resolves when the whole transaction is on disk. */
async function run<T>(
  stores: Store[],
  mode: IDBTransactionMode,
  work: (...stores: IDBObjectStore[]) => IDBRequest<T> | undefined,
): Promise<T> {
  const db = await database();
  return new Promise<T>((resolve, reject) => {
    const transaction = db.transaction(stores, mode);
    const asked = work(...stores.map((one) => transaction.objectStore(one)));
    transaction.oncomplete = () => resolve(asked ? asked.result : (undefined as T));
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Puts only where the account's key is still the one of that name. false: another tab has signed out, and perhaps in again. */
async function putWhere(device: string, account: string, which: Store, record: KeyRecord | SealedRecord): Promise<boolean> {
  let fits = false;
  await run<void>(['keys', 'sealed'], 'readwrite', (keys, sealed) => {
    const asked: IDBRequest<KeyRecord | undefined> = keys!.get(account);
    asked.onsuccess = () => {
      fits = asked.result?.device === device;
      if (fits) (which === 'keys' ? keys! : sealed!).put(record);
    };
  });
  return fits;
}

export const readKeys = (): Promise<KeyRecord[]> => run(['keys'], 'readonly', (s) => s!.getAll());
/** In place of whatever key there was. */
export const writeKey = (record: KeyRecord): Promise<void> =>
  run<void>(['keys'], 'readwrite', (s) => {
    s!.put(record);
  });
export const changeKey = (record: KeyRecord): Promise<boolean> => putWhere(record.device, record.account, 'keys', record);
export const readSealed = (account: string): Promise<SealedRecord[]> =>
  run(['sealed'], 'readonly', (s) => s!.index('account').getAll(account));
/** device: of the key that it was sealed with. */
export const writeSealed = (record: SealedRecord, device: string): Promise<boolean> => putWhere(device, record.account, 'sealed', record);
export const dropSealed = (id: string): Promise<void> =>
  run<void>(['sealed'], 'readwrite', (s) => {
    s!.delete(id);
  });

/** Everything of an account; its key too. */
export const wipeAccount = (account: string): Promise<void> =>
  run<void>(['keys', 'sealed'], 'readwrite', (keys, sealed) => {
    keys!.delete(account);
    const cursor = sealed!.index('account').openKeyCursor(account);
    cursor.onsuccess = () => {
      if (!cursor.result) return;
      sealed!.delete(cursor.result.primaryKey);
      cursor.result.continue();
    };
  });
