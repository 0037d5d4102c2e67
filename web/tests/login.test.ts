// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiError } from '../src/api/client';
import { codeDigits, logInStep, passwordFault, passwordStrength, waitParts } from '../src/pages/login/rules';

const same = (found: unknown, expected: unknown, what?: string) =>
  assert.deepEqual(JSON.parse(JSON.stringify(found)), JSON.parse(JSON.stringify(expected)), what);
const refusal = (status: number, more: object = {}, retry_after?: number) =>
  ({ status, retryAfter: retry_after ?? 0, failure: more }) as unknown as ApiError;

const tests: Record<string, () => void> = {
  'a code is six digits, however it was typed'() {
    same(codeDigits('123 456'), '123456');
    same(codeDigits('１２３４５６'), '123456');
    same(codeDigits('12a34567890'), '123456');
  },
  'a password counts its characters, not its bytes'() {
    same(passwordFault('一二三四五六七八九', 'li'), 'tooShort');
    same(passwordFault('一二三四五六七八九十', 'li'), null);
    same(passwordFault('Administrator', 'administrator'), 'sameAsName');
    same(passwordStrength('aaaaaaaaaaaaaaaaaaaa'), 'weak');
    same(passwordStrength('heron lamp river'), 'strong');
    same(passwordStrength('heron lamp'), 'fair');
  },
  'a refusal says what to do next'() {
    same(logInStep(refusal(401), false), { step: 'wrong' });
    same(logInStep(refusal(401, { needs: 'code' }), false), { step: 'code', wrong: false });
    same(logInStep(refusal(401, { needs: 'code' }), true), { step: 'code', wrong: true });
    same(logInStep(refusal(429, {}, 75), false), { step: 'wait', seconds: 75 });
    same(logInStep(refusal(401, {}, 3), true), { step: 'wait', seconds: 3 });
    same(logInStep(refusal(500), false), { step: 'failed' });
  },
  'a wait is told in minutes and seconds'() {
    same(waitParts(75.2), { minutes: 1, seconds: 16 });
    same(waitParts(0), { minutes: 0, seconds: 0 });
  },
};

for (const [name, run] of Object.entries(tests)) test(name, run);
