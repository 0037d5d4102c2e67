// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether what this device keeps is open: it opens at the log-in (password), at a reload with a network (the server's key), and
// otherwise when the password is typed. A sign-out wipes it all. Records live decrypted in memory only.
import { signal } from '@preact/signals';
import { ApiError, api, online } from '../api/client';
import type { Keep, Kept, Session } from '../api/types';
import { dropAnswers } from './answers';
import {
  canSeal,
  keyOfBytes,
  lockWithPassword,
  lockWithServerKey,
  newKeyBytes,
  newServerKey,
  randomName,
  seal,
  unlockWithPassword,
  unlockWithServerKey,
  unseal,
  WrongKey,
} from './crypto';
import { changeKey, dropSealed, type KeyRecord, type Kind, readKeys, readSealed, wipeAccount, writeKey, writeSealed } from './store';

/**
 * none: this browser or account keeps nothing here. locked: the password is needed. open: drafts and entries are kept, sealed.
 * impossible: no secure context (plain http from another machine), or the browser refuses to store.
 */
export type DeviceState = 'none' | 'locked' | 'open' | 'impossible';
export const device = signal<DeviceState>('none');
/** Whose: the log-in name. */
export const deviceName = signal('');

/** What seals and opens: whose it is, and the name of its key record (store.ts). */
let own: { key: CryptoKey; account: string; device: string } | null = null;
/** Of the openings, so that an older one does not undo a newer one. */
let turn = 0;
/** Log-ins whose opening is under way: theirs is the better one. */
let loggingIn = 0;
/** Nothing opens again for an account that is signing out. */
let wiped = '';
/** The next try, where the server gave no answer. */
let later: ReturnType<typeof setTimeout> | undefined;
const pauseBeforeNext = 4000;
/** The first load of a page goes before. */
const pauseBeforeBegin = 1000;
const opened: (() => Promise<void>)[] = [];
const closed: (() => void)[] = [];

/** load: called when the records can be read; forget: when they no longer may be. */
export function onDevice(load: () => Promise<void>, forget: () => void): void {
  opened.push(load);
  closed.push(forget);
}

async function open(bytes: BufferSource, record: KeyRecord): Promise<void> {
  own = { key: await keyOfBytes(bytes), account: record.account, device: record.device };
  deviceName.value = record.name;
  for (const call of opened) await call();
  device.value = 'open';
}

function close(): void {
  own = null;
  for (const call of closed) call();
}

/** One tab at a time changes what the keys are wrapped with: two that sign in at once have one key. */
const alone = (work: () => Promise<void>): Promise<void> => (navigator.locks ? navigator.locks.request('heng-key', work) : work());

/** null: it does not fit. */
async function fitting(bytes: Promise<ArrayBuffer>): Promise<ArrayBuffer | null> {
  try {
    return await bytes;
  } catch (cause) {
    if (cause instanceof WrongKey) return null;
    throw cause;
  }
}

// --- the server's half

const keptAt = (name: string) => `/api/kept/device/${encodeURIComponent(name)}`;

/** null: it keeps none. Throws ApiError where it gave no answer, which says nothing of what it keeps. */
async function serverKeyOf(name: string): Promise<string | null> {
  const all = await api.get<{ kept: Kept[] }>('/api/kept/device');
  const found = all.kept.find((one) => one.name === name && one.mine)?.value as { key?: unknown } | undefined;
  return typeof found?.key === 'string' ? found.key : null;
}

async function bytesByServer(record: KeyRecord): Promise<ArrayBuffer | null> {
  const serverKey = record.byServer && (await serverKeyOf(record.device));
  return serverKey ? fitting(unlockWithServerKey(record.byServer!, serverKey, record.account)) : null;
}

/**
 * Wraps the bytes with the key that the server keeps, or with a new one: what was cut off between the two is taken up again. Without
 * an answer what there was stays.
 */
async function wrapAtServer(bytes: BufferSource, record: KeyRecord): Promise<void> {
  try {
    let serverKey = await serverKeyOf(record.device);
    if (!serverKey) {
      serverKey = newServerKey();
      await api.put(keptAt(record.device), { value: { key: serverKey } } satisfies Keep);
    }
    record.byServer = await lockWithServerKey(bytes, serverKey, record.account);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
  }
}

