// SPDX-License-Identifier: AGPL-3.0-or-later
// What was begun (drafts) and what was saved without a network (waiting). The waiting are sent in the order in which they were saved as
// soon as there is a network, a session and an open device. Each has a key of its own (NewRow.key), so that sending twice, after an
// answer that was lost, makes one row.
import { effect, signal } from '@preact/signals';
import { ApiError, api, online } from '../api/client';
import type { Change, Failure, NewRow, Row, Saved, Session, Values, Why } from '../api/types';
import { session } from '../state';
import { randomName } from './crypto';
import { device, dropRecord, keepRecord, loadRecords, onDevice } from './lock';

/** A form that was left before it was saved. */
export interface Draft {
  /** NewRow.key: the row may be there already, with only the answer lost. */
  key?: string;
  register: string;
  /** Id of the row that is corrected; '': a new one. */
  row: string;
  version: number;
  /** Of a row that is corrected, the fields that change. */
  values: Values;
  /** The row that is corrected, as it was then. */
  before?: Values;
  source: string;
  /** Texts that are no values yet, by field. */
  typed: Record<string, string>;
  at: string;
}

/** A file of a row, as the device keeps it (data: base64). */
export interface Photo {
  /** Of a checklist: the item that it is evidence for; '': of the row. */
  item: string;
  name: string;
  type: string;
  data: string;
}

/** Photographs of a draft: a record of their own, so that they are not sealed anew with every key that is pressed. */
interface Chosen {
  register: string;
  row: string;
  photos: Photo[];
}

export interface Waiting {
  id: string;
  register: string;
  /** photos: of a row that is there already. */
  kind: 'new' | 'correct' | 'strike' | 'restore' | 'photos';
  /** new: the whole row; correct: the fields that change. */
  values: Values;
  /** correct: the row as it was then. */
  before?: Values;
  source: string;
  row: string;
  version: number;
  reason: string;
  at: string;
  /** The row in a few words, for the list of the device. */
  title: string;
  /** Sent when the row is there. */
  photos?: Photo[];
  /** Why the server did not take it; it stays until somebody has decided. */
  refused?: Failure['error'] & { status: number };
  /** 409: the row as it is at the server. */
  current?: Row;
}

export const drafts = signal<(Draft & { id: string })[]>([]);
const chosen = signal<(Chosen & { id: string })[]>([]);
export const waiting = signal<Waiting[]>([]);
/** Id of the one that is being sent. */
export const sending = signal('');
/** Rows that came to the server since the page was opened. */
export const sent = signal(0);

const others = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('heng-device');
const tell = () => others?.postMessage('changed');

async function load(): Promise<void> {
  const photos = await loadRecords<Chosen>('photos');
  chosen.value = photos.map((one) => ({ ...one.value, id: one.id }));
  const begun = await loadRecords<Draft>('draft');
  drafts.value = begun.map((one) => ({ ...one.value, id: one.id }));
  orders.clear();
  const queue = await loadRecords<Waiting>('waiting');
  for (const one of queue) orders.set(one.id, one.order);
  waiting.value = queue.map((one) => one.value);
}

const orders = new Map<string, number>();

onDevice(load, () => {
  drafts.value = [];
  chosen.value = [];
  waiting.value = [];
});
if (others)
  others.onmessage = () => {
    if (device.peek() === 'open') void load();
  };

// --- drafts

/** The last that was left of a register's new row, or of a row that is corrected. */
export const draftOf = (register: string, row: string) => drafts.value.filter((one) => one.register === register && one.row === row).at(-1);

/** Each form has its own: what was left before is not written over. false: it is on the screen only. */
export async function keepDraft(id: string, draft: Draft): Promise<boolean> {
  drafts.value = [...drafts.value.filter((one) => one.id !== id), { ...draft, id }];
  const kept = await keepRecord('draft', id, Date.now(), draft);
  if (!kept) drafts.value = drafts.value.filter((one) => one.id !== id);
  tell();
  return kept;
}

/** The photographs that were chosen for a draft; none: they are forgotten. false: they are on the screen only. */
export async function keepPhotos(register: string, row: string, photos: Photo[]): Promise<boolean> {
  const before = chosen.value.find((one) => one.register === register && one.row === row);
  if (!before && photos.length === 0) {
    tell();
    return true;
  }
  const id = before?.id ?? randomName();
  const kept = photos.length > 0 && (await keepRecord('photos', id, Date.now(), { register, row, photos }));
  if (!kept && before) await dropRecord(id);
  chosen.value = [...chosen.value.filter((one) => one.id !== id), ...(kept ? [{ register, row, photos, id }] : [])];
  tell();
  return kept || photos.length === 0;
}

/** By item; null: none. */
export function photosOf(register: string, row: string): Record<string, File[]> | null {
  const out: Record<string, File[]> = {};
  const found = chosen.peek().find((one) => one.register === register && one.row === row);
  if (!found) return null;
  for (const photo of found.photos) out[photo.item] = [...(out[photo.item] ?? []), unpackPhoto(photo)];
  return out;
}

export async function dropDraft(id: string, register: string, row: string): Promise<void> {
  drafts.value = drafts.value.filter((one) => one.id !== id);
  await dropRecord(id);
  if (draftOf(register, row)) tell();
  else await keepPhotos(register, row, []);
}

// --- the waiting

