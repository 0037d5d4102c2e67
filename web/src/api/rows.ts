// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists come by columns, without a name at each value; pages show them row by row.
import type { Row, Rows } from './types';

export type ListedRow = Pick<Row, 'id' | 'version' | 'state' | 'values' | 'photos_missing'>;

export function rowsOf(list: Rows): ListedRow[] {
  const fields = Object.entries(list.values);
  return list.id.map((id, i) => {
    const values: Row['values'] = {};
    for (const [name, column] of fields) values[name] = column[i] ?? null;
    return {
      id,
      version: list.version[i] as number,
      state: list.state[i] as Row['state'],
      values,
      photos_missing: list.photos_missing?.[i],
    };
  });
}
