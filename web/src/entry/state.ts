// SPDX-License-Identifier: AGPL-3.0-or-later
// One form: a new row, or one that is being corrected. It holds what is typed, what is wrong with it (here at once, by the server after
// a pause), keeps a draft on the device, and saves: to the server or, without a network, into the queue of the device.
import { batch, computed, effect, signal } from '@preact/signals';
import { ApiError, api, online, send } from '../api/client';
import type { Change, Checked, Checklist, CheckRow, Field, NewRow, Problem, Register, Row, RowFull, Saved, Values } from '../api/types';
import type { Surroundings } from '../expr';
import { randomName } from '../offline/crypto';
import { device } from '../offline/lock';
import { type Draft, draftOf, dropDraft, keepDraft, keepFiles, keepPhotos, keepWaiting, packPhoto, photosOf } from '../offline/waiting';
import { entryFields } from '../pages/registers/filters';
import { identityOf } from '../pages/registers/identity';
import { checklistOf, today } from '../state';
import { photoWords, problemWords } from '../text/entry';
import { answersOf, marksOf, scoreOf } from './checklist';
import { conflicting } from './conflict';
import { late } from './late';
import { fromPhone } from './phone';
import { areaOf, facilityOf } from './places';
import { findProblems, mayShow, onlyTheirs, surroundings } from './rules';

const lookUp: Surroundings['lookup'] = (kind, code, attribute) => {
  const place = kind === 'area' ? areaOf(code) : facilityOf(code);
  const found = place && (place as unknown as Record<string, unknown>)[attribute];
  return typeof found === 'string' ? found : undefined;
};

export type Outcome = 'saved' | 'waiting' | 'refused' | 'conflict' | 'failed';

const pauseBeforeCheck = 450;
const pauseBeforeDraft = 400;

const isSame = (draft: Draft, row: Row): boolean =>
  !Object.values(draft.typed).some(Boolean) &&
  Object.entries(draft.values).every(([name, value]) => (value ?? null) === (row.values[name] ?? null));

export class EntryForm {
  /** Of the form from a phone that this new row is to take the place of. */
  submission = '';
  readonly register: Register;
  /** null: a new row. */
  readonly row: RowFull | null;
  readonly fields: Field[];
  readonly checklist: Checklist | undefined;
  /** Photographs chosen for items, by field; sent when the row has been saved. */
  photos = signal<Record<string, File[]>>({});
  values = signal<Values>({});
  /** Of the row that was just saved: refused, and kept on this device until the network is back. */
  photosFailed = signal(0);
  photosKept = signal(0);
  typed = signal<Record<string, string>>({});
  source = signal('');
  reason = signal('');
  /** Fields that were left once: only they may be blamed. */
  left = signal<Set<string>>(new Set());
  /** The server's word on the values of `checkedFor`. */
  checked = signal<Checked | null>(null);
  checkedFor = '';
  checking = signal(false);
  busy = signal(false);
  failure = signal<ApiError | null>(null);
  /** 409: the row as it is now. */
  conflict = signal<Row | null>(null);
  draftAt = signal('');
  /** Something on the screen is not on the device yet. */
  unkept = signal(false);
  /** Of the new row; the same for every try, also after a reload. */
  key = '';
  /** Of the draft that this form keeps. */
  private draftId = '';
  /** Of a row that is there: as it was when its correction was begun, which may be before a reload. */
  before: Values = {};
  /** A draft was taken, or something was typed: later drafts are this form's own. */
  private began = false;
  /** Something was typed since the form began. */
  dirtied = false;
  private timers: (ReturnType<typeof setTimeout> | undefined)[] = [];
  private stops: (() => void)[] = [];
  private asking: AbortController | null = null;
  private keeping: Promise<unknown> = Promise.resolve();
  private drafting: Promise<boolean> = Promise.resolve(false);

  constructor(register: Register, row: RowFull | null) {
    this.register = register;
    this.row = row;
    this.fields = entryFields(register);
    this.checklist = checklistOf(register.name);
    this.begin();
    this.takePhone();
    this.stops.push(
      effect(() => {
        const state = this.stateText();
        this.later(0, pauseBeforeCheck, () => void this.check(state));
      }),
      // Also what was typed before the device opened.
      effect(() => {
        this.stateText();
        if (this.dirty.value && device.value) this.draftSoon();
      }),
      // After a reload the device may open later than the form. What other tabs begin after that is theirs.
      effect(() => {
        const draft = draftOf(this.register.name, this.row?.id ?? '');
        if (draft && device.peek() !== 'open' && !this.began && !this.dirty.peek()) this.begin();
      }),
    );
  }

