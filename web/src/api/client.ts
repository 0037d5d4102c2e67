// SPDX-License-Identifier: AGPL-3.0-or-later
// Every request of the pages goes through here: the CSRF header, errors as values with a cure, waiting when the server is busy, and
// whether there is a connection at all. The browser itself keeps ETags.
import { signal } from '@preact/signals';
import { language } from '../language';
import type { Failure } from './types';
import { apiUrl, type Query } from './url';

export { apiUrl, type Query };

/** What went wrong, as the server says it, or as this device does (code "offline", status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly key: string;
  readonly where: string;
  readonly cure: string;
  /** In English, what the words above leave out; '': nothing. */
  readonly detail: string;
  /** Seconds to wait before the next try; 0: not said. */
  readonly retryAfter: number;
  /** The whole answer: `current` of a 409, `needs` of a log-in. */
  readonly failure: Partial<Failure>;

  constructor(status: number, failure: Partial<Failure>) {
    const error = failure.error;
    super(error?.text ?? '');
    this.status = status;
    this.code = error?.code ?? (status ? 'http' : 'offline');
    this.key = error?.key ?? '';
    this.where = error?.where ?? '';
    this.cure = error?.cure ?? '';
    this.detail = error?.detail ?? '';
    this.retryAfter = error?.retry_after ?? 0;
    this.failure = failure;
  }

  get isOffline(): boolean {
    return this.status === 0;
  }
}

/** Whether the server was reached by the last request. */
export const online = signal(navigator.onLine);
/** Requests under way, for the line at the top of the page. */
export const underWay = signal(0);

let csrf = '';
let whenSignedOut: () => void = () => {};
export function setCsrf(token: string): void {
  csrf = token;
}
/** Called when the server no longer knows this session. */
export function onSignedOut(call: () => void): void {
  whenSignedOut = call;
}

interface Sending {
  query?: Query;
  /** Sent as JSON; a Blob is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const pause = (seconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('', 'AbortError'));
    });
  });

// What the first script of the page has asked for already (start.ts). Each is taken once, but frame and page may begin with the same one.
export interface Ahead {
  answer: Promise<Response>;
  /** What it says, once it has come from the server. */
  said?: unknown;
}
const ahead = (globalThis as { heng_ahead?: Map<string, Ahead> }).heng_ahead;
const ofBoth = /^\/api\/(today|channels)\b/;
function takeAhead(url: string): Ahead | undefined {
  const one = ahead?.get(url);
  const drop = () => ahead?.delete(url);
  if (one && ofBoth.test(url)) setTimeout(drop, 1000);
  else drop();
  return one;
}
function answerAhead(url: string): Promise<Response> | undefined {
  const one = takeAhead(url);
  if (!one || !ofBoth.test(url)) return one?.answer;
  // One that failed is not given to those who try again.
  const failed = () => ahead?.delete(url);
  one.answer.then((answer) => answer.ok || failed(), failed);
  return one.answer.then((answer) => (answer.ok ? answer : answer.clone()));
}
/** What has come already, for a page that is drawn with it at once. */
export function saidAhead<T>(url: string): T | undefined {
  return ahead?.get(url)?.said === undefined ? undefined : (takeAhead(url)?.said as T);
}
/** Those that were not taken are of a session that has ended, or of before a change. */
export function forgetAhead(): void {
  ahead?.clear();
}

async function once(method: string, url: string, sending: Sending): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Heng-Language': language.peek(), ...sending.headers };
  if (method !== 'GET' && csrf) headers['X-Heng-CSRF'] = csrf;
  let body: BodyInit | undefined;
  if (sending.body instanceof Blob) {
    body = sending.body;
  } else if (sending.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(sending.body);
  }
  // peek: an effect that asks something must not be woken by the count.
  underWay.value = underWay.peek() + 1;
  if (method !== 'GET') forgetAhead();
  try {
    const ask = () => fetch(url, { method, headers, body, signal: sending.signal, credentials: 'same-origin' });
    // The network may have been away when the page began, and be back by now.
    const answer = await (method === 'GET' ? (answerAhead(url)?.catch(ask) ?? ask()) : ask());
    // What was begun ahead knows nothing of the signal.
    if (sending.signal?.aborted) throw new DOMException('', 'AbortError');
    // What the service worker had kept says nothing of the network.
    online.value = !answer.headers.get('X-Heng-Kept');
    return answer;
  } catch (cause) {
    if (sending.signal?.aborted) throw cause;
    online.value = false;
    throw new ApiError(0, {});
  } finally {
    underWay.value = underWay.peek() - 1;
  }
}

/** The answer itself, for what is not JSON. Throws ApiError; a GET waits and tries again when the server asks for that. */
export async function send(method: string, path: string, sending: Sending = {}): Promise<Response> {
  const url = apiUrl(path, sending.query);
  for (let tries = 0; ; tries++) {
    const answer = await once(method, url, sending);
    if (answer.ok) return answer;
    const wait = Number(answer.headers.get('Retry-After')) || 1;
    if (method === 'GET' && (answer.status === 429 || answer.status === 503) && tries < 2 && wait <= 10) {
      await pause(wait, sending.signal);
      continue;
    }
    const failure = (await answer.json().catch(() => ({}))) as Partial<Failure>;
    if (answer.status === 401 && !path.startsWith('/api/session')) whenSignedOut();
    throw new ApiError(answer.status, failure);
  }
}

async function json<T>(method: string, path: string, sending?: Sending): Promise<T> {
  const answer = await send(method, path, sending);
  if (answer.status === 204) return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch (cause) {
    if (sending?.signal?.aborted) throw cause;
    // Cut off on the way.
    throw new ApiError(0, {});
  }
}

/** api.get<Rows>('/api/registers/births/rows', { limit: 50 }) */
export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => json<T>('GET', path, { query, signal }),
  post: <T>(path: string, body?: unknown, query?: Query) => json<T>('POST', path, { body, query }),
  put: <T>(path: string, body?: unknown, query?: Query) => json<T>('PUT', path, { body, query }),
  patch: <T>(path: string, body?: unknown, query?: Query) => json<T>('PATCH', path, { body, query }),
  delete: <T>(path: string, body?: unknown, query?: Query) => json<T>('DELETE', path, { body, query }),
  /** A file as the body; its name goes in X-File-Name. */
  upload: <T>(path: string, file: File, query?: Query, signal?: AbortSignal) =>
    json<T>('POST', path, {
      body: file,
      query,
      signal,
      headers: {
        'X-File-Name': encodeURIComponent(file.name),
        'Content-Type': file.type || 'application/octet-stream',
      },
    }),
};

// While there is no connection one small question every ten seconds finds out when it is back.
let knocking: ReturnType<typeof setInterval> | undefined;
online.subscribe((yes) => {
  if (yes) {
    clearInterval(knocking);
    knocking = undefined;
  } else {
    knocking ??= setInterval(() => void once('GET', '/api/health', {}).catch(() => {}), 10_000);
  }
});
addEventListener('offline', () => {
  online.value = false;
});
addEventListener('online', () => void once('GET', '/api/health', {}).catch(() => {}));
