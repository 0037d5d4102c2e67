// SPDX-License-Identifier: AGPL-3.0-or-later
// Choosing an area (the tree, or by name and pinyin initials) and a facility.
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Area, Areas, Facilities, Facility, Found } from '../api/types';
import { useGet } from '../api/use';
import { area as chosenArea, model, topArea } from '../state';
import { label, placeName } from '../text/dictionary';
import { t } from '../text/parts';
import { IconButton } from './button';
import { Combo } from './combo';
import { Problem, Skeleton } from './empty';
import { Icon } from './icons';

export const levelName = (level: string): string => label(model.value?.levels.find((one) => one.name === level)?.label) || level;

/** Facilities and areas by what was typed: two characters or pinyin initials are enough. */
export async function searchPlaces(typed: string, signal?: AbortSignal): Promise<Found> {
  return api.get<Found>('/api/search', { q: typed }, signal);
}

interface FieldControl {
  id?: string;
  disabled?: boolean;
  required?: boolean;
  'aria-describedby'?: string;
  'aria-invalid'?: 'true' | undefined;
}

/**
 * A form's field for an area. value: its code, text: its name where known (Row.names), level: only areas of this level are offered.
 * Opened without typing it offers what lies in the area chosen at the top.
 */
export function AreaCombo({
  value,
  text,
  level,
  onValue,
  ...rest
}: FieldControl & {
  value: string;
  text?: string;
  level?: string;
  onValue: (code: string, name: string) => void;
}) {
  return (
    <Combo<Area>
      {...rest}
      text={text || value}
      placeholder={t('findArea')}
      search={async (typed, signal) => {
        const all = typed
          ? (await searchPlaces(typed, signal)).areas
          : (await api.get<Areas>('/api/areas', { under: chosenArea.peek(), deep: level ? 1 : undefined }, signal)).areas;
        return all.filter((one) => !level || one.level === level).slice(0, 50);
      }}
      keyOf={(one) => one.code}
      textOf={placeName}
      show={(one) => (
        <>
          <span>{placeName(one)}</span>
          <small>
            {levelName(one.level)} {one.code}
          </small>
        </>
      )}
      onChoose={(one) => onValue(one?.code ?? '', one ? placeName(one) : '')}
    />
  );
}

/** A form's field for a facility; without typing it offers those of the area chosen at the top. */
export function FacilityCombo({
  value,
  text,
  area,
  onValue,
  ...rest
}: FieldControl & {
  value: string;
  text?: string;
  area?: string;
  onValue: (code: string, name: string) => void;
}) {
  return (
    <Combo<Facility>
      {...rest}
      text={text || value}
      placeholder={t('chooseFacility')}
      search={async (typed, signal) =>
        (await api.get<Facilities>('/api/facilities', { area: area ?? chosenArea.peek(), q: typed }, signal)).facilities.slice(0, 50)
      }
      keyOf={(one) => one.code}
      textOf={placeName}
      show={(one) => (
        <>
          <span>{placeName(one)}</span>
          <small>{one.code}</small>
        </>
      )}
      onChoose={(one) => onValue(one?.code ?? '', one ? placeName(one) : '')}
    />
  );
}

/** The tree one level at a time, with a search above it: the chooser of the frame. Up and down arrows move, right goes in, left goes out. */
export function AreaTree({ value, onChoose }: { value: string; onChoose: (code: string) => void }) {
  const top = topArea.value?.code ?? '';
  const [at, setAt] = useState(value || top);
  const [typed, setTyped] = useState('');
  const inside = useGet<Areas>('/api/areas', { under: at }, true);
  const found = useGet<Found>(typed.trim() ? '/api/search' : null, { q: typed.trim() }, true);
  const here = inside.data?.areas.find((one) => one.code === at);
  const rows = typed.trim() ? found.data?.areas : inside.data?.areas.filter((one) => one !== here);
  const shown = typed.trim() ? found : inside;

  const keys = (event: KeyboardEvent) => {
    const box = event.currentTarget as HTMLElement;
    const all = [...box.querySelectorAll<HTMLElement>('input, .tree [data-row]')];
    const now = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      all[Math.max(0, Math.min(all.length - 1, now + (event.key === 'ArrowDown' ? 1 : -1)))]?.focus();
    } else if (event.key === 'ArrowRight' && now > 0) {
      const into = all[now]?.dataset.into;
      if (into) setAt(into);
    } else if (event.key === 'ArrowLeft' && now > 0) {
      if (at !== top) setAt(here?.parent ?? top);
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div class="area-tree" role="presentation" onKeyDown={keys}>
      <div class="seek">
        <Icon name="search" />
        <input
          data-first
          type="text"
          class="input"
          placeholder={t('findArea')}
          aria-label={t('findArea')}
          value={typed}
          autocomplete="off"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      {!typed.trim() && here && (
        <div class="above">
          {at !== top && <IconButton small icon="left" label={t('up')} onClick={() => setAt(here.parent)} />}
          <button type="button" class="name" data-row onClick={() => onChoose(at === top ? '' : at)}>
            <b>{placeName(here)}</b>
            <small>{levelName(here.level)}</small>
          </button>
        </div>
      )}
      {shown.error ? (
        <Problem error={shown.error} again={shown.again} />
      ) : !rows ? (
        <Skeleton lines={6} />
      ) : rows.length === 0 ? (
        <p class="hint">{typed.trim() ? t('noMatch') : t('nothing')}</p>
      ) : (
        <ul class="tree">
          {rows.map((one) => (
            <li key={one.code} class={one.code === value ? 'chosen' : undefined}>
              <button
                type="button"
                class="name"
                data-row
                data-into={one.children ? one.code : undefined}
                onClick={() => onChoose(one.code)}
              >
                <span>{placeName(one)}</span>
                <small>{levelName(one.level)}</small>
              </button>
              {one.children > 0 && (
                <IconButton
                  small
                  icon="right"
                  label={t('down', { area: placeName(one) })}
                  tabIndex={-1}
                  onClick={() => {
                    setTyped('');
                    setAt(one.code);
                  }}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
