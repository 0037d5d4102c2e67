// SPDX-License-Identifier: AGPL-3.0-or-later
// What every page obeys: where one is (the address), who one is (the session), what there is (the model). Area, period, comparison
// and language stand in the address, so every view is a link that can be sent.
import { batch, computed, effect, signal } from '@preact/signals';
import { api, forgetAhead, onSignedOut, setCsrf } from './api/client';
import type { Area, Areas, Checklist, Fn, Indicator, Model, Register, Session } from './api/types';
import { followEvents, forgetAnswers, fresh } from './api/use';
import { accountLanguage, addressLanguage, chosenLanguage, type Language, language } from './language';
import { lastEnded, parsePeriod, periodAs, periodId, yearBefore } from './period';
import { recall, remember } from './recall';

export { language };

// --- the address

export interface Address {
  /** '/registers/births' is ['registers', 'births']. */
  path: string[];
  query: Record<string, string>;
}

function readAddress(): Address {
  const path = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(location.search)) query[name] = value;
  return { path: path.length ? path : ['today'], query };
}

export const address = signal<Address>(readAddress());
const kept = ['area', 'period', 'vs', 'lang'] as const;

function follow(): void {
  batch(() => {
    address.value = readAddress();
    addressLanguage.value = address.value.query.lang ?? '';
  });
}
addEventListener('popstate', follow);

export type Parameters = Record<string, string | number | null | undefined>;

/** The address of a page; area, period, comparison and language go along unless named. null or '' leaves a parameter out. */
export function link(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const name of kept) {
    const value = name in parameters ? parameters[name] : address.value.query[name];
    if (value) query.set(name, String(value));
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '' && !kept.includes(name as never)) query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Goes to an address of link(). replace: "back" passes it over (filters while they are typed). */
export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  follow();
}

/** Changes parameters of the present address and leaves the others. */
export function setQuery(parameters: Parameters, replace = false): void {
  const all: Parameters = { ...address.value.query, ...parameters };
  go(link(location.pathname === '/' ? '/today' : location.pathname, all), replace);
}

// --- area, period, comparison

/** Code of the chosen area; '': all that the reader may see. */
export const area = computed(() => address.value.query.area ?? '');
/** Id of the chosen period. */
export const period = computed(() => {
  const asked = address.value.query.period ?? '';
  return parsePeriod(asked) ? asked : defaultPeriod.value;
});
/** Whether figures are held against the same months a year earlier. */
export const compare = computed(() => address.value.query.vs !== 'none');
export const periodBefore = computed(() => {
  const p = parsePeriod(period.value);
  return p ? periodId(yearBefore(p)) : '';
});

export const setArea = (code: string): void => setQuery({ area: code });
export const setPeriod = (id: string): void => setQuery({ period: id });
export const setCompare = (yes: boolean): void => setQuery({ vs: yes ? '' : 'none' });

/** The last half-year that has ended, or the last one with rows where those end earlier. */
const defaultPeriod = computed(() => {
  const day = today.value;
  const ended = lastEnded('half', day);
  const last = parsePeriod(model.value?.months?.last ?? '');
  if (last) {
    const holds = periodAs(last, 'half');
    if (periodId(holds) < periodId(ended)) return periodId(holds);
  }
  return periodId(ended);
});

// --- language and theme

export function setLanguage(to: Language): void {
  remember('heng.language', to);
  batch(() => {
    chosenLanguage.value = to;
    if (address.value.query.lang && address.value.query.lang !== to) setQuery({ lang: to }, true);
  });
}

export type Theme = 'light' | 'dark' | '';
/** '': as the device has it. */
export const theme = signal<Theme>(recall('heng.theme') as Theme);
export function setTheme(to: Theme): void {
  remember('heng.theme', to);
  theme.value = to;
}
effect(() => {
  const root = document.documentElement;
  if (theme.value) root.dataset.theme = theme.value;
  else delete root.dataset.theme;
});
effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
});

// --- who, and what there is

/** null: not asked yet, or there is no connection. */
export const session = signal<Session | null>(null);
export const model = signal<Model | null>(null);
/** The chosen area; for a moment the one before, until its name has come. */
export const areaNow = signal<Area | null>(null);
/** The day by the server's clock. */
export const today = computed(() => session.value?.county.today ?? new Date().toISOString().slice(0, 10));

