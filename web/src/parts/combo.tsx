// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../text/parts';
import { useHung } from './hang';

export interface ComboProps<T> {
  /** Of the Field around it. */
  id?: string;
  /** What the field shows while nobody types: the words of the present choice. */
  text: string;
  /** Choices for what was typed; '' when it opens. Older answers are dropped. */
  search: (typed: string, signal: AbortSignal) => Promise<T[]> | T[];
  keyOf: (one: T) => string;
  textOf: (one: T) => string;
  /** More than the text, e.g. with the place it lies in. */
  show?: (one: T) => ComponentChildren;
  /** null: cleared. */
  onChoose: (one: T | null) => void;
  placeholder?: string;
  disabled?: boolean;
  required?: boolean;
  'aria-describedby'?: string;
  'aria-invalid'?: 'true' | undefined;
}

/** A text field with a list of choices under it (combobox of WAI-ARIA). Tab takes the marked choice, as a quick typist wants. */
export function Combo<T>({ text, search, keyOf, textOf, show, onChoose, ...rest }: ComboProps<T>) {
  const [typed, setTyped] = useState<string | null>(null);
  /** What was typed and fits nothing: it stays in sight when one goes on, and is no choice. */
  const [unfit, setUnfit] = useState('');
  const [answer, setAnswer] = useState<{ typed: string; list: T[] } | null>(null);
  const [marked, setMarked] = useState(0);
  const own = useId();
  const box = useRef<HTMLDivElement>(null);
  const open = typed !== null;
  const found = answer?.list ?? null;
  // A quick typist is ahead of the answers: those for fewer letters are shown, but not taken.
  const fresh = answer !== null && answer.typed === typed;
  const turn = useRef(0);
  const settling = useRef('');
  const ask = useRef(search);
  ask.current = search;

  useEffect(() => {
    if (typed === null) return;
    const stop = new AbortController();
    const timer = setTimeout(
      async () => {
        try {
          const list = await ask.current(typed, stop.signal);
          if (stop.signal.aborted) return;
          setAnswer({ typed, list });
          setMarked(0);
        } catch {
          if (!stop.signal.aborted) setAnswer({ typed, list: [] });
        }
      },
      typed ? 120 : 0,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [typed]);

  useEffect(() => {
    if (text) setUnfit('');
  }, [text]);
  useHung(box);

  const close = () => {
    setTyped(null);
    setAnswer(null);
  };
  const choose = (one: T) => {
    close();
    setUnfit('');
    onChoose(one);
  };
  /** Left before the answer came, or with nothing marked: what was typed decides. */
  const settle = async (words: string, first: boolean) => {
    const mine = ++turn.current;
    settling.current = words;
    close();
    setUnfit(words);
    let list: T[] = [];
    try {
      list = fresh && found ? found : await ask.current(words, new AbortController().signal);
    } catch {
      // No answer is no choice; the words stay.
    }
    if (mine !== turn.current) return;
    const same = list.find((one) => textOf(one) === words);
    const pick = same ?? (first || list.length === 1 ? list[0] : undefined);
    if (pick) choose(pick);
    else onChoose(null);
  };
  const keys = (event: KeyboardEvent) => {
    if (!open) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        setTyped(unfit);
        event.preventDefault();
      }
      return;
    }
    const list = found ?? [];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setMarked((marked + (event.key === 'ArrowDown' ? 1 : -1) + list.length) % Math.max(list.length, 1));
      event.preventDefault();
    } else if ((event.key === 'Enter' || event.key === 'Tab') && typed?.trim()) {
      if (fresh && list[marked]) choose(list[marked]);
      else void settle(typed.trim(), true);
      if (event.key === 'Enter') event.preventDefault();
    } else if (event.key === 'Enter' && list[marked]) {
      choose(list[marked]);
      event.preventDefault();
    } else if (event.key === 'Escape') {
      close();
      setUnfit('');
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <div
      class="combo"
      ref={box}
      onFocusOut={(event) => {
        if (box.current?.contains(event.relatedTarget as Node)) return;
        if (typed?.trim()) {
          // Tab has begun it already.
          if (settling.current !== typed.trim()) void settle(typed.trim(), false);
          return;
        }
        if (typed === '' && found !== null && text && box.current?.querySelector('input')?.value === '') onChoose(null);
        close();
      }}
    >
      <input
        {...rest}
        aria-invalid={unfit && !open ? 'true' : rest['aria-invalid']}
        type="text"
        class="input"
        role="combobox"
        autocomplete="off"
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={`${own}-list`}
        aria-activedescendant={open && found?.[marked] ? `${own}-${marked}` : undefined}
        value={typed === null ? unfit || text : typed === '' && text && !touched(box.current) ? text : typed}
        onInput={(event) => {
          event.currentTarget.dataset.touched = 'yes';
          turn.current++;
          settling.current = '';
          setUnfit('');
          setTyped(event.currentTarget.value);
        }}
        onFocus={(event) => {
          delete event.currentTarget.dataset.touched;
          event.currentTarget.select();
        }}
        onClick={() => open || setTyped(unfit)}
        onKeyDown={keys}
      />
      {open && (
        <div id={`${own}-list`} role="listbox" class="choices">
          {found?.map((one, i) => (
            <div
              tabIndex={-1}
              key={keyOf(one)}
              id={`${own}-${i}`}
              role="option"
              aria-selected={i === marked}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(one)}
            >
              {show ? show(one) : textOf(one)}
            </div>
          ))}
          {found?.length === 0 && <p class="none">{typed ? t('noMatch') : t('typeMore')}</p>}
        </div>
      )}
      <span class="unseen" role="status">
        {open && found ? t('matches', { n: found.length }) : unfit ? t('noMatch') : ''}
      </span>
    </div>
  );
}

const touched = (box: HTMLElement | null) => box?.querySelector('input')?.dataset.touched === 'yes';
