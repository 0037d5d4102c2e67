// SPDX-License-Identifier: AGPL-3.0-or-later
// Words for figures and axes of the explorer.
import type { Figure, Indicator } from '../../api/types';
import { formatChange, formatFigure, formatInterval } from '../../format';
import { levelName } from '../../parts';
import { model } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/indicators';
import { isTime } from './choice';
import { differs } from './pivot';

/** What a cell says: the value, or the sign of why there is none. */
export function figureText(figure: Figure, decimals: number): string {
  if (figure.outside) return t('sign_outside');
  return formatFigure(figure, decimals) || t(`sign_${figure.state}`);
}

export function intervalText(figure: Figure, decimals: number): string {
  return figure.state === 'ok' && !figure.outside ? formatInterval(figure, decimals) : '';
}

/** "↑ +3.2" and whether it can be told apart; empty where one of the two is not known. */
export function changeText(now: Figure, before: Figure | null, decimals: number): { text: string; sure: boolean | null } {
  if (now.state !== 'ok' || before?.state !== 'ok' || now.value === undefined || before.value === undefined)
    return { text: '', sure: null };
  if (now.outside || before.outside) return { text: '', sure: null };
  const change = now.value - before.value;
  const text = formatChange(change, decimals);
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

export const unitOf = (indicator: Indicator | undefined): string => label(indicator?.unit);
