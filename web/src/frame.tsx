// SPDX-License-Identifier: AGPL-3.0-or-later
// What stands around every page: where and when one is, the search, who one is, and the way to the other pages.
import { useState } from 'preact/hooks';
import { online, underWay } from './api/client';
import type { Channels, Fn, Today } from './api/types';
import { useGet } from './api/use';
import { formatDay, formatPeriod } from './format';
import { DeviceBadge } from './offline/device';
import { AreaTree, Button, Checkbox, Icon, type IconName, isHere, Link, Menu, type MenuItem, PeriodPicker, Popover } from './parts';
import { Search } from './search';
import {
  area,
  areaNow,
  compare,
  language,
  link,
  mayDo,
  model,
  period,
  periodBefore,
  session,
  setArea,
  setCompare,
  setLanguage,
  setPeriod,
  setTheme,
  signOut,
  theme,
  today,
} from './state';
import { label, placeName } from './text/dictionary';
import { t } from './text/frame';

export interface PageAbout {
  name:
    | 'today'
    | 'overview'
    | 'registers'
    | 'import'
    | 'checks'
    | 'indicators'
    | 'ahead'
    | 'supervise'
    | 'reports'
    | 'stock'
    | 'tips'
    | 'admin';
  icon: IconName;
  /** Shown to those who hold one of these functions only. */
  needs?: Fn[];
}

export const pages: PageAbout[] = [
  { name: 'today', icon: 'today' },
  { name: 'overview', icon: 'overview', needs: ['figures'] },
  { name: 'registers', icon: 'registers' },
  { name: 'import', icon: 'import', needs: ['import'] },
  { name: 'checks', icon: 'checks', needs: ['figures', 'explain'] },
  { name: 'indicators', icon: 'indicators', needs: ['figures'] },
  { name: 'ahead', icon: 'ahead', needs: ['figures'] },
  { name: 'supervise', icon: 'supervise', needs: ['figures'] },
  { name: 'reports', icon: 'reports', needs: ['figures'] },
  { name: 'stock', icon: 'stock' },
  // for readers and writers of a sealed channel
  { name: 'tips', icon: 'lock' },
  { name: 'admin', icon: 'admin', needs: ['people', 'pack', 'file', 'audit'] },
];

const mayOpenRegisters = () => model.value?.registers.some((one) => one.may.read || one.may.write) ?? false;
export const myPages = (): PageAbout[] =>
  pages.filter((one) => (one.name === 'registers' ? mayOpenRegisters() : !one.needs || one.needs.some(mayDo)));

/** Of reports, and says so: what rows owe is counted on the page itself. Where there is no room for the word it is a dot. */
function Count() {
  const due = useGet<Today>('/api/today', { area: area.value });
  const n = due.data?.late_total ?? 0;
  if (!n) return null;
  return (
    <span class="count" title={t('count', { n })}>
      <span aria-hidden="true">{t('countShort', { n: n > 99 ? '99+' : n })}</span>
      <span class="unseen">{t('count', { n })}</span>
    </span>
  );
}

function NavLink({ page }: { page: PageAbout }) {
  return (
    <Link href={link(`/${page.name}`)} aria-current={isHere(`/${page.name}`) ? 'page' : undefined}>
      <Icon name={page.icon} size={18} />
      <span>{t(page.name)}</span>
      {page.name === 'today' && <Count />}
    </Link>
  );
}

/** At the left; on a narrow screen at the bottom, where the last places are behind "more". */
export function Navigation() {
  const sealed = useGet<Channels>('/api/channels', undefined, true).data;
  const writesOrReads = sealed?.channels.some((one) => one.reads || one.writes);
  const mine = myPages().filter((one) => one.name !== 'tips' || writesOrReads);
  const more: MenuItem[] = mine.slice(4).map((one) => ({
    label: t(one.name),
    icon: one.icon,
    href: link(`/${one.name}`),
    checked: isHere(`/${one.name}`) || undefined,
  }));
  return (
    <nav class="pages" aria-label={t('menu')}>
      <ul>
        {mine.map((one, i) => (
          <li key={one.name} class={i >= 4 ? 'far' : undefined}>
            <NavLink page={one} />
          </li>
        ))}
        {more.length > 0 && (
          <li class="more">
            <Menu
              label={t('more')}
              aria-current={mine.slice(4).some((one) => isHere(`/${one.name}`)) ? 'page' : undefined}
              items={more}
              kind="quiet"
              icon="more"
            >
              {t('more')}
            </Menu>
          </li>
        )}
      </ul>
    </nav>
  );
}

