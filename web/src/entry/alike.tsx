// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows that may be of the same person as the one that is typed, with the characters that differ marked.
import type { Alike, Field } from '../api/types';
import { formatList } from '../format';
import { Button } from '../parts';
import { label } from '../text/dictionary';
import { t } from '../text/entry';
import { differ, type Piece } from './differ';
import { showValue } from './show';
import type { EntryForm } from './state';

export function Marked({ pieces }: { pieces: Piece[] }) {
  if (!pieces.length) return <i class="empty-value">{t('empty')}</i>;
  return <>{pieces.map((piece, i) => (piece.differs ? <mark key={i}>{piece.text}</mark> : <span key={i}>{piece.text}</span>))}</>;
}

function One({ form, alike, onOpen }: { form: EntryForm; alike: Alike; onOpen: (id: string) => void }) {
  const fields = new Map<string, Field>(form.fields.map((one) => [one.name, one]));
  const known = (names: string[]) => names.map((name) => fields.get(name)).filter((one) => one !== undefined);
  const differing = known(alike.differs);
  const same = known(alike.same).map((one) => label(one.label));
  return (
    <li class="alike">
      <header>
        <b>
          {form.fields
            .filter((one) => one.identifies && alike.values[one.name])
            .map((one) => alike.values[one.name])
            .join(' · ')}
        </b>
        <small>{t('likely', { p: Math.floor(alike.probability * 100) })}</small>
      </header>
      <dl>
        {differing.map((field) => {
          const mine = showValue(field, form.values.value[field.name], form.row?.names);
          const theirs = showValue(field, alike.values[field.name], alike.names);
          const [a, b] = differ(mine, theirs);
          return (
            <div key={field.name}>
              <dt>{label(field.label)}</dt>
              <dd>
                <Marked pieces={b} />
                <small>
                  {t('mine')} <Marked pieces={a} />
                </small>
              </dd>
            </div>
          );
        })}
      </dl>
      {same.length > 0 && <p class="hint">{t('same', { fields: formatList(same) })}</p>}
      <Button small onClick={() => onOpen(alike.id)}>
        {t('openRow')}
      </Button>
    </li>
  );
}

export function AlikeRows({ form, onOpen }: { form: EntryForm; onOpen: (id: string) => void }) {
  const alike = (form.checked.value?.alike ?? []).filter((one) => one.id !== form.row?.id);
  if (!alike.length) return null;
  return (
    <aside class="alike-rows" aria-label={t('alike')} aria-live="polite">
      <h3>{t('alike')}</h3>
      <p class="hint">{t(form.row ? 'alikeRow' : 'alikeHelp', { n: alike.length })}</p>
      <ul>
        {alike.map((one) => (
          <One key={one.id} form={form} alike={one} onOpen={onOpen} />
        ))}
      </ul>
    </aside>
  );
}
