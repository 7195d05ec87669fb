import { X } from 'lucide-react';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { controlStyles } from '../ui/controls.tsx';

/** The way back to the list of runners. */
export function CloseLink() {
  return (
    <a aria-label={t('close')} className={controlStyles['icon']} href={hashOf({ view: 'runners' })} title={t('close')}>
      <X size={16} />
    </a>
  );
}
