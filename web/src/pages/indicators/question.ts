// SPDX-License-Identifier: AGPL-3.0-or-later
// From a cell of the pivot table to the question of how its number was made.
import type { Bucket } from '../../api/types';
import { formatPeriod } from '../../format';
import type { Question } from '../../made';
import { area, areaNow, model, period } from '../../state';
import type { Cell } from './pivot';

export { openMade } from '../../made';

/** The question behind a cell: axes that are places and times move area and period, the others are told as they are. */
export function questionOf(cell: Cell, levels: string[], times: readonly string[]): Question {
  const question: Question = { indicator: cell.indicator, area: area.value, period: period.value };
  const parts: Bucket[] = [];
  for (const [axis, bucket] of Object.entries(cell.at)) {
    if (levels.includes(axis)) question.area = bucket.code;
    else if (times.includes(axis)) question.period = bucket.code;
    else parts.push(bucket);
  }
  if (parts.length) question.cell = { figure: cell.figure, parts };
  return question;
}

export const levelNames = (): string[] => model.value?.levels.map((one) => one.name) ?? [];
/** What the chosen area and period are called, in the middle of a sentence. */
export const hereText = (): string => [areaNow.value?.name, formatPeriod(period.value)].filter(Boolean).join(' ');
