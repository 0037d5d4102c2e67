// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether what this device keeps is open: it opens at the log-in (password), at a reload with a network (the server's key), and
// otherwise when the password is typed. A sign-out wipes it all. Records live decrypted in memory only.
import { signal } from '@preact/signals';
import { ApiError, api } from '../api/client';
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
import { dropSealed, type KeyRecord, type Kind, readKeys, readSealed, wipeAccount, writeKey, writeSealed } from './store';

/**
 * none: this browser or account keeps nothing here. locked: the password is needed. open: drafts and entries are kept, sealed.
 * impossible: no secure context (plain http from another machine), or the browser refuses to store.
 */
export type DeviceState = 'none' | 'locked' | 'open' | 'impossible';
export const device = signal<DeviceState>('none');
/** Whose: the log-in name. */
export const deviceName = signal('');

let key: CryptoKey | null = null;
/** Of the openings, so that an older one does not undo a newer one. */
let turn = 0;
/** Log-ins whose opening is under way: theirs is the better one. */
let loggingIn = 0;
/** Nothing opens again for an account that is signing out. */
let wiped = '';
let account = '';
const opened: (() => Promise<void>)[] = [];
const closed: (() => void)[] = [];

/** load: called when the records can be read; forget: when they no longer may be. */
export function onDevice(load: () => Promise<void>, forget: () => void): void {
  opened.push(load);
  closed.push(forget);
}

async function open(bytes: BufferSource, record: KeyRecord): Promise<void> {
  key = await keyOfBytes(bytes);
  account = record.account;
  deviceName.value = record.name;
  for (const call of opened) await call();
  device.value = 'open';
}

export function lockDevice(): void {
  key = null;
  for (const call of closed) call();
  if (device.value === 'open') device.value = 'locked';
}

// --- the server's half

const keptAt = (name: string) => `/api/kept/device/${encodeURIComponent(name)}`;

async function serverKeyOf(name: string): Promise<string | null> {
  const all = await api.get<{ kept: Kept[] }>('/api/kept/device');
  const found = all.kept.find((one) => one.name === name && one.mine)?.value as { key?: unknown } | undefined;
  return typeof found?.key === 'string' ? found.key : null;
}

/** A new key at the server and the bytes wrapped with it; without a network or the server's leave, the old one stays. */
async function wrapAtServer(bytes: BufferSource, record: KeyRecord): Promise<void> {
  const serverKey = newServerKey();
  try {
    await api.put(keptAt(record.device), { value: { key: serverKey } } satisfies Keep);
    record.byServer = await lockWithServerKey(bytes, serverKey, record.account);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
  }
}

// --- opening

async function recordOf(id: string): Promise<KeyRecord | undefined> {
  return (await readKeys()).find((one) => one.account === id);
}

/** After a log-in, with the password that was typed. Never throws: entry works without the device's store. */
export async function openAtLogIn(session: Session, password: string): Promise<void> {
  const user = session.user;
  if (!user) return;
  if (!canSeal()) {
    device.value = 'impossible';
    return;
  }
  loggingIn++;
  wiped = '';
  try {
    const before = await recordOf(user.id);
    const found = before && (await bytesOf(before, password));
    const bytes = found?.bytes ?? newKeyBytes();
    // Records under a key that nobody can open any more are of no use to anybody.
    if (before && !found) await wipeAccount(user.id);
    const record: KeyRecord = {
      account: user.id,
      name: user.name,
      byPassword: found?.fits ? before!.byPassword : null,
      byServer: found ? before!.byServer : null,
      device: before?.device ?? randomName(),
    };
    if (!record.byServer) await wrapAtServer(bytes, record);
    // At once, so that a reload in the next second finds it; the password's half takes longer.
    await writeKey(record);
    await open(bytes, record);
    if (record.byPassword) return;
    record.byPassword = await lockWithPassword(bytes, password, user.id);
    if (wiped !== user.id) await writeKey(record);
  } catch {
    device.value = 'impossible';
  } finally {
    loggingIn--;
  }
}

/** The bytes by the password (it fits) or, when it was changed elsewhere, by the server. */
async function bytesOf(record: KeyRecord, password: string): Promise<{ bytes: ArrayBuffer; fits: boolean } | null> {
  try {
    if (record.byPassword) return { bytes: await unlockWithPassword(record.byPassword, password, record.account), fits: true };
  } catch (cause) {
    if (!(cause instanceof WrongKey)) throw cause;
  }
  const bytes = await bytesByServer(record);
  return bytes && { bytes, fits: false };
}

async function bytesByServer(record: KeyRecord): Promise<ArrayBuffer | null> {
  if (!record.byServer) return null;
  try {
    const serverKey = await serverKeyOf(record.device);
    return serverKey ? await unlockWithServerKey(record.byServer, serverKey, record.account) : null;
  } catch (cause) {
    if (cause instanceof WrongKey || cause instanceof ApiError) return null;
    throw cause;
  }
}

/** After a reload with a network and a session that still holds. */
export async function openAtReload(session: Session): Promise<void> {
  if (!session.user || device.value === 'open' || loggingIn || session.user.id === wiped) return;
  if (!canSeal()) {
    device.value = 'impossible';
    return;
  }
  try {
    const mine = ++turn;
    const record = await recordOf(session.user.id);
    const bytes = record && (await bytesByServer(record));
    // Somebody has just typed the password: that way is the better one.
    if (turn !== mine || loggingIn || device.peek() === 'open') return;
    if (record) {
      account = record.account;
      deviceName.value = record.name;
    }
    if (record && bytes) await open(bytes, record);
    else device.value = record ? 'locked' : 'none';
  } catch {
    device.value = 'impossible';
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

/** Without a network. Throws WrongKey. */
export async function openWithPassword(id: string, password: string): Promise<void> {
  const record = await recordOf(id);
  if (!record?.byPassword) throw new WrongKey();
  await open(await unlockWithPassword(record.byPassword, password, record.account), record);
}

/** Everything of this account goes; called at the sign-out, while the session still holds. */
export async function wipeDevice(id: string): Promise<void> {
  turn++;
  wiped = id;
  key = null;
  for (const call of closed) call();
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
  if (!key) return out;
  for (const record of await readSealed(account)) {
    if (record.kind !== kind) continue;
    try {
      const value = await unseal<T>(key, record.sealed, contextOf(kind, account, record.id));
      out.push({ id: record.id, order: record.order, value });
    } catch (cause) {
      if (!(cause instanceof WrongKey)) throw cause;
    }
  }
  return out.sort((a, b) => a.order - b.order);
}

/** false: the device is not open, or its disk is full; nothing was kept. */
export async function keepRecord(kind: Kind, id: string, order: number, value: unknown): Promise<boolean> {
  const mine = key;
  if (!mine) return false;
  try {
    const sealed = await seal(mine, value, contextOf(kind, account, id));
    // Somebody signed out meanwhile.
    if (key !== mine) return false;
    await writeSealed({ id, account, kind, order, sealed });
    return true;
  } catch {
    return false;
  }
}

export async function dropRecord(id: string): Promise<void> {
  await dropSealed(id).catch(() => {});
}
