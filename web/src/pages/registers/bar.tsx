// SPDX-License-Identifier: AGPL-3.0-or-later
// Above the list: search, filters as chips, state, and what the frame adds.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Field } from '../../api/types';
import { looseDay, looseNumber, loosePeriod } from '../../entry/loose';
import { areaOf, detailOf, findPlaces, loadPlaces } from '../../entry/places';
import { SeekInput, type Sought } from '../../entry/seek';
import { showValue } from '../../entry/show';
import { formatList, formatPeriod } from '../../format';
import { Button, Checkbox, Icon, Popover, Select } from '../../parts';
import { area, areaNow, period, today } from '../../state';
import { label, placeName } from '../../text/dictionary';
import { t } from '../../text/registers';
import { editorOf, type Filter, formatFilter, listFields, parseFilter } from './filters';
import { type Asked, change, liftable, obey } from './list';

/** A filter in words, for its chip. */
function words(field: Field, text: string): string {
  const filter = parseFilter(text);
  const show = (value: string) => (value ? showValue(field, value) || value : '…');
  switch (filter.kind) {
    case 'null':
      return t('isEmpty');
    case 'notnull':
      return t('isFilled');
    case 'contains':
      return `${t('contains')} ${filter.text}`;
    case 'range':
      return `${show(filter.from)} – ${show(filter.to)}`;
    default:
      return formatList(filter.values.slice(0, 3).map(show)) + (filter.values.length > 3 ? ` +${filter.values.length - 3}` : '');
  }
}

// --- editors, one for each kind of field

