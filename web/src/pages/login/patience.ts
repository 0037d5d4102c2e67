// SPDX-License-Identifier: AGPL-3.0-or-later
// After a wrong password the server makes one wait, at first a second. That much is waited here, so that nobody has to type it all again.
import { ApiError } from '../../api/client';

/** Seconds that are waited without asking. */
export const shortWait = 5;

/** Calls; where it is told to wait a moment it waits and calls once more. */
export async function patiently<T>(call: () => Promise<T>, onWait?: (seconds: number) => void): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const seconds = cause instanceof ApiError && (cause.status === 429 || cause.key === 'login.wait') ? cause.retryAfter : 0;
    if (seconds <= 0 || seconds > shortWait) throw cause;
    onWait?.(seconds);
    await new Promise((later) => setTimeout(later, seconds * 1000 + 200));
    return call();
  }
}
