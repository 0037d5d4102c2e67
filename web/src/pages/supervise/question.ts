// SPDX-License-Identifier: AGPL-3.0-or-later
// What the pages of sampling ask, from their address. Pure: the first script of the page asks the same.

/** Per cent as typed to a share; undefined where it is none. */
export function shareOf(text: string): number | undefined {
  const value = Number(text.trim().replace('%', ''));
  return text.trim() && Number.isFinite(value) ? value / 100 : undefined;
}

export const lqasFields = [
  ['p0', '5'],
  ['p1', '20'],
  ['alpha', '10'],
  ['beta', '10'],
] as const;

export const lqasQuestion = (query: Record<string, string>) => ({
  size: query.size ?? '200',
  ...Object.fromEntries(lqasFields.map(([name, usual]) => [name, shareOf(query[name] ?? usual)])),
});

export const rotaQuestion = (query: Record<string, string>, area: string, today: string) => ({
  area,
  teams: query.teams || '2',
  days: query.days || '3',
  per_day: query.per_day || '6',
  start: query.start || today,
  kinds: query.kinds || '',
  seed: query.seed || today.replace(/-/g, ''),
});
