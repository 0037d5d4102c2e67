// SPDX-License-Identifier: AGPL-3.0-or-later
// What the log-in pages know about passwords, codes and delays, apart from how they look.
import type { ApiError } from '../../api/client';

/** The server refuses shorter ones (characters, not bytes). */
export const leastPassword = 10;

export const passwordLength = (password: string): number => [...password].length;

export type Strength = 'weak' | 'fair' | 'strong';
/** Length is what counts; a password of few different characters counts as a short one. */
export function passwordStrength(password: string): Strength {
  const length = passwordLength(password);
  const different = new Set(password).size;
  if (length < leastPassword || different < 5) return 'weak';
  return length >= 16 && different >= 8 ? 'strong' : 'fair';
}

/** What stands wrong with a new password; null: nothing. */
export function passwordFault(password: string, name: string): 'tooShort' | 'sameAsName' | null {
  if (passwordLength(password) < leastPassword) return 'tooShort';
  if (name && password.toLowerCase() === name.toLowerCase()) return 'sameAsName';
  return null;
}

/** Six digits of what was typed or pasted ("123 456"); full-width digits of a Chinese keyboard count too. */
export function codeDigits(text: string): string {
  return text
    .replace(/[\uFF10-\uFF19]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xff10 + 48))
    .replace(/\D/g, '')
    .slice(0, 6);
}

export type LogInStep = { step: 'code'; wrong: boolean } | { step: 'wait'; seconds: number } | { step: 'wrong' } | { step: 'failed' };

/** What a refused log-in means for the form. hadCode: a code was sent with it. */
export function logInStep(error: ApiError, hadCode: boolean): LogInStep {
  if (error.retryAfter > 0 && (error.status === 429 || error.status === 401)) return { step: 'wait', seconds: error.retryAfter };
  if (error.status !== 401) return { step: 'failed' };
  if (error.failure.needs === 'code') return { step: 'code', wrong: hadCode };
  return { step: 'wrong' };
}

/** Minutes and seconds of a wait. */
export function waitParts(seconds: number): { minutes: number; seconds: number } {
  const whole = Math.max(0, Math.ceil(seconds));
  return { minutes: Math.floor(whole / 60), seconds: whole % 60 };
}