interface EditorProps {
  field: Field;
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

function CodesEditor({ field, filter, onFilter }: EditorProps) {
  const chosen = filter.kind === 'values' ? filter.values : [];
  const codes =
    field.type === 'bool'
      ? ['1', '0'].map((value) => ({ value, text: showValue(field, value) }))
      : (field.codes ?? []).map((one) => ({ value: one.value, text: label(one.label) }));
  return (
    <div class="stack tight">
      {codes.map((one) => (
        <Checkbox
          key={one.value}
          label={one.text}
          checked={chosen.includes(one.value)}
          onValue={(yes) => {
            const values = codes.map((c) => c.value).filter((v) => (v === one.value ? yes : chosen.includes(v)));
            onFilter({ kind: 'values', values });
          }}
        />
      ))}
    </div>
  );
}

function PlaceEditor({ field, filter, onFilter }: EditorProps) {
  useEffect(loadPlaces, []);
  const code = filter.kind === 'values' ? (filter.values[0] ?? '') : '';
  const [typed, setTyped] = useState('');
  const kind = field.type === 'area' ? 'area' : 'facility';
  const search = (text: string): Sought[] =>
    findPlaces(kind, text, '', []).map((one) => ({ key: one.code, text: one.name, detail: `${one.detail} ${one.code}` }));
  const place = areaOf(code);
  return (
    <div class="stack tight">
      <SeekInput
        id={`filter-${field.name}`}
        text={code ? showValue(field, code) : ''}
        typed={typed}
        search={search}
        onValue={(key, text) => {
          setTyped(text);
          onFilter({ kind: 'values', values: key ? [key] : [] });
        }}
      />
      {kind === 'area' && <p class="hint">{place && detailOf(place) ? `${detailOf(place)} · ${t('subtree')}` : t('subtree')}</p>}
    </div>
  );
}

function readEnd(field: Field, text: string): string | null {
  if (!text.trim()) return '';
  if (field.type === 'date') return looseDay(text, today.value);
  if (field.type === 'period') return loosePeriod(text, field.period_kind ?? 'month', today.value);
  return looseNumber(text, field.type === 'int');
}

function RangeEditor({ field, filter, onFilter }: EditorProps) {
  const ends =
    filter.kind === 'range'
      ? [filter.from, filter.to]
      : filter.kind === 'values'
        ? [filter.values[0] ?? '', filter.values[0] ?? '']
        : ['', ''];
  const [text, setText] = useState(ends);
  const put = (i: number, typed: string) => {
    const next = text.map((one, k) => (k === i ? typed : one));
    setText(next);
    const read = next.map((one) => readEnd(field, one));
    if (read[0] !== null && read[1] !== null) onFilter({ kind: 'range', from: read[0]!, to: read[1]! });
  };
  const quick =
    field.type === 'date'
      ? [
          { text: t('today'), from: today.value, to: today.value },
          { text: t('thisMonth'), from: `${today.value.slice(0, 7)}-01`, to: today.value },
          { text: t('thisYear'), from: `${today.value.slice(0, 4)}-01-01`, to: today.value },
        ]
      : [];
  return (
    <div class="stack tight">
      {[t('from'), t('to')].map((name, i) => (
        <label key={name} class="range-end">
          <span>{name}</span>
          <input
            class={`input${readEnd(field, text[i]!) === null ? ' wrong' : ''}`}
            aria-invalid={readEnd(field, text[i]!) === null ? 'true' : undefined}
            value={text[i]}
            autocomplete="off"
            onInput={(event) => put(i, event.currentTarget.value)}
            onBlur={() => setText(text.map((one) => readEnd(field, one) ?? one))}
          />
          {label(field.unit) && <span class="unit">{label(field.unit)}</span>}
        </label>
      ))}
      {quick.length > 0 && (
        <div class="row">
          {quick.map((one) => (
            <Button
              key={one.text}
              small
              onClick={() => {
                setText([one.from, one.to]);
                onFilter({ kind: 'range', from: one.from, to: one.to });
              }}
            >
              {one.text}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

function TextEditor({ filter, onFilter }: EditorProps) {
  const text = filter.kind === 'contains' ? filter.text : filter.kind === 'values' ? filter.values.join(',') : '';
  const kind = filter.kind === 'values' && filter.values.length ? 'values' : 'contains';
  const make = (how: string, now: string): Filter =>
    how === 'contains' ? { kind: 'contains', text: now } : { kind: 'values', values: now ? [now] : [] };
  return (
    <div class="stack tight">
      <Select
        aria-label={t('filter')}
        choices={[
          { value: 'contains', label: t('contains') },
          { value: 'values', label: t('exactly') },
        ]}
        value={kind}
        onValue={(how) => onFilter(make(how, text))}
      />
      <input
        class="input"
        data-first
        value={text}
        autocomplete="off"
        aria-label={t('contains')}
        onInput={(event) => onFilter(make(kind, event.currentTarget.value))}
      />
    </div>
  );
}

const editors = {
  codes: CodesEditor,
  area: PlaceEditor,
  facility: PlaceEditor,
  days: RangeEditor,
  numbers: RangeEditor,
  periods: RangeEditor,
  text: TextEditor,
};

/** The whole editor of a field: its values, or whether it is filled in at all. Applied by the button or by Enter. */
function FilterEditor({ field, text, onApply }: { field: Field; text: string; onApply: (text: string) => void }) {
  const [filter, setFilter] = useState<Filter>(() => parseFilter(text));
  const Editor = editors[editorOf(field)];
  const bare = filter.kind === 'null' || filter.kind === 'notnull';
  const box = useRef<HTMLFormElement>(null);
  // It stands in the place of the list of fields, which had the focus.
  useEffect(() => box.current?.querySelector<HTMLElement>('[data-first], input, button')?.focus(), []);
  return (
    <form
      ref={box}
      class="filter-editor stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        onApply(formatFilter(filter));
      }}
    >
      <h3>{label(field.label)}</h3>
      {!bare && <Editor field={field} filter={filter} onFilter={setFilter} />}
      <div class="row">
        <Checkbox
          label={t('isEmpty')}
          checked={filter.kind === 'null'}
          onValue={(yes) => setFilter(yes ? { kind: 'null' } : { kind: 'values', values: [] })}
        />
        <Checkbox
          label={t('isFilled')}
          checked={filter.kind === 'notnull'}
          onValue={(yes) => setFilter(yes ? { kind: 'notnull' } : { kind: 'values', values: [] })}
        />
      </div>
      <div class="row">
        <Button kind="main" small type="submit">
          {t('apply')}
        </Button>
        {text && (
          <Button small onClick={() => onApply('')}>
            {t('remove')}
          </Button>
        )}
      </div>
    </form>
  );
}

// --- chips

function Chip({ asked, field, text }: { asked: Asked; field: Field; text: string }) {
  const apply = (now: string) => change(asked, { filters: { ...asked.filters, [field.name]: now } });
  return (
    <span class="filter-chip">
      <Popover
        label={label(field.label)}
        button={(tie) => (
          <button type="button" {...tie}>
            <b>{label(field.label)}</b> {words(field, text)}
          </button>
        )}
      >
        {(close) => (
          <FilterEditor
            field={field}
            text={text}
            onApply={(now) => {
              close();
              apply(now);
            }}
          />
        )}
      </Popover>
      <button type="button" class="drop" aria-label={`${t('remove')} ${label(field.label)}`} onClick={() => apply('')}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

function FrameChip({ which, field }: { which: 'area' | 'period'; field: Field }) {
  const text = which === 'area' ? (areaNow.value ? placeName(areaNow.value) : area.value) : formatPeriod(period.value);
  return (
    <span class="filter-chip from-frame" title={t(which === 'area' ? 'areaOfFrame' : 'periodOfFrame')}>
      <span>
        <b>{label(field.label)}</b> {text}
      </span>
      <button type="button" class="drop" aria-label={t(which === 'area' ? 'liftArea' : 'liftPeriod')} onClick={() => obey(which, false)}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

function AddFilter({ asked }: { asked: Asked }) {
  const [field, setField] = useState<Field | null>(null);
  const [seek, setSeek] = useState('');
  const left = listFields(asked.register).filter(
    (one) => !asked.filters[one.name] && label(one.label).toLowerCase().includes(seek.toLowerCase()),
  );
  return (
    <Popover
      label={t('addFilter')}
      onOpen={() => {
        setField(null);
        setSeek('');
      }}
      button={(tie) => (
        <Button icon="filter" {...tie}>
          {t('filter')}
        </Button>
      )}
    >
      {(close) =>
        field ? (
          <FilterEditor
            key={field.name}
            field={field}
            text=""
            onApply={(text) => {
              close();
              if (text) change(asked, { filters: { ...asked.filters, [field.name]: text } });
            }}
          />
        ) : (
          <div class="stack tight field-list">
            <input
              class="input"
              data-first
              placeholder={t('findField')}
              aria-label={t('findField')}
              value={seek}
              onInput={(event) => setSeek(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && left[0]) {
                  setField(left[0]);
                  event.preventDefault();
                }
              }}
            />
            {left.length === 0 && <p class="hint">{t('noFilterLeft')}</p>}
            <ul>
              {left.map((one) => (
                <li key={one.name}>
                  <button type="button" onClick={() => setField(one)}>
                    {label(one.label)}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )
      }
    </Popover>
  );
}

function SearchBox({ asked }: { asked: Asked }) {
  const [text, setText] = useState(asked.q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(asked.q), [asked.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const now = useRef(asked);
  now.current = asked;
  return (
    <div class="seek">
      <Icon name="search" />
      <input
        type="search"
        class="input"
        placeholder={t('seekHint')}
        aria-label={t('seek')}
        value={text}
        autocomplete="off"
        onInput={(event) => {
          const typed = event.currentTarget.value;
          setText(typed);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => change(now.current, { q: typed.trim() }), 250);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          clearTimeout(timer.current);
          change(now.current, { q: text.trim() });
        }}
      />
    </div>
  );
}

export function FilterBar({ asked }: { asked: Asked }) {
  const fields = new Map(listFields(asked.register).map((one) => [one.name, one]));
  const set = Object.entries(asked.filters);
  return (
    <div class="filter-bar">
      <SearchBox asked={asked} />
      <AddFilter asked={asked} />
      <Select
        aria-label={t('state')}
        choices={(['current', 'struck', 'all'] as const).map((value) => ({ value, label: t(value) }))}
        value={asked.state}
        onValue={(state) => change(asked, { state: state as Asked['state'] })}
      />
      <div class="chips-of-filters">
        {asked.frame.area && <FrameChip which="area" field={asked.frame.area} />}
        {asked.frame.period && <FrameChip which="period" field={asked.frame.period} />}
        {asked.filters.id && (
          <span class="filter-chip">
            <b>{t('theseRows', { n: asked.filters.id.split(',').length })}</b>
            <button
              type="button"
              class="drop"
              aria-label={`${t('remove')} ${t('theseRows', { n: asked.filters.id.split(',').length })}`}
              onClick={() => change(asked, { filters: { ...asked.filters, id: '' } })}
            >
              <Icon name="close" size={12} />
            </button>
          </span>
        )}
        {liftable(asked.register).map((which) => (
          <button key={which} type="button" class="filter-chip lifted" onClick={() => obey(which, true)}>
            <Icon name={which === 'area' ? 'place' : 'today'} size={14} />
            {which === 'area'
              ? t('keepArea', { area: areaNow.value ? placeName(areaNow.value) : area.value })
              : t('keepPeriod', { period: formatPeriod(period.value) })}
          </button>
        ))}
        {set.map(([name, text]) => {
          const field = fields.get(name);
          return field && <Chip key={`${name} ${text}`} asked={asked} field={field} text={text} />;
        })}
        {set.length > 1 && (
          <Button small kind="quiet" onClick={() => change(asked, { filters: {} })}>
            {t('clearAll')}
          </Button>
        )}
      </div>
    </div>
  );
}