  private takePhone(): void {
    const phone = fromPhone.peek();
    if (this.row || phone?.register !== this.register.name) return;
    fromPhone.value = null;
    this.begin(false);
    const values: Values = {};
    for (const field of this.fields) values[field.name] = phone.values[field.name] ?? null;
    this.values.value = values;
    this.source.value = phone.source;
    // What was begun elsewhere in these pages is blamed only where it was filled in.
    this.left.value = new Set(this.fields.map((one) => one.name).filter((name) => phone.submission || values[name] !== null));
    this.submission = phone.submission;
    this.dirtied = true;
  }

  private later(which: number, wait: number, call: () => void): void {
    this.drop(which);
    this.timers[which] = setTimeout(() => {
      this.timers[which] = undefined;
      call();
    }, wait);
  }

  private drop(which: number): void {
    clearTimeout(this.timers[which]);
    this.timers[which] = undefined;
  }

  /** What was typed in the last moment is kept too, though nobody waits for it. */
  keepNow(): void {
    if (this.timers[1] === undefined) return;
    this.drop(1);
    if (this.dirty.peek()) void this.draft();
  }

  close(): void {
    this.keepNow();
    this.drop(0);
    for (const stop of this.stops) stop();
    this.asking?.abort();
  }

  /** An empty form, or the row as it is, or the draft that was left. */
  begin(withDraft = true): void {
    // An answer about the row before, which is saved by now, would call it its own duplicate.
    this.asking?.abort();
    const left = withDraft ? draftOf(this.register.name, this.row?.id ?? '') : undefined;
    // Saved, and only the answer was lost.
    const isDone = left && this.row && isSame(left, this.row) && !photosOf(this.register.name, this.row.id);
    if (isDone) void dropDraft(left.id, left.register, left.row);
    const draft = isDone ? undefined : left;
    const isBehind = this.row && draft?.before && conflicting(this.fields, draft.values, this.row, draft.before).length > 0;
    this.before = (isBehind ? draft?.before : this.row?.values) ?? {};
    const used = late(this.register);
    const values: Values = {};
    for (const field of this.fields) values[field.name] = this.row?.values[field.name] ?? null;
    if (!this.row && !draft) Object.assign(values, used.kept);
    batch(() => {
      this.values.value = draft ? { ...values, ...draft.values } : values;
      this.typed.value = draft?.typed ?? {};
      this.source.value =
        draft?.source ?? this.row?.source ?? used.source ?? (this.register.sources.length === 1 ? this.register.sources[0]!.value : '');
      this.reason.value = '';
      this.left.value = new Set(this.row || draft ? this.fields.map((one) => one.name) : []);
      this.checked.value = null;
      this.failure.value = null;
      this.conflict.value = isBehind ? this.row : null;
      this.draftAt.value = draft?.at ?? '';
      this.photos.value = (draft && photosOf(this.register.name, this.row?.id ?? '')) || {};
    });
    this.checkedFor = '';
    this.key = draft?.key ?? randomName();
    this.draftId = draft?.id ?? randomName();
    this.began = draft !== undefined || !withDraft;
    this.dirtied = false;
  }

  /** What is on the screen, as one text: to notice changes. */
  private stateText(): string {
    return JSON.stringify([this.values.value, this.typed.value, this.source.value]);
  }

  /** Of a checklist: what is asked, and the values without the answers that are not. Else the values as they are. */
  answers = computed<{ values: Values; asked: Set<string> | null }>(() => {
    if (!this.checklist) return { values: this.values.value, asked: null };
    const row = { values: this.values.value, source: this.source.value, typed: this.typed.value };
    return answersOf(this.checklist, this.values.value, surroundings(this.register, row, today.value, lookUp));
  });

  marks = computed(() => (this.checklist ? marksOf(this.checklist, this.answers.value.values, this.answers.value.asked!) : null));
  score = computed(() => (this.checklist && this.marks.value ? scoreOf(this.checklist, this.marks.value.values()) : null));

  changes = computed<Values>(() => {
    const out: Values = {};
    for (const { name } of this.fields) {
      const now = this.answers.value.values[name] ?? null;
      if (now !== (this.row?.values[name] ?? null)) out[name] = now;
    }
    return out;
  });

  /** Something was typed that is not in the register. */
  dirty = computed(() => {
    if (Object.values(this.typed.value).some(Boolean)) return true;
    const changed = Object.keys(this.changes.value);
    if (this.row) return changed.length > 0;
    const kept = late(this.register).kept;
    return changed.some((name) => this.values.value[name] !== (kept[name] ?? null));
  });

