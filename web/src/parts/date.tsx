// SPDX-License-Identifier: AGPL-3.0-or-later
import { useState } from 'preact/hooks';
import { t } from '../text/parts';

/** 2014-6-5, 2014/6/5, 20140605, 2014年6月5日, or 6-5 and 5 of the month and year of `near`; null: no day. */
export function readDay(text: string, near: string): string | null {
  const clean = text
    .trim()
    .replace(/[年月./\s]+/g, '-')
    .replace(/日$/, '');
  const whole = /^(\d{4})-?(\d{1,2})-?(\d{1,2})$/.exec(clean);
  const short = /^(?:(\d{1,2})-)?(\d{1,2})$/.exec(clean);
  const found = whole ? [whole[1], whole[2], whole[3]] : short ? [near.slice(0, 4), short[1] ?? near.slice(5, 7), short[2]] : null;
  if (!found) return null;
  const [year, month, day] = found.map(Number) as [number, number, number];
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return null;
  return at.toISOString().slice(0, 10);
}

export interface DateInputProps {
  id?: string;
  /** ISO day or ''. */
  value: string;
  /** Gets ISO, '' or, while it is no day, what was typed (so that nothing is lost); `fault` says why it is none. */
  onValue: (value: string, fault: string) => void;
  /** Day that short forms refer to (the server's today). */
  near: string;
  disabled?: boolean;
  required?: boolean;
  'aria-describedby'?: string;
  'aria-invalid'?: 'true' | undefined;
}

/** Typed, for that is quicker than any calendar; arrows up and down go by a day, T is today. */
export function DateInput({ value, onValue, near, ...rest }: DateInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const take = (text: string) => {
    const day = readDay(text, near);
    if (!text.trim()) onValue('', '');
    else if (day) onValue(day, '');
    else onValue(text, /^\d{4}\D?\d{1,2}\D?\d{1,2}\D?$/.test(text.trim()) ? t('dateNone') : t('dateShape'));
    setTyped(null);
  };
  return (
    <input
      {...rest}
      type="text"
      inputMode="numeric"
      class="input day"
      autocomplete="off"
      placeholder="2014-06-05"
      value={typed ?? value}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => typed !== null && take(typed)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && typed !== null) take(typed);
        if (event.key.toLowerCase() === 't' && !event.ctrlKey && !event.metaKey && !event.altKey) {
          take(near);
          event.preventDefault();
        }
        const by = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
        const day = readDay(typed ?? value, near);
        if (by && day) {
          take(new Date(Date.parse(day) + by * 86_400_000).toISOString().slice(0, 10));
          event.preventDefault();
        }
      }}
    />
  );
}
