// SPDX-License-Identifier: AGPL-3.0-or-later
// The drawer at the right: how a number was made, or the history of a row. One at a time; the page stays usable beside it.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../text/parts';
import { IconButton } from './button';

interface Content {
  title: () => string;
  body: () => ComponentChildren;
}
const content = signal<Content | null>(null);
let opener: HTMLElement | null = null;

/** title and body are called while it is shown, so they follow language and data. */
export function openDrawer(title: () => string, body: () => ComponentChildren): void {
  if (!content.peek()) opener = document.activeElement as HTMLElement | null;
  content.value = { title, body };
}

/** Focus goes back to what opened it. */
export function closeDrawer(): void {
  if (!content.peek()) return;
  content.value = null;
  opener?.focus?.();
  opener = null;
}

export const drawerOpen = () => content.value !== null;

export function Drawer() {
  const shown = content.value;
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (!shown) return;
    box.current?.querySelector<HTMLElement>('h2')?.focus();
    const keys = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open]')) closeDrawer();
    };
    document.addEventListener('keydown', keys);
    return () => document.removeEventListener('keydown', keys);
  }, [shown]);
  if (!shown) return null;
  return (
    <aside class="drawer" ref={box} aria-label={shown.title()}>
      <header>
        <h2 tabIndex={-1}>{shown.title()}</h2>
        <IconButton icon="close" label={t('close')} onClick={closeDrawer} />
      </header>
      <div class="body">{shown.body()}</div>
    </aside>
  );
}
