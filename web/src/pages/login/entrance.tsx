// SPDX-License-Identifier: AGPL-3.0-or-later
// The room in which one stands before one is signed in: what this is and whose county.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { session } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/login';

export function Entrance({ title, children }: { title: string; children: ComponentChildren }) {
  const county = session.value?.county;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.title = `${title} · 衡 Heng`;
  }, [title]);
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('[data-focus], input:not([hidden])')?.focus();
  }, []);
  return (
    <div class="entrance" ref={box}>
      <p class="whose">
        <img src="/icon-96.png" alt="" width="32" height="32" />
        <span>
          <b>衡 Heng</b>
          {label(county?.name)}
        </span>
      </p>
      <h1>{title}</h1>
      {children}
      {county?.demo && <p class="hint">{t('demo')}</p>}
    </div>
  );
}
