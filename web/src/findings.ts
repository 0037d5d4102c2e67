// SPDX-License-Identifier: AGPL-3.0-or-later
// How many findings of the checks are open. The pages' own answers leave it out, for it takes seconds on a large file; then it is asked for
// by itself and comes when it comes.
import type { Checks } from './api/types';
import { useGet } from './api/use';
import { area, mayDo } from './state';

export function useFindings(known: Checks['totals'] | null, when: string): { totals: Checks['totals'] | null; failed: boolean } {
  const asked = useGet<Checks>(known || !when || !mayDo('figures') ? null : '/api/checks', { area: area.value, period: when, limit: 1 });
  return { totals: known ?? (asked.stale ? null : (asked.data?.totals ?? null)), failed: asked.error !== null };
}