function AreaChooser() {
  const name = areaNow.value ? placeName(areaNow.value) : area.value || t('everywhere');
  return (
    <Popover
      label={t('chooseArea', { area: name })}
      button={(tie) => (
        <Button kind="quiet" icon="place" {...tie}>
          <span class="unseen">{t('areaIs')}</span>
          <span class="cut">{name}</span>
          <Icon name="down" size={12} />
        </Button>
      )}
    >
      {(close) => (
        <AreaTree
          value={area.value}
          onChoose={(code) => {
            setArea(code);
            close();
          }}
        />
      )}
    </Popover>
  );
}

function PeriodChooser() {
  const name = formatPeriod(period.value);
  return (
    <Popover
      label={t('choosePeriod', { period: name })}
      button={(tie) => (
        <Button kind="quiet" icon="today" {...tie}>
          <span class="unseen">{t('periodIs')}</span>
          <span class="cut">{name}</span>
          <span class="against">{compare.value ? t('against', { period: formatPeriod(periodBefore.value) }) : t('notCompared')}</span>
          <Icon name="down" size={12} />
        </Button>
      )}
    >
      {(close) => (
        <>
          <PeriodPicker
            value={period.value}
            onValue={(id) => {
              setPeriod(id);
              close();
            }}
          />
          <div class="panel-foot">
            <Checkbox label={t('compareOn')} checked={compare.value} onValue={setCompare} />
          </div>
        </>
      )}
    </Popover>
  );
}

function Me() {
  const who = session.value?.user;
  const name = who?.full_name || who?.name || t('account');
  const items: (MenuItem | null)[] = [
    { label: t('account'), icon: 'person', href: link('/account') },
    null,
    { label: t('themeDevice'), checked: theme.value === '', onChoose: () => setTheme('') },
    { label: t('themeLight'), checked: theme.value === 'light', onChoose: () => setTheme('light') },
    { label: t('themeDark'), checked: theme.value === 'dark', onChoose: () => setTheme('dark') },
    null,
    { label: t('signOut'), icon: 'lock', onChoose: () => void signOut() },
  ];
  return (
    <Menu label={name} named items={items} kind="quiet" icon="person">
      <span class="cut me-name">{name}</span>
    </Menu>
  );
}

/** Names the other language in itself, so that its readers find it. All of the page is drawn anew: the button says so before. */
export function LanguageSwitch() {
  const [busy, setBusy] = useState(false);
  const other = language.value === 'zh' ? 'en' : 'zh';
  const change = () => {
    setBusy(true);
    requestAnimationFrame(() =>
      setTimeout(() => {
        setLanguage(other);
        setBusy(false);
      }),
    );
  };
  return (
    <Button
      kind="quiet"
      class="language"
      busy={busy}
      lang={other === 'zh' ? 'zh-Hans' : 'en'}
      title={other === 'zh' ? '中文' : 'English'}
      onClick={change}
    >
      <span class="long">{other === 'zh' ? '中文' : 'English'}</span>
      <span class="short">{other === 'zh' ? '中' : 'EN'}</span>
    </Button>
  );
}

/** Alone, so that no request draws the rest of the header anew. */
const UnderWay = () => (underWay.value > 0 ? <div class="under-way" aria-hidden="true" /> : null);

export function Header() {
  const [searching, setSearching] = useState(false);
  const county = session.value?.county;
  return (
    <header class={searching ? 'top searching' : 'top'}>
      <p class="printed">
        衡 Heng · {areaNow.value ? placeName(areaNow.value) : t('everywhere')} · {formatPeriod(period.value)} ·{' '}
        {t('printed', { day: formatDay(today.value) })}
      </p>
      <Link class="brand" href={link('/today')} title={label(county?.name)}>
        <img src="/icon-96.png" alt="" width="24" height="24" />
        <span>
          <b>衡</b> Heng
        </span>
      </Link>
      <div class="where">
        <AreaChooser />
        <PeriodChooser />
        {county?.demo && <span class="tag plain demo">{t('demo')}</span>}
      </div>
      <Search onActive={setSearching} />
      <div class="mine">
        <DeviceBadge />
        <LanguageSwitch />
        <Me />
      </div>
      <UnderWay />
      {!online.value && (
        <p class="offline-line" role="status">
          <Icon name="offline" /> {t('offline')}
        </p>
      )}
    </header>
  );
}
