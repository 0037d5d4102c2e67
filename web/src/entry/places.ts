// SPDX-License-Identifier: AGPL-3.0-or-later
// All areas and facilities of the reader, loaded once and searched here: a choice is there before the key is up, and without a network
// (the service worker keeps the two answers).
import { computed, effect, signal } from '@preact/signals';
import { api, type Query } from '../api/client';
import type { Area, Areas, Facilities, Facility, Label } from '../api/types';
import { fresh } from '../api/use';
import { session } from '../state';
import { placeName } from '../text/dictionary';
import { type Entry, find, index } from './pinyin';

const areas = signal<Area[] | null>(null);
const facilities = signal<Facility[] | null>(null);
let asked = '';

// Of which turn of `fresh` the two lists are, and since when they are there.
let turn = 0;
let since = 0;
const minute = 60_000;

/** Something was saved since: an empty list is asked for again at once (a county is being set up), others after a minute. */
const outOfDate = (list: unknown[] | null) => turn !== fresh.peek() && (list?.length === 0 || Date.now() - since > minute);

/** Loads what is not there yet: at the first need, for another account, and again after a failure or when it may have changed. */
export function loadPlaces(): void {
  const who = session.peek()?.user?.id ?? '';
  if (!who) return;
  if (asked !== who) {
    areas.value = null;
    facilities.value = null;
    under.clear();
  }
  asked = who;
  const old = outOfDate(areas.peek()) || outOfDate(facilities.peek());
  if (old || !areas.peek()) {
    turn = fresh.peek();
    since = Date.now();
  }
  ask<Areas>('/api/areas', { deep: 1 }, old ? null : areas.peek(), (answer) => {
    areas.value = answer.areas;
  });
  ask<Facilities>('/api/facilities', undefined, old ? null : facilities.peek(), (answer) => {
    facilities.value = answer.facilities;
  });
}

const under = new Set<string>();

function ask<T>(path: string, query: Query | undefined, there: unknown, take: (answer: T) => void): void {
  if (there || under.has(path)) return;
  under.add(path);
  const whose = asked;
  api.get<T>(path, query).then(
    (answer) => {
      under.delete(path);
      if (whose === asked) take(answer);
    },
    // Asked for again with the next letter that is typed.
    () => under.delete(path),
  );
}

// Places that were added or renamed are not rare at set-up time.
effect(() => {
  if (!session.value?.signed_in) asked = '';
});

/** Not loaded yet (or there is no network and they were never kept). */
export const placesReady = computed(() => areas.value !== null && facilities.value !== null);

const areaByCode = computed(() => new Map((areas.value ?? []).map((one) => [one.code, one])));
const facilityByCode = computed(() => new Map((facilities.value ?? []).map((one) => [one.code, one])));

export const areaOf = (code: string): Area | undefined => areaByCode.value.get(code);
export const facilityOf = (code: string): Facility | undefined => facilityByCode.value.get(code);

/** 东河村 lies in 清水镇: only the area right above, for that is what tells namesakes apart. */
export function detailOf(one: Area | Facility): string {
  const above = areaByCode.value.get('parent' in one ? one.parent : one.area);
  return above ? placeName(above) : '';
}

export function nameOfPlace(code: string, names?: Record<string, Label>): string {
  const given = names?.[code];
  const place = areaByCode.value.get(code) ?? facilityByCode.value.get(code);
  if (place) return placeName(place);
  return given ? placeName({ name: given.zh, name_en: given.en }) : code;
}

interface Place extends Entry {
  level: string;
}

const areaIndex = computed(() =>
  index<Place>(
    (areas.value ?? [])
      .filter((one) => !one.to || one.to > (session.value?.county.today ?? ''))
      .map(({ code, name, name_en, level }) => ({ code, name, name_en, level })),
  ),
);
const facilityIndex = computed(() =>
  index<Place>((facilities.value ?? []).map(({ code, name, name_en, kind }) => ({ code, name, name_en, level: kind }))),
);

export interface Found {
  code: string;
  name: string;
  detail: string;
}

/** The best of them. level: of that level only; '' is any. late: codes lately used. */
export function findPlaces(kind: 'area' | 'facility', typed: string, level: string, late: string[], most = 8): Found[] {
  if (!placesReady.value) loadPlaces();
  const list = kind === 'area' ? areaIndex.value : facilityIndex.value;
  const fitting = kind === 'area' && level ? list.filter((one) => one.entry.level === level) : list;
  return find(fitting, typed, most, late).map((one) => {
    const place = kind === 'area' ? areaOf(one.code) : facilityOf(one.code);
    return { code: one.code, name: placeName(one), detail: place ? detailOf(place) : '' };
  });
}
