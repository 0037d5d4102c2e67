// SPDX-License-Identifier: AGPL-3.0-or-later
// Beside the list: a new row, or one row with its form, history and attachments.

import { effect, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Problem as Note, Register, Row, RowFull, Values } from '../../api/types';
import { useGet } from '../../api/use';
import { AlikeRows } from '../../entry/alike';
import { EntryFields, focusField, focusFirst } from '../../entry/form';
import { useAgain } from '../../entry/late';
import { EntryForm } from '../../entry/state';
import { formatTime } from '../../format';
import { device } from '../../offline/lock';
import { Button, Icon, IconButton, Input, Field as Labelled, Popover, Problem, Skeleton, Tabs, Tag, toast } from '../../parts';
import { label, whoName } from '../../text/dictionary';
import { t as say } from '../../text/entry';
import { t } from '../../text/registers';
import { Attachments } from './attachments';
import { CaseStrip } from './casefile';
import { ConflictWithReason } from './decide';
import { History } from './history';
import { identityOf } from './identity';
import { asked, isListed } from './list';
import { StageStrip } from './moves';
import { rowPath } from './question';
import { StrikeDialog } from './strike';

/** What was entered since the page was opened, the last first. waiting: still on this device. */
export const entered = signal<{ register: string; id: string; text: string; notes: string[]; waiting: boolean }[]>([]);

function useForm(register: Register, row: RowFull | null): EntryForm {
  const form = useMemo(() => new EntryForm(register, row), [register.name, row?.id, row?.version, row?.state]);
  useEffect(() => {
    const keep = () => form.keepNow();
    addEventListener('pagehide', keep);
    document.addEventListener('visibilitychange', keep);
    return () => {
      removeEventListener('pagehide', keep);
      document.removeEventListener('visibilitychange', keep);
      form.close();
    };
  }, [form]);
  return form;
}

function DraftLine({ form }: { form: EntryForm }) {
  const [restored, setRestored] = useState(form.draftAt.value);
  useEffect(
    () =>
      // The device may open after the form; a draft that is taken then was there before as well.
      effect(() => {
        if (form.draftAt.value && !form.dirtied) setRestored(form.draftAt.value);
      }),
    [form],
  );
  if (form.checking.value) return <small role="status">{say('checking')}</small>;
  if (restored && form.draftAt.value === restored)
    return (
      <small role="status">
        {say('restored', { at: formatTime(restored) })}{' '}
        <button
          type="button"
          class="link"
          onClick={() => {
            void form.forget().then(() => form.begin(false));
          }}
        >
          {say('startAnew')}
        </button>
      </small>
    );
  if (form.draftAt.value)
    return (
      <small aria-busy={form.unkept.value}>
        <Icon name="lock" size={12} /> {say('draftKept')}
      </small>
    );
  if (form.dirty.value && device.value !== 'open') return <small>{say('draftNot')}</small>;
  return null;
}

function KeysHelp() {
  return (
    <Popover label={say('keys')} side="end" button={(tie) => <IconButton small icon="info" label={say('keys')} {...tie} />}>
      {() => <p class="keys-help">{say('keysHelp')}</p>}
    </Popover>
  );
}

// --- a new row

/** What is to be looked at of a row that was saved all the same, each with its field; what a field and a check both say is said once. */
function noteWords(register: Register, problems: Note[]): string[] {
  const words = new Map<string, string>();
  for (const one of problems) {
    const text = label(one.text);
    const field = register.fields.find((f) => f.name === one.field);
    if (field || !words.has(text)) words.set(text, field ? t('noteOfField', { field: label(field.label), text }) : text);
  }
  return [...words.values()];
}

