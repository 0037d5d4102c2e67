// SPDX-License-Identifier: AGPL-3.0-or-later
// The columns of a list, and its saved views (kept kind "view": a query of the address for a register).
import { useRef, useState } from 'preact/hooks';
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
  /** Whose name is being changed; null: what the list shows now is saved. */
  const [old, setOld] = useState<Kept | null>(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const focusName = () => requestAnimationFrame(() => form.current?.querySelector('input')?.select());
  const all = (kept.data?.kept ?? []).filter((one) => asView(one)?.register === asked.register.name);
  const there = all.find((one) => one.mine && one !== old && nameOf(one) === name.trim());
  const path = (full: string) => `/api/kept/view/${encodeURIComponent(full)}`;

  const begin = (one: Kept | null) => {
    setOld(one);
    setName(one ? nameOf(one) : '');
    setShared(one?.shared ?? false);
    setError('');
    if (one) focusName();
  };
  const asNow = (): View => {
    // What of the frame is not obeyed belongs to it: another list would open otherwise.
    const query = { ...writeQuery({ ...asked, columns: columnsOf(asked) }, asked.register), wide: address.value.query.wide ?? '' };
    return { register: asked.register.name, query: Object.fromEntries(Object.entries(query).filter(([, v]) => v)) };
  };
  const save = async (close: () => void) => {
    const full = `${asked.register.name}:${name.trim()}`;
    setBusy(true);
    setError('');
    try {
      await api.put(path(full), { value: old ? old.value : asNow(), shared });
      if (old && old.name !== full) await api.delete(path(old.name));
      toast(t('viewSaved', { name: name.trim() }));
      begin(null);
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
      await api.delete(path(one.name));
      if (one === old) begin(null);
      focusName(); // its own button is gone
      kept.again();
      toast(
        t('viewDeleted', { name: nameOf(one) }),
        () => void api.put(path(one.name), { value: one.value, shared: one.shared }).then(kept.again),
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
      onOpen={() => begin(null)}
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
          ) : all.length === 0 ? (
            <p class="hint">{t('noViews')}</p>
          ) : (
            <ul>
              {all.map((one) => (
                <li key={`${one.who} ${one.name}`}>
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
                    <>
                      <IconButton small icon="edit" label={t('renameView', { name: nameOf(one) })} onClick={() => begin(one)} />
                      <IconButton small icon="close" label={t('deleteView', { name: nameOf(one) })} onClick={() => void drop(one)} />
                    </>
                  )}
                </li>
              ))}
            </ul>
          )}
          <form
            ref={form}
            class="stack tight"
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() && !(old && there)) void save(close);
            }}
          >
            {old && <h3>{t('renameView', { name: nameOf(old) })}</h3>}
            <Input aria-label={t('viewName')} placeholder={t('viewName')} maxLength={60} value={name} onValue={setName} />
            <Checkbox label={t('shareView')} checked={shared} onValue={setShared} />
            {(error || (old && there)) && (
              <p class="fault" role="alert">
                {error || t('viewThere')}
              </p>
            )}
            <Button small kind="main" type="submit" busy={busy} disabled={!name.trim() || Boolean(old && there)}>
              {t(old ? 'saveName' : there ? 'replaceView' : 'saveView')}
            </Button>
            {old && (
              <Button small onClick={() => begin(null)}>
                {t('leaveName')}
              </Button>
            )}
          </form>
        </div>
      )}
    </Popover>
  );
}
