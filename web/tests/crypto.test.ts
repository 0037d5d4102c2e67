// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import {
  keyOfBytes,
  lockWithPassword,
  lockWithServerKey,
  newKeyBytes,
  newServerKey,
  randomName,
  rounds,
  seal,
  unlockWithPassword,
  unlockWithServerKey,
  unseal,
  WrongKey,
} from '../src/offline/crypto';

// node 18 has it under another name
if (!('crypto' in globalThis)) Object.defineProperty(globalThis, 'crypto', { value: webcrypto });

const draft = { register: 'births', values: { child_name: '张小宝', certificate: 'K140000123' } };

test('what was sealed is opened, and says nothing before', async () => {
  const key = await keyOfBytes(newKeyBytes());
  const sealed = await seal(key, draft, 'draft 1 7');
  assert.deepEqual(await unseal(key, sealed, 'draft 1 7'), draft);
  const bytes = Buffer.from(sealed.data).toString('latin1');
  assert.ok(!bytes.includes('K140000123') && !bytes.includes('births'));
  assert.ok(!bytes.includes(Buffer.from('张小宝').toString('latin1')));
  const again = await seal(key, draft, 'draft 1 7');
  assert.notDeepEqual(Buffer.from(again.data), Buffer.from(sealed.data), 'a new nonce each time');
});

test('a record that was changed or moved does not open', async () => {
  const key = await keyOfBytes(newKeyBytes());
  const sealed = await seal(key, draft, 'draft 1 7');
  await assert.rejects(unseal(key, sealed, 'draft 2 7'), WrongKey);
  await assert.rejects(unseal(await keyOfBytes(newKeyBytes()), sealed, 'draft 1 7'), WrongKey);
  for (const at of [0, 5, sealed.data.byteLength - 1]) {
    const data = sealed.data.slice(0);
    new Uint8Array(data)[at]! ^= 1;
    await assert.rejects(unseal(key, { iv: sealed.iv, data }, 'draft 1 7'), WrongKey);
  }
});

test('the key opens with the password or with the key of the server, and with no other', async () => {
  assert.equal(rounds, 600_000);
  const bytes = newKeyBytes();
  const lock = await lockWithPassword(bytes, 'correct horse 电池', '7');
  assert.equal(lock.rounds, rounds);
  assert.equal(lock.salt.length, 16);
  assert.deepEqual(new Uint8Array(await unlockWithPassword(lock, 'correct horse 电池', '7')), bytes);
  // A Mac types é in two characters, others in one.
  const accented = await lockWithPassword(bytes, 'caf\u00e9', '7');
  assert.deepEqual(new Uint8Array(await unlockWithPassword(accented, 'cafe\u0301', '7')), bytes);
  await assert.rejects(unlockWithPassword(lock, 'correct horse', '7'), WrongKey);
  await assert.rejects(unlockWithPassword(lock, 'correct horse 电池', '8'), WrongKey);

  const server = newServerKey();
  const wrapped = await lockWithServerKey(bytes, server, '7');
  assert.deepEqual(new Uint8Array(await unlockWithServerKey(wrapped, server, '7')), bytes);
  await assert.rejects(unlockWithServerKey(wrapped, newServerKey(), '7'), WrongKey);
  await assert.rejects(unlockWithServerKey(wrapped, 'none', '7'), WrongKey);
});

test('names are random', () => {
  const names = new Set(Array.from({ length: 1000 }, randomName));
  assert.equal(names.size, 1000);
  for (const name of names) assert.match(name, /^[0-9a-f]{32}$/);
});
