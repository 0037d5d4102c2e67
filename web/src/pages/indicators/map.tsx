// SPDX-License-Identifier: AGPL-3.0-or-later
// The areas coloured by one indicator, from the county's own GeoJSON. Colour comes in few steps, each named in the legend; areas without a
// value are hatched, and all values stand in the list beside the map.
import { useEffect, useState } from 'preact/hooks';
import type { AreaMap } from '../../api/types';
import { useGet } from '../../api/use';
import { type Shape, shapesOf, stepOf, stepsOf } from '../../draw/geometry';
import { formatNumber } from '../../format';
import { Empty, Select, Skeleton } from '../../parts';
import { indicatorOf, mayDo } from '../../state';
import { label } from '../../text/dictionary';
import { t } from '../../text/indicators';
import { timeAxes } from './choice';
import type { Cell, Table } from './pivot';
import { levelNames, openMade, questionOf } from './question';
import { figureText, intervalText, unitOf } from './words';

interface Layer {
  key: string;
  name: string;
  indicator: string;
  cells: Map<string, { name: string; cell: Cell }>;
}

/** Each column of a table whose rows are areas is a map of its own. */
function layersOf(tables: Table[]): Layer[] {
  const levels = levelNames();
  return tables
    .filter((table) => levels.includes(table.down))
    .flatMap((table) =>
      table.columns.map((column, c) => {
        const indicator = column.indicator || table.indicator;
        const about = label(indicatorOf(indicator)?.label);
        const cells = new Map<string, { name: string; cell: Cell }>();
        for (const row of table.rows) {
          const cell = row.cells[c];
          if (cell) cells.set(row.code, { name: label(row.label), cell });
        }
        return {
          key: `${indicator} ${column.code}`,
          name: table.across === 'indicator' ? about : `${about} · ${label(column.label)}`,
          indicator,
          cells,
        };
      }),
    );
}

const shownValue = (cell: Cell | undefined) => (cell?.figure.state === 'ok' && !cell.figure.outside ? cell.figure.value : undefined);

function Drawn({ layer, shapes }: { layer: Layer; shapes: Shape[] }) {
  const [here, setHere] = useState('');
  useEffect(() => setHere(''), [layer.key]);
  const about = indicatorOf(layer.indicator);
  const decimals = about?.decimals ?? 1;
  const values = [...layer.cells.values()].map((one) => shownValue(one.cell)).filter((x): x is number => x !== undefined);
  const steps = stepsOf(values, 5);
  const bounds = [Math.min(...values), ...steps];
  const open = (cell: Cell) => openMade(questionOf(cell, levelNames(), timeAxes));
  const list = [...layer.cells].sort(
    ([, a], [, b]) => (shownValue(b.cell) ?? Number.NEGATIVE_INFINITY) - (shownValue(a.cell) ?? Number.NEGATIVE_INFINITY),
  );
  return (
    <div class="map">
      <div class="drawing">
        <svg viewBox="0 0 600 480" role="img" aria-label={layer.name}>
          {shapes.map((shape) => {
            const found = layer.cells.get(shape.code);
            const value = shownValue(found?.cell);
            return (
              <path
                key={shape.code}
                class={`shape ${value === undefined ? 'none' : `d${stepOf(steps, value)}`}${here === shape.code ? ' here' : ''}`}
                d={shape.path}
                onPointerEnter={() => setHere(shape.code)}
                onPointerLeave={() => setHere('')}
                onClick={() => found && open(found.cell)}
              >
                <title>
                  {found
                    ? `${found.name}: ${figureText(found.cell.figure, decimals)} ${intervalText(found.cell.figure, decimals)}`
                    : shape.code}
                </title>
              </path>
            );
          })}
        </svg>
        <ul class="legend" aria-label={t('legend')}>
          {steps.map((to, i) => (
            <li key={to} class={`d${i}`}>
              <i aria-hidden="true" />
              {formatNumber(bounds[i]!, decimals)}–{formatNumber(to, decimals)}
            </li>
          ))}
          <li class="none">
            <i aria-hidden="true" />
            {t('no_data')}
          </li>
        </ul>
      </div>
      <ol class="places">
        {list.map(([code, { name, cell }]) => (
          <li key={code} class={here === code ? 'here' : undefined}>
            <button
              type="button"
              onClick={() => open(cell)}
              onFocus={() => setHere(code)}
              onPointerEnter={() => setHere(code)}
              onBlur={() => setHere('')}
            >
              <span>{name}</span>
              <b>{figureText(cell.figure, decimals)}</b>
              <small>{intervalText(cell.figure, decimals)}</small>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

export function MapView({ tables, area }: { tables: Table[]; area: string }) {
  const [chosen, setChosen] = useState('');
  const layers = layersOf(tables);
  const layer = layers.find((one) => one.key === chosen) ?? layers[0];
  const answer = useGet<AreaMap>(layer ? '/api/areas/map' : null, { under: area }, true);
  if (!layer)
    return (
      <Empty icon="place" title={t('mapLevels')}>
        {t('mapLevelsHelp')}
      </Empty>
    );
  if (!answer.data && !answer.error) return <Skeleton height={360} />;
  const shapes = shapesOf(answer.data, new Set(layer.cells.keys()), 600, 480);
  if (shapes.length === 0)
    return (
      <Empty icon="place" title={t('mapNone')}>
        {mayDo('file') || !answer.error ? t('mapNoneHelp') : null}
      </Empty>
    );
  return (
    <>
      {layers.length > 1 && (
        <Select
          aria-label={t('indicator')}
          value={layer.key}
          choices={layers.map((one) => ({ value: one.key, label: one.name }))}
          onValue={setChosen}
        />
      )}
      <p class="hint">{t('unit', { unit: unitOf(indicatorOf(layer.indicator)) })}</p>
      <Drawn layer={layer} shapes={shapes} />
    </>
  );
}