// --- opening

async function recordOf(id: string): Promise<KeyRecord | undefined> {
  return (await readKeys()).find((one) => one.account === id);
}

/** By a password (fits: by the last one) or, when it was changed elsewhere, by the server. */
async function bytesOf(record: KeyRecord, passwords: string[]): Promise<{ bytes: ArrayBuffer; fits: boolean } | null> {
  for (const one of record.byPassword ? passwords : []) {
    const bytes = await fitting(unlockWithPassword(record.byPassword!, one, record.account));
    if (bytes) return { bytes, fits: one === passwords.at(-1) };
  }
  const bytes = await bytesByServer(record);
  return bytes && { bytes, fits: false };
}

async function openFor(user: NonNullable<Session['user']>, passwords: string[]): Promise<void> {
  const before = await recordOf(user.id);
  const found = before && (await bytesOf(before, passwords));
  const bytes = found?.bytes ?? newKeyBytes();
  // Records under a key that nobody can open any more are of no use to anybody.
  if (before && !found) {
    await wipeAccount(user.id);
    void api.delete(keptAt(before.device)).catch(() => {});
  }
  const record: KeyRecord = found
    ? { ...before!, name: user.name }
    : { account: user.id, name: user.name, byPassword: null, byServer: null, device: randomName() };
  const lock = async () => {
    record.byPassword = await lockWithPassword(bytes, passwords.at(-1)!, user.id);
  };
  if (!record.byServer) await wrapAtServer(bytes, record);
  // Nothing is sealed before one half is on disk. The server's is there at once; the password's takes longer, and a reload may cut it off.
  const first = !record.byServer && !record.byPassword;
  if (first) await lock();
  if (wiped === user.id) return;
  await writeKey(record);
  await open(bytes, record);
  if (first || found?.fits) return;
  await lock();
  await changeKey(record);
}

/**
 * After a log-in, with the password that was typed; before: the one that it takes the place of. Never throws: entry works without the
 * device's store.
 */
export async function openAtLogIn(session: Session, password: string, before?: string): Promise<void> {
  const user = session.user;
  if (!user) return;
  if (!canSeal()) {
    device.value = 'impossible';
    return;
  }
  loggingIn++;
  wiped = '';
  clearTimeout(later);
  // Of another, whose session ended by itself.
  if (own && own.account !== user.id) {
    close();
    device.value = 'none';
  }
  try {
    await alone(() => openFor(user, before === undefined ? [password] : [before, password]));
  } catch (cause) {
    if (cause instanceof ApiError) askAgain(session, cause);
    else device.value = 'impossible';
  } finally {
    loggingIn--;
  }
}

/** The server gave no answer: what this device keeps stays as it is. A session that has ended gets none by waiting. */
function askAgain(session: Session, cause: ApiError, closedAs: DeviceState = 'locked'): void {
  clearTimeout(later);
  if (cause.status !== 401) later = setTimeout(() => void openAtReload(session), pauseBeforeNext);
  if (device.peek() !== 'open') device.value = closedAs;
}

/**
 * A reload cut off the opening at the log-in: there is no key yet. The server's half of one does until the password is typed again.
 * Throws ApiError where the server gave no answer.
 */
async function beginAtServer(user: NonNullable<Session['user']>, isLate: () => boolean): Promise<void> {
  const isTaken = async () => isLate() || user.id === wiped || (await recordOf(user.id)) !== undefined;
  if (await isTaken()) return;
  const bytes = newKeyBytes();
  const record: KeyRecord = { account: user.id, name: user.name, byPassword: null, byServer: null, device: randomName() };
  const serverKey = newServerKey();
  await api.put(keptAt(record.device), { value: { key: serverKey } } satisfies Keep);
  record.byServer = await lockWithServerKey(bytes, serverKey, user.id);
  if (await isTaken()) return;
  await writeKey(record);
  await open(bytes, record);
}

