// SPDX-License-Identifier: AGPL-3.0-or-later
// A password with a button that shows it and a word when caps lock is on; and the pair of fields for a new one.
import { useId, useState } from 'preact/hooks';
import { Button, Field, Input } from '../../parts';
import { t } from '../../text/login';
import { leastPassword, passwordLength, passwordStrength } from './rules';

interface PasswordProps {
  name?: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
  error?: string;
  hint?: string;
  autocomplete: 'current-password' | 'new-password';
  autofocus?: boolean;
}

export function PasswordField({ name, label, value, onValue, error, hint, autocomplete, autofocus }: PasswordProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  return (
    <div class="password">
      <Field label={label} error={error} hint={hint} warning={caps ? t('capsLock') : undefined} required>
        <Input
          id={id}
          name={name}
          type={(shown ? 'text' : 'password') as 'password'}
          value={value}
          onValue={onValue}
          autocomplete={autocomplete}
          autocapitalize="off"
          spellcheck={false}
          data-focus={autofocus || undefined}
          onKeyUp={(event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'))}
        />
      </Field>
      <Button small kind="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {shown ? t('hidePassword') : t('showPassword')}
      </Button>
    </div>
  );
}

export interface NewPassword {
  password: string;
  repeat: string;
}

/** Two fields for a new password, with its strength in words. errors: of the last try to send. */
export function NewPasswordFields({
  value,
  onValue,
  errors,
}: {
  value: NewPassword;
  onValue: (value: NewPassword) => void;
  errors: { password?: string; repeat?: string };
}) {
  const strength = passwordStrength(value.password);
  return (
    <>
      <PasswordField
        label={t('newPassword')}
        value={value.password}
        onValue={(password) => onValue({ ...value, password })}
        hint={t('passwordHint', { n: leastPassword })}
        error={errors.password}
        autocomplete="new-password"
      />
      {passwordLength(value.password) > 0 && (
        <p class={`strength ${strength}`} role="status">
          <i aria-hidden="true" />
          {t('strength')}
          {': '}
          {t(strength)}
        </p>
      )}
      <PasswordField
        label={t('repeat')}
        value={value.repeat}
        onValue={(repeat) => onValue({ ...value, repeat })}
        error={errors.repeat}
        autocomplete="new-password"
      />
    </>
  );
}