export function NewRow({
  register,
  onClose,
  onOpen,
  onSaved,
}: {
  register: Register;
  onClose: () => void;
  onOpen: (id: string) => void;
  onSaved: () => void;
}) {
  const form = useForm(register, null);
  const box = useRef<HTMLFormElement>(null);
  useEffect(() => {
    focusFirst(box.current, form);
  }, [form]);

  const save = async (next: boolean) => {
    const fault = form.firstFault();
    if (fault) {
      focusField(box.current, fault);
      return;
    }
    const values = form.values.peek();
    const source = form.source.peek();
    const { outcome, saved } = await form.save();
    if (outcome === 'saved' || outcome === 'waiting') {
      if (saved && form.submission) await api.post(`/api/submissions/${form.submission}/settle`, { row: saved.id });
      form.submission = '';
      const text = identityOf(register, values);
      const id = saved?.id ?? form.key;
      const notes = saved ? noteWords(register, saved.warnings) : [];
      entered.value = [{ register: register.name, id, text, notes, waiting: outcome === 'waiting' }, ...entered.value].slice(0, 12);
      useAgain(register, values, source);
      if (outcome === 'waiting') toast(say('keptHere'));
      else if (form.photosKept.peek()) toast(say('photosKept', { n: form.photosKept.peek() }));
      else if (form.photosFailed.peek()) toast(say('photosNotSent', { n: form.photosFailed.peek() }), () => onOpen(id), say('openRow'));
      else if (notes.length || !next) {
        const more = notes.length > 2 ? 'savedMore' : 'savedNotes'; // all of them stand in the list below the form
        const words = notes.length ? t(more, { notes: notes.slice(0, 2).join(t('betweenNotes')), n: notes.length - 2 }) : t('saved');
        toast(isListed(asked(register), values) ? words : t('notListed', { words }), () => onOpen(id), say('openRow'));
      }
      onSaved();
      if (!next) {
        onClose();
        return;
      }
      form.begin(false);
      requestAnimationFrame(() => focusFirst(box.current, form));
    } else if (outcome === 'refused') {
      const first = form.problems.peek().find((one) => one.severity === 'error' && one.field);
      if (first) focusField(box.current, first.field);
    }
  };
  const mine = entered.value.filter((one) => one.register === register.name);
  return (
    <PanelFrame title={t('newRowOf', { register: label(register.label) })} actions={<KeysHelp />} onClose={onClose}>
      <form
        ref={box}
        class="entry"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save(false);
        }}
        onKeyDown={(event) => {
          // The fields hear it themselves; this is for who stands on a button below them.
          if (event.defaultPrevented || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void save(true);
        }}
      >
        <div class="entry-sides">
          <div>
            {form.conflict.value ? (
              <NewConflict form={form} current={form.conflict.value} onDone={onClose} />
            ) : (
              <EntryFields form={form} prefix="new" onSave={(next) => void save(next)} />
            )}
          </div>
          <AlikeRows form={form} onOpen={onOpen} />
        </div>
        <footer class="entry-foot">
          {form.failure.value && <Problem error={form.failure.value} />}
          <div class="row">
            <Button kind="main" data-last busy={form.busy.value} onClick={() => void save(true)} title="Ctrl+Enter">
              {say('saveNext')}
            </Button>
            <Button type="submit" disabled={form.busy.value}>
              {say('save')}
            </Button>
            <span class="spread">
              <DraftLine key={form.key} form={form} />
            </span>
          </div>
          {mine.length > 0 && (
            <details class="entered" open>
              <summary>
                {t('savedHere')} <span class="count">{mine.length}</span>
              </summary>
              <ul>
                {mine.map((one) => (
                  <li key={one.id}>
                    {one.waiting ? (
                      <>
                        {one.text} <Tag tone="warn">{t('waitingHere')}</Tag>
                      </>
                    ) : (
                      <button type="button" class="link" onClick={() => onOpen(one.id)}>
                        {one.text}
                      </button>
                    )}
                    {one.notes.length > 0 && <small class="caution"> {one.notes.join(t('betweenNotes'))}</small>}
                  </li>
                ))}
              </ul>
            </details>
          )}
        </footer>
      </form>
    </PanelFrame>
  );
}

/** A new row whose key is there already: what differs may be taken over into the row that is there. */
function NewConflict({ form, current, onDone }: { form: EntryForm; current: Row; onDone: () => void }) {
  const mine: Values = {};
  for (const [name, value] of Object.entries(form.values.peek())) if (value !== null) mine[name] = value;
  return <ConflictWithReason form={form} mine={mine} current={current} isNew onSaved={onDone} onDrop={() => form.isAnother()} />;
}

// --- a row that is there

