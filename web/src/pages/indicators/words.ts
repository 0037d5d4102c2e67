// SPDX-License-Identifier: AGPL-3.0-or-later
// Words for figures and axes of the explorer, and which number a cell is.
import type { Bucket, Figure, Indicator } from '../../api/types';
import { formatChange, formatFigure, formatPeriod } from '../../format';
import type { Question } from '../../made';
import { levelName } from '../../parts';
import { area, model, period } from '../../state';
import { label } from '../../text/dictionary';
import { isDrawn } from '../../text/figure';
import { t } from '../../text/indicators';
import { type Choice, isTime, lastOf } from './choice';
import { type Cell, differs } from './pivot';

/** What a cell says: the value, or the sign of why there is none (the signs of the reports). */
export function figureSign(figure: Figure, decimals: number): string {
  if (figure.outside) return t('sign_outside');
  return formatFigure(figure, decimals) || t(`sign_${figure.state}`);
}

/** "↑ +3.2" and whether it can be told apart; empty where one of the two is not known. */
export function changeText(now: Figure, before: Figure | null, decimals: number): { text: string; sure: boolean | null } {
  if (!isDrawn(now) || !isDrawn(before)) return { text: '', sure: null };
  const text = formatChange(now.value - before.value, decimals);
  const arrow = text.startsWith('+') ? '↑ ' : text.startsWith('−') ? '↓ ' : '';
  return { text: `${arrow}${text}`, sure: differs(now, before) };
}

/** The name of an axis: a level, a time, the facility, or a field of any register. */
export function axisLabel(name: string): string {
  if (name === '' || name === 'indicator') return t('byIndicator');
  if (name === 'facility') return t('facility');
  if (isTime(name)) return t(name as 'month');
  if (model.value?.levels.some((one) => one.name === name)) return levelName(name);
  for (const register of model.value?.registers ?? []) {
    const field = register.fields.find((one) => one.name === name);
    if (field) return label(field.label);
  }
  return name;
}

/** How far an axis of time reaches, in words; n 0: within the period. */
export const reachText = (axis: string, n: number, within: string): string =>
  n ? t(`last_${axis}` as 'last_year', { n }) : formatPeriod(within);

/** The name of an axis, as a title has it. */
export const axisTitle = (choice: Choice, axis: string): string => {
  const n = isTime(axis) ? lastOf(choice, period.value) : 0;
  return n ? reachText(axis, n, '') : axisLabel(axis);
};

export const unitOf = (indicator: Indicator | undefined): string => label(indicator?.unit);
export const levelNames = (): string[] => model.value?.levels.map((one) => one.name) ?? [];

/** The question behind a cell: axes that are places and times move area and period, the others are told as they are. */
export function questionOf(cell: Cell): Question {
  const levels = levelNames();
  const question: Question = { indicator: cell.indicator, area: area.value, period: period.value };
  const parts: Bucket[] = [];
  for (const [axis, bucket] of Object.entries(cell.at)) {
    if (levels.includes(axis)) question.area = bucket.code;
    else if (isTime(axis)) question.period = bucket.code;
    else parts.push(bucket);
  }
  if (parts.length) question.cell = { figure: cell.figure, parts };
  return question;
}
