// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons';

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'note';
const icons: Partial<Record<Tone, IconName>> = { good: 'check', warn: 'warning', bad: 'error', note: 'info' };

/** A word in a frame. Its tone is told by a drawing as well as by colour. */
export function Tag({ tone = 'plain', icon, children }: { tone?: Tone; icon?: IconName | false; children: ComponentChildren }) {
  const drawn = icon === false ? undefined : (icon ?? icons[tone]);
  return (
    <span class={`tag ${tone}`}>
      {drawn && <Icon name={drawn} size={12} />}
      {children}
    </span>
  );
}
