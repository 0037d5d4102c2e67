// SPDX-License-Identifier: AGPL-3.0-or-later
// How what is kept on the device is sealed. A random key (AES-GCM, 256 bits) seals the records. That key itself is kept only wrapped:
// once by a key made from the password (PBKDF2-SHA-256, 600,000 rounds, a salt for each device), so that it opens without a network;
// and once by a random key that the server keeps for this account, so that a reload with a network asks for no password. Who holds
// the device alone has neither.
//
// A record is sealed together with its context (what it is and whose), so that it cannot be moved to another place.

export const rounds = 600_000;

export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}
export interface PasswordLock {
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  wrapped: Sealed;
}

/** A password or a server key that does not fit, or a record that was changed. */
export class WrongKey extends Error {}

/** No Web Crypto outside a secure context: plain http from another machine. */
export const canSeal = (): boolean => typeof crypto !== 'undefined' && crypto.subtle !== undefined;

export const randomBytes = (n: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(n));

/** Random, for names of records and for NewRow.key; 128 bits. */
export function randomName(): string {
  return [...randomBytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const utf8 = new TextEncoder();

const aesKey = (raw: BufferSource) => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);

async function sealBytes(key: CryptoKey, bytes: BufferSource, context: string): Promise<Sealed> {
  const iv = randomBytes(12);
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(context) }, key, bytes) };
}

async function openBytes(key: CryptoKey, sealed: Sealed, context: string): Promise<ArrayBuffer> {
  try {
    return await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv, additionalData: utf8.encode(context) }, key, sealed.data);
  } catch {
    throw new WrongKey();
  }
}

/** Any value that JSON can say. */
export function seal(key: CryptoKey, value: unknown, context: string): Promise<Sealed> {
  return sealBytes(key, utf8.encode(JSON.stringify(value)), context);
}

/** Throws WrongKey. */
export async function unseal<T>(key: CryptoKey, sealed: Sealed, context: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await openBytes(key, sealed, context))) as T;
}

// --- the key that seals

async function keyOfPassword(password: string, salt: Uint8Array<ArrayBuffer>, n: number): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', utf8.encode(password.normalize('NFC')), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: n }, base, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
}

/** The bytes of a sealing key: to be wrapped, made a key of and forgotten. */
export const newKeyBytes = (): Uint8Array<ArrayBuffer> => randomBytes(32);
/** What the records are sealed with; cannot be read out of the browser again. */
export const keyOfBytes = (bytes: BufferSource): Promise<CryptoKey> => aesKey(bytes);

export async function lockWithPassword(bytes: BufferSource, password: string, account: string): Promise<PasswordLock> {
  const salt = randomBytes(16);
  const wrapped = await sealBytes(await keyOfPassword(password, salt, rounds), bytes, `password ${account}`);
  return { salt, rounds, wrapped };
}

/** Throws WrongKey. About half a second, off the page's own thread. */
export async function unlockWithPassword(lock: PasswordLock, password: string, account: string): Promise<ArrayBuffer> {
  return openBytes(await keyOfPassword(password, lock.salt, lock.rounds), lock.wrapped, `password ${account}`);
}

export async function lockWithServerKey(bytes: BufferSource, serverKey: string, account: string): Promise<Sealed> {
  return sealBytes(await aesKey(bytesOfHex(serverKey)), bytes, `server ${account}`);
}

/** Throws WrongKey. */
export async function unlockWithServerKey(wrapped: Sealed, serverKey: string, account: string): Promise<ArrayBuffer> {
  return openBytes(await aesKey(bytesOfHex(serverKey)), wrapped, `server ${account}`);
}

export const newServerKey = (): string => [...randomBytes(32)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new WrongKey();
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
