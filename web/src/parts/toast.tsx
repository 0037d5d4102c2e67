// SPDX-License-Identifier: AGPL-3.0-or-later
// A short word that something was done, with a way to undo it. Errors never stand here alone: their own place shows them too.
import { signal } from '@preact/signals';
import { t } from '../text/parts';
import { Button, IconButton } from './button';

interface Note {
  id: number;
  text: string;
  undo?: () => void;
  undoLabel?: string;
}
const notes = signal<Note[]>([]);
let last = 0;

const drop = (id: number) => {
  notes.value = notes.value.filter((one) => one.id !== id);
};

/** undo: shown as a button; then the note stays 12 s instead of 5. */
export function toast(text: string, undo?: () => void, undoLabel?: string): void {
  const id = ++last;
  notes.value = [...notes.value.slice(-2), { id, text, undo, undoLabel }];
  setTimeout(() => drop(id), undo ? 12_000 : 5000);
}

export function Toasts() {
  return (
    <section class="toasts" role="status" aria-live="polite" aria-label={t('notices')}>
      {notes.value.map((one) => (
        <div key={one.id} class="toast">
          <span>{one.text}</span>
          {one.undo && (
            <Button
              small
              kind="quiet"
              onClick={() => {
                one.undo?.();
                drop(one.id);
              }}
            >
              {one.undoLabel ?? t('undo')}
            </Button>
          )}
          <IconButton small icon="close" label={t('close')} onClick={() => drop(one.id)} />
        </div>
      ))}
    </section>
  );
}
