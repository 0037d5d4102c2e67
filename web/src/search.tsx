// SPDX-License-Identifier: AGPL-3.0-or-later
// The search at the top: areas, facilities, indicators, pages and, for those who may, people.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Found } from './api/types';
import { useGet } from './api/use';
import { myPages } from './frame';
import { linkFacility, linkIndicators, linkOverview, linkRow, linkRows } from './links';
import { Icon, type IconName, levelName } from './parts';
import { go, link, mayOpenFacilities, registerOf } from './state';
import { label, placeName } from './text/dictionary';
import { t } from './text/frame';

interface Hit {
  href: string;
  text: string;
  detail: string;
  icon: IconName;
}

function hitsOf(found: Found | null, typed: string): { title: string; hits: Hit[] }[] {
  const small = typed.toLowerCase();
  const facilities = 'facilities';
  return [
    {
      title: t('groupPages'),
      hits: myPages()
        .filter((one) => t(one.name).toLowerCase().includes(small))
        .map((one) => ({ href: link(`/${one.name}`), text: t(one.name), detail: '', icon: one.icon })),
    },
    {
      title: t('groupAreas'),
      hits: (found?.areas ?? []).map((one) => ({
        href: linkOverview(one.code),
        text: placeName(one),
        detail: levelName(one.level),
        icon: 'place' as const,
      })),
    },
    {
      title: t('groupFacilities'),
      hits: (found?.facilities ?? []).map((one) => ({
        href: mayOpenFacilities() ? linkFacility(one.code) : linkRows(facilities, { 'f.code': one.code }),
        text: placeName(one),
        detail: one.code,
        icon: 'facility' as const,
      })),
    },
    {
      title: t('groupIndicators'),
      hits: (found?.indicators ?? []).map((one) => ({
        href: linkIndicators(one.name),
        text: label(one.label),
        detail: '',
        icon: 'indicators' as const,
      })),
    },
    {
      title: t('groupPeople'),
      hits: (found?.people ?? []).map((one) => ({
        href: linkRow(one.register, one.id),
        text: one.text,
        detail: [label(registerOf(one.register)?.label), one.detail].filter(Boolean).join(' · '),
        icon: 'person' as const,
      })),
    },
  ]
    .map((group) => ({ ...group, hits: group.hits.slice(0, 6) }))
    .filter((group) => group.hits.length);
}

export function Search({ onActive }: { onActive: (yes: boolean) => void }) {
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  const [open, setOpen] = useState(false);
  const [marked, setMarked] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const found = useGet<Found>(asked ? '/api/search' : null, { q: asked }, true);
  const groups = typed.trim() ? hitsOf(asked === typed.trim() && !found.stale ? found.data : null, typed.trim()) : [];
  const all = groups.flatMap((group) => group.hits);

  useEffect(() => {
    const timer = setTimeout(() => {
      setAsked(typed.trim());
      setMarked(0);
    }, 120);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    // "/" goes to the search, unless one is writing.
    const keys = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.target as HTMLElement).closest('input, textarea, select, [contenteditable], dialog')) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', keys);
    return () => document.removeEventListener('keydown', keys);
  }, []);

  // Enter before the answer has come means the first of what comes.
  const eager = useRef(false);
  const answered = typed.trim() !== '' && asked === typed.trim() && found.data !== null && !found.stale;
  useEffect(() => {
    if (!eager.current || !answered) return;
    eager.current = false;
    if (all[0]) choose(all[0]);
  }, [answered, asked]);

  const close = () => {
    setOpen(false);
    onActive(false);
  };
  const choose = (hit: Hit) => {
    setTyped('');
    close();
    input.current?.blur();
    go(hit.href);
  };
  let n = -1;
  return (
    <div
      class="search"
      role="search"
      ref={box}
      onFocusOut={(event) => {
        if (!box.current?.contains(event.relatedTarget as Node)) close();
      }}
    >
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        class="input"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        placeholder={t('search')}
        aria-label={t('search')}
        aria-expanded={open && typed.trim() !== ''}
        aria-controls={`${id}-list`}
        aria-activedescendant={open && all[marked] ? `${id}-${marked}` : undefined}
        value={typed}
        onInput={(event) => {
          eager.current = false;
          setTyped(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => {
          setOpen(true);
          onActive(true);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp')
            setMarked((marked + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % Math.max(1, all.length));
          else if (event.key === 'Enter' && !answered) eager.current = true;
          else if (event.key === 'Enter' && all[marked]) choose(all[marked]);
          else if (event.key === 'Escape') {
            setTyped('');
            input.current?.blur();
          } else return;
          event.preventDefault();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      {open && (
        <div class="panel" id={`${id}-list`} role="listbox" aria-label={t('searchShort')}>
          {groups.map((group) => (
            <div key={group.title} role="group" aria-label={group.title}>
              <p class="group" aria-hidden="true">
                {group.title}
              </p>
              {group.hits.map((hit) => {
                n++;
                const mine = n;
                return (
                  <div
                    key={hit.href + hit.text}
                    id={`${id}-${mine}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={mine === marked}
                    class="hit"
                    onPointerDown={(event) => event.preventDefault()}
                    onClick={() => choose(hit)}
                  >
                    <Icon name={hit.icon} />
                    <span>{hit.text}</span>
                    <small>{hit.detail}</small>
                  </div>
                );
              })}
            </div>
          ))}
          {!typed.trim() && <p class="hint">{t('searchHint')}</p>}
          {typed.trim() && asked === typed.trim() && found.data && !all.length && (
            <p class="hint">{t('searchNone', { q: typed.trim() })}</p>
          )}
        </div>
      )}
    </div>
  );
}
