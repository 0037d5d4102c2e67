// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../text/parts';
import { Button, IconButton } from './button';

/** Modal; Escape and the cross close it, focus goes back to where it was. The browser's own <dialog> keeps focus inside. */
export function Dialog({
  title,
  onClose,
  children,
  actions,
  wide,
}: {
  title: string;
  onClose: () => void;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  wide?: boolean;
}) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = box.current;
    dialog?.showModal();
    // Where it was opened, should the button be gone or shut by then.
    const around = dialog?.parentElement;
    // What is to be filled in, before what is only to be copied, before the cross.
    const field = (more: string) => dialog?.querySelector<HTMLElement>(`.body :is(input, select, textarea):enabled${more}`);
    (field(':not([readonly])') ?? field(''))?.focus();
    return () => {
      dialog?.close(); // while it is open nothing outside it takes the focus
      before?.focus?.();
      if (before?.matches(':not(body, :disabled)') && document.activeElement === before) return;
      const near = [...(around?.querySelectorAll<HTMLElement>(':is(a[href], button, input, select, textarea):not(:disabled)') ?? [])];
      near.find((one) => !dialog?.contains(one))?.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onKeyDown={(event) => {
        // The Escape that closes it is not for what lies under it.
        if (event.key === 'Escape') event.stopPropagation();
      }}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label={t('close')} onClick={onClose} />
      </header>
      <div class="body">{children}</div>
      {actions && <footer>{actions}</footer>}
    </dialog>
  );
}

/** Asks before something that matters: names what will happen (title, children) and what the button does. */
export function Confirm({
  title,
  action,
  danger,
  busy,
  onYes,
  onClose,
  children,
}: {
  title: string;
  action: string;
  danger?: boolean;
  busy?: boolean;
  onYes: () => void;
  onClose: () => void;
  children?: ComponentChildren;
}) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind={danger ? 'danger' : 'main'} busy={busy} onClick={onYes}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
