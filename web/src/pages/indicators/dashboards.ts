// SPDX-License-Identifier: AGPL-3.0-or-later
// Dashboards as they are kept: views, not numbers. kept/dashboard/{name} holds a Dashboard.
import type { Kept } from '../../api/types';
import type { Choice, View } from './choice';

export interface DashboardPanel {
  title: string;
  indicators: string[];
  rows: string;
  columns: string;
  last: number;
  view: View;
  /** '': as chosen at the top of the page. */
  area: string;
  period: string;
}
export interface Dashboard {
  panels: DashboardPanel[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What was kept, as far as it can be read: a page of another version may have kept it. */
export function readDashboard(value: unknown): Dashboard {
  const panels = (value as { panels?: unknown } | null)?.panels;
  if (!Array.isArray(panels)) return { panels: [] };
  return {
    panels: panels.flatMap((one: Record<string, unknown>) => {
      const indicators = Array.isArray(one?.indicators) ? one.indicators.filter((name) => typeof name === 'string') : [];
      if (!indicators.length) return [];
      const view: View = one.view === 'chart' || one.view === 'map' ? one.view : 'table';
      return [
        {
          title: text(one.title),
          indicators: indicators as string[],
          rows: text(one.rows),
          columns: text(one.columns),
          last: typeof one.last === 'number' ? one.last : 0,
          view,
          area: text(one.area),
          period: text(one.period),
        },
      ];
    }),
  };
}

export const choiceOf = (panel: DashboardPanel): Choice => ({
  indicators: panel.indicators,
  rows: panel.rows,
  columns: panel.columns,
  last: panel.last,
  view: panel.view,
});

export function movePanel(dashboard: Dashboard, from: number, by: -1 | 1): Dashboard {
  const panels = [...dashboard.panels];
  const to = from + by;
  if (to < 0 || to >= panels.length) return dashboard;
  [panels[from], panels[to]] = [panels[to]!, panels[from]!];
  return { panels };
}

/** A name that none of these has yet. */
export function freeName(name: string, taken: string[]): string {
  if (!taken.includes(name)) return name;
  let n = 2;
  while (taken.includes(`${name} (${n})`)) n++;
  return `${name} (${n})`;
}

/** One's own first, then by name. */
export function orderDashboards(kept: Kept[], compare: (a: string, b: string) => number): Kept[] {
  return [...kept].sort((a, b) => Number(b.mine) - Number(a.mine) || compare(a.name, b.name));
}
