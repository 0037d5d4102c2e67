// SPDX-License-Identifier: AGPL-3.0-or-later
// The order of areas beside each other: a rank only where it means something.
import type { Bucket, Figure, Indicator } from '../../api/types';
import { compareText } from '../../format';
import { label } from '../../text/dictionary';
import { isDrawn } from '../../text/figure';

/** Births at which a ratio of 115 is told from one of 105 with 80 % power; below it areas are not ranked by the ratio. */
const enough = 3805;

/** One area of too few is enough for none to be ranked: by the ratio, it would stand first or last by chance. */
export function sorted<Row extends { bucket: Bucket; figure: Figure; births: number | null }>(
  rows: Row[],
  about: Indicator | undefined,
): { rows: Row[]; byBirths: boolean } {
  const byBirths = about?.reference != null && rows.some((one) => (one.births ?? 0) < enough);
  const name = (a: Row, b: Row) => compareText(label(a.bucket.label), label(b.bucket.label));
  const key = (one: Row) => (byBirths ? (one.births ?? -1) : isDrawn(one.figure) ? one.figure.value : -Infinity);
  return { rows: [...rows].sort((a, b) => key(b) - key(a) || name(a, b)), byBirths };
}
