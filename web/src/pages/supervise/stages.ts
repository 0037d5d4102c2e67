// SPDX-License-Identifier: AGPL-3.0-or-later
// The way to the rows of a stage.
import { linkRows } from '../../links';
import { today } from '../../state';

/** All rows of a stage, whatever the period of the frame. */
export const linkStage = (register: string, stage: string, more: Record<string, string> = {}): string =>
  linkRows(register, { 'f.stage': stage, wide: 'period', ...more });

const dayBefore = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

export const linkLate = (register: string, stages: string[], more: Record<string, string> = {}): string =>
  linkStage(register, stages.join(','), { 'f.stage_due': `..${dayBefore(today.value)}`, ...more });
