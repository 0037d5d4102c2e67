// SPDX-License-Identifier: AGPL-3.0-or-later
import { useState } from 'preact/hooks';
import { formatPeriod } from '../format';
import { lastEnded, type Period, type PeriodKind, parsePeriod, periodAs, periodId, periodKinds, shiftPeriod } from '../period';
import { model, today } from '../state';
import { t } from '../text/parts';
import { IconButton } from './button';
import { Choose } from './field';

/** The label of one period within its year, and its id. */
function within(kind: PeriodKind, year: number): Period[] {
  const count = { month: 12, quarter: 4, half: 2, year: 1, october: 1 }[kind];
  if (count === 1) return Array.from({ length: 6 }, (_, i) => ({ kind, year: year - 5 + i, part: 0 }));
  return Array.from({ length: count }, (_, i) => ({ kind, year, part: i + 1 }));
}

/** Kind of period, year, then the period itself. Months without rows are there too, but pale. */
export function PeriodPicker({
  value,
  kinds = periodKinds,
  onValue,
}: {
  value: string;
  kinds?: PeriodKind[];
  onValue: (id: string) => void;
}) {
  const now = parsePeriod(value) ?? lastEnded('half', today.value);
  const [kind, setKind] = useState<PeriodKind>(kinds.includes(now.kind) ? now.kind : kinds[0]!);
  const [year, setYear] = useState(periodAs(now, kind).year);
  const months = model.value?.months;
  const hasRows = (p: Period) => {
    if (!months) return true;
    const last = periodId(periodAs(p, 'month'));
    const first = periodId(shiftPeriod(periodAs(shiftPeriod(p, -1), 'month'), 1));
    return last >= months.first && first <= months.last;
  };
  const step = kind === 'year' || kind === 'october' ? 6 : 1;
  const list = within(kind, year);
  return (
    <div class="period-picker">
      {kinds.length > 1 && (
        <Choose
          label={t('periodKind')}
          choices={kinds.map((one) => ({
            value: one,
            label: one === 'october' ? `${t('year')} 10–9` : t(one),
          }))}
          value={kind}
          onValue={(one) => setKind(one as PeriodKind)}
        />
      )}
      <div class="year">
        <IconButton small icon="left" label={t('earlier')} onClick={() => setYear(year - step)} />
        <b aria-live="polite">{step > 1 ? `${year - 5}–${year}` : year}</b>
        <IconButton small icon="right" label={t('later')} onClick={() => setYear(year + step)} />
      </div>
      <div class={`parts ${kind}`}>
        {list.map((one) => {
          const id = periodId(one);
          return (
            <button
              key={id}
              type="button"
              class={hasRows(one) ? undefined : 'pale'}
              aria-pressed={id === value}
              onClick={() => onValue(id)}
            >
              {formatPeriod(one)}
            </button>
          );
        })}
      </div>
    </div>
  );
}
