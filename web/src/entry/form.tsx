// SPDX-License-Identifier: AGPL-3.0-or-later
// The fields of a row, one below the other, for typing from top to bottom without a mouse.
import { useEffect, useRef } from 'preact/hooks';
import type { Checklist, ChecklistItem, Field, Problem } from '../api/types';
import { formatNumber } from '../format';
import { Icon, type IconName } from '../parts';
import { label } from '../text/dictionary';
import { t } from '../text/entry';
import { Control } from './inputs';
import { late } from './late';
import { loadPlaces } from './places';
import type { EntryForm } from './state';

const drawing: Record<Problem['severity'], IconName> = { error: 'error', warning: 'warning', note: 'info' };

export function Problems({ id, problems }: { id?: string; problems: Problem[] }) {
  return (
    <div class="entry-problems" id={id}>
      {problems.map((one, i) => (
        <p key={i} class={one.severity === 'error' ? 'fault' : one.severity === 'warning' ? 'caution' : 'remark'}>
          <Icon name={drawing[one.severity]} size={14} />
          <span>
            {label(one.text)}
            {label(one.cure) && <small> {label(one.cure)}</small>}
          </span>
        </p>
      ))}
    </div>
  );
}

// --- a checklist

function ScoreLine({ form }: { form: EntryForm }) {
  const score = form.score.value;
  if (!score) return null;
  return (
    <p class="checklist-score" role="status">
      <strong>{score.percent === null ? '–' : formatNumber(score.percent, 1)}</strong> {t('points')}
      {score.passed !== null && <span class={score.passed ? 'passed' : 'failed'}>{t(score.passed ? 'passed' : 'notPassed')}</span>}
      {score.critical > 0 && <span class="failed">{t('criticalNotMet', { n: score.critical })}</span>}
      <span>{score.missing > 0 ? t('itemsMissing', { n: score.missing }) : t('itemsDone', { n: score.answered })}</span>
    </p>
  );
}

function Photos({ form, field }: { form: EntryForm; field: Field }) {
  const there = form.row?.attachments.filter((one) => one.item === field.name) ?? [];
  const chosen = form.photos.value[field.name] ?? [];
  const may = !form.row || (form.row.may.write && form.row.state === 'current');
  return (
    <div class="item-photos">
      {there.map((one) => (
        <a key={one.id} href={`/api/attachments/${one.id}`} download={one.name}>
          {one.type.startsWith('image/') && <img src={`/api/attachments/${one.id}`} alt="" loading="lazy" />}
          {one.name}
        </a>
      ))}
      {chosen.map((one, i) => (
        <span key={i}>{one.name}</span>
      ))}
      {may && (
        <label class="photo-choose">
          {t(there.length + chosen.length > 0 ? 'photoMore' : 'photoAdd')}
          <input
            type="file"
            accept="image/*"
            capture="environment"
            onChange={(event) => {
              const files = [...(event.currentTarget.files ?? [])];
              form.addPhotos(field.name, files);
              event.currentTarget.value = '';
            }}
          />
        </label>
      )}
    </div>
  );
}

/** The fields before the items, then section by section what is asked. */
function Sections({ form, checklist, prefix }: { form: EntryForm; checklist: Checklist; prefix: string }) {
  const asked = form.answers.value.asked;
  const items = new Set(checklist.sections.flatMap((one) => one.items.map((item) => item.field)));
  const byName = new Map(form.fields.map((one) => [one.name, one]));
  return (
    <>
      {form.fields
        .filter((one) => !items.has(one.name))
        .map((field) => (
          <EntryField key={field.name} form={form} field={field} prefix={prefix} />
        ))}
      <ScoreLine form={form} />
      {checklist.sections.map((section) => {
        const shown = section.items.filter((item) => asked?.has(item.field));
        if (shown.length === 0) return null;
        return (
          <fieldset key={section.name} class="checklist-section">
            <legend>{label(section.label)}</legend>
            {shown.map((item) => {
              const field = byName.get(item.field);
              return field && <EntryField key={item.field} form={form} field={field} prefix={prefix} item={item} />;
            })}
          </fieldset>
        );
      })}
    </>
  );
}

function EntryField({ form, field, prefix, item }: { form: EntryForm; field: Field; prefix: string; item?: ChecklistItem }) {
  const id = `${prefix}-${field.name}`;
  const mark = item && form.marks.value?.get(field.name);
  const problems = form.problemsOf(field.name);
  const wrong = problems.some((one) => one.severity === 'error');
  const help = label(field.help);
  const told = [help && `${id}-help`, problems.length && `${id}-problems`].filter(Boolean).join(' ');
  const changed = form.row !== null && field.name in form.changes.value;
  return (
    <div
      class={`entry-field${wrong ? ' wrong' : ''}${changed ? ' changed' : ''}`}
      data-field={field.name}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node)) form.leave(field.name);
      }}
    >
      <label id={`${id}-label`} for={id}>
        {label(field.label)}
        {(field.required || item?.required) && (
          <span class="required" aria-hidden="true">
            *
          </span>
        )}
        {item?.critical && <span class={`critical${mark?.notMet ? ' failed' : ''}`}>{t('critical')}</span>}
      </label>
      <div class="entry-control">
        <Control
          id={id}
          field={field}
          value={form.values.value[field.name] ?? null}
          typed={form.typed.value[field.name] ?? ''}
          onValue={(value, typed) => form.set(field.name, value, typed)}
          names={form.row?.names}
          late={late(form.register).places[field.name] ?? []}
          disabled={form.row !== null && (!form.row.may.write || form.row.state === 'struck')}
          invalid={wrong}
          describedBy={told || undefined}
        />
        {label(field.unit) && <span class="unit">{label(field.unit)}</span>}
        {mark?.counts && <span class="unit">{t('pointsOf', { n: formatNumber(mark.points), of: formatNumber(item!.points) })}</span>}
      </div>
      {item?.photo && <Photos form={form} field={field} />}
      {help && (
        <p class="hint" id={`${id}-help`}>
          {help}
        </p>
      )}
      {problems.length > 0 && <Problems id={`${id}-problems`} problems={problems} />}
    </div>
  );
}

