// SPDX-License-Identifier: AGPL-3.0-or-later
// Words that the device keeps between visits: the language, the theme, that somebody is signed in.

/** A store that a private window may refuse. */
export function recall(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function remember(key: string, value: string): void {
  try {
    // To write costs far more than to read.
    if (value && localStorage.getItem(key) === value) return;
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // It is asked again next time, that is all.
  }
}
