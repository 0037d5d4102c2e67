// SPDX-License-Identifier: AGPL-3.0-or-later

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

/** Arrows move and choose, as the pattern of WAI-ARIA says. Keep `value` in the address. */
export function Tabs({
  label,
  tabs,
  value,
  onValue,
  children,
}: {
  label: string;
  tabs: { value: string; label: string; count?: number }[];
  value: string;
  onValue: (value: string) => void;
  children?: ComponentChildren;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  // On a narrow screen the tabs scroll sideways: the chosen one is always seen. Asked with the frame, when the layout is due anyway.
  useLayoutEffect(() => {
    const frame = requestAnimationFrame(() => {
      const box = list.current;
      const tab = box?.querySelector<HTMLElement>('[aria-selected="true"]');
      if (!box || !tab || box.scrollWidth <= box.clientWidth) return;
      const from = tab.offsetLeft - box.offsetLeft;
      box.scrollLeft = Math.max(0, from - (box.clientWidth - tab.offsetWidth) / 2);
    });
    return () => cancelAnimationFrame(frame);
  }, [value]);
  const move = (by: number) => {
    const at = tabs.findIndex((one) => one.value === value);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (!next) return;
    onValue(next.value);
    list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.value)}"]`)?.focus();
  };
  return (
    <div class="tabs">
      <div ref={list} role="tablist" aria-label={label}>
        {tabs.map((one) => (
          <button
            key={one.value}
            type="button"
            role="tab"
            id={`${id}-${one.value}`}
            data-tab={one.value}
            aria-selected={one.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={one.value === value ? 0 : -1}
            onClick={() => onValue(one.value)}
            onKeyDown={(event) => {
              if (event.key === 'ArrowRight') move(1);
              else if (event.key === 'ArrowLeft') move(-1);
              else return;
              event.preventDefault();
            }}
          >
            {one.label}
            {one.count !== undefined && <span class="count">{one.count}</span>}
          </button>
        ))}
      </div>
      {children !== undefined && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} tabIndex={0}>
          {children}
        </div>
      )}
    </div>
  );
}
