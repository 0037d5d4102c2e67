// SPDX-License-Identifier: AGPL-3.0-or-later
// The outline that every page has: its title, what stands beside it, and sections with a heading.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { session } from '../state';
import { label as say } from '../text/dictionary';
import { Skeleton } from './empty';

/** Sets the title of the window too. actions stand at the right of the title. */
export function Page({
  title,
  lead,
  actions,
  children,
  wide,
  class: more = '',
}: {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  wide?: boolean;
  class?: string;
}) {
  const county = say(session.value?.county.name);
  useEffect(() => {
    document.title = [title, county, '衡 Heng'].filter(Boolean).join(' · ');
  }, [title, county]);
  return (
    <article class={`page${wide ? ' wide' : ''} ${more}`}>
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </article>
  );
}

/** A part of a page on a surface of its own. flat: without the surface. */
export function Section({
  title,
  note,
  actions,
  flat,
  class: more,
  children,
}: {
  title: string;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  flat?: boolean;
  class?: string;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`section${flat ? ' flat' : ''} ${more ?? ''}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note && <p class="note">{note}</p>}
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** What stands below the first screenful is drawn when the page has nothing else to do. */
export function Later({ children }: { children: ComponentChildren }) {
  const [now, setNow] = useState(false);
  useEffect(() => {
    // Safari knows of no idle time.
    const wait = globalThis.requestIdleCallback ?? ((call: () => void) => setTimeout(call, 50));
    const stop = globalThis.cancelIdleCallback ?? clearTimeout;
    const waiting = wait(() => setNow(true), { timeout: 500 });
    return () => stop(waiting);
  }, []);
  return now ? children : <Skeleton lines={8} />;
}

/** Runs once the element is shown; for what is heavy and below the fold. */
export function useShown(call: () => void): (node: HTMLElement | null) => void {
  const done = useRef(false);
  const watch = useRef<IntersectionObserver | null>(null);
  return (node) => {
    watch.current?.disconnect();
    if (!node || done.current) return;
    watch.current = new IntersectionObserver(
      (seen) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        done.current = true;
        watch.current?.disconnect();
        call();
      },
      { rootMargin: '200px' },
    );
    watch.current.observe(node);
  };
}
