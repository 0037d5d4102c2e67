// SPDX-License-Identifier: AGPL-3.0-or-later
// The areas below the chosen one: a map beside the same as intervals, linked by the pointer and by focus.
import { useState } from 'preact/hooks';
import type { AreaMap, Bucket, Figure, Overview } from '../../api/types';
import { useGet } from '../../api/use';
import { Forest, type ForestRow } from '../../draw/forest';
import { AreasMap, fillsOf } from '../../draw/map';
import { Legend, Panel } from '../../draw/panel';
import { formatNumber } from '../../format';
import { Made } from '../../made';
import { type Column, Icon, Link, levelName, Table } from '../../parts';
import { area, areaNow, indicatorOf, link, mayDo, period, setArea, topArea } from '../../state';
import { label } from '../../text/dictionary';
import { t as d } from '../../text/draw';
import { figureText, intervalText, isDrawn } from '../../text/figure';
import { t } from '../../text/overview';
import { sorted } from './order';

interface Row extends ForestRow {
  bucket: Bucket;
  figure: Figure;
  births: number | null;
}

/** What the figures of a table of areas are as lines of a file. */
export function areaLines(rows: Row[], indicator: string): string[][] {
  const say = (n: number | null | undefined) => (n == null ? '' : String(n));
  return [
    ['area', d('area'), indicator, d('low'), d('high'), d('numerator'), d('denominator'), d('births'), d('state')],
    ...rows.map(({ bucket, figure, births }) => [
      bucket.code,
      label(bucket.label),
      isDrawn(figure) ? say(figure.value) : '',
      isDrawn(figure) ? say(figure.low) : '',
      isDrawn(figure) ? say(figure.high) : '',
      figure.state === 'ok' ? say(figure.numerator) : '',
      figure.state === 'ok' ? say(figure.denominator) : '',
      say(births),
      figure.state,
    ]),
  ];
}

export function Children({ children }: { children: NonNullable<Overview['children']> }) {
  const [hot, setHot] = useState<string | null>(null);
  const above = area.value || topArea.value?.code;
  const map = useGet<AreaMap>(above ? '/api/areas/map' : null, { under: above }, true);
  const about = indicatorOf(children.indicator);
  const decimals = about?.decimals ?? 1;
  const count = (i: number): number | null => {
    const figure = children.births[i];
    return isDrawn(figure) ? figure.value : null;
  };
  const all = children.buckets.map(
    (bucket, i): Row => ({
      bucket,
      figure: children.figures[i]!,
      births: count(i),
      count: children.births[i] && about?.name !== 'births_total' ? (count(i) === null ? '' : formatNumber(count(i)!)) : undefined,
    }),
  );
  const { rows, byBirths } = sorted(all, about);
  const name = label(about?.label) || children.indicator;
  const title = t('childrenTitle', { level: levelName(children.level).toLowerCase(), indicator: name });
  const outlined = (map.data?.features.length ?? 0) > 0;
  const columns: Column<Row>[] = [
    { key: 'area', label: levelName(children.level), cell: (row) => label(row.bucket.label) },
    {
      key: 'value',
      label: name,
      numeric: true,
      cell: (row) => (
        <Made indicator={children.indicator} area={row.bucket.code} what={label(row.bucket.label)}>
          {figureText(row.figure, decimals)}
        </Made>
      ),
    },
    { key: 'interval', label: t('interval'), numeric: true, cell: (row) => intervalText(row.figure, decimals) },
    ...(rows.some((row) => row.count !== undefined)
      ? [{ key: 'births', label: d('births'), numeric: true, cell: (row: Row) => row.count ?? '' }]
      : []),
  ];
  const { legend } = fillsOf(rows, about);
  return (
    <Panel
      class="children"
      title={title}
      note={byBirths ? t('orderBirths') : t('orderValue')}
      name={`${children.indicator}-${areaNow.value?.code ?? ''}-${period.value}`}
      lines={() => areaLines(rows, name)}
      table={
        <Table caption={title} columns={columns} rows={rows} keyOf={(row) => row.bucket.code} onOpen={(row) => setArea(row.bucket.code)} />
      }
      drawing={(svg) => (
        <div class={outlined ? 'beside' : undefined}>
          <Forest
            name={title}
            rows={rows}
            about={about}
            countName={d('births')}
            hot={hot}
            onHot={setHot}
            onOpen={(row) => setArea(row.bucket.code)}
            svg={svg}
          />
          {outlined && map.data && (
            <div>
              <AreasMap name={title} map={map.data} rows={rows} about={about} hot={hot} onHot={setHot} onOpen={setArea} />
              <Legend items={legend} />
              {about?.reference && <p class="hint">{t('bestNote')}</p>}
            </div>
          )}
        </div>
      )}
      foot={
        map.data &&
        !outlined &&
        mayDo('file') && (
          <p class="no-map">
            <Icon name="place" />
            <span>
              {t('noMapHelp')} <Link href={link('/admin/places')}>{t('loadMap')}</Link>
            </span>
          </p>
        )
      }
    />
  );
}
