// SPDX-License-Identifier: AGPL-3.0-or-later
// A text field that seeks in a list held by the page (combobox of WAI-ARIA): the first that fits is marked at once, Tab or Enter takes
// it and goes on. What fits nothing stays as it was typed.
import { useRef, useState } from 'preact/hooks';
import { useHung } from '../parts/hang';
import { t } from '../text/entry';

export interface Sought {
  key: string;
  text: string;
  detail?: string;
}

export function SeekInput({
  id,
  text,
  typed,
  code = '',
  search,
  onValue,
  ...rest
}: {
  id: string;
  /** Of the present choice. */
  text: string;
  typed: string;
  /** Beside the choice, small. */
  code?: string;
  search: (typed: string) => Sought[];
  onValue: (key: string | null, typed: string) => void;
  placeholder?: string;
  disabled?: boolean;
  'aria-required'?: boolean;
  'aria-invalid'?: 'true';
  'aria-describedby'?: string;
}) {
  // null: nobody is typing, the choice is shown.
  const [seek, setSeek] = useState<string | null>(null);
  const [marked, setMarked] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  useHung(box);
  const list = `${id}-list`;
  const found = seek === null ? [] : search(seek);
  const shown = seek !== null ? (seek === '' && !typed && text && !edited(box.current) ? text : seek) : text || typed;

  // Tab decides before the focus goes: what happens on leaving must not undo it.
  const decided = useRef(false);
  const take = (one: Sought | undefined) => {
    decided.current = true;
    setSeek(null);
    if (one) onValue(one.key, '');
  };
  const leave = () => {
    if (seek?.trim() && !decided.current) {
      // Left with the mouse: only what can mean nothing else is taken.
      const only = found.length === 1 || found[0]?.text === seek.trim() || found[0]?.key === seek.trim();
      if (only) onValue(found[0]!.key, '');
      else onValue(null, seek.trim());
    }
    setSeek(null);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (seek === null) {
      if (event.key === 'ArrowDown' && event.altKey) {
        setSeek('');
        setMarked(0);
        event.preventDefault();
      }
      return;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setMarked((marked + step + found.length) % Math.max(found.length, 1));
      event.preventDefault();
    } else if (event.key === 'Enter' || event.key === 'Tab') {
      // The form goes on to the next field by the same key.
      if ((seek.trim() || marked > 0) && found[marked]) take(found[marked]);
      else {
        // Nothing fits (or the list is not there yet): the words stay, and the rules of the field judge them.
        if (seek.trim()) onValue(null, seek.trim());
        decided.current = true;
        setSeek(null);
      }
    } else if (event.key === 'Escape') {
      setSeek(null);
      onValue(null, '');
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <div
      class="combo seek-input"
      ref={box}
      onFocusOut={(event) => {
        if (!box.current?.contains(event.relatedTarget as Node)) leave();
      }}
    >
      <input
        {...rest}
        id={id}
        type="text"
        class={seek === null && code ? 'input coded' : 'input'}
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-autocomplete="list"
        aria-expanded={seek !== null && found.length > 0}
        aria-controls={list}
        aria-activedescendant={seek !== null && found[marked] ? `${list}-${marked}` : undefined}
        value={shown}
        onInput={(event) => {
          const now = event.currentTarget.value;
          decided.current = false;
          event.currentTarget.dataset.edited = 'yes';
          setSeek(now);
          setMarked(0);
          onValue(null, now.trim());
        }}
        onFocus={(event) => {
          decided.current = false;
          delete event.currentTarget.dataset.edited;
          event.currentTarget.select();
        }}
        onClick={() => {
          if (seek === null && !rest.disabled) {
            setSeek('');
            setMarked(0);
          }
        }}
        onKeyDown={keys}
      />
      {seek === null && code && <small class="code">{code}</small>}
      {seek !== null && (
        <div id={list} role="listbox" class="choices">
          {found.map((one, i) => (
            <div
              key={one.key}
              id={`${list}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === marked}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(one)}
            >
              <span>{one.text}</span>
              {one.detail && <small>{one.detail}</small>}
            </div>
          ))}
          {found.length === 0 && <p class="none">{t('seekNone')}</p>}
        </div>
      )}
      <span class="unseen" role="status">
        {seek === null ? '' : found[marked] ? `${found[marked].text} ${found[marked].detail ?? ''}` : t('seekNone')}
      </span>
    </div>
  );
}

const edited = (box: HTMLElement | null) => box?.querySelector('input')?.dataset.edited === 'yes';
