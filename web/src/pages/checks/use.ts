// SPDX-License-Identifier: AGPL-3.0-or-later
// All findings of the chosen area and period, page after page, so that filters and counts are of all of them.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { Checks, Finding } from '../../api/types';
import { fresh } from '../../api/use';
import { area, period } from '../../state';

export const mostFindings = 2000;
const onePage = 500;

export interface Findings {
  findings: Finding[];
  totals: Checks['totals'] | null;
  at: string;
  /** The first page has come. */
  started: boolean;
  complete: boolean;
  /** There are more than are shown. */
  stopped: boolean;
  /** Those of the question before. */
  stale: boolean;
  /** The same question is asked again, for the data have changed, and that takes more than a moment. */
  anew: boolean;
  error: ApiError | null;
  again: () => void;
  /** Puts a changed finding in its place at once. */
  change: (finding: Finding) => void;
}

interface State {
  key: string;
  findings: Finding[];
  totals: Checks['totals'] | null;
  at: string;
  done: 'no' | 'all' | 'most';
  error: ApiError | null;
}

export function useFindings(): Findings {
  const key = `${area.value} ${period.value}`;
  const [state, setState] = useState<State>({
    key: '',
    findings: [],
    totals: null,
    at: '',
    done: 'no',
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const [anew, setAnew] = useState(false);
  const version = fresh.value;
  const shown = useRef(state);
  shown.current = state;

  useEffect(() => {
    const stop = new AbortController();
    const load = async () => {
      let findings: Finding[] = [];
      let after: string | undefined;
      do {
        const query = { area: area.peek(), period: period.peek(), limit: onePage, after };
        const page = await api.get<Checks>('/api/checks', query, stop.signal);
        findings = [...findings, ...page.findings];
        const more = page.next !== null && findings.length < mostFindings;
        after = page.next ?? undefined;
        // A refresh of what is shown takes its place when it is whole, so that nothing jumps.
        const refresh = shown.current.key === key && shown.current.done !== 'no';
        if (!more || !refresh)
          setState({
            key,
            findings,
            totals: page.totals,
            at: page.made.at,
            done: more ? 'no' : page.next ? 'most' : 'all',
            error: null,
          });
        if (!more) return;
      } while (!stop.signal.aborted);
    };
    const slow = setTimeout(() => setAnew(true), 500);
    const over = () => {
      clearTimeout(slow);
      setAnew(false);
    };
    load().then(over, (cause: unknown) => {
      over();
      if (stop.signal.aborted) return;
      const error = cause instanceof ApiError ? cause : new ApiError(0, {});
      const keep = error.isOffline && shown.current.key === key;
      setState(keep ? { ...shown.current, error } : { key, findings: [], totals: null, at: '', done: 'no', error });
    });
    return () => {
      over();
      stop.abort();
    };
  }, [key, turn, version]);

  const stale = state.key !== key;
  return {
    findings: state.findings,
    totals: state.totals,
    at: state.at,
    started: state.key !== '' && (state.findings.length > 0 || state.done !== 'no'),
    complete: state.done === 'all' && !stale,
    stopped: state.done === 'most',
    stale,
    anew,
    error: stale ? null : state.error,
    again: () => setTurn(turn + 1),
    change: (finding) => {
      const now = shown.current;
      setState({
        ...now,
        findings: now.findings.map((one) => (one.key === finding.key && one.check === finding.check ? finding : one)),
      });
    },
  };
}
