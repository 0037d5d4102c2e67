// SPDX-License-Identifier: AGPL-3.0-or-later
// The report as a page: the server's HTML in a frame without scripts, as high as its content. An error comes as JSON in the same frame and
// is shown in words.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, apiUrl, type Query } from '../../api/client';
import type { Today } from '../../api/types';
import { useGet } from '../../api/use';
import { Button, Problem, Skeleton } from '../../parts';
import { area } from '../../state';
import { t } from '../../text/reports';

/** The report with its own styles in the place of the page with ours, for paper. -> puts the page back */
function inPlace(inside: Document): () => void {
  const copy = document.createElement('div');
  copy.className = 'report-on-paper';
  for (const node of inside.body.childNodes) copy.append(document.importNode(node, true));
  const own = new CSSStyleSheet();
  own.replaceSync(`${inside.querySelector('style')?.textContent ?? ''} body > :not(.report-on-paper) { display: none }`);
  const [sheets, adopted, title] = [[...document.styleSheets], [...document.adoptedStyleSheets], document.title];
  for (const one of sheets) one.disabled = true;
  document.adoptedStyleSheets = [own];
  document.title = inside.title;
  document.body.append(copy);
  return () => {
    copy.remove();
    document.title = title;
    document.adoptedStyleSheets = adopted;
    for (const one of sheets) one.disabled = false;
  };
}

export function Preview({
  path,
  query,
  title,
  frame,
}: {
  path: string;
  query: Query;
  title: string;
  frame: { current: HTMLIFrameElement | null };
}) {
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading');
  const [error, setError] = useState<ApiError | null>(null);
  const [height, setHeight] = useState(0);
  const url = apiUrl(path, query);
  // The state of the data when the report was made, against the one of now (an answer that the frame asks for anyway).
  const data = useGet<Today>('/api/today', { area: area.value }).data?.made.state ?? '';
  const madeAt = useRef('');
  const grown = useRef<ResizeObserver | null>(null);
  useEffect(() => {
    setState('loading');
    setError(null);
    madeAt.current = data;
  }, [url, turn]);

  const loaded = () => {
    const inside = frame.current?.contentDocument;
    if (!inside?.body || inside.location.href === 'about:blank') return;
    if (inside.contentType !== 'text/html') {
      let failure = {};
      try {
        failure = JSON.parse(inside.body.textContent ?? '');
      } catch {
        // Not the server's own words.
      }
      setError(new ApiError(500, failure));
      setState('failed');
      return;
    }
    // Tables and charts are laid out when they come near, and become higher or lower than was reckoned; where a link leads is known when
    // all of them are.
    const high = () => inside.body.offsetHeight + 8;
    const fit = () => setHeight(high());
    inside.addEventListener('click', (event) => {
      if (!(event.target as Element).closest('a[href^="#"]')) return;
      for (const one of inside.querySelectorAll<HTMLElement>('.far')) one.style.contentVisibility = 'visible';
      if (frame.current) frame.current.style.height = `${high()}px`;
    });
    grown.current?.disconnect();
    grown.current = new ResizeObserver(fit);
    grown.current.observe(inside.body);
    fit();
    madeAt.current ||= data;
    setState('shown');
  };
  useEffect(() => () => grown.current?.disconnect(), []);
  // The browser would print the frame as one long picture, cut where a sheet ends: the report prints itself, sheet by sheet, and stands in
  // the place of the page when the browser's own menu prints that.
  useEffect(() => {
    if (state !== 'shown') return;
    const keys = (event: KeyboardEvent) => {
      if (event.key !== 'p' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      frame.current?.contentWindow?.print();
    };
    const inside = frame.current?.contentDocument;
    let back: (() => void) | undefined;
    // It may be told twice.
    const before = () => {
      if (inside) back ??= inPlace(inside);
    };
    const after = () => {
      back?.();
      back = undefined;
    };
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    addEventListener('keydown', keys);
    inside?.addEventListener('keydown', keys);
    return () => {
      after();
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
      removeEventListener('keydown', keys);
      inside?.removeEventListener('keydown', keys);
    };
  }, [state]);

  return (
    <div class="preview">
      {state === 'shown' && data !== '' && madeAt.current !== '' && data !== madeAt.current && (
        <p class="row note" role="status">
          {t('fresh')}
          <Button small onClick={() => setTurn(turn + 1)}>
            {t('reload')}
          </Button>
        </p>
      )}
      {state === 'loading' && (
        <>
          <p class="hint" role="status">
            {t('loading')}
          </p>
          <Skeleton lines={12} />
        </>
      )}
      {state === 'failed' && <Problem error={error} again={() => setTurn(turn + 1)} />}
      <iframe
        key={`${turn} ${url}`}
        ref={frame}
        class={state === 'shown' ? 'paper' : 'paper waiting'}
        src={url}
        title={title}
        sandbox="allow-same-origin allow-modals"
        style={{ height: `${height}px` }}
        scrolling="no"
        onLoad={loaded}
      />
    </div>
  );
}