  set(name: string, value: string | null, typed: string): void {
    this.began = true;
    this.dirtied = true;
    batch(() => {
      if ((this.values.value[name] ?? null) !== value) this.values.value = { ...this.values.value, [name]: value };
      if ((this.typed.value[name] ?? '') !== typed) this.typed.value = { ...this.typed.value, [name]: typed };
      this.failure.value = null;
    });
  }

  leave(name: string): void {
    if (!this.left.value.has(name)) this.left.value = new Set([...this.left.value, name]);
  }

  /** They are kept with the draft. */
  addPhotos(name: string, files: File[]): void {
    this.began = true;
    this.dirtied = true;
    this.photos.value = { ...this.photos.peek(), [name]: [...(this.photos.peek()[name] ?? []), ...files] };
    this.draftSoon();
    this.keeping = this.packed().then((all) => keepPhotos(this.register.name, this.row?.id ?? '', all));
  }

  private chosen(): { item: string; file: File }[] {
    return Object.entries(this.photos.peek()).flatMap(([item, files]) => files.map((file) => ({ item, file })));
  }

  private packed() {
    return Promise.all(this.chosen().map(({ item, file }) => packPhoto(item, file)));
  }

  hasPhotos = computed(() => Object.values(this.photos.value).some((files) => files.length > 0));

  /** Chosen here, or attached to the row before. */
  private hasPhoto(name: string): boolean {
    return Boolean(this.photos.value[name]?.length) || (this.row?.attachments.some((one) => one.item === name) ?? false);
  }

  // --- what is wrong

  /** By this device, at once. */
  local = computed(() => {
    const row = { values: this.answers.value.values, source: this.source.value, typed: this.typed.value };
    const found = findProblems(this.register, row, today.value, problemWords, lookUp);
    for (const [name, mark] of this.marks.value ?? []) {
      const field = mark.missing && !this.typed.value[name] ? this.fields.find((one) => one.name === name) : undefined;
      if (field) found.push({ field: name, severity: 'error', text: problemWords.missing(field), cure: { en: '', zh: '' } });
      // A row that is there already can be corrected without them, and is incomplete.
      if (mark.photo && !this.hasPhoto(name))
        found.push({ field: name, severity: this.row ? 'warning' : 'error', ...photoWords(this.row !== null) });
    }
    return found;
  });

  /** Those that may be shown now: this device's at once, and what only the server knows once it has seen these very values. */
  problems = computed<Problem[]>(() => {
    const own = this.local.value;
    const answer = this.checked.value;
    const all = answer && this.checkedFor === this.stateText() ? [...own, ...onlyTheirs(this.register, own, answer.problems)] : own;
    return all.filter((one) => mayShow(one, this.register, this.left.value));
  });

  problemsOf(name: string): Problem[] {
    return this.problems.value.filter((one) => one.field === name);
  }

  private async check(state: string): Promise<void> {
    this.asking?.abort();
    if (!online.peek() || state === this.checkedFor) return;
    if (!this.fields.some(({ name }) => this.values.peek()[name] !== null)) return;
    const asking = new AbortController();
    this.asking = asking;
    const asked: CheckRow = { values: this.answers.peek().values };
    if (this.source.peek()) asked.source = this.source.peek();
    if (this.row) asked.id = this.row.id;
    this.checking.value = true;
    try {
      const path = `/api/registers/${this.register.name}/rows/check`;
      const sent = await send('POST', path, { body: asked, signal: asking.signal });
      const answer = (await sent.json()) as Checked;
      if (asking.signal.aborted) return;
      batch(() => {
        this.checkedFor = state;
        this.checked.value = answer;
      });
    } catch {
      // The check is a help; the save has the last word.
    } finally {
      this.checking.value = false;
    }
  }

  // --- the draft

  private draftSoon(): void {
    this.unkept.value = true;
    this.later(1, pauseBeforeDraft, () => void this.draft());
  }

  private async draft(): Promise<void> {
    const at = new Date().toISOString();
    this.drafting = keepDraft(this.draftId, {
      key: this.key,
      register: this.register.name,
      row: this.row?.id ?? '',
      version: this.row?.version ?? 0,
      values: this.row ? this.changes.peek() : this.values.peek(),
      ...(this.row ? { before: this.before } : {}),
      source: this.source.peek(),
      typed: this.typed.peek(),
      at,
    });
    const kept = await this.drafting;
    this.draftAt.value = kept ? at : '';
    await this.keeping;
    if (this.timers[1] === undefined) this.unkept.value = false;
  }

