// SPDX-License-Identifier: AGPL-3.0-or-later
import { useState } from 'preact/hooks';
import { DateInput, Field } from '../../parts';
import { today } from '../../state';

/** A day in a form; what is no day stays in the field with its fault, and '' is handed on. */
export function DayField({ label, hint, value, onValue }: { label: string; hint?: string; value: string; onValue: (day: string) => void }) {
  const [wrong, setWrong] = useState<{ text: string; fault: string } | null>(null);
  return (
    <Field label={label} hint={hint} error={wrong?.fault}>
      <DateInput
        value={wrong?.text ?? value}
        near={today.value}
        onValue={(text, fault) => {
          setWrong(fault ? { text, fault } : null);
          onValue(fault ? '' : text);
        }}
      />
    </Field>
  );
}
