// SPDX-License-Identifier: AGPL-3.0-or-later
// The columns of a list, and its saved views (kept kind "view": a query of the address for a register).
import { useState } from 'preact/hooks';
import { ApiError, api } from '../../api/client';
import type { Kept } from '../../api/types';
import { useGet } from '../../api/use';
import { Button, Checkbox, errorWords, Icon, IconButton, Input, Popover, Skeleton, toast } from '../../parts';
import { address, go, link } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/registers';
import { listFields, usualColumns, writeQuery } from './filters';
import { type Asked, change, chooseColumns, columnsOf } from './list';

export function ColumnChooser({ asked }: { asked: Asked }) {
  const now = columnsOf(asked);
  const all = listFields(asked.register);
  const put = (columns: string[]) => {
    chooseColumns(asked.register, columns);
    if (asked.columns.length) change(asked, { columns: [] });
  };
  return (
    <Popover
      label={t('chooseColumns')}
      side="end"
      button={(tie) => (
        <Button icon="table" {...tie}>
          {t('columns')}
        </Button>
      )}
    >
      {() => (
        <div class="stack tight column-list">
          {all.map((one) => (
            <Checkbox
              key={one.name}
              label={label(one.label)}
              checked={now.includes(one.name)}
              disabled={now.length === 1 && now[0] === one.name}
              onValue={(yes) => {
                // What tells a row apart stays in front; the others stand in the pack's order.
                const first = now[0]!;
                const rest = all.map((f) => f.name).filter((f) => f !== first && (f === one.name ? yes : now.includes(f)));
                put(one.name === first && !yes ? rest : [first, ...rest]);
              }}
            />
          ))}
          <Button small onClick={() => put(usualColumns(asked.register))}>
            {t('usualColumns')}
          </Button>
        </div>
      )}
    </Popover>
  );
}

interface View {
  register: string;
  query: Record<string, string>;
}

const asView = (one: Kept): View | null => {
  const value = one.value as Partial<View> | null;
  return value && typeof value.register === 'string' && value.query ? (value as View) : null;
};

/** Views are named in the register, so that two registers may each have "late ones". */
const nameOf = (one: Kept) => one.name.slice(one.name.indexOf(':') + 1);

export function Views({ asked }: { asked: Asked }) {
  const kept = useGet<{ kept: Kept[] }>('/api/kept/view', undefined, true);
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const mine = (kept.data?.kept ?? []).filter((one) => asView(one)?.register === asked.register.name);

  const save = async (close: () => void) => {
    setBusy(true);
    setError('');
    const query = writeQuery({ ...asked, columns: columnsOf(asked) }, asked.register);
    const value: View = { register: asked.register.name, query: Object.fromEntries(Object.entries(query).filter(([, v]) => v)) };
    try {
      await api.put(`/api/kept/view/${encodeURIComponent(`${asked.register.name}:${name.trim()}`)}`, { value, shared });
      toast(t('viewSaved', { name: name.trim() }));
      setName('');
      kept.again();
      close();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      const { text, cure } = errorWords(cause);
      setError(`${text} ${cure}`);
    } finally {
      setBusy(false);
    }
  };
  const drop = async (one: Kept) => {
    try {
      await api.delete(`/api/kept/view/${encodeURIComponent(one.name)}`);
      kept.again();
      toast(
        t('viewDeleted', { name: nameOf(one) }),
        () => void api.put(`/api/kept/view/${encodeURIComponent(one.name)}`, { value: one.value, shared: one.shared }).then(kept.again),
      );
    } catch (cause) {
      setError(errorWords(cause).text);
    }
  };
  const open = (view: View) => {
    const clean: Record<string, string> = {};
    for (const key of Object.keys(address.value.query)) if (!['area', 'period', 'vs', 'lang'].includes(key)) clean[key] = '';
    go(link(`/registers/${asked.register.name}`, { ...clean, ...view.query }));
  };

  return (
    <Popover
      label={t('savedViews')}
      side="end"
      button={(tie) => (
        <Button icon="star" {...tie}>
          {t('views')}
        </Button>
      )}
    >
      {(close) => (
        <div class="stack tight views">
          <h3>{t('savedViews')}</h3>
          {!kept.data && kept.loading ? (
            <Skeleton lines={2} />
          ) : mine.length === 0 ? (
            <p class="hint">{t('noViews')}</p>
          ) : (
            <ul>
              {mine.map((one) => (
                <li key={one.name}>
                  <button
                    type="button"
                    onClick={() => {
                      close();
                      open(asView(one)!);
                    }}
                  >
                    {nameOf(one)}
                    {one.shared && (
                      <small>
                        <Icon name="person" size={12} /> {one.mine ? t('shared') : one.who}
                      </small>
                    )}
                  </button>
                  {one.mine && (
                    <IconButton small icon="close" label={t('deleteView', { name: nameOf(one) })} onClick={() => void drop(one)} />
                  )}
                </li>
              ))}
            </ul>
          )}
          <form
            class="stack tight"
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim()) void save(close);
            }}
          >
            <Input aria-label={t('viewName')} placeholder={t('viewName')} maxLength={60} value={name} onValue={setName} />
            <Checkbox label={t('shareView')} checked={shared} onValue={setShared} />
            {error && (
              <p class="fault" role="alert">
                {error}
              </p>
            )}
            <Button small kind="main" type="submit" busy={busy} disabled={!name.trim()}>
              {t('saveView')}
            </Button>
          </form>
        </div>
      )}
    </Popover>
  );
}
