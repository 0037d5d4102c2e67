// SPDX-License-Identifier: AGPL-3.0-or-later
// The controls of entry, made for the keyboard. All of them hand every key's outcome on at once: a value, or the text that is none yet.
import { useRef, useState } from 'preact/hooks';
import type { Code, Field, Label } from '../api/types';
import { formatDay, formatPeriod } from '../format';
import { language, today } from '../state';
import { label } from '../text/dictionary';
import { t } from '../text/entry';
import { chooseCode, digitsAreValues, fittingCodes } from './codes';
import { looseDay, looseNumber, loosePeriod } from './loose';
import { findPlaces, nameOfPlace } from './places';
import { SeekInput, type Sought } from './seek';

export interface ControlProps {
  id: string;
  field: Field;
  value: string | null;
  /** What stands there instead of a value. */
  typed: string;
  /** typed '': it is a value, or empty. */
  onValue: (value: string | null, typed: string) => void;
  names?: Record<string, Label>;
  /** Codes of places lately used here, the last first. */
  late: string[];
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string;
}

const tie = (p: ControlProps) => ({
  id: p.id,
  disabled: p.disabled,
  'aria-required': p.field.required || undefined,
  'aria-invalid': p.invalid ? ('true' as const) : undefined,
  'aria-describedby': p.describedBy,
});

/** The weekday, for a slip of a day shows in it. */
function weekday(iso: string): string {
  const day = new Date(`${iso}T00:00:00Z`);
  return new Intl.DateTimeFormat(language.value === 'zh' ? 'zh-CN' : 'en-GB', { weekday: 'short', timeZone: 'UTC' }).format(day);
}

/** Days, periods and numbers: read loosely while they are typed, written as the register keeps them when the field is left. */
function LooseInput({ read, say, ...p }: ControlProps & { read: (text: string) => string | null; say?: (value: string) => string }) {
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? (p.typed || p.value || '');
  const understood = text !== null && p.value !== null && p.value !== text && say ? say(p.value) : '';
  return (
    <>
      <input
        {...tie(p)}
        type="text"
        class={`input ${p.field.type}`}
        autocomplete="off"
        inputMode={p.field.type === 'int' ? 'numeric' : p.field.type === 'decimal' ? 'decimal' : undefined}
        value={shown}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          const now = event.currentTarget.value;
          setText(now);
          const value = now.trim() ? read(now) : null;
          p.onValue(value, value === null ? now.trim() : '');
        }}
        onBlur={() => setText(null)}
      />
      {understood && <span class="understood">{understood}</span>}
    </>
  );
}

function TextInput(p: ControlProps) {
  return (
    <input
      {...tie(p)}
      type="text"
      class="input"
      autocomplete="off"
      spellcheck={false}
      value={p.value ?? ''}
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => p.onValue(event.currentTarget.value || null, '')}
      onBlur={(event) => {
        const clean = event.currentTarget.value.replace(/^[\s\u3000]+|[\s\u3000]+$/g, '');
        if (clean !== (p.value ?? '')) p.onValue(clean || null, '');
      }}
    />
  );
}

/**
 * A few codes side by side. The focus is in a text field that nobody sees, so that Chinese can be typed with an input method; every
 * key chooses. Left and right go through the list, Delete takes the choice away.
 */
