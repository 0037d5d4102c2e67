// SPDX-License-Identifier: AGPL-3.0-or-later
// Small line drawings on a grid of 16, in the colour of the text around them. They stand beside words or are named by their button;
// they are never read out.

const drawings = {
  today: 'M3 3.5h10v10H3zM3 6.5h10M5.5 1.5v3M10.5 1.5v3M6 10l1.5 1.5L10.5 8.5',
  overview: 'M2.5 13.5h11M4 11V8M8 11V3.5M12 11V6',
  registers: 'M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6 6.3V13',
  import: 'M8 2v7.5M5 6.8l3 3 3-3M2.5 10.5v3h11v-3',
  checks: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4L14 14M5.2 7l1.3 1.3L9 5.8',
  indicators: 'M2.5 12.5l3.5-4 3 2.5 4.5-6M10.5 4.5h3v3',
  ahead: 'M2.5 10.5h3.2M5.7 10.5L13.5 4M5.7 10.5l7.8-2.2M5.7 10.5l7.8 2',
  supervise: 'M10.5 3H13v11H3V3h2.5M5.5 1.8h5v2.6h-5zM5.7 9.2l1.6 1.6 3-3',
  stock: 'M8 1.8l5.5 2.8v6.8L8 14.2l-5.5-2.8V4.6zM2.5 4.6L8 7.4l5.5-2.8M8 7.4v6.8M5.2 3.2l5.5 2.8',
  reports: 'M4 1.5h5.5L12.5 4.5v10H4zM9.5 1.5v3h3M6 8h4.5M6 11h4.5',
  admin: 'M2.5 4.5h7M12 4.5h1.5M2.5 11.5H4M6.5 11.5h7M10.8 2.9v3.2M5.2 9.9v3.2',
  play: 'M5 3l8 5-8 5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4L14 14',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  left: 'M10 3.5L5.5 8l4.5 4.5',
  right: 'M6 3.5L10.5 8 6 12.5',
  sortUp: 'M5 9.5L8 6.5l3 3',
  sortDown: 'M5 6.5l3 3 3-3',
  check: 'M3 8.5l3.2 3.2L13 5',
  warning: 'M8 2.2l6.2 11.3H1.8zM8 6.5v3.2M8 11.6v.1',
  error: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M8 4.8v4M8 11v.1',
  info: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M8 7.2v4M8 4.9v.1',
  download: 'M8 2v7.5M5 6.8l3 3 3-3M2.5 13.5h11',
  upload: 'M8 10V2.5M5 5.2l3-3 3 3M2.5 13.5h11',
  table: 'M2.5 3h11v10h-11zM2.5 6.3h11M6.5 6.3V13',
  chart: 'M2.5 13.5h11M4 11V8M8 11V3.5M12 11V6',
  person: 'M8 2.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M2.8 14c.5-2.8 2.6-4.3 5.2-4.3s4.7 1.5 5.2 4.3',
  place:
    'M8 1.8c-2.6 0-4.5 1.9-4.5 4.4C3.5 9.6 8 14.2 8 14.2s4.5-4.6 4.5-8c0-2.5-1.9-4.4-4.5-4.4M8 4.8a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3',
  facility: 'M3 14V3h10v11M1.8 14h12.4M8 5v4M6 7h4M7 14v-2.5h2V14',
  edit: 'M2.5 13.5l.8-3.3 7.2-7.2 2.5 2.5-7.2 7.2zM9 4.5l2.5 2.5',
  add: 'M8 3v10M3 8h10',
  print: 'M4.5 5.5v-3.5h7v3.5M4.5 11.5h-2v-6h11v6h-2M4.5 9.5h7v4.5h-7z',
  link: 'M6.8 9.2l2.4-2.4M7.5 4.5l1.3-1.3a2.8 2.8 0 0 1 4 4L11.5 8.5M8.5 11.5l-1.3 1.3a2.8 2.8 0 0 1-4-4L4.5 7.5',
  history: 'M2.8 5.5A5.8 5.8 0 1 1 2.2 8M2.5 2.5v3h3M8 5v3.3l2.2 1.4',
  undo: 'M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.5 3.5L2.5 6.5l3 3',
  offline: 'M2 2l12 12M1.8 6.5a9 9 0 0 1 3-1.9M8.5 3.8c2.2.1 4.2 1 5.7 2.7M4.2 9a5.5 5.5 0 0 1 2.5-1.5M11.8 9l-.6-.5M8 12.2v.1',
  flag: 'M3.5 14V2.5h8.5l-2 3 2 3H3.5',
  lock: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  star: 'M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1L2 6.3l4.2-.5z',
  filter: 'M2 3.5h12L9.5 8.5v5l-3-1.5V8.5z',
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={drawings[name]} />
    </svg>
  );
}
