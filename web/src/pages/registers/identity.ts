// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Label, Register, Values } from '../../api/types';
import { showValue } from '../../entry/show';
import { entryFields } from './filters';

/** What tells a row apart, in a few words: the name and number of a person, else its key, else its day and place. */
export function identityOf(register: Register, values: Values, names?: Record<string, Label>): string {
  const fields = entryFields(register);
  const person = fields.filter((one) => one.identifies && values[one.name] && (one.type === 'name' || one.key)).slice(0, 2);
  const chosen = person.length
    ? [...person].sort((a, b) => Number(b.type === 'name') - Number(a.type === 'name'))
    : fields.filter((one) => (one.key || one.name === register.date || one.name === register.area) && values[one.name]).slice(0, 3);
  return chosen.map((one) => showValue(one, values[one.name], names)).join(' · ');
}
