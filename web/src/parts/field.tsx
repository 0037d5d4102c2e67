// SPDX-License-Identifier: AGPL-3.0-or-later
import {
  type ComponentChildren,
  cloneElement,
  type InputHTMLAttributes,
  isValidElement,
  type PartialSelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../text/parts';
import { Icon } from './icons';

export interface FieldProps {
  label: string;
  /** What went wrong with the value, in words, with what to do. */
  error?: string;
  warning?: string;
  hint?: string;
  /** Behind the control: g, cm. */
  unit?: string;
  required?: boolean;
  /** Label before the control on one line; otherwise above. */
  inline?: boolean;
  hideLabel?: boolean;
  /** One control that takes id, aria-describedby and aria-invalid. */
  children: ComponentChildren;
}

/** Label, control, unit, hint and error together, tied for those who hear the page. */
export function Field({ label, error, warning, hint, unit, required, inline, hideLabel, children }: FieldProps) {
  const own = useId();
  const given = isValidElement(children) ? (children.props as { id?: string }).id : undefined;
  const id = given ?? own;
  const told = [hint && `${own}-hint`, error && `${own}-error`, warning && `${own}-warning`].filter(Boolean).join(' ');
  const control = isValidElement(children)
    ? cloneElement(
        children as never,
        {
          id,
          required,
          'aria-describedby': told || undefined,
          'aria-invalid': error ? 'true' : undefined,
        } as never,
      )
    : children;
  return (
    <div class={`field${inline ? ' inline' : ''}${error ? ' wrong' : ''}`}>
      <label for={id} class={hideLabel ? 'unseen' : undefined}>
        {label}
        {required && (
          <span class="required" title={t('required')}>
            *<span class="unseen">{t('required')}</span>
          </span>
        )}
      </label>
      <div class="control">
        {control}
        {unit && <span class="unit">{unit}</span>}
      </div>
      {hint && (
        <p class="hint" id={`${own}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="fault" id={`${own}-error`}>
          <Icon name="error" size={14} />
          {error}
        </p>
      )}
      {warning && (
        <p class="caution" id={`${own}-warning`}>
          <Icon name="warning" size={14} />
          {warning}
        </p>
      )}
    </div>
  );
}

type InputProps = InputHTMLAttributes & {
  type?: string;
  value?: string | number;
  onValue?: (value: string) => void;
  [more: string]: unknown;
};

/** onValue gets the text at every key. */
export function Input({ onValue, class: more, ...rest }: InputProps) {
  return (
    <input
      type="text"
      autocomplete="off"
      {...rest}
      class={`input ${more ?? ''}`}
      onInput={(event) => onValue?.(event.currentTarget.value)}
    />
  );
}

export function TextArea({
  onValue,
  ...rest
}: TextareaHTMLAttributes & {
  value?: string;
  rows?: number;
  maxLength?: number;
  onValue?: (value: string) => void;
}) {
  return <textarea rows={3} {...rest} class="input" onInput={(event) => onValue?.(event.currentTarget.value)} />;
}

export interface Choice {
  value: string;
  label: string;
  disabled?: boolean;
}

export function Select({
  choices,
  value,
  onValue,
  empty,
  ...rest
}: Omit<PartialSelectHTMLAttributes<HTMLSelectElement>, 'value' | 'role' | 'size'> & {
  choices: Choice[];
  value: string;
  onValue: (value: string) => void;
  /** Words of the choice that is none; without it there is no such choice. */
  empty?: string;
  disabled?: boolean;
  required?: boolean;
}) {
  return (
    <select {...rest} class="input select" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
      {empty !== undefined && <option value="">{empty}</option>}
      {choices.map((one) => (
        <option key={one.value} value={one.value} disabled={one.disabled}>
          {one.label}
        </option>
      ))}
    </select>
  );
}

export function Checkbox({
  label,
  checked,
  onValue,
  ...rest
}: {
  id?: string;
  label: ComponentChildren;
  checked: boolean;
  disabled?: boolean;
  onValue: (yes: boolean) => void;
}) {
  return (
    <label class="check">
      <input {...rest} type="checkbox" checked={checked} onChange={(event) => onValue(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

/** One of a few, side by side (three or four at the most); otherwise a Select. */
export function Choose({
  label,
  choices,
  value,
  onValue,
}: {
  label: string;
  choices: Choice[];
  value: string;
  onValue: (value: string) => void;
}) {
  const name = useId();
  return (
    <fieldset class="choose">
      <legend class="unseen">{label}</legend>
      {choices.map((one) => (
        <label key={one.value} class={one.value === value ? 'chosen' : undefined}>
          <input
            type="radio"
            name={name}
            value={one.value}
            checked={one.value === value}
            disabled={one.disabled}
            onChange={() => onValue(one.value)}
          />
          <span>{one.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
