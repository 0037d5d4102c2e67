// SPDX-License-Identifier: AGPL-3.0-or-later
// Two versions of a row side by side; for each field that differs one is chosen.
import { useId, useState } from 'preact/hooks';
import type { Field, Row, Values } from '../api/types';
import { formatTime } from '../format';
import { Button } from '../parts';
import { label } from '../text/dictionary';
import { t } from '../text/entry';
import { Marked } from './alike';
import { differ } from './differ';
import { showValue } from './show';

/** Fields in which mine says something else than the row as it is now. */
export function conflicting(fields: Field[], mine: Values, current: Row): Field[] {
  return fields.filter((one) => one.name in mine && (mine[one.name] ?? null) !== (current.values[one.name] ?? null));
}

export function Conflict({
  fields,
  mine,
  current,
  isNew,
  busy,
  onSave,
  onDrop,
}: {
  fields: Field[];
  mine: Values;
  current: Row;
  /** Mine is a new row with the key of one that is there. */
  isNew: boolean;
  busy?: boolean;
  /** The values that were chosen from mine; empty: nothing is left to save. */
  onSave: (chosen: Values) => void;
  onDrop: () => void;
}) {
  const differing = conflicting(fields, mine, current);
  const [theirs, setTheirs] = useState<Set<string>>(new Set());
  const id = useId();
  const pick = (name: string, other: boolean) => {
    const next = new Set(theirs);
    if (other) next.add(name);
    else next.delete(name);
    setTheirs(next);
  };
  const chosen: Values = {};
  for (const { name } of differing) if (!theirs.has(name)) chosen[name] = mine[name] ?? null;
  return (
    <section class="conflict" role="alertdialog" aria-labelledby={`${id}-title`} aria-describedby={`${id}-help`}>
      <h3 id={`${id}-title`}>{t(isNew ? 'conflictNewTitle' : 'conflictTitle')}</h3>
      <p class="hint" id={`${id}-help`}>
        {t('conflictHelp')}
      </p>
      <table>
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
