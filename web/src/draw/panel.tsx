// SPDX-License-Identifier: AGPL-3.0-or-later
// A drawing with its table and its downloads.
import type { ComponentChildren, RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { IconButton, Menu, Section } from '../parts';
import { savePng, saveSvg, saveText, toCsv } from '../save';
import { t } from '../text/draw';

export interface PanelProps {
  title: string;
  note?: ComponentChildren;
  /** Of the files, without ending. */
  name: string;
  /** The same as lines of a file; the first holds the headings. */
  lines: () => string[][];
  table: ComponentChildren;
  /** Left out: there is nothing to draw, the table stands alone. */
  drawing?: (svg: RefObject<SVGSVGElement | null>) => ComponentChildren;
  legend?: ComponentChildren;
  class?: string;
  /** Below drawing and table. */
  foot?: ComponentChildren;
  actions?: ComponentChildren;
}

export function Panel({ title, note, name, lines, table, drawing, legend, class: more, foot, actions }: PanelProps) {
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<SVGSVGElement>(null);
  const shown = asTable || !drawing ? 'table' : 'drawing';
  return (
    <Section
      title={title}
      note={note}
      class={`panel-section ${more ?? ''}`}
      actions={
        <>
          {actions}
          {drawing && (
            <IconButton
              small
              icon={asTable ? 'chart' : 'table'}
              label={asTable ? t('asDrawing') : t('asTable')}
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            />
          )}
          <Menu
            small
            kind="quiet"
            icon="download"
            label={t('download')}
            items={[
              { label: t('csv'), icon: 'table', onChoose: () => saveText(toCsv(lines()), 'text/csv', `${name}.csv`) },
              ...(shown === 'drawing'
                ? [
                    { label: t('svg'), icon: 'chart' as const, onChoose: () => svg.current && saveSvg(svg.current, `${name}.svg`) },
                    {
                      label: t('png'),
                      icon: 'chart' as const,
                      onChoose: () => {
                        if (svg.current) savePng(svg.current, `${name}.png`);
                      },
                    },
                  ]
                : []),
            ]}
          />
        </>
      }
    >
      {shown === 'drawing' ? (
        <>
          {legend}
          {drawing?.(svg)}
        </>
      ) : (
        table
      )}
      {foot}
    </Section>
  );
}

/** Samples of marks with their words. */
export function Legend({ items }: { items: { mark: string; text: string }[] }) {
  return (
    <ul class="legend">
      {items.map((one) => (
        <li key={one.mark}>
          <i class={`sample ${one.mark}`} />
          {one.text}
        </li>
      ))}
    </ul>
  );
}
