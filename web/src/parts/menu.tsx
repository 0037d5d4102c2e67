// SPDX-License-Identifier: AGPL-3.0-or-later
import { useRef } from 'preact/hooks';
import { go } from '../state';
import { Button, type ButtonProps } from './button';
import { Icon, type IconName } from './icons';
import { Popover } from './popover';

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** Either what it does, or where it goes. */
  onChoose?: () => void;
  href?: string;
  /** A file of the API: the browser fetches it. */
  download?: boolean;
  danger?: boolean;
  disabled?: boolean;
  /** Of a group of which one holds. */
  checked?: boolean;
}

/** Actions behind one button; arrows, Home and End move in it. null: a line between groups. */
export function Menu({
  label,
  items,
  side = 'end',
  named,
  children,
  ...rest
}: Omit<ButtonProps, 'label'> & {
  label: string;
  items: (MenuItem | null)[];
  side?: 'start' | 'end' /** The words of the button may be out of sight on a narrow screen. */;
  named?: boolean;
}) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]:not([disabled])') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  return (
    <Popover
      menu
      label={label}
      side={side}
      button={(tie) => (
        <Button {...rest} {...tie} aria-label={children && !named ? undefined : label} title={children ? undefined : label}>
          {children}
        </Button>
      )}
    >
      {(close) => (
        <div class="menu" ref={list} role="presentation" onKeyDown={move}>
          {items.map((item, i) =>
            item === null ? (
              <hr key={i} />
            ) : item.href && item.download ? (
              <a key={i} role="menuitem" href={item.href} download onClick={close}>
                {item.icon && <Icon name={item.icon} />}
                {item.label}
              </a>
            ) : (
              <button
                key={i}
                type="button"
                role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                aria-checked={item.checked}
                class={item.danger ? 'danger' : undefined}
                disabled={item.disabled}
                onClick={() => {
                  close();
                  if (item.href) go(item.href);
                  item.onChoose?.();
                }}
              >
                {item.checked !== undefined ? (
                  item.checked ? (
                    <Icon name="check" />
                  ) : (
                    <i class="icon" />
                  )
                ) : (
                  item.icon && <Icon name={item.icon} />
                )}
                {item.label}
              </button>
            ),
          )}
        </div>
      )}
    </Popover>
  );
}
