// SPDX-License-Identifier: AGPL-3.0-or-later
// What was used last in a register: the next row begins with the same area, facility and source, and they come first in their lists.
// Places where people live are kept in memory only; where one works (facility, source) is remembered on the device.
import type { Register, Values } from '../api/types';
import { recall, remember } from '../recall';
import { session } from '../state';

interface Used {
  source: string;
  /** Codes by field, the last first. */
  places: Record<string, string[]>;
}

const memory = new Map<string, Used>();
const most = 6;

function usedIn(register: Register): Used {
  const key = `${session.peek()?.user?.id ?? ''} ${register.name}`;
  let used = memory.get(key);
  if (!used) {
    used = { source: '', places: {} };
    try {
      const kept = JSON.parse(recall(`heng.late.${register.name}`) || '{}') as { source?: string; facility?: string };
      if (typeof kept.source === 'string' && register.sources.some((one) => one.value === kept.source)) used.source = kept.source;
      if (typeof kept.facility === 'string' && register.facility) used.places[register.facility] = [kept.facility];
    } catch {
      // Somebody else's text: begin anew.
    }
    memory.set(key, used);
  }
  return used;
}

export interface Late {
  source: string;
  /** What a new row begins with. */
  kept: Values;
  places: Record<string, string[]>;
}

export function late(register: Register): Late {
  const used = usedIn(register);
  const kept: Values = {};
  for (const name of [register.area, register.facility]) {
    const code = name && used.places[name]?.[0];
    if (name && code) kept[name] = code;
  }
  return { source: used.source, kept, places: used.places };
}

/** A row was saved with these. */
export function useAgain(register: Register, values: Values, source: string): void {
  const used = usedIn(register);
  used.source = source;
  for (const field of register.fields) {
    const code = values[field.name];
    if (!code || (field.type !== 'area' && field.type !== 'facility')) continue;
    used.places[field.name] = [code, ...(used.places[field.name] ?? []).filter((one) => one !== code)].slice(0, most);
  }
  const facility = register.facility ? values[register.facility] : null;
  remember(`heng.late.${register.name}`, JSON.stringify({ source, facility: facility ?? undefined }));
}
