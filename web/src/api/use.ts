// SPDX-License-Identifier: AGPL-3.0-or-later
// Answers as state of a component: kept while the next one is under way, asked again when the data have changed.
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api, apiUrl, forgetAhead, type Query, saidAhead } from './client';
import type { Job } from './types';

/** Grows when the server says that something has changed. */
export const fresh = signal(0);
/** Jobs as the event stream last told of them, by id. */
export const jobs = signal<Record<string, Job>>({});

/** How much of a register the server has read into memory, 0 to 1, while questions wait for that; else null. */
export const reading = signal<number | null>(null);

export interface Loaded<T> {
  /** The last answer; null before the first, and after an error. */
  data: T | null;
  error: ApiError | null;
  /** Under way. With data: those of the question before (`stale`), or a refresh of the same. */
  loading: boolean;
  stale: boolean;
  again: () => void;
}

// So that "back" shows at once what was there; it is asked again all the same.
const kept = new Map<string, unknown>();
function told(url: string, data: unknown): void {
  stateNow ||= (data as { made?: { state?: string } } | null)?.made?.state ?? '';
  kept.delete(url);
  kept.set(url, data);
  if (kept.size > 40) kept.delete(kept.keys().next().value!);
}
/** Nobody may see what another account has loaded. */
export function forgetAnswers(): void {
  kept.clear();
}

/**
 * GET as state. path null: ask nothing (yet). Follows `fresh` unless `still`; where `still` is a text, it is asked again with
 * another text (the version of the row that it is about).
 *
 *   const due = useGet<Due>('/api/due', { area: area.value, period: period.value });
 */
export function useGet<T>(path: string | null, query?: Query, still: boolean | string = false): Loaded<T> {
  const url = path === null ? null : apiUrl(path, query);
  // Asked ahead, and come before the first drawing.
  const come = useRef<T | undefined>(undefined);
  const [answer, setAnswer] = useState<{ url: string | null; data: T | null; error: ApiError | null }>(() => {
    if (url === null) return { url, data: null, error: null };
    come.current = saidAhead<T>(url);
    return { url, data: come.current ?? (kept.get(url) as T) ?? null, error: null };
  });
  const [turn, setTurn] = useState(0);
  const [loading, setLoading] = useState(url !== null && come.current === undefined);
  const version = typeof still === 'string' ? still : still ? 0 : fresh.value;
  const last = useRef(answer);
  last.current = answer;

  // In the same turn, for an effect waits until the frame is painted.
  useLayoutEffect(() => {
    if (url === null) {
      setLoading(false);
      return;
    }
    if (come.current !== undefined) {
      told(url, come.current);
      come.current = undefined;
      return;
    }
    const stop = new AbortController();
    if (last.current.url !== url && kept.has(url)) setAnswer({ url, data: kept.get(url) as T, error: null });
    setLoading(true);
    api.get<T>(url, undefined, stop.signal).then(
      (data) => {
        told(url, data);
        setAnswer({ url, data, error: null });
        setLoading(false);
      },
      (cause: unknown) => {
        if (stop.signal.aborted) return;
        const error = cause instanceof ApiError ? cause : new ApiError(0, {});
        // What is on the screen stays there when only the network went away.
        const old = last.current;
        setAnswer({ url, data: error.isOffline && old.url === url ? old.data : null, error });
        setLoading(false);
      },
    );
    return () => stop.abort();
  }, [url, turn, version]);

  return {
    data: answer.data,
    error: answer.error,
    loading,
    stale: answer.url !== url,
    again: () => setTurn(turn + 1),
  };
}

let stream: EventSource | null = null;
/** The state of the data, as the first answer told it and the stream since. */
let stateNow = '';
let soon: ReturnType<typeof setTimeout> | undefined;

/** Opens the stream of events, while the page is looked at. */
export function followEvents(): void {
  const open = () => {
    if (stream || document.hidden) return;
    stream = new EventSource('/api/events');
    stream.addEventListener('fresh', (event) => {
      const { state } = JSON.parse((event as MessageEvent<string>).data) as { state: string };
      // A stream begins by telling the state there is: nothing is asked twice for that.
      const same = stateNow === '' || stateNow === state;
      stateNow = state;
      // An import says it many times; once a second is enough.
      if (same || soon) return;
      soon = setTimeout(() => {
        soon = undefined;
        forgetAhead();
        fresh.value++;
      }, 1000);
    });
    stream.addEventListener('job', (event) => {
      try {
        const job = JSON.parse((event as MessageEvent<string>).data) as Job;
        jobs.value = { ...jobs.value, [job.id]: job };
      } catch {
        // A line cut short; the next one says it again.
      }
    });
    stream.addEventListener('reading', (event) => {
      const done = Number(/[\d.]+/.exec((event as MessageEvent<string>).data)?.[0] ?? 1);
      reading.value = done < 1 ? done : null;
    });
    // What the stream before told of may be over.
    stream.addEventListener('open', () => {
      reading.value = null;
    });
  };
  // A browser has six connections to one server: hidden tabs give theirs back.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      stream?.close();
      stream = null;
      reading.value = null;
    } else {
      open();
      fresh.value++;
    }
  });
  open();
}

/** A job by its id: from the stream, and asked for every two seconds in case the stream is blocked on the way. */
export function useJob(id: string | null | undefined): Job | null {
  const [asked, setAsked] = useState<Job | null>(null);
  const told = id ? (jobs.value[id] ?? null) : null;
  const ended = (told ?? asked)?.state;
  useEffect(() => {
    if (!id || ended === 'done' || ended === 'failed') return;
    const timer = setInterval(() => {
      api.get<Job>(`/api/jobs/${id}`).then(setAsked, () => {});
    }, 2000);
    return () => clearInterval(timer);
  }, [id, ended]);
  if (!id) return null;
  if (asked?.id === id && (!told || asked.state === 'done' || asked.state === 'failed')) return asked;
  return told;
}
