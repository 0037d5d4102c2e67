// SPDX-License-Identifier: AGPL-3.0-or-later
// The areas of a table on the county's own map, with the same figures as a list beside it: a map alone cannot be read by all.
import { useEffect, useState } from 'preact/hooks';
import type { AreaMap } from '../../api/types';
import { useGet } from '../../api/use';
import { AreasMap, fillsOf } from '../../draw/map';
import { Legend } from '../../draw/panel';
import { openMade } from '../../made';
import { ButtonLink, Empty, Select, Skeleton } from '../../parts';
import { indicatorOf, link, mayDo, topArea } from '../../state';
import { label } from '../../text/dictionary';
import { intervalText, isDrawn } from '../../text/figure';
import { t } from '../../text/indicators';
import type { Cell, Table } from './pivot';
import { figureSign, levelNames, questionOf, unitOf } from './words';

interface Layer {
  key: string;
  name: string;
  indicator: string;
  rows: { bucket: { code: string; label: { en: string; zh: string } }; figure: Cell['figure']; cell: Cell }[];
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
        return {
          key: `${indicator} ${column.code}`,
          name: table.across === 'indicator' ? about : `${about} · ${label(column.label)}`,
          indicator,
          rows: table.rows.flatMap((row) => {
            const cell = row.cells[c];
            return cell ? [{ bucket: { code: row.code, label: row.label }, figure: cell.figure, cell }] : [];
          }),
        };
      }),
    );
}

function Drawn({ layer, map }: { layer: Layer; map: AreaMap }) {
  const [hot, setHot] = useState<string | null>(null);
  useEffect(() => setHot(null), [layer.key]);
  const about = indicatorOf(layer.indicator);
  const decimals = about?.decimals ?? 1;
  const { legend } = fillsOf(layer.rows, about);
  const open = (cell: Cell) => openMade(questionOf(cell));
  const value = (one: Layer['rows'][number]) => (isDrawn(one.figure) ? one.figure.value : Number.NEGATIVE_INFINITY);
  const list = [...layer.rows].sort((a, b) => (value(a) === value(b) ? 0 : value(b) - value(a)));
  return (
    <div class="explorer-map">
      <div>
        <AreasMap
          name={layer.name}
          map={map}
          rows={layer.rows}
          about={about}
          hot={hot}
          onHot={setHot}
          onOpen={(code) => {
            const row = layer.rows.find((one) => one.bucket.code === code);
            if (row) open(row.cell);
          }}
        />
        <Legend items={legend} />
      </div>
      <ol class="places">
        {list.map((one) => (
          <li key={one.bucket.code} class={hot === one.bucket.code ? 'hot' : undefined}>
            <button
              type="button"
              onClick={() => open(one.cell)}
              onFocus={() => setHot(one.bucket.code)}
              onBlur={() => setHot(null)}
              onPointerEnter={() => setHot(one.bucket.code)}
              onPointerLeave={() => setHot(null)}
            >
              <span>{label(one.bucket.label)}</span>
              <b>{figureSign(one.figure, decimals)}</b>
              <small>{intervalText(one.figure, decimals)}</small>
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
  const answer = useGet<AreaMap>(layer ? '/api/areas/map' : null, { under: area || topArea.value?.code }, true);
  if (!layer)
    return (
      <Empty icon="place" title={t('mapLevels')}>
        {t('mapLevelsHelp')}
      </Empty>
    );
  if (!answer.data && !answer.error) return <Skeleton height={360} />;
  if (layer.rows.length === 1 && layer.rows[0]!.bucket.code === area)
    return (
      <Empty icon="place" title={t('mapSelf')}>
        {t('mapSelfHelp')}
      </Empty>
    );
  const codes = new Set(layer.rows.map((one) => one.bucket.code));
  const outlined = (answer.data?.features ?? []) as { properties?: { code?: string } }[];
  if (!answer.data || !outlined.some((one) => codes.has(one.properties?.code ?? '')))
    return (
      <Empty
        icon="place"
        title={t('mapNone')}
        action={mayDo('file') && <ButtonLink href={link('/admin/places')}>{t('mapLoad')}</ButtonLink>}
      >
        {t('mapNoneHelp')}
      </Empty>
    );
  return (
    <>
      {layers.length > 1 && (
        <Select
          class="layer"
          aria-label={t('indicator')}
          value={layer.key}
          choices={layers.map((one) => ({ value: one.key, label: one.name }))}
          onValue={setChosen}
        />
      )}
      <p class="hint">{t('unit', { unit: unitOf(indicatorOf(layer.indicator)) })}</p>
      <Drawn layer={layer} map={answer.data} />
    </>
  );
}