/** After a reload with a network and a session that still holds. */
export async function openAtReload(session: Session): Promise<void> {
  clearTimeout(later);
  if (!session.user || device.value === 'open' || loggingIn || session.user.id === wiped) return;
  if (!canSeal()) {
    device.value = 'impossible';
    return;
  }
  const mine = ++turn;
  // Somebody has just typed the password: that way is the better one.
  const isLate = () => turn !== mine || loggingIn > 0 || device.peek() === 'open';
  let closedAs: DeviceState = 'locked';
  try {
    const record = await recordOf(session.user.id);
    const bytes = record && (await bytesByServer(record));
    if (isLate()) return;
    if (record) deviceName.value = record.name;
    else closedAs = 'none';
    if (record && bytes) await open(bytes, record);
    else device.value = closedAs;
    if (!record) {
      await new Promise((done) => setTimeout(done, pauseBeforeBegin));
      await alone(() => beginAtServer(session.user!, isLate));
    }
  } catch (cause) {
    if (isLate()) return;
    if (cause instanceof ApiError) askAgain(session, cause, closedAs);
    else device.value = 'impossible';
  }
}

/** Who may open this device without a network; the last one first. */
export async function deviceAccounts(): Promise<{ account: string; name: string }[]> {
  if (!canSeal()) return [];
  try {
    return (await readKeys()).filter((one) => one.byPassword).map((one) => ({ account: one.account, name: one.name }));
  } catch {
    return [];
  }
}

/** Where the server's half does not open it. Throws WrongKey. */
export async function openWithPassword(id: string, password: string): Promise<void> {
  const record = await recordOf(id);
  if (!record?.byPassword) throw new WrongKey();
  const bytes = await unlockWithPassword(record.byPassword, password, record.account);
  await open(bytes, record);
  // Asked for though there is a network: the server's half is lost, and is made anew for the next reload.
  if (online.peek()) void alone(() => renew(bytes, record)).catch(() => {});
}

async function renew(bytes: ArrayBuffer, of: KeyRecord): Promise<void> {
  const record = await recordOf(of.account);
  if (record?.device !== of.device) return;
  await wrapAtServer(bytes, record);
  await changeKey(record);
}

/** Everything of this account goes; called at the sign-out, while the session still holds. */
export async function wipeDevice(id: string): Promise<void> {
  turn++;
  clearTimeout(later);
  wiped = id;
  close();
  device.value = 'none';
  if (!canSeal()) return;
  try {
    const record = await recordOf(id);
    await wipeAccount(id);
    if (record) await api.delete(keptAt(record.device)).catch(() => {});
  } catch {
    // A browser that stores nothing has nothing to wipe.
  }
  await dropAnswers();
}

// --- records

const contextOf = (kind: Kind, of: string, id: string) => `${kind} ${of} ${id}`;

export interface Opened<T> {
  id: string;
  order: number;
  value: T;
}

/** Those of a kind, oldest first; what does not open (another key, a damaged disk) is left out. */
export async function loadRecords<T>(kind: Kind): Promise<Opened<T>[]> {
  const out: Opened<T>[] = [];
  const mine = own;
  if (!mine) return out;
  for (const record of await readSealed(mine.account)) {
    if (record.kind !== kind) continue;
    try {
      const value = await unseal<T>(mine.key, record.sealed, contextOf(kind, mine.account, record.id));
      out.push({ id: record.id, order: record.order, value });
    } catch (cause) {
      if (!(cause instanceof WrongKey)) throw cause;
    }
  }
  return out.sort((a, b) => a.order - b.order);
}

/** false: the device is not open, or its disk is full; nothing was kept. */
export async function keepRecord(kind: Kind, id: string, order: number, value: unknown): Promise<boolean> {
  const mine = own;
  if (!mine) return false;
  try {
    const { account } = mine;
    const sealed = await seal(mine.key, value, contextOf(kind, account, id));
    if (await writeSealed({ id, account, kind, order, sealed }, mine.device)) return true;
  } catch {
    return false;
  }
  // Another tab has signed out, and perhaps in again with another key: this one opens anew with that.
  if (own === mine && device.peek() === 'open') {
    close();
    device.value = 'locked';
  }
  return false;
}

export async function dropRecord(id: string): Promise<void> {
  await dropSealed(id).catch(() => {});
}
