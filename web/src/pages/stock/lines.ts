// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of stock works out by itself. Quantities are decimal text; they are counted in thousandths, so that none is rounded.
import type { LedgerBalance, NewLedgerEntry, NewLedgerLine } from '../../api/types';

/** '12.5' as 12500; null when it is no such number. */
export function thousandths(text: string): number | null {
  const found = /^(-?)(\d{1,12})(?:\.(\d{1,3}))?$/.exec(text.trim());
  if (!found) return null;
  const size = Number(found[2]) * 1000 + Number((found[3] ?? '').padEnd(3, '0'));
  return found[1] ? -size : size;
}

export function fromThousandths(value: number): string {
  const size = Math.abs(value);
  const part = String(size % 1000)
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${value < 0 ? '-' : ''}${Math.floor(size / 1000)}${part && `.${part}`}`;
}

/** Facilities first; the lots that have expired or do so first before the others, then those that run out. */
export function inOrder(balances: LedgerBalance[]): LedgerBalance[] {
  const rank = { expired: 0, soon: 1, '': 2 };
  return balances
    .filter((one) => one.facility)
    .sort(
      (a, b) =>
        rank[a.state] - rank[b.state] ||
        (a.state ? (a.expires ?? '').localeCompare(b.expires ?? '') : (thousandths(a.quantity) ?? 0) - (thousandths(b.quantity) ?? 0)),
    );
}

export interface TypedLine {
  item: string;
  lot: string;
  expires: string;
  quantity: string;
  price: string;
}
export const emptyLine: TypedLine = { item: '', lot: '', expires: '', quantity: '', price: '' };

/** Lines as they are sent: empty ones left out. */
export function linesToSend(lines: TypedLine[]): NewLedgerLine[] {
  return lines
    .filter((one) => one.quantity.trim() || one.lot.trim() || one.item)
    .map((one) => ({
      quantity: one.quantity.trim(),
      ...(one.item && { item: one.item }),
      ...(one.lot.trim() && { lot: one.lot.trim() }),
      ...(one.expires && { expires: one.expires }),
      ...(one.price.trim() && { price: one.price.trim() }),
    }));
}

/** A count sheet: only what was written down is counted. */
export function countToSend(movement: string, day: string, from: string, sheet: LedgerBalance[], counted: Record<string, string>) {
  const lines = sheet
    .filter((one) => (counted[keyOf(one)] ?? '').trim() !== '')
    .map((one) => ({ item: one.item, ...(one.lot && { lot: one.lot }), quantity: counted[keyOf(one)]!.trim() }));
  return { movement, day, from, lines } satisfies NewLedgerEntry;
}

export const keyOf = (one: LedgerBalance): string => [one.facility?.code ?? '', one.account, one.item, one.lot].join('\n');
