// SPDX-License-Identifier: AGPL-3.0-or-later
// What hangs at a field or a button stands in the window, over whatever scrolls and cuts around it: a dialog, a table, a panel.
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

const edge = 8;

/**
 * Puts a list under its field, or above it where there is more room, and follows it. end: right edges meet, and the width is its own;
 * otherwise it is as wide as the field, and 240 px at least. -> stops that
 */
export function hang(list: HTMLElement, field: HTMLElement, end = false): () => void {
  // Older browsers have no top layer; there it may be cut by a panel, as everything in it.
  if (list.showPopover && !list.popover) {
    list.popover = 'manual';
    list.showPopover();
  }
  const place = () => {
    const { top, bottom, left, right, width } = field.getBoundingClientRect();
    // The keyboard of a phone covers what the window does not know of.
    const seen = globalThis.visualViewport;
    const high = seen?.offsetTop ?? 0;
    const low = high + (seen?.height ?? innerHeight);
    const room = document.documentElement.clientWidth;
    Object.assign(list.style, {
      position: 'fixed',
      inset: 'auto',
      margin: '0',
      maxHeight: '',
      width: end ? '' : `${Math.max(240, width)}px`,
    });
    const below = low - edge - bottom - 2;
    const above = top - 2 - high - edge;
    const under = list.offsetHeight <= below || below >= above;
    list.style.maxHeight = `${Math.max(0, Math.min(list.offsetHeight, under ? below : above))}px`;
    const from = end ? right - list.offsetWidth : left;
    list.style.left = `${Math.max(edge, Math.min(from, room - edge - list.offsetWidth))}px`;
    list.style.top = `${under ? bottom + 2 : top - 2 - list.offsetHeight}px`;
  };
  place();
  const follow = (event: Event) => event.target === list || place();
  addEventListener('scroll', follow, { capture: true, passive: true });
  addEventListener('resize', place);
  globalThis.visualViewport?.addEventListener('resize', place);
  return () => {
    removeEventListener('scroll', follow, { capture: true });
    removeEventListener('resize', place);
    globalThis.visualViewport?.removeEventListener('resize', place);
  };
}

/** The list of choices in a box hangs at it as long as it is there; the marked choice is in sight. */
export function useHung(box: RefObject<HTMLElement | null>) {
  useLayoutEffect(() => {
    const list = box.current?.querySelector<HTMLElement>('.choices');
    if (!list) return;
    const stop = hang(list, box.current!);
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    return stop;
  });
}
