// SPDX-License-Identifier: AGPL-3.0-or-later
// The dialog that saves a view to a dashboard, an old one or a new.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import type { Kept } from '../../api/types';
import { useGet } from '../../api/use';
import { formatPeriod } from '../../format';
import { Button, Checkbox, Dialog, Field, Input, Problem, Select, toast } from '../../parts';
import { area, areaNow, go, indicatorOf, link, period, session } from '../../state';
import { label, placeName } from '../../text/dictionary';
import { t } from '../../text/indicators';
import { axesOf, type Choice } from './choice';
import { type DashboardPanel, readDashboard } from './dashboards';
import { axisTitle } from './words';

export const dashboardPath = (name: string): string => `/api/kept/dashboard/${encodeURIComponent(name)}`;

/** A name may be used by several people: whose it is stands in the address, of one's own too, for it is sent to others. */
export const boardLink = (name: string, who: string): string => link(`/indicators/dashboards/${encodeURIComponent(name)}`, { who });

/** To the clipboard, whole; the toast says who sees what. */
export const copyLink = (to: string) =>
  navigator.clipboard
    ? navigator.clipboard.writeText(location.origin + to).then(
        () => toast(t('linkCopied')),
        () => toast(t('linkFailed')),
      )
    : toast(t('linkFailed'));

/** What a view is called when nobody says otherwise. */
function titleOf(choice: Choice): string {
  const names = choice.indicators.map((name) => label(indicatorOf(name)?.label) || name);
  const head = names.length > 2 ? `${names[0]} …` : names.join(' / ');
  return [head, ...axesOf(choice).map((axis) => axisTitle(choice, axis))].join(' · ');
}

export function SaveDialog({ choice, onClose }: { choice: Choice; onClose: () => void }) {
  const answer = useGet<{ kept: Kept[] }>('/api/kept/dashboard', undefined, true);
  const mine = (answer.data?.kept ?? []).filter((one) => one.mine);
  const [to, setTo] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [title, setTitle] = useState(titleOf(choice));
  const [fixArea, setFixArea] = useState(false);
  const [fixPeriod, setFixPeriod] = useState(false);
  const [share, setShare] = useState(false);
  const [fault, setFault] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // The list may come when a name for a new one is being typed.
  const into = to ?? (name ? '' : (mine[0]?.name ?? ''));

  const save = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const target = (into || name).trim();
    if (!target) return setFault(t('needName'));
    if (!into && mine.some((one) => one.name === target)) return setFault(t('nameTaken'));
    setFault('');
    setBusy(true);
    setError(null);
    const panel: DashboardPanel = {
      title: title.trim() || titleOf(choice),
      ...choice,
      area: fixArea ? area.value || areaNow.value?.code || '' : '',
      period: fixPeriod ? period.value : '',
    };
    try {
      const old = mine.find((one) => one.name === target);
      const panels = [...readDashboard(old?.value).panels, panel];
      await api.put(dashboardPath(target), { shared: old ? old.shared : share, value: { panels } });
      toast(t('saved', { name: target }), () => go(boardLink(target, session.value?.user?.name ?? '')), t('openDashboard'));
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };

  return (
    <Dialog title={t('saveTitle')} onClose={onClose}>
      <form class="stack" onSubmit={save} noValidate>
        <p class="hint">{t('saveHelp')}</p>
        {error !== null && <Problem error={error} />}
        <Field label={t('panelName')}>
          <Input value={title} onValue={setTitle} maxLength={120} />
        </Field>
        {mine.length > 0 && (
          <Field label={t('dashboard')}>
            <Select
              value={into}
              empty={`+ ${t('newDashboard')}`}
              choices={mine.map((one) => ({ value: one.name, label: one.name }))}
              onValue={setTo}
            />
          </Field>
        )}
        {!into && (
          <>
            <Field label={t('dashboardName')} error={fault} required>
              <Input value={name} onValue={setName} maxLength={80} />
            </Field>
            <Checkbox label={t('share')} checked={share} onValue={setShare} />
          </>
        )}
        <Checkbox label={t('fixedPeriod', { period: formatPeriod(period.value) })} checked={fixPeriod} onValue={setFixPeriod} />
        {areaNow.value && <Checkbox label={t('fixedArea', { area: placeName(areaNow.value) })} checked={fixArea} onValue={setFixArea} />}
        <div class="row">
          <Button kind="main" type="submit" busy={busy}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