export const mayDo = (fn: Fn): boolean => session.value?.functions?.includes(fn) ?? false;
export const indicatorOf = (name: string): Indicator | undefined => model.value?.indicators.find((one) => one.name === name);
export const checklistOf = (name: string): Checklist | undefined => model.value?.checklists?.find((one) => one.register === name);
/** Whether there is anything of a facility's file that one may read. */
export const mayOpenFacilities = (): boolean =>
  model.value?.registers.some((one) => one.purpose === 'supervision' && one.may.read && (one.facility || one.kind === 'facilities')) ??
  false;
export const registerOf = (name: string): Register | undefined => model.value?.registers.find((one) => one.name === name);
/** Whoever reads no row of it and writes none has nothing to do there: what names it is no link then. */
export const isOpenTo = (name: string): boolean => Boolean(registerOf(name)?.may.read || registerOf(name)?.may.write);

let following = false;

/** Takes an answer of /api/session, and reads the model when somebody is signed in. */
export async function takeSession(answer: Session): Promise<void> {
  if (answer.user?.id !== session.peek()?.user?.id) forgetAnswers();
  setCsrf(answer.csrf ?? '');
  if (answer.signed_in) {
    model.value = await api.get<Model>('/api/model');
    if (!following) followEvents();
    following = true;
  } else {
    // Of a link one is told without a session.
    if (address.peek().path[0] !== 'link') forgetAhead();
    model.value = null;
  }
  remember('heng.here', answer.signed_in ? 'yes' : '');
  batch(() => {
    if (answer.signed_in) endedFor.value = '';
    session.value = answer;
    accountLanguage.value = answer.user?.language ?? '';
  });
}

export async function loadSession(): Promise<void> {
  await takeSession(await api.get<Session>('/api/session'));
}

// A county whose first areas have come: what the account may see, and from when there are rows, begins anew.
effect(() => {
  if (fresh.value && session.peek()?.signed_in && session.peek()?.areas?.length === 0) void loadSession().catch(() => {});
});

/** The account whose session ended by itself while its pages were open; '' when nobody's did. */
export const endedFor = signal('');

onSignedOut(() => {
  const who = session.peek();
  if (!who?.signed_in) return;
  endedFor.value = who.user?.name ?? '';
  void loadSession().catch(() => {});
});

const asked: (() => Promise<boolean>)[] = [];
/** call: what is to be done before the session ends; false keeps it. */
export function beforeSignOut(call: () => Promise<boolean>): void {
  asked.push(call);
}

export async function signOut(): Promise<void> {
  for (const call of asked) if (!(await call())) return;
  try {
    await api.delete('/api/session');
    await loadSession();
  } catch {
    // Without a network nothing of the session is left here; the server's half ends by itself.
    batch(() => {
      session.value = null;
      model.value = null;
    });
  }
  for (const word of ['period', 'today', 'facilities', 'top', 'lists', 'projection']) remember(`heng.${word}`, '');
}

/** What '' comes to: the reader's only area, or the first below it that has more than one part. null: several, or not known yet. */
export const topArea = signal<Area | null>(null);

async function findTop(): Promise<Area | null> {
  const { areas } = await api.get<Areas>('/api/areas', { through: 1 });
  const roots = session.peek()?.areas ?? [];
  if (roots.length > 1) return null;
  let top = areas.find((one) => one.code === roots[0]) ?? areas[0] ?? null;
  while (top?.children === 1) {
    const code: string = top.code;
    const child = areas.find((one) => one.parent === code);
    if (!child) break;
    top = child;
  }
  return top;
}

// What the first script of the page asks by at the next visit (first.ts).
effect(() => {
  if (!session.value?.signed_in || !model.value) return;
  const facilities = model.value.registers.find((one) => one.kind === 'facilities' && one.may.read);
  remember('heng.period', defaultPeriod.value);
  remember('heng.today', today.value);
  remember('heng.facilities', facilities?.name ?? '');
  if (topArea.value) remember('heng.top', topArea.value.code);
});

// The chosen area with its name, for the header and the pages. A code that is not one's own shows as the code.
effect(() => {
  const code = area.value;
  if (!session.value?.signed_in) return;
  const answer =
    code === ''
      ? findTop().then((top) => {
          topArea.value = top;
          return top;
        })
      : api.get<Areas>('/api/areas', { under: code }).then(({ areas }) => areas.find((one) => one.code === code) ?? null);
  answer
    .catch(() => null)
    .then((found) => {
      if (area.peek() === code) areaNow.value = found;
    });
  if (code !== '' && !topArea.peek()) {
    findTop().then(
      (top) => {
        topArea.value = top;
      },
      () => {},
    );
  }
});
