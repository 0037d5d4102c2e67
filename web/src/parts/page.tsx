// SPDX-License-Identifier: AGPL-3.0-or-later
// The outline that every page has: its title, what stands beside it, and sections with a heading.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { paper, printPage, whenIdle } from '../paper';
import { session } from '../state';
import { label as say } from '../text/dictionary';
import { t } from '../text/parts';
import { Button } from './button';
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
  useEffect(() => whenIdle(() => setNow(true)), []);
  return now || paper.value ? children : <Skeleton lines={8} />;
}

/** So long after the page was drawn, what nobody has scrolled to is made ready too: paper cannot wait for it. In ms. */
const patience = 2000;

/** For what is heavy and below the fold: true once the element is shown, the page has long been idle, or paper is asked for. */
export function useShown(): [boolean, (node: HTMLElement | null) => void] {
  const [shown, setShown] = useState(false);
  const watch = useRef<IntersectionObserver | null>(null);
  useEffect(() => {
    if (shown) return;
    let stop = () => {};
    const timer = setTimeout(() => {
      stop = whenIdle(() => setShown(true));
    }, patience);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [shown]);
  const see = (node: HTMLElement | null) => {
    watch.current?.disconnect();
    if (!node || shown) return;
    watch.current = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && setShown(true), { rootMargin: '200px' });
    watch.current.observe(node);
  };
  return [shown || paper.value, see];
}

/** The whole page on paper, with what is still to come. */
export function PrintButton({ small }: { small?: boolean }) {
  const [busy, setBusy] = useState(false);
  const start = () => {
    setBusy(true);
    void printPage().finally(() => setBusy(false));
  };
  return (
    <Button small={small} icon="print" busy={busy} onClick={start}>
      {t('print')}
    </Button>
  );
}