function CodeChips({ codes, ...p }: ControlProps & { codes: Code[] }) {
  const before = useRef({ typed: '', at: 0 });
  const list = `${p.id}-list`;
  const at = codes.findIndex((one) => one.value === p.value);
  const values = digitsAreValues(codes);
  const take = (text: string) => {
    const now = Date.now();
    const last = now - before.current.at < 900 ? before.current.typed : '';
    const chosen = chooseCode(codes, p.value, last, text, language.value);
    before.current = { typed: chosen?.typed ?? '', at: now };
    if (chosen) p.onValue(chosen.value, '');
  };
  return (
    <div class="chips">
      <input
        {...tie(p)}
        class="chips-key"
        type="text"
        role="combobox"
        autocomplete="off"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        value=""
        onInput={(event) => {
          if ((event as InputEvent).isComposing) return;
          const text = event.currentTarget.value;
          event.currentTarget.value = '';
          if (text) take(text);
        }}
        onCompositionEnd={(event) => {
          const text = event.currentTarget.value || event.data;
          event.currentTarget.value = '';
          if (text) take(text);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
            const step = event.key === 'ArrowRight' ? 1 : -1;
            const to = at < 0 ? (step > 0 ? 0 : codes.length - 1) : (at + step + codes.length) % codes.length;
            p.onValue(codes[to]!.value, '');
            event.preventDefault();
          } else if (event.key === 'Delete' || event.key === 'Backspace') {
            before.current.typed = '';
            p.onValue(null, '');
          }
        }}
      />
      <div id={list} role="listbox" aria-labelledby={`${p.id}-label`}>
        {codes.map((one, i) => (
          <span
            key={one.value}
            id={`${list}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            aria-disabled={p.disabled}
            class="pick"
            onPointerDown={(event) => {
              event.preventDefault();
              if (p.disabled) return;
              p.onValue(i === at && !p.field.required ? null : one.value, '');
              document.getElementById(p.id)?.focus();
            }}
          >
            <kbd aria-hidden="true">{values ? one.value : i + 1}</kbd>
            {label(one.label)}
          </span>
        ))}
      </div>
    </div>
  );
}

const yesNo = (): Code[] => [
  { value: '1', label: { en: 'yes', zh: '是' } },
  { value: '0', label: { en: 'no', zh: '否' } },
];

function CodeSeek({ codes, ...p }: ControlProps & { codes: Code[] }) {
  const now = codes.find((one) => one.value === p.value);
  const item = (one: Code): Sought => ({ key: one.value, text: label(one.label), detail: one.value });
  return (
    <SeekInput
      {...tie(p)}
      text={now ? label(now.label) : (p.value ?? '')}
      typed={p.typed}
      search={(typed) => (typed.trim() ? fittingCodes(codes, typed, language.value) : codes).slice(0, 12).map(item)}
      onValue={p.onValue}
    />
  );
}

function PlaceSeek({ kind, ...p }: ControlProps & { kind: 'area' | 'facility' }) {
  return (
    <SeekInput
      {...tie(p)}
      text={p.value ? nameOfPlace(p.value, p.names) : ''}
      typed={p.typed}
      code={p.value ?? ''}
      placeholder={t(kind === 'area' ? 'seekArea' : 'seekFacility')}
      search={(typed) =>
        findPlaces(kind, typed, p.field.level ?? '', p.late).map((one) => ({
          key: one.code,
          text: one.name,
          detail: [one.detail, one.code].filter(Boolean).join(' · '),
        }))
      }
      onValue={p.onValue}
    />
  );
}

export function Control(p: ControlProps) {
  const { field } = p;
  switch (field.type) {
    case 'bool':
      return <CodeChips {...p} codes={yesNo()} value={p.value === 'true' ? '1' : p.value === 'false' ? '0' : p.value} />;
    case 'code': {
      const codes = field.codes ?? [];
      const wide = codes.reduce((sum, one) => sum + label(one.label).length * (language.value === 'zh' ? 2 : 1) + 4, 0);
      return codes.length <= 7 && wide <= 110 ? <CodeChips {...p} codes={codes} /> : <CodeSeek {...p} codes={codes} />;
    }
    case 'area':
    case 'facility':
      return <PlaceSeek {...p} kind={field.type} />;
    case 'date':
      return <LooseInput {...p} read={(text) => looseDay(text, today.value)} say={(day) => `${formatDay(day)} ${weekday(day)}`} />;
    case 'period':
      return (
        <LooseInput {...p} read={(text) => loosePeriod(text, field.period_kind ?? 'month', today.value)} say={(id) => formatPeriod(id)} />
      );
    case 'int':
    case 'decimal':
      return <LooseInput {...p} read={(text) => looseNumber(text, field.type === 'int')} />;
    default:
      return <TextInput {...p} />;
  }
}
