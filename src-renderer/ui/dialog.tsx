import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { controlStyles as styles } from './controls.tsx';

/** A question that must be answered first. Escape is the answer that changes nothing. */
export function Dialog({
  title,
  children,
  actions,
  onClose,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly actions: ReactNode;
  readonly onClose: () => void;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  // Closed before it is gone from the page, so that the focus goes back to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      aria-label={title}
      className={styles['dialog']}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      ref={ref}
    >
      <h2>{title}</h2>
      {children}
      <div className={styles['dialogActions']}>{actions}</div>
    </dialog>
  );
}
