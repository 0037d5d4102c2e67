// SPDX-License-Identifier: AGPL-3.0-or-later
// The explorer of indicators: choose, break down, look at a table, a chart or a map, open how a number was made, save to a dashboard,
// send the link. Everything that is seen stands in the address.
import { useEffect, useRef, useState } from 'preact/hooks';
import { send } from '../api/client';
import { printPage } from '../paper';
import { Button, Choose, Dialog, IconButton, Menu, Page, Problem, Section, Tabs } from '../parts';
import { saveBlob, savePng, saveSvg, saveText, toCsv } from '../save';
import { address, area, areaNow, compare, go, indicatorOf, link, model, period, setQuery } from '../state';
import { label } from '../text/dictionary';
import { t } from '../text/indicators';
import { Board, Dashboards } from './indicators/board';
import {
  type AxisChoice,
  type Choice,
  choiceParameters,
  figuresQuestion,
  isWithin,
  lastOf,
  possibleAxes,
  reaches,
  readChoice,
  timeOf,
} from './indicators/choice';
import { Chooser } from './indicators/chooser';
import { figureLines } from './indicators/export';
import type { Table } from './indicators/pivot';
import { Result } from './indicators/result';
import { copyLink, SaveDialog } from './indicators/save';
import { axisLabel, reachText } from './indicators/words';

const apply = (choice: Choice) => setQuery(choiceParameters(choice));

/** Another axis of time begins with its own span. */
const withAxes = (choice: Choice, axes: Partial<Choice>): Choice => {
  const next = { ...choice, ...axes };
  return timeOf(next) === timeOf(choice) ? next : { ...next, last: 0 };
};

/** How far back time goes: within the chosen period, or several up to it. */
function ReachSelect({ choice }: { choice: Choice }) {
  const time = timeOf(choice);
  if (!time) return null;
  const n = lastOf(choice, period.value);
  const all = [...new Set([...(isWithin(time, period.value) ? [0] : []), ...reaches[time]!, n])].sort((a, b) => a - b);
  return (
    <label class="axis-select">
      <span>{t('reach')}</span>
      <select class="input select" value={n} onChange={(event) => apply({ ...choice, last: Number(event.currentTarget.value) })}>
        {all.map((one) => (
          <option key={one} value={one}>
            {reachText(time, one, period.value)}
          </option>
        ))}
      </select>
    </label>
  );
}

function AxisSelect({
  name,
  value,
  axes,
  none,
  onValue,
}: {
  name: string;
  value: string;
  axes: AxisChoice[];
  none: string;
  onValue: (axis: string) => void;
}) {
  const groups = [
    { kind: 'place', label: t('places') },
    { kind: 'time', label: t('times') },
    { kind: 'field', label: t('fields') },
  ];
  const known = value === '' || axes.some((one) => one.name === value);
  return (
    <label class="axis-select">
      <span>{name}</span>
      <select class="input select" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">{none}</option>
        {!known && <option value={value}>{axisLabel(value)}</option>}
        {groups.map((group) => {
          const inside = axes.filter((one) => one.kind === group.kind);
          if (!inside.length) return null;
          return (
            <optgroup key={group.kind} label={group.label}>
              {inside.map((one) => (
                <option key={one.name} value={one.name}>
                  {axisLabel(one.name)}
                </option>
              ))}
            </optgroup>
          );
        })}
      </select>
    </label>
  );
}

/** Where nothing is chosen yet: the groups to choose from, and a few views to begin with. */
function Start({ choice }: { choice: Choice }) {
  const all = model.value;
  if (!all) return null;
  const below = all.levels[all.levels.findIndex((one) => one.name === areaNow.value?.level) + 1]?.name ?? '';
  const often = all.indicators.filter((one) => one.reference || one.target !== null).slice(0, 6);
  return (
    <Section title={t('startTitle')} note={t('startHelp')}>
      {often.length > 0 && (
        <p class="row often">
          <span class="hint">{t('startTry')}</span>
          {often.map((one) => (
            <Button key={one.name} small onClick={() => apply({ ...choice, indicators: [one.name], rows: below })}>
              {label(one.label)}
            </Button>
          ))}
        </p>
      )}
      <Chooser chosen={choice.indicators} onChange={(indicators) => apply({ ...choice, indicators })} />
    </Section>
  );
}

