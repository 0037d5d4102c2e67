// SPDX-License-Identifier: AGPL-3.0-or-later
// The lock under which one test makes the demo county for all: left behind by one that was killed, it stops nobody.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { equal, finish, ok, test, until } from './harness.mjs';
import { try_lock, unlock } from './lock.mjs';

const folder = mkdtempSync(join(tmpdir(), 'heng-lock-'));
const path = join(folder, 'lock');

await test('one has it, and gives it back', () => {
  ok(try_lock(path), 'it is free');
  ok(!try_lock(path) && existsSync(path), 'then it is not');
  unlock(path);
  ok(try_lock(path), 'and free again');
  unlock(path);
});

await test('one that is held by a process that lives stays; killed, it goes', async () => {
  const other = spawn('sleep', ['600']);
  writeFileSync(path, String(other.pid));
  ok(!try_lock(path) && !try_lock(path) && existsSync(path), 'it waits for one that lives');
  const gone = new Promise((done) => other.on('exit', done));
  other.kill('SIGKILL');
  await gone;
  await until('the lock', () => try_lock(path), 10);
  ok(true, 'and has the lock when it is gone');
  unlock(path);
  equal(readdirSync(folder), [], 'nothing is left beside it');
});

rmSync(folder, { recursive: true, force: true });
await finish();
