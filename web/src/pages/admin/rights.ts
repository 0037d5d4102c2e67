// SPDX-License-Identifier: AGPL-3.0-or-later
// What a role may do, in words; and roles as a form edits them.
import type { Fn, Register, Role } from '../../api/types';
import { formatList } from '../../format';
import { registerOf } from '../../state';
import { t } from '../../text/admin';
import { label } from '../../text/dictionary';

export const functions: Fn[] = ['figures', 'import', 'explain', 'people', 'pack', 'file', 'audit'];
export const purposes: Register['purpose'][] = ['care', 'vital', 'supervision', 'benefit', 'statistics'];

/** Sentences without a subject: "see, enter and correct rows of births ...". */
export function rightsWords(role: Pick<Role, 'functions' | 'rows'>): string[] {
  const words: string[] = [];
  for (const one of role.rows) {
    if (!one.read && !one.write) continue;
    const only = one.registers.length
      ? t('onlyRegisters', { registers: formatList(one.registers.map((name) => label(registerOf(name)?.label) || name)) })
      : '';
    words.push(t(one.write ? `write_${one.purpose}` : `read_${one.purpose}`) + only);
  }
  for (const one of functions) if (role.functions.includes(one)) words.push(t(`fn_${one}`));
  return words;
}

/** Whether rows of a purpose may be read or written by a role; those that name single registers are left as they are. */
export function rightOf(rows: Role['rows'], purpose: Register['purpose'], right: 'read' | 'write'): boolean {
  return rows.some((one) => one.purpose === purpose && one.registers.length === 0 && one[right]);
}

/** Sets a right on all registers of a purpose. Who may write may read, for one cannot correct what one does not see. */
export function withRight(rows: Role['rows'], purpose: Register['purpose'], right: 'read' | 'write', yes: boolean): Role['rows'] {
  const old = rows.find((one) => one.purpose === purpose && one.registers.length === 0) ?? {
    purpose,
    registers: [],
    read: false,
    write: false,
  };
  const next = { ...old, [right]: yes };
  if (right === 'write' && yes) next.read = true;
  if (right === 'read' && !yes) next.write = false;
  const others = rows.filter((one) => one !== old);
  return next.read || next.write ? [...others, next] : others;
}

/** A key that the server takes. */
export const isRoleName = (name: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(name);