  async forget(): Promise<void> {
    this.drop(1);
    await this.keeping;
    await this.drafting;
    await dropDraft(this.draftId, this.register.name, this.row?.id ?? '');
    this.draftAt.value = '';
  }

  // --- saving

  /** The first field with an error that the pages themselves know; '' when there is none. Every field may be blamed from now on. */
  firstFault(): string {
    this.left.value = new Set(['source', ...this.fields.map((one) => one.name)]);
    if (!this.source.value && !this.row && this.register.sources.length > 0) return 'source';
    const faulty = new Set(this.local.value.filter((one) => one.severity === 'error').map((one) => one.field));
    return this.fields.find((one) => faulty.has(one.name))?.name ?? '';
  }

  /**
   * The row is saved already. A photograph for which there is no network any more is kept on this device and sent later; one that is
   * refused is told, and can be attached again.
   */
  private async sendPhotos(id: string): Promise<void> {
    const path = `/api/registers/${this.register.name}/rows/${id}/attachments`;
    const left: { item: string; file: File }[] = [];
    this.photosFailed.value = 0;
    this.photosKept.value = 0;
    for (const one of this.chosen()) {
      try {
        await api.upload(path, one.file, { item: one.item });
      } catch (cause) {
        if (!(cause instanceof ApiError)) throw cause;
        if (cause.isOffline) left.push(one);
        else this.photosFailed.value += 1;
      }
    }
    const title = identityOf(this.register, this.row?.values ?? this.values.peek(), this.row?.names);
    if (left.length > 0 && (await keepFiles(this.register.name, id, title, left))) this.photosKept.value = left.length;
    else this.photosFailed.value += left.length;
    this.photos.value = {};
  }

  private async request(): Promise<Saved> {
    const rows = `/api/registers/${this.register.name}/rows`;
    if (!this.row) {
      const row: NewRow = { values: this.answers.peek().values, key: this.key };
      if (this.source.peek()) row.source = this.source.peek();
      if (this.checklist)
        row.photos = Object.entries(this.photos.peek())
          .filter(([, files]) => files.length > 0)
          .map(([name]) => name);
      return api.post<Saved>(rows, row);
    }
    // Photographs alone are no correction.
    if (Object.keys(this.changes.peek()).length === 0) return { id: this.row.id, version: this.row.version, warnings: [], repeated: false };
    const change: Change = { version: this.row.version, values: this.changes.peek(), reason: this.reason.peek() };
    return api.patch<Saved>(`${rows}/${this.row.id}`, change);
  }

  /** What was sent with the key of now is a row of its own, and this is another. */
  isAnother(): void {
    this.conflict.value = null;
    this.key = randomName();
    this.draftSoon();
  }

  async save(): Promise<{ outcome: Outcome; saved?: Saved }> {
    if (this.busy.peek()) return { outcome: 'failed' };
    this.drop(0);
    this.busy.value = true;
    this.failure.value = null;
    try {
      const saved = await this.request();
      await this.sendPhotos(saved.id);
      await this.forget();
      return { outcome: 'saved', saved };
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      if (cause.isOffline && (await this.queue())) return { outcome: 'waiting' };
      if (cause.status === 409 && cause.failure.current) {
        this.conflict.value = cause.failure.current;
        return { outcome: 'conflict' };
      }
      this.failure.value = cause;
      if (cause.failure.problems?.length) {
        batch(() => {
          this.checkedFor = this.stateText();
          this.checked.value = { problems: cause.failure.problems!, alike: this.checked.peek()?.alike ?? [] };
        });
      }
      return { outcome: cause.status === 400 || cause.status === 422 ? 'refused' : 'failed' };
    } finally {
      this.busy.value = false;
    }
  }

  private async queue(): Promise<boolean> {
    const photos = await this.packed();
    const kept = await keepWaiting({
      id: this.row ? undefined : this.key,
      register: this.register.name,
      kind: this.row ? 'correct' : 'new',
      values: this.row ? this.changes.peek() : this.answers.peek().values,
      ...(this.row ? { before: this.row.values } : {}),
      source: this.source.peek(),
      row: this.row?.id ?? '',
      version: this.row?.version ?? 0,
      reason: this.reason.peek(),
      title: identityOf(this.register, this.row?.values ?? this.values.peek(), this.row?.names),
      ...(photos.length > 0 || (this.checklist && !this.row) ? { photos } : {}),
    });
    if (kept) await this.forget();
    return kept;
  }
}