function Toolbar({
  choice,
  axes,
  onChoose,
  onSave,
  tables,
}: {
  choice: Choice;
  axes: AxisChoice[];
  onChoose: () => void;
  onSave: () => void;
  tables: () => Table[];
}) {
  const many = choice.indicators.length > 1;
  const fileName = () => [choice.indicators[0], area.value, period.value].filter(Boolean).join('-');
  const copy = () => copyLink(link('/indicators', { ...choiceParameters(choice), area: area.value, period: period.value }));
  const drawings = () => [...document.querySelectorAll<SVGSVGElement>('.result .drawing svg')];
  const question = { ...figuresQuestion(choice, area.value, period.value, Boolean(compare.value)), format: 'xlsx' };
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => setProblem(null), [JSON.stringify(question)]);
  const saveBook = async () => {
    setProblem(null);
    try {
      const answer = await send('GET', '/api/figures', { query: question, headers: { Accept: '*/*' } });
      saveBlob(await answer.blob(), `${fileName()}.xlsx`);
    } catch (cause) {
      setProblem(cause);
    }
  };
  const save = (kind: 'svg' | 'png') => {
    drawings().forEach((svg, i, all) => {
      const name = `${fileName()}${all.length > 1 ? `-${i + 1}` : ''}.${kind}`;
      if (kind === 'svg') saveSvg(svg, name);
      else void savePng(svg, name);
    });
  };
  return (
    <div class="explorer-tools">
      <div class="row chips">
        <Button icon="indicators" onClick={onChoose}>
          {t('chosen', { n: choice.indicators.length })}
        </Button>
        {choice.indicators.map((name) => (
          <span key={name} class="chip">
            {label(indicatorOf(name)?.label) || name}
            <IconButton
              small
              icon="close"
              label={t('remove', { name: label(indicatorOf(name)?.label) || name })}
              onClick={() => apply({ ...choice, indicators: choice.indicators.filter((one) => one !== name) })}
            />
          </span>
        ))}
      </div>
      <div class="row">
        <AxisSelect
          name={t('rows')}
          value={choice.rows}
          axes={axes}
          none={t('byIndicator')}
          onValue={(rows) => apply(withAxes(choice, { rows, columns: rows === choice.columns ? '' : choice.columns }))}
        />
        <Button
          kind="quiet"
          class="swap"
          aria-label={t('swap')}
          title={t('swap')}
          disabled={!choice.rows && !choice.columns}
          onClick={() => apply({ ...choice, rows: choice.columns, columns: choice.rows })}
        >
          ⇄
        </Button>
        <AxisSelect
          name={t('columns')}
          value={choice.columns}
          axes={axes.filter((one) => one.name !== choice.rows)}
          none={choice.rows && many ? t('byIndicator') : t('byNone')}
          onValue={(columns) => apply(withAxes(choice, { columns }))}
        />
        <ReachSelect choice={choice} />
        <Choose
          label={t('view')}
          value={choice.view}
          choices={(['table', 'chart', 'map'] as const).map((one) => ({ value: one, label: t(one) }))}
          onValue={(view) => apply({ ...choice, view: view as Choice['view'] })}
        />
        <div class="row spread">
          <Button onClick={onSave} icon="star">
            {t('save')}
          </Button>
          <Menu
            label={t('download')}
            icon="download"
            items={[
              {
                label: t('csv'),
                icon: 'table',
                onChoose: () => saveText(toCsv(figureLines(tables())), 'text/csv', `${fileName()}.csv`),
              },
              { label: t('xlsx'), icon: 'table', onChoose: () => void saveBook() },
              {
                label: t('svg'),
                icon: 'chart',
                disabled: choice.view === 'table',
                onChoose: () => save('svg'),
              },
              {
                label: t('png'),
                icon: 'chart',
                disabled: choice.view === 'table',
                onChoose: () => save('png'),
              },
              null,
              { label: t('copyLink'), icon: 'link', onChoose: () => void copy() },
              { label: t('print'), icon: 'print', onChoose: () => void printPage() },
            ]}
          >
            {t('download')}
          </Menu>
        </div>
      </div>
      {problem !== null && <Problem error={problem} />}
    </div>
  );
}

function Explorer() {
  const [choosing, setChoosing] = useState(false);
  const [saving, setSaving] = useState(false);
  const shown = useRef<Table[]>([]);
  const choice = readChoice(address.value.query, model.value);
  const all = model.value;
  const chosen = choice.indicators.map(indicatorOf).filter((one) => one !== undefined);
  const axes = all ? possibleAxes(chosen, all, areaNow.value?.level ?? '') : [];
  return (
    <>
      {choice.indicators.length === 0 ? (
        <Start choice={choice} />
      ) : (
        <>
          <Toolbar
            choice={choice}
            axes={axes}
            onChoose={() => setChoosing(true)}
            onSave={() => setSaving(true)}
            tables={() => shown.current}
          />
          <Section title={choice.indicators.map((name) => label(indicatorOf(name)?.label)).join(' / ')} class="explored">
            <Result
              choice={choice}
              area={area.value}
              period={period.value}
              onTables={(tables) => {
                shown.current = tables;
              }}
            />
          </Section>
        </>
      )}
      {choosing && (
        <Dialog
          wide
          title={t('choose')}
          onClose={() => setChoosing(false)}
          actions={
            <Button kind="main" onClick={() => setChoosing(false)}>
              {t('chosen', { n: choice.indicators.length })}
            </Button>
          }
        >
          <Chooser chosen={choice.indicators} onChange={(indicators) => apply({ ...choice, indicators })} />
        </Dialog>
      )}
      {saving && <SaveDialog choice={choice} onClose={() => setSaving(false)} />}
    </>
  );
}

export default function IndicatorsPage() {
  const [, tab, name] = address.value.path;
  const at = tab === 'dashboards' ? 'dashboards' : 'explore';
  return (
    <Page title={t('title')} wide>
      <Tabs
        label={t('title')}
        value={at}
        tabs={[
          { value: 'explore', label: t('explore') },
          { value: 'dashboards', label: t('dashboards') },
        ]}
        onValue={(to) => go(link(to === 'explore' ? '/indicators' : '/indicators/dashboards'))}
      >
        {at === 'explore' ? <Explorer /> : name ? <Board name={name} who={address.value.query.who ?? ''} /> : <Dashboards />}
      </Tabs>
    </Page>
  );
}
