import { MoreHorizontal } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { classes, IconButton, controlStyles as styles } from './controls.tsx';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  /** A line stands above it. */
  readonly apart?: boolean;
  readonly onChoose: () => void;
}

/** A menu behind three dots: arrows move, Enter chooses, Escape gives the focus back. */
export function Menu({
  label,
  items,
  icon,
}: {
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly icon?: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [up, setUp] = useState(false);
  useEffect(() => {
    if (!open) return;
    const menu = list.current;
    menu?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    if (menu) setUp(menu.getBoundingClientRect().bottom > window.innerHeight);
    const away = (event: PointerEvent): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    window.addEventListener('pointerdown', away);
    return () => window.removeEventListener('pointerdown', away);
  }, [open]);
  const close = (): void => {
    setOpen(false);
    setUp(false);
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
    <div ref={box} style={{ position: 'relative' }}>
      <IconButton aria-expanded={open} aria-haspopup="menu" label={label} onClick={() => setOpen(!open)} ref={button}>
        {icon ?? <MoreHorizontal size={16} />}
      </IconButton>
      {open ? (
        <div
          aria-label={label}
          className={styles['menu']}
          onKeyDown={onKeyDown}
          ref={list}
          role="menu"
          style={{ right: 0, ...(up ? { bottom: 32 } : { top: 32 }) }}
        >
          {items.map((item) => (
            <div key={item.id} role="none">
              {item.apart ? <div className={styles['menuLine']} role="none" /> : null}
              <button
                className={classes(styles['menuItem'], item.danger && styles['danger'])}
                onClick={() => {
                  close();
                  item.onChoose();
                }}
                role="menuitem"
                tabIndex={-1}
                type="button"
              >
                {item.icon}
                {item.label}
              </button>
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}
