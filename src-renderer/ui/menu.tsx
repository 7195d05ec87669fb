import { MoreHorizontal } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { classes, IconButton, controlStyles as styles } from './controls.tsx';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  /** A line stands above it. */
  readonly apart?: boolean;
  /** Why it cannot be chosen now. */
  readonly reason?: string | undefined;
  readonly onChoose: () => void;
}

/**
 * A menu behind three dots: arrows move, Enter chooses, Escape gives the focus back. It stands over the window at a place
 * of its own, since what it belongs to may scroll or be narrow.
 */
export function Menu({
  label,
  items,
  icon,
  align = 'end',
}: {
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly icon?: ReactNode;
  /** Which edge of the button it keeps to, in the direction of reading. */
  readonly align?: 'start' | 'end';
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!open || button.current === null || list.current === null) return;
    Object.assign(list.current.style, placeOf(button.current, list.current, align));
    list.current.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, [open, align]);
  useEffect(() => {
    if (!open) return;
    const away = (event: Event): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    const moved = (): void => setOpen(false);
    window.addEventListener('pointerdown', away);
    window.addEventListener('wheel', away);
    window.addEventListener('resize', moved);
    return () => {
      window.removeEventListener('pointerdown', away);
      window.removeEventListener('wheel', away);
      window.removeEventListener('resize', moved);
    };
  }, [open]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (event.key === 'ArrowDown') all[(at + 1) % all.length]?.focus();
    else if (event.key === 'ArrowUp') all[(at - 1 + all.length) % all.length]?.focus();
    else if (event.key === 'Home') all[0]?.focus();
    else if (event.key === 'End') all.at(-1)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={box}>
      <IconButton aria-expanded={open} aria-haspopup="menu" label={label} onClick={() => setOpen(!open)} ref={button}>
        {icon ?? <MoreHorizontal size={16} />}
      </IconButton>
      {open ? (
        <div aria-label={label} className={styles['menu']} onKeyDown={onKeyDown} ref={list} role="menu">
          {items.map((item) => (
            <div key={item.id} role="none">
              {item.apart ? <div className={styles['menuLine']} role="none" /> : null}
              <button
                aria-disabled={item.reason !== undefined || undefined}
                className={classes(styles['menuItem'], item.danger && styles['danger'])}
                onClick={() => {
                  if (item.reason !== undefined) return;
                  close();
                  item.onChoose();
                }}
                role="menuitem"
                tabIndex={-1}
                type="button"
              >
                {item.icon}
                {item.reason === undefined ? (
                  item.label
                ) : (
                  <span>
                    {item.label}
                    <small>{item.reason}</small>
                  </span>
                )}
              </button>
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}

const gap = 4;
/** Below the button, above it where there is no room, and never over an edge of the window. */
function placeOf(button: HTMLElement, menu: HTMLElement, align: 'start' | 'end'): { left: string; top: string } {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  // Places are measured as the screen has them, and set in lengths of a page that may be zoomed (base.css).
  const scale = at.width / button.offsetWidth || 1;
  const toLeftEdge = (align === 'start') === (getComputedStyle(button).direction === 'ltr');
  const left = toLeftEdge ? at.left : at.right - width;
  const below = at.bottom + gap;
  const top = below + height > window.innerHeight - gap ? at.top - gap - height : below;
  return {
    left: `${Math.max(gap, Math.min(left, window.innerWidth - width - gap)) / scale}px`,
    top: `${Math.max(gap, top) / scale}px`,
  };
}
