// SPDX-License-Identifier: AGPL-3.0-or-later
// Dashboards: the list of one's own and of those that others share, and one with its views side by side.
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Kept } from '../../api/types';
import { useGet } from '../../api/use';
import { loadPlaces, nameOfPlace } from '../../entry/places';
import { compareText, formatPeriod, formatTime } from '../../format';
import { printPage } from '../../paper';
import { Button, ButtonLink, Confirm, Empty, Icon, Link, Menu, Problem, Section, Skeleton, Tag, toast } from '../../parts';
import { area, go, link, period } from '../../state';
import { t } from '../../text/indicators';
import { choiceParameters } from './choice';
import { choiceOf, type Dashboard, type DashboardPanel, freeName, movePanel, orderDashboards, readDashboard } from './dashboards';
import { Result } from './result';
import { boardLink, copyLink, dashboardPath } from './save';

const useDashboards = () => useGet<{ kept: Kept[] }>('/api/kept/dashboard');

export function Dashboards() {
  const answer = useDashboards();
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!answer.data) return <Skeleton lines={5} />;
  const all = orderDashboards(answer.data.kept, compareText);
  if (!all.length)
    return (
      <Empty
        icon="chart"
        title={t('noDashboards')}
        action={
          <ButtonLink kind="main" href={link('/indicators')}>
            {t('toExplore')}
          </ButtonLink>
        }
      >
        {t('noDashboardsHelp')}
      </Empty>
    );
  return (
    <ul class="boards">
      {all.map((one) => (
        <li key={`${one.who} ${one.name}`}>
          <Link href={boardLink(one.name, one.who)}>
            <Icon name="chart" size={24} />
            <b>{one.name}</b>
            <small>
              {t('panels', { n: readDashboard(one.value).panels.length })} · {t('updated', { at: formatTime(one.at) })}
            </small>
            {one.shared && <Tag icon={false}>{one.mine ? t('shared') : t('sharedBy', { who: one.who })}</Tag>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function OnePanel({
  panel,
  mine,
  onMove,
  onDrop,
  first,
  last,
}: {
  panel: DashboardPanel;
  mine: boolean;
  onMove: (by: -1 | 1) => void;
  onDrop: () => void;
  first: boolean;
  last: boolean;
}) {
  const choice = choiceOf(panel);
  const where = panel.area || area.value;
  const when = panel.period || period.value;
  const open = link('/indicators', { ...choiceParameters(choice), area: where, period: when });
  return (
    <Section
      class={panel.view === 'table' ? 'board-panel wide' : 'board-panel'}
      title={panel.title}
      note={[panel.area && nameOfPlace(panel.area), panel.period && formatPeriod(panel.period)].filter(Boolean).join(' · ') || undefined}
      actions={
        <Menu
          small
          kind="quiet"
          icon="more"
          label={panel.title}
          items={[
            { label: t('openPanel'), icon: 'indicators', href: open },
            ...(mine
              ? [
                  { label: t('up'), icon: 'up' as const, disabled: first, onChoose: () => onMove(-1) },
                  { label: t('down'), icon: 'down' as const, disabled: last, onChoose: () => onMove(1) },
                  { label: t('drop'), icon: 'close' as const, onChoose: onDrop },
                ]
              : []),
          ]}
        />
      }
    >
      <Result choice={choice} area={where} period={when} />
    </Section>
  );
}

export function Board({ name, who }: { name: string; who: string }) {
  const answer = useDashboards();
  useEffect(loadPlaces, []);
  const [error, setError] = useState<unknown>(null);
  const [removing, setRemoving] = useState(false);
  const called = answer.data?.kept.filter((kept) => kept.name === name) ?? [];
  const one = who ? called.find((kept) => kept.who === who) : (called.find((kept) => kept.mine) ?? called[0]);
  if (answer.error) return <Problem error={answer.error} again={answer.again} />;
  if (!answer.data) return <Skeleton lines={8} />;
  if (!one)
    return (
      <Empty
        icon="lock"
        title={t('noBoard')}
        action={<ButtonLink href={link('/indicators/dashboards', { who: '' })}>{t('back')}</ButtonLink>}
      >
        {t('noBoardHelp')}
      </Empty>
    );
  const dashboard = readDashboard(one.value);

  const keep = async (to: Dashboard, shared = one.shared, words?: string, as = one.name) => {
    setError(null);
    try {
      await api.put(dashboardPath(as), { shared, value: to });
      if (words) toast(words);
      answer.again();
    } catch (cause) {
      setError(cause);
    }
  };
  const drop = (at: number) => {
    const before = dashboard;
    void keep({ panels: dashboard.panels.filter((_, i) => i !== at) }).then(() => toast(t('dropped'), () => void keep(before)));
  };
  const remove = async () => {
    setRemoving(false);
    setError(null);
    try {
      await api.delete(dashboardPath(name));
      const before = { shared: one.shared, value: one.value };
      toast(t('removed', { name }), () => void api.put(dashboardPath(name), before).then(answer.again, setError));
      go(link('/indicators/dashboards'));
    } catch (cause) {
      setError(cause);
    }
  };

  return (
    <>
      <div class="board-head">
        <Link href={link('/indicators/dashboards', { who: '' })}>
          <Icon name="left" /> {t('back')}
        </Link>
        <h2>{one.name}</h2>
        {one.shared && <Tag icon={false}>{one.mine ? t('shared') : t('sharedBy', { who: one.who })}</Tag>}
        <div class="row spread">
          {one.mine ? (
            <>
              <Button small onClick={() => void keep(dashboard, !one.shared, t(one.shared ? 'unsharedNow' : 'sharedNow'))}>
                {one.shared ? t('unshare') : t('shareDo')}
              </Button>
              <Button small kind="danger" onClick={() => setRemoving(true)}>
                {t('remove2')}
              </Button>
            </>
          ) : (
            <Button
              small
              onClick={() =>
                void keep(
                  dashboard,
                  false,
                  t('copied'),
                  freeName(one.name, answer.data?.kept.filter((kept) => kept.mine).map((kept) => kept.name) ?? []),
                )
              }
            >
              {t('copyOf')}
            </Button>
          )}
          <Button small icon="link" onClick={() => void copyLink(boardLink(one.name, one.who))}>
            {t('copyLink')}
          </Button>
          <Button small icon="print" onClick={() => void printPage()}>
            {t('print')}
          </Button>
        </div>
      </div>
      {error !== null && <Problem error={error} />}
      {dashboard.panels.length === 0 && (
        <Empty
          icon="chart"
          title={t('emptyDashboard')}
          action={<ButtonLink href={link('/indicators', { who: '' })}>{t('toExplore')}</ButtonLink>}
        >
          {t('noDashboardsHelp')}
        </Empty>
      )}
      <div class="board">
        {dashboard.panels.map((panel, i) => (
          <OnePanel
            key={`${i} ${panel.title}`}
            panel={panel}
            mine={one.mine}
            first={i === 0}
            last={i === dashboard.panels.length - 1}
            onMove={(by) => void keep(movePanel(dashboard, i, by))}
            onDrop={() => drop(i)}
          />
        ))}
      </div>
      {removing && (
        <Confirm
          title={t('removeTitle', { name })}
          action={t('remove2')}
          danger
          onYes={() => void remove()}
          onClose={() => setRemoving(false)}
        >
          <p>{t('removeHelp')}</p>
        </Confirm>
      )}
    </>
  );
}
