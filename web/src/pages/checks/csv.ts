// SPDX-License-Identifier: AGPL-3.0-or-later
import { saveText, toCsv } from '../../save';
import { area, period } from '../../state';
import { t } from '../../text/checks';
import { label } from '../../text/dictionary';
import type { Group } from './findings';

/** The findings that are shown, as a file for a table program. */
export function saveCsv(groups: Group[]): void {
  const lines = [[t('severity'), t('check'), t('found'), t('todo'), t('where'), t('when'), t('count'), t('explained')]];
  for (const group of groups)
    for (const one of [...group.open, ...group.explained])
      lines.push([
        t(one.severity),
        label(one.label),
        label(one.text),
        label(one.cure),
        [label(one.facility?.label), label(one.area?.label)].filter(Boolean).join(' / '),
        label(one.period.label),
        String(one.count),
        one.explained?.text ?? '',
      ]);
  saveText(toCsv(lines), 'text/csv', [t('file'), area.value, period.value].filter(Boolean).join('-').concat('.csv'));
}