function EditRow({
  register,
  row,
  onAgain,
  onSaved,
  onClose,
  onOpen,
}: {
  register: Register;
  row: RowFull;
  onAgain: () => void;
  onSaved: () => void;
  onClose: () => void;
  onOpen: (id: string) => void;
}) {
  const form = useForm(register, row);
  const box = useRef<HTMLFormElement>(null);
  const [asking, setAsking] = useState<'strike' | 'restore' | null>(null);
  const [blame, setBlame] = useState(false);
  const changed = Object.keys(form.changes.value).length > 0;

  const save = async () => {
    // What was wrong before is the server's to judge; it need not be put right at once.
    const fault = form.firstFault();
    if (fault && (fault in form.changes.peek() || form.typed.peek()[fault])) {
      focusField(box.current, fault);
      return;
    }
    if (!changed && !form.hasPhotos.peek()) return;
    if (changed && !form.reason.value.trim()) {
      setBlame(true);
      box.current?.querySelector<HTMLElement>('[data-field="reason"] input, .entry-reason input')?.focus();
      return;
    }
    const { outcome } = await form.save();
    if (outcome === 'saved') {
      if (form.photosKept.peek()) toast(say('photosKept', { n: form.photosKept.peek() }));
      else if (form.photosFailed.peek()) toast(say('photosNotSent', { n: form.photosFailed.peek() }));
      else toast(changed ? t('corrected') : say('photosAdded'));
      onSaved();
      onAgain();
    } else if (outcome === 'waiting') {
      toast(say('keptHere'));
      onClose();
    }
  };

  if (form.conflict.value)
    return (
      <ConflictWithReason
        form={form}
        mine={form.changes.peek()}
        current={form.conflict.value}
        isNew={false}
        onSaved={() => {
          onSaved();
          onAgain();
        }}
        onDrop={() => {
          void form.forget().then(() => {
            form.begin(false);
            onAgain();
          });
        }}
      />
    );
  return (
    <form
      ref={box}
      class="entry"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {row.state === 'struck' && (
        <p class="struck-line">
          <Icon name="warning" size={14} /> {t('struckSince')}
        </p>
      )}
      {row.state === 'current' && (row.photos_missing ?? 0) > 0 && (
        <p class="struck-line">
          <Icon name="warning" size={14} /> {t('photosIncomplete', { n: row.photos_missing! })}
        </p>
      )}
      {!row.may.write && <p class="hint">{t('mayNot')}</p>}
      <div class="entry-sides">
        <EntryFields form={form} prefix="row" onSave={() => void save()} />
        <AlikeRows form={form} onOpen={onOpen} />
      </div>
      <footer class="entry-foot">
        {changed && (
          <div class="entry-reason" data-field="reason">
            <Labelled
              label={say('reason')}
              required
              hint={say('reasonHelp')}
              error={blame && !form.reason.value.trim() ? say('reasonNeeded') : undefined}
            >
              <Input
                value={form.reason.value}
                maxLength={500}
                onValue={(text) => {
                  form.reason.value = text;
                }}
                onKeyDown={(event: KeyboardEvent) => {
                  if (event.key === 'Enter') {
                    event.preventDefault();
                    void save();
                  }
                }}
              />
            </Labelled>
          </div>
        )}
        {form.failure.value && <Problem error={form.failure.value} />}
        {row.may.write && (
          <div class="row">
            {row.state === 'current' && (
              <Button kind="main" type="submit" data-last disabled={!changed && !form.hasPhotos.value} busy={form.busy.value}>
                {say('saveChange')}
              </Button>
            )}
            {changed && (
              <Button
                onClick={() => {
                  void form.forget().then(() => form.begin(false));
                }}
              >
                {say('leaveIt')}
              </Button>
            )}
            <span class="spread row">
              <DraftLine form={form} />
              {!changed && (
                <Button
                  small
                  icon={row.state === 'struck' ? 'undo' : undefined}
                  onClick={() => setAsking(row.state === 'struck' ? 'restore' : 'strike')}
                >
                  {t(row.state === 'struck' ? 'restore' : 'strike')}
                </Button>
              )}
            </span>
          </div>
        )}
        <small>{t('savedBy', { who: whoName(row.saved_by) || '–', at: formatTime(row.saved_at) })}</small>
      </footer>
      {asking && (
        <StrikeDialog
          register={register}
          row={row}
          which={asking}
          onClose={() => setAsking(null)}
          onDone={() => {
            setAsking(null);
            onSaved();
            onAgain();
          }}
        />
      )}
    </form>
  );
}

export function OpenRow({
  register,
  id,
  onClose,
  onSaved,
  onOpen,
}: {
  register: Register;
  id: string;
  onClose: () => void;
  onSaved: () => void;
  onOpen: (id: string) => void;
}) {
  const got = useGet<RowFull>(rowPath(register.name, id), undefined, true);
  const [tab, setTab] = useState('form');
  const row = got.data && !got.stale ? got.data : null;
  const title = row ? identityOf(register, row.values) || `${label(register.label)} ${row.id}` : label(register.label);
  return (
    <PanelFrame title={title} actions={tab === 'form' && row?.may.write ? <KeysHelp /> : undefined} onClose={onClose}>
      {got.error && !row ? (
        <Problem error={got.error} again={got.again} />
      ) : !row ? (
        <Skeleton lines={8} />
      ) : (
        <Tabs
          label={title}
          tabs={[
            { value: 'form', label: t('form') },
            { value: 'history', label: t('history') },
            { value: 'attachments', label: t('attachments'), count: row.attachments.length || undefined },
          ]}
          value={tab}
          onValue={setTab}
        >
          {tab === 'form' && register.workflow && (
            <StageStrip
              register={register}
              row={row}
              onAgain={() => {
                got.again();
                onSaved();
              }}
              onFiles={() => setTab('attachments')}
            />
          )}
          {tab === 'form' && register.case_file && <CaseStrip key={row.version} register={register} row={row} />}
          {tab === 'form' && (
            <EditRow key={row.id} register={register} row={row} onAgain={got.again} onSaved={onSaved} onClose={onClose} onOpen={onOpen} />
          )}
          {tab === 'history' && <History register={register} id={row.id} version={row.version} />}
          {tab === 'attachments' && (
            <Attachments register={register.name} row={row} title={identityOf(register, row.values, row.names)} onChange={got.again} />
          )}
        </Tabs>
      )}
    </PanelFrame>
  );
}

function PanelFrame({
  title,
  actions,
  onClose,
  children,
}: {
  title: string;
  actions?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}) {
  return (
    <section
      class="row-panel"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) {
          event.preventDefault();
          onClose();
        }
      }}
    >
      <header>
        <h2 tabIndex={-1}>{title}</h2>
        {actions}
        <IconButton icon="close" label={t('close')} onClick={onClose} />
      </header>
      <div class="body">{children}</div>
    </section>
  );
}
