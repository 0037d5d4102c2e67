// SPDX-License-Identifier: AGPL-3.0-or-later
// The entry: the session first, then the frame with the page of the address. Each page is a chunk of its own, loaded when first asked for.
import { type ComponentType, render } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { online } from './api/client';
import { Header, LanguageSwitch, Navigation } from './frame';
import { DeviceQuestions, Locked } from './offline/device';
import { followDevice } from './offline/profile';
import { Button, ButtonLink, closeDrawer, drawerOpen, Empty, Page, Problem, Skeleton } from './parts';
import { Drawer } from './parts/drawer';
import { Toasts } from './parts/toast';
import { address, link, loadSession, session } from './state';
import { t } from './text/frame';
import { pageOf } from './where';

type Loader = () => Promise<{ default: ComponentType }>;
const loaders: Record<string, Loader> = {
  today: () => import('./pages/today'),
  overview: () => import('./pages/overview'),
  registers: () => import('./pages/registers'),
  import: () => import('./pages/import'),
  checks: () => import('./pages/checks'),
  indicators: () => import('./pages/indicators'),
  ahead: () => import('./pages/ahead'),
  'supervise/open': () => import('./pages/supervise/open'),
  'supervise/sampling': () => import('./pages/supervise/sampling'),
  'supervise/campaign': () => import('./pages/supervise/campaign'),
  'supervise/compare': () => import('./pages/supervise/compare'),
  reports: () => import('./pages/reports'),
  stock: () => import('./pages/stock'),
  admin: () => import('./pages/admin'),
  facility: () => import('./pages/facility'),
  tips: () => import('./pages/tips'),
  offline: () => import('./pages/offline'),
  // Also one's own account, and the links of the first run, of invitations and of forgotten passwords.
  login: () => import('./pages/login'),
};
/** Pages that stand without the frame and without a session. */
const open = ['login', 'link'];

const loaded: Record<string, ComponentType> = {};

async function load(name: string): Promise<void> {
  const module = await loaders[name]?.();
  if (module) loaded[name] = module.default;
}

function Lazy({ name }: { name: string }) {
  const [, setTurn] = useState(0);
  const [failed, setFailed] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (loaded[name]) return;
    load(name).then(
      () => setTurn((n) => n + 1),
      () => setFailed(name),
    );
  }, [name]);
  const Body = loaded[name];
  if (Body) return <Body key={name} />;
  if (failed === name) {
    return (
      <Page title={t('pageFailed')}>
        <Empty
          icon="error"
          title={t('pageFailed')}
          action={
            <Button kind="main" onClick={() => location.reload()}>
              {t('reload')}
            </Button>
          }
        >
          {t('pageFailedHelp')}
        </Empty>
      </Page>
    );
  }
  return <Skeleton lines={5} />;
}

function NotFound() {
  return (
    <Page title={t('notFound')}>
      <Empty
        icon="search"
        title={t('notFound')}
        action={
          <ButtonLink kind="main" href={link('/today')}>
            {t('toToday')}
          </ButtonLink>
        }
      >
        {t('notFoundHelp')}
      </Empty>
    </Page>
  );
}

function Framed({ name }: { name: string }) {
  const main = useRef<HTMLElement>(null);
  const path = address.value.path.join('/');
  const first = useRef(true);
  // A new page begins at its top, and those who hear it are told its title; a change of filters leaves focus where it is.
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    closeDrawer();
    scrollTo(0, 0);
    // Who moves through tabs by arrows stays on the tab.
    if (document.activeElement?.getAttribute('role') === 'tab') return;
    main.current?.focus({ preventScroll: true });
  }, [name, path.split('/')[1]]);
  return (
    <>
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      <Header />
      <div class={drawerOpen() ? 'frame drawn' : 'frame'}>
        <Navigation />
        <main id="main" ref={main} tabIndex={-1}>
          {loaders[name] ? <Lazy name={name} /> : <NotFound />}
        </main>
        <Drawer />
      </div>
    </>
  );
}

function App() {
  const [error, setError] = useState<unknown>(null);
  const ask = () => {
    setError(null);
    loadSession().catch(setError);
  };
  useLayoutEffect(ask, []);
  // Nobody has to try again by hand: the network is asked for, and its return brings the pages; so does a server that had too much to do.
  useEffect(() => {
    if (!error) return;
    if (!online.peek()) return online.subscribe((yes) => void (yes && ask()));
    // What stands there (a password half typed) stays meanwhile.
    const soon = setTimeout(() => loadSession().catch(setError), 3000);
    return () => clearTimeout(soon);
  }, [error]);

  const who = session.value;
  const head = address.value.path[0] ?? 'today';
  const name = pageOf(address.value.path);
  if (!who) {
    return (
      <main class="alone">
        {error ? (
          <Locked again={ask}>
            <Empty
              icon="offline"
              title={t('noServer')}
              action={
                <Button kind="main" onClick={ask}>
                  {t('reload')}
                </Button>
              }
            >
              <p>{t('noServerHelp')}</p>
              <Problem error={error} />
            </Empty>
          </Locked>
        ) : (
          <Skeleton lines={4} />
        )}
      </main>
    );
  }
  return (
    <>
      {!who.signed_in || open.includes(head) ? (
        <main id="main" class="alone">
          <div class="alone-language">
            <LanguageSwitch />
          </div>
          <Lazy name="login" />
        </main>
      ) : (
        <Framed name={name} />
      )}
      <Toasts />
      <DeviceQuestions />
    </>
  );
}

followDevice();
// The page's own file was asked for with this one, and what it asks first as well: nothing is drawn that it would replace at once.
void load(pageOf(address.peek().path))
  .catch(() => {})
  .then(() => render(<App />, document.getElementById('app')!));