function Source({ form, prefix }: { form: EntryForm; prefix: string }) {
  const codes = form.register.sources;
  if (codes.length < 2) return null;
  const id = `${prefix}-source`;
  const fault = form.left.value.size > 0 && !form.source.value && !form.row && form.left.value.has('source');
  const asField: Field = {
    name: 'source',
    type: 'code',
    label: { en: '', zh: '' },
    unit: { en: '', zh: '' },
    help: { en: '', zh: '' },
    required: true,
    identifies: false,
    system: true,
    key: false,
    rules: [],
    codes,
  };
  return (
    <div class={`entry-field${fault ? ' wrong' : ''}`} data-field="source" onFocusOut={() => form.leave('source')}>
      <label id={`${id}-label`} for={id}>
        {t('source')}
        {!form.row && (
          <span class="required" aria-hidden="true">
            *
          </span>
        )}
      </label>
      <div class="entry-control">
        <Control
          id={id}
          field={asField}
          value={form.source.value || null}
          typed=""
          onValue={(value) => {
            form.source.value = value ?? '';
          }}
          late={[]}
          disabled={form.row !== null}
          invalid={fault}
          describedBy={fault ? `${id}-problems` : undefined}
        />
      </div>
      {fault && (
        <p class="fault" id={`${id}-problems`}>
          {t('sourceNeeded')}
        </p>
      )}
    </div>
  );
}

/** The controls that can be typed in, in order. */
const stops = (box: HTMLElement) => [
  ...box.querySelectorAll<HTMLElement>('[data-field] input:not(:disabled), [data-field] textarea:not(:disabled), button[data-last]'),
];

/** The whole field, and once more when what was wrong with the one before has been written above it. */
function keepInSight(target: HTMLElement): void {
  const field = target.closest('[data-field]');
  const show = () => {
    if (field?.contains(document.activeElement)) field.scrollIntoView({ block: 'nearest' });
  };
  show();
  requestAnimationFrame(() => requestAnimationFrame(show));
}

export function focusField(box: HTMLElement | null, name: string): void {
  box?.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"] input`)?.focus();
}

/** The first field that is still empty. */
export function focusFirst(box: HTMLElement | null, form: EntryForm): void {
  const empty = form.fields.find(
    (one) => form.values.peek()[one.name] === null && box?.querySelector(`[data-field="${CSS.escape(one.name)}"] input:not(:disabled)`),
  );
  const source = form.register.sources.length > 1 && !form.source.peek() && !form.row;
  focusField(box, source ? 'source' : (empty?.name ?? form.fields[0]?.name ?? ''));
}

/** onSave: Ctrl+Enter; next: then another row is begun. The children stand below the fields. */
export function EntryFields({ form, prefix, onSave }: { form: EntryForm; prefix: string; onSave: (next: boolean) => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(loadPlaces, []);
  // How high the line of buttons is that stays below the fields: what has the focus must not be under it (scroll-padding).
  useEffect(() => {
    const foot = box.current?.closest('form')?.querySelector('.entry-foot');
    if (!foot) return;
    const root = document.documentElement;
    const sized = new ResizeObserver(() => root.style.setProperty('--foot', `${foot.clientHeight}px`));
    sized.observe(foot);
    return () => {
      sized.disconnect();
      root.style.removeProperty('--foot');
    };
  }, []);
  const move = (event: KeyboardEvent, step: number) => {
    const all = stops(box.current?.closest('form') ?? box.current!);
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    const to = all[at + step];
    event.preventDefault();
    to?.focus();
  };
  return (
    <div
      class="entry-fields"
      ref={box}
      onFocusIn={(event) => keepInSight(event.target as HTMLElement)}
      onKeyDown={(event) => {
        if (event.isComposing || event.defaultPrevented) return;
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          onSave(true);
        } else if (event.key === 'Enter' && (event.target as HTMLElement).tagName !== 'BUTTON') move(event, event.shiftKey ? -1 : 1);
        else if (event.key === 'ArrowDown' && !event.altKey) move(event, 1);
        else if (event.key === 'ArrowUp' && !event.altKey) move(event, -1);
      }}
    >
      <Source form={form} prefix={prefix} />
      {form.checklist ? (
        <Sections form={form} checklist={form.checklist} prefix={prefix} />
      ) : (
        form.fields.map((field) => <EntryField key={field.name} form={form} field={field} prefix={prefix} />)
      )}
      {form.problemsOf('').length > 0 && <Problems problems={form.problemsOf('')} />}
    </div>
  );
}
