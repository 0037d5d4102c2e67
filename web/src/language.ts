// SPDX-License-Identifier: AGPL-3.0-or-later
// The language of the pages: what the address says, else what was chosen on this device, else the account's, else the browser's.
import { computed, signal } from '@preact/signals';
import { recall } from './recall';

export type Language = 'zh' | 'en';

const known = (text: string | null | undefined): Language | null => (text === 'zh' || text === 'en' ? text : null);

/** Set by the address (state.ts). */
export const addressLanguage = signal<string>(new URLSearchParams(location.search).get('lang') ?? '');
export const chosenLanguage = signal<string>(recall('heng.language'));
export const accountLanguage = signal<string>('');

export const language = computed<Language>(
  () =>
    known(addressLanguage.value) ??
    known(chosenLanguage.value) ??
    known(accountLanguage.value) ??
    (/^en\b/i.test(navigator.language) ? 'en' : 'zh'),
);
