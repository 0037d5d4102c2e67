// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ComponentChildren } from 'preact';

/** A mark of a drawing that opens something: reached by Tab, opened by click, Enter or Space, named when read out. */
export function Mark({
  name,
  onOpen,
  onHot,
  hot,
  class: more,
  texts,
  children,
}: {
  name: string;
  onOpen: () => void;
  /** The pointer or the focus is on it (true) or has left it. */
  onHot?: (yes: boolean) => void;
  hot?: boolean;
  class?: string;
  /** Words drawn over the mark: they are in its name already, in one piece. */
  texts?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <>
      <g
        class={`mark${hot ? ' hot' : ''} ${more ?? ''}`}
        role="button"
        tabIndex={0}
        aria-label={name}
        onClick={onOpen}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onOpen();
        }}
        onPointerEnter={() => onHot?.(true)}
        onPointerLeave={() => onHot?.(false)}
        onFocusIn={() => onHot?.(true)}
        onFocusOut={() => onHot?.(false)}
      >
        <title>{name}</title>
        {children}
      </g>
      {texts && (
        <g class="texts" aria-hidden="true">
          {texts}
        </g>
      )}
    </>
  );
}

/** The interval as a line with ends; an end outside the scale is an arrow. */
export function Whisker({
  x,
  y,
  low,
  high,
  from,
  to,
}: {
  x: (value: number) => number;
  y: number;
  low: number;
  high: number;
  from: number;
  to: number;
}) {
  const [a, b] = [x(low), x(high)];
  const end = (value: number, at: number, way: number) =>
    value < from || value > to ? (
      <path class="interval" d={`M${at - way * 5} ${y - 4}L${at} ${y}L${at - way * 5} ${y + 4}`} />
    ) : (
      <line class="interval" x1={at} x2={at} y1={y - 4} y2={y + 4} />
    );
  return (
    <>
      <line class="interval" x1={a} x2={b} y1={y} y2={y} />
      {end(low, a, -1)}
      {end(high, b, 1)}
    </>
  );
}

/** Boys are solid, girls hatched, so that a grey print tells them apart. */
export function Hatch({ id }: { id: string }) {
  return (
    <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="5" height="5" class="girls-light" />
      <line x1="0" x2="0" y1="0" y2="5" class="girls-line" />
    </pattern>
  );
}
