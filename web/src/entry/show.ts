// SPDX-License-Identifier: AGPL-3.0-or-later
// A value of a row in words: codes by their label, places by name, days and numbers as the reader writes them.
import type { Field, Label, Row, Rows } from '../api/types';
import { formatDay, formatNumber, formatPeriod } from '../format';
import { label } from '../text/dictionary';
import { t } from '../text/registers';
import { nameOfPlace } from './places';

export function showValue(field: Field, value: string | null | undefined, names?: Record<string, Label>): string {
  if (value === null || value === undefined || value === '') return '';
  switch (field.type) {
    case 'bool':
      return t(value === '1' || value === 'true' ? 'yes' : 'no');
    case 'code': {
      const code = field.codes?.find((one) => one.value === value);
      return code ? label(code.label) : value;
    }
    case 'area':
    case 'facility': {
      const own = names?.[field.name];
      return nameOfPlace(value, own ? { [value]: own } : names);
    }
    case 'date':
      return formatDay(value);
    case 'period':
      return formatPeriod(value);
    case 'int':
      // A year of birth is a number that nobody groups.
      return Number(value) < 10_000 ? value.replace('-', '−') : formatNumber(Number(value));
    case 'decimal':
      return formatNumber(Number(value));
    default:
      return value;
  }
}

/** Short enough for a column: days in digits. */
export function showCell(field: Field, row: Pick<Row, 'values'>, names: Rows['names']): string {
  const value = row.values[field.name];
  return field.type === 'date' && value ? value : showValue(field, value, names[field.name]);
}