/** Puts it at the end of the queue. false: this device keeps nothing; say so and leave it on the screen. */
export async function keepWaiting(one: Omit<Waiting, 'id' | 'at'> & { id?: string }): Promise<boolean> {
  const whole: Waiting = { ...one, id: one.id ?? randomName(), at: new Date().toISOString() };
  const order = Math.max(Date.now(), ...[...orders.values()].map((n) => n + 1));
  if (!(await keepRecord('waiting', whole.id, order, whole))) return false;
  orders.set(whole.id, order);
  waiting.value = [...waiting.value, whole];
  tell();
  return true;
}

export async function changeWaiting(one: Waiting): Promise<void> {
  waiting.value = waiting.value.map((other) => (other.id === one.id ? one : other));
  await keepRecord('waiting', one.id, orders.get(one.id) ?? Date.now(), one);
  tell();
}

export async function dropWaiting(id: string): Promise<void> {
  waiting.value = waiting.value.filter((one) => one.id !== id);
  orders.delete(id);
  await dropRecord(id);
  tell();
}

/** Decided anew (a corrected value, the version of now): it is sent with the others again. */
export async function sendAgain(one: Waiting): Promise<void> {
  const { refused: _refused, current: _current, ...rest } = one;
  await changeWaiting(rest);
  void sendWaiting();
}

// --- photographs

export async function packPhoto(item: string, file: File): Promise<Photo> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { item, name: file.name, type: file.type, data: btoa(text) };
}

const unpackPhoto = (one: Photo) => new File([Uint8Array.from(atob(one.data), (c) => c.charCodeAt(0))], one.name, { type: one.type });

/** Files of a row that is there, which did not come through. false: this device keeps nothing. */
export async function keepFiles(register: string, row: string, title: string, files: { item: string; file: File }[]): Promise<boolean> {
  const photos = await Promise.all(files.map(({ item, file }) => packPhoto(item, file)));
  return keepWaiting({ register, kind: 'photos', values: {}, source: '', row, version: 0, reason: '', title, photos });
}

/** Those that arrived before (the way broke off) are the same again for the server. */
async function sendPhotos(one: Waiting, id: string): Promise<void> {
  const path = `/api/registers/${encodeURIComponent(one.register)}/rows/${encodeURIComponent(id)}/attachments`;
  for (const photo of one.photos ?? []) await api.upload(path, unpackPhoto(photo), photo.item ? { item: photo.item } : undefined);
}

// --- sending

async function post(one: Waiting): Promise<{ id: string }> {
  if (one.kind === 'photos') return { id: one.row };
  const rows = `/api/registers/${encodeURIComponent(one.register)}/rows`;
  if (one.kind === 'new') {
    const row: NewRow = { values: one.values, key: one.id };
    if (one.source) row.source = one.source;
    if (one.photos) row.photos = [...new Set(one.photos.map((photo) => photo.item))];
    return api.post<Saved>(rows, row);
  }
  const at = `${rows}/${encodeURIComponent(one.row)}`;
  if (one.kind === 'correct') {
    const change: Change = { version: one.version, values: one.values, reason: one.reason };
    return api.patch<Saved>(at, change);
  }
  const why: Why = { reason: one.reason, version: one.version };
  return api.post<Saved>(`${at}/${one.kind}`, why);
}

/** Whether the queue goes on after this one: a refusal is about this entry, the rest is about the way to the server. */
function isRefusal(error: ApiError): boolean {
  return error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);
}

/** It was sent before and the answer was lost: the row is as it was to be. */
function isThere(one: Waiting, row: Row | undefined): boolean {
  if (!row) return false;
  if (one.kind === 'correct') return Object.entries(one.values).every(([name, value]) => (row.values[name] ?? null) === value);
  return (one.kind === 'strike' && row.state === 'struck') || (one.kind === 'restore' && row.state === 'current');
}

async function sendOne(one: Waiting): Promise<boolean> {
  sending.value = one.id;
  try {
    const saved = await post(one);
    await sendPhotos(one, saved.id);
    await dropWaiting(one.id);
    sent.value++;
    return true;
  } catch (cause) {
    if (!(cause instanceof ApiError) || !isRefusal(cause)) return false;
    if (isThere(one, cause.failure.current)) {
      await dropWaiting(one.id);
      sent.value++;
      return true;
    }
    const { code, key, where, cure } = cause;
    const refused = { code, key, where, text: cause.message, cure, status: cause.status };
    await changeWaiting({ ...one, refused, current: cause.failure.current });
    return true;
  } finally {
    sending.value = '';
  }
}

let running = false;
let later: ReturnType<typeof setTimeout> | undefined;

/** Sends what waits, in order. One tab does it at a time. */
export async function sendWaiting(): Promise<void> {
  if (running || device.peek() !== 'open' || !maySend(session.peek())) return;
  running = true;
  const all = async () => {
    // Another tab may have sent some while this one waited for its turn.
    if (device.peek() === 'open') await load();
    for (const one of waiting.peek()) {
      if (one.refused) continue;
      if (await sendOne(one)) continue;
      // Too busy, or gone again: a change of `online` may not come.
      clearTimeout(later);
      later = setTimeout(() => void sendWaiting(), 20_000);
      break;
    }
  };
  try {
    if (navigator.locks) await navigator.locks.request('heng-send', all);
    else await all();
  } finally {
    running = false;
  }
}

const maySend = (who: Session | null): boolean => who?.signed_in === true && who.csrf !== undefined;

/** Called once by the entry of the pages. */
export function sendWhenOnline(): void {
  effect(() => {
    if (!online.value || device.value !== 'open' || !maySend(session.value)) return;
    if (waiting.value.some((one) => !one.refused) && !running) void sendWaiting();
  });
}
