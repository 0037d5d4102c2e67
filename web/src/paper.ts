// SPDX-License-Identifier: AGPL-3.0-or-later
// A page on paper is whole: what waits to be scrolled to, or for a moment without other work, is drawn at once when paper is asked for.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { underWay } from './api/client';

/** While paper is asked for; nothing is put off then. */
export const paper = signal(false);

const onPaper = globalThis.matchMedia?.('print');
addEventListener('beforeprint', () => {
  paper.value = true;
});
addEventListener('afterprint', () => {
  paper.value = onPaper.matches;
});
onPaper?.addEventListener('change', () => {
  paper.value = onPaper.matches;
});

/** What a button of the page prints waits for what has not come yet, ten seconds at most; the browser's own command cannot wait. */
export async function printPage(): Promise<void> {
  paper.value = true;
  const end = Date.now() + 10_000;
  do await new Promise((later) => setTimeout(later, 50));
  while ((underWay.value > 0 || document.querySelector('main .skeleton')) && Date.now() < end);
  print();
  paper.value = onPaper.matches;
}

/** A list of which the first few are shown until all are asked for; on paper all are. */
export function useAll(): [boolean, (all: boolean) => void] {
  const [all, setAll] = useState(false);
  return [all || paper.value, setAll];
}

/** Calls when there is nothing else to do, or after half a second at the latest. -> stops that */
export function whenIdle(call: () => void): () => void {
  // Safari knows of no idle time.
  const wait = globalThis.requestIdleCallback ?? ((later: () => void) => setTimeout(later, 50));
  const stop = globalThis.cancelIdleCallback ?? clearTimeout;
  const waiting = wait(call, { timeout: 500 });
  return () => stop(waiting);
}
