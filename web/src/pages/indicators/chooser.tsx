// SPDX-License-Identifier: AGPL-3.0-or-later
// Choosing indicators: by group, with a search over names in both languages.
import { useState } from 'preact/hooks';
import type { Indicator } from '../../api/types';
import { Checkbox, Empty, Icon, Input } from '../../parts';
import { model } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/indicators';
import { findIndicators, mostIndicators } from './choice';

interface ChooserProps {
  chosen: string[];
  onChange: (names: string[]) => void;
}

/** Groups stand open where something in them is chosen or found. */
export function Chooser({ chosen, onChange }: ChooserProps) {
  const [typed, setTyped] = useState('');
  const all = model.value;
  if (!all) return null;
  const found = findIndicators(all, typed);
  const full = chosen.length >= mostIndicators;
  const toggle = (one: Indicator, yes: boolean) => onChange(yes ? [...chosen, one.name] : chosen.filter((name) => name !== one.name));
  return (
    <div class="chooser">
      <div class="seek">
        <Icon name="search" />
        <Input value={typed} onValue={setTyped} aria-label={t('findIndicator')} placeholder={t('findIndicator')} data-first />
      </div>
      {full && <p class="hint">{t('most', { n: mostIndicators })}</p>}
      {found.length === 0 && (
        <Empty icon="search" title={t('findNone', { q: typed.trim() })}>
          {t('findNoneHelp')}
        </Empty>
      )}
      <div class="groups">
        {found.map(({ group, indicators }) => {
          const here = indicators.filter((one) => chosen.includes(one.name)).length;
          return (
            <details key={`${group.name} ${typed ? 'found' : ''}`} open={typed.trim() !== '' || here > 0}>
              <summary>
                <span>{label(group.label)}</span>
                <small>{here > 0 ? `${here} / ${indicators.length}` : indicators.length}</small>
              </summary>
              <ul>
                {indicators.map((one) => (
                  <li key={one.name}>
                    <Checkbox
                      label={label(one.label)}
                      checked={chosen.includes(one.name)}
                      disabled={full && !chosen.includes(one.name)}
                      onValue={(yes) => toggle(one, yes)}
                    />
                  </li>
                ))}
              </ul>
            </details>
          );
        })}
      </div>
    </div>
  );
}
