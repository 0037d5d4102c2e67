// SPDX-License-Identifier: AGPL-3.0-or-later
// Values that a new row is to begin with: of a form that a telephone sent, or of a signal.
import { signal } from '@preact/signals';

/** A form from a phone that was refused, or what a signal says, to be entered as a new row: the next new form of its register takes it. */
export interface FromPhone {
  /** '': it is from no phone. */
  submission: string;
  register: string;
  values: Record<string, string>;
  source: string;
}
export const fromPhone = signal<FromPhone | null>(null);
