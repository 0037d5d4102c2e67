// SPDX-License-Identifier: AGPL-3.0-or-later
// Addresses of the API. The first script of the page (start.ts) and the pages write them alike, so that an answer is asked for once.

export type Query = Record<string, string | number | boolean | null | undefined>;

export function apiUrl(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}
