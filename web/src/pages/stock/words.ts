// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Ledger } from '../../api/types';
import { label } from '../../text/dictionary';

export function itemName(ledger: Ledger, code: string): string {
  return label(ledger.items.find((one) => one.code === code)?.label) || code;
}
export function quantityText(ledger: Ledger, code: string, quantity: string): string {
  const unit = label(ledger.items.find((one) => one.code === code)?.unit);
  const [whole, part] = quantity.replace('-', '−').split('.');
  const text = (whole ?? '').replace(/\B(?=(\d{3})+$)/g, ',') + (part ? `.${part}` : '');
  return unit ? `${text} ${unit}` : text;
}
export const movementName = (ledger: Ledger, name: string): string =>
  label(ledger.movements.find((one) => one.name === name)?.label) || name;
