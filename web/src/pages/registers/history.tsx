// SPDX-License-Identifier: AGPL-3.0-or-later
// What was done to a row: who, when, each field before and after, and why.
import { online } from '../../api/client';
import type { Event, Field, Register } from '../../api/types';
import { useGet } from '../../api/use';
import { Marked } from '../../entry/alike';
import { differ } from '../../entry/differ';
import { showValue } from '../../entry/show';
import { formatTime } from '../../format';
import { Empty, Problem, Skeleton, Tag, type Tone } from '../../parts';
import { model } from '../../state';
import { label, whoName } from '../../text/dictionary';
import { t } from '../../text/registers';
import { listFields } from './filters';
import { moveOf } from './stage';

const tones: Record<Event['change'], Tone> = { insert: 'plain', correct: 'note', strike: 'warn', restore: 'good', move: 'note' };
const words = {
  insert: 'insertEvent',
  correct: 'correctEvent',
  strike: 'strikeEvent',
  restore: 'restoreEvent',
  move: 'moveEvent',
} as const;

function changed(fields: Field[], event: Event): Field[] {
  const { before, after } = event;
  return fields.filter((one) => (before?.[one.name] ?? null) !== (after?.[one.name] ?? null));
}

function One({ register, fields, event }: { register: Register; fields: Field[]; event: Event }) {
  const rows = event.change === 'strike' || event.change === 'restore' ? [] : changed(fields, event);
  const fresh = event.change === 'insert';
  const move = moveOf(model.value, register, event);
  return (
    <li class="event">
      <header>
        <Tag tone={tones[event.change]}>{move.label ? label(move.label) : t(words[event.change])}</Tag>
        <small>{t('by', { who: whoName(event.who) || '–', at: formatTime(event.at) })}</small>
      </header>
      {move.reason && <p>{t('reason', { reason: move.reason })}</p>}
      {rows.length > 0 && (
        <table>
          {!fresh && (
            <thead>
              <tr>
                <td />
                <th scope="col">{t('before')}</th>
                <th scope="col">{t('after')}</th>
              </tr>
            </thead>
          )}
          <tbody>
            {rows.map((field) => {
              const was = showValue(field, event.before?.[field.name]);
              const is = showValue(field, event.after?.[field.name]);
              const [a, b] = differ(was, is);
              return (
                <tr key={field.name}>
                  <th scope="row">{label(field.label)}</th>
                  {!fresh && (
                    <td>
                      <Marked pieces={a} />
                    </td>
                  )}
                  <td>{fresh ? is : <Marked pieces={b} />}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </li>
  );
}

export function History({ register, id, version }: { register: Register; id: string; version: number }) {
  const got = useGet<{ events: Event[] }>(`/api/registers/${register.name}/rows/${id}/history`, undefined, String(version));
  const fields = listFields(register);
  if (!got.data && got.error)
    return online.value ? <Problem error={got.error} again={got.again} /> : <p class="hint">{t('historyOffline')}</p>;
  if (!got.data) return <Skeleton lines={5} />;
  if (!got.data.events.length) return <Empty title={t('noHistory')} />;
  return (
    <ol class="events">
      {[...got.data.events].reverse().map((one) => (
        <One key={one.seq} register={register} fields={fields} event={one} />
      ))}
    </ol>
  );
}
