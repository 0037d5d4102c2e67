// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ButtonHTMLAttributes, ComponentChildren, PartialAnchorHTMLAttributes } from 'preact';
import { address, go } from '../state';
import { Icon, type IconName } from './icons';

type Native = Omit<ButtonHTMLAttributes, 'icon' | 'size'>;
export interface ButtonProps extends Native {
  /** main: the one thing to do here; plain: others; quiet: no frame; danger: names what will be undone or struck. */
  kind?: 'main' | 'plain' | 'quiet' | 'danger';
  icon?: IconName;
  small?: boolean;
  /** Under way: it stays in place, says so and takes no second click. */
  busy?: boolean;
  disabled?: boolean;
  type?: 'button' | 'submit';
  children?: ComponentChildren;
}

export function Button({ kind = 'plain', icon, small, busy, disabled, type = 'button', children, class: more, ...rest }: ButtonProps) {
  const kinds = `button ${kind}${small ? ' small' : ''}${busy ? ' busy' : ''}${children ? '' : ' bare'}`;
  return (
    <button
      {...rest}
      type={type}
      class={more ? `${kinds} ${String(more)}` : kinds}
      disabled={disabled}
      aria-busy={busy || undefined}
      onClick={busy ? undefined : rest.onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is only a drawing; label is read out and shown on hover. */
export function IconButton({ icon, label, ...rest }: Omit<ButtonProps, 'icon' | 'label' | 'children'> & { icon: IconName; label: string }) {
  return <Button kind="quiet" {...rest} icon={icon} aria-label={label} title={label} />;
}

export interface LinkProps extends Omit<PartialAnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'role'> {
  /** Of link() in state.ts, or of another server. */
  href: string;
  /** A download: the browser fetches it. */
  download?: boolean | string;
  target?: string;
  rel?: string;
  children?: ComponentChildren;
}

/** A link within the pages goes without loading them again; with Ctrl, Shift or the middle button the browser does as ever. */
export function Link({ href, onClick, ...rest }: LinkProps) {
  return (
    <a
      {...rest}
      href={href}
      onClick={(event) => {
        onClick?.call(event.currentTarget, event);
        const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
        if (!event.defaultPrevented && plain && href.startsWith('/') && !href.startsWith('/api/') && !rest.target && !rest.download) {
          event.preventDefault();
          go(href);
        }
      }}
    />
  );
}

/** A link that looks like a button. */
export function ButtonLink({ kind = 'plain', icon, small, children, ...rest }: LinkProps & Pick<ButtonProps, 'kind' | 'icon' | 'small'>) {
  return (
    <Link {...rest} class={`button ${kind}${small ? ' small' : ''}`}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  );
}

/** Whether the address is this page or below it. */
export function isHere(path: string): boolean {
  const here = `/${address.value.path.join('/')}`;
  return here === path || here.startsWith(`${path}/`);
}
