// SPDX-License-Identifier: AGPL-3.0-or-later
// A panel that hangs under its button: closed by Escape, by a click elsewhere, and when focus leaves it.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { hang } from './hang';

export interface PopoverProps {
  /** Gets what ties the button to the panel. */
  button: (tie: {
    'aria-expanded': boolean;
    'aria-controls': string;
    'aria-haspopup': 'dialog' | 'menu';
    onClick: () => void;
  }) => ComponentChildren;
  label: string;
  menu?: boolean;
  /** Which edge of the button it keeps. */
  side?: 'start' | 'end';
  /** Called when it opens. */
  onOpen?: () => void;
  children: (close: () => void) => ComponentChildren;
}

export function Popover({ button, label, menu, side = 'start', onOpen, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = () => {
    setOpen(false);
    box.current?.querySelector<HTMLElement>(':scope > button')?.focus();
  };
  useLayoutEffect(() => {
    if (!open) return;
    const first = box.current?.querySelector<HTMLElement>('.panel [data-first], .panel input, .panel button, .panel a');
    const panel = box.current?.querySelector<HTMLElement>(':scope > .panel');
    // A table scrolls, and would cut what hangs out of it; on a phone the window does. Under the head of the page there is a place.
    const cut = box.current?.closest('.table') || (innerWidth <= 720 && !box.current?.closest('header.top'));
    const undo = panel && cut ? hang(panel, box.current!, true) : undefined;
    first?.focus();
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      undo?.();
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);
  return (
    <div
      class={`popover ${side}`}
      ref={box}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && open) {
          event.stopPropagation();
          close();
        }
      }}
    >
      {button({
        'aria-expanded': open,
        'aria-controls': id,
        'aria-haspopup': menu ? 'menu' : 'dialog',
        onClick: () => {
          if (!open) onOpen?.();
          setOpen(!open);
        },
      })}
      {open && (
        <div class="panel" id={id} role={menu ? 'menu' : 'dialog'} aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
