// SPDX-License-Identifier: AGPL-3.0-or-later
// Who one is, without a network: the last answer of /api/session, sealed on the device. With it entry goes on after a reload; when the
// network is back the real session is asked for again.
import { effect, signal } from '@preact/signals';
import { online } from '../api/client';
import type { Session } from '../api/types';
import { beforeSignOut, loadSession, session, takeSession } from '../state';
import { keepAnswers, startWorker } from './answers';
import { device, keepRecord, loadRecords, openAtReload, openWithPassword, wipeDevice } from './lock';
import { sendWhenOnline, waiting } from './waiting';

/** Throws WrongKey when the password does not fit, ApiError when the model was never kept here. */
export async function openOffline(account: string, password: string): Promise<void> {
  await openWithPassword(account, password);
  const found = (await loadRecords<Session>('profile'))[0];
  if (found) await takeSession(found.value);
}

/** A session of openOffline: nothing can be sent with it. */
export const isOfflineSession = (who: Session | null): boolean => who?.signed_in === true && who.csrf === undefined;

/** Somebody wants to sign out while entries wait to be sent: asked for by DeviceQuestions (parts of the frame). */
export const leaving = signal<((yes: boolean) => void) | null>(null);

async function mayLeave(): Promise<boolean> {
  if (!waiting.peek().length) return true;
  const yes = await new Promise<boolean>((answer) => {
    leaving.value = answer;
  });
  leaving.value = null;
  return yes;
}

/** When the page has nothing else to do: what is kept for later does not hold up what is looked at now. */
function whenIdle(call: () => void): void {
  // Safari knows of no idle time.
  const wait = globalThis.requestIdleCallback ?? ((later: () => void) => setTimeout(later, 500));
  wait(call, { timeout: 2000 });
}

/** Called once by the entry of the pages. */
export function followDevice(): void {
  whenIdle(startWorker);
  sendWhenOnline();
  beforeSignOut(async () => {
    const user = session.peek()?.user;
    if (!user) return true;
    if (!(await mayLeave())) return false;
    await wipeDevice(user.id);
    return true;
  });
  effect(() => {
    const who = session.value;
    if (!who?.signed_in || !who.user || isOfflineSession(who)) return;
    if (device.value === 'open') {
      const { csrf: _csrf, ...profile } = who;
      void keepRecord('profile', `profile ${who.user.id}`, 0, profile);
      whenIdle(() => void (session.peek()?.user && keepAnswers()));
    } else if (device.value !== 'impossible') {
      void openAtReload(who);
    }
  });
  effect(() => {
    if (online.value && isOfflineSession(session.value)) void loadSession().catch(() => {});
  });
}
