// SPDX-License-Identifier: AGPL-3.0-or-later
// Two versions of a row side by side; for each field that both have changed one is chosen. What only one has changed is told and kept.
import { useId, useState } from 'preact/hooks';
import type { Field, Row, Values } from '../api/types';
import { formatTime } from '../format';
import { Button } from '../parts';
import { label } from '../text/dictionary';
import { t } from '../text/entry';
import { Marked } from './alike';
import { differ } from './differ';
import { showValue } from './show';

const isOther = (a: Values, b: Values, { name }: Field) => (a[name] ?? null) !== (b[name] ?? null);

/** Fields in which mine says something else than the row as it is now; with `before` (the row that mine was made of), those of them
 *  that the row says otherwise since. */
export function conflicting(fields: Field[], mine: Values, current: Row, before?: Values): Field[] {
  return fields.filter(
    (one) => one.name in mine && isOther(mine, current.values, one) && (!before || isOther(before, current.values, one)),
  );
}

export function Conflict({
  fields,
  mine,
  before,
  current,
  isNew,
  busy,
  onSave,
  onDrop,
}: {
  fields: Field[];
  mine: Values;
  /** The row that mine was made of; undefined: not known, or mine is a new row. */
  before?: Values;
  current: Row;
  /** Mine is a new row with the key of one that is there. */
  isNew: boolean;
  busy?: boolean;
  /** The values that were chosen from mine; empty: nothing is left to save. */
  onSave: (chosen: Values) => void;
  onDrop: () => void;
}) {
  const differing = conflicting(fields, mine, current, before);
  const onlyMine = conflicting(fields, mine, current).filter((one) => !differing.includes(one));
  const onlyTheirs = before ? fields.filter((one) => !(one.name in mine) && isOther(before, current.values, one)) : [];
  const told = (list: Field[], values: Values) =>
    list
      .map((one) => t('fieldSays', { field: label(one.label), value: showValue(one, values[one.name], current.names) || '–' }))
      .join(t('listComma'));
  const [theirs, setTheirs] = useState<Set<string>>(new Set());
  const id = useId();
  const pick = (name: string, other: boolean) => {
    const next = new Set(theirs);
    if (other) next.add(name);
    else next.delete(name);
    setTheirs(next);
  };
  const chosen: Values = {};
  for (const { name } of [...differing, ...onlyMine]) if (!theirs.has(name)) chosen[name] = mine[name] ?? null;
  return (
    <section class="conflict" role="alertdialog" aria-labelledby={`${id}-title`} aria-describedby={`${id}-help`}>
      <h3 id={`${id}-title`}>{t(isNew ? 'conflictNewTitle' : 'conflictTitle')}</h3>
      <p class="hint" id={`${id}-help`}>
        {t(differing.length > 0 ? 'conflictHelp' : 'conflictNone')}
      </p>
      {onlyMine.length > 0 && <p>{t('onlyMine', { fields: told(onlyMine, mine) })}</p>}
      {onlyTheirs.length > 0 && <p>{t('onlyTheirs', { fields: told(onlyTheirs, current.values) })}</p>}
      <table hidden={differing.length === 0}>
        <thead>
          <tr>
            <td />
            <th scope="col">
              <button type="button" class="link" onClick={() => setTheirs(new Set())} title={t('allMine')}>
                {t('mine')}
              </button>
            </th>
            <th scope="col">
              <button
                type="button"
                class="link"
                onClick={() => setTheirs(new Set(differing.map((one) => one.name)))}
                title={t('allTheirs')}
              >
                {t('theirsBy', { who: current.saved_by, at: formatTime(current.saved_at) })}
              </button>
            </th>
          </tr>
        </thead>
        <tbody>
          {differing.map((field) => {
            const [a, b] = differ(showValue(field, mine[field.name]), showValue(field, current.values[field.name], current.names));
            const other = theirs.has(field.name);
            return (
              <tr key={field.name}>
                <th scope="row">{label(field.label)}</th>
                {[false, true].map((which) => (
                  <td key={String(which)} class={which === other ? 'chosen' : undefined}>
                    <label>
                      <input type="radio" name={`${id}-${field.name}`} checked={which === other} onChange={() => pick(field.name, which)} />
                      <span>
                        <Marked pieces={which ? b : a} />
                      </span>
                    </label>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="actions">
        <Button kind="main" busy={busy} disabled={!Object.keys(chosen).length} onClick={() => onSave(chosen)}>
          {t('saveChoice')}
        </Button>
        <Button onClick={onDrop}>{t('leaveIt')}</Button>
      </div>
    </section>
  );
}
