import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import type { FolderView } from '../../src-shared/host-calls.ts';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { IconButton } from '../ui/controls.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

/** Where everything lies on this machine, what decides on it, and when a change of that counts. */
export const Folders = ({ folders }: { readonly folders: readonly FolderView[] }) => (
  <Section title={t('settings.folders')}>
    <dl className={styles['rows']}>
      {folders.map((folder) => (
        <Folder folder={folder} key={`${folder.kind} ${folder.runner?.key ?? ''}`} />
      ))}
    </dl>
  </Section>
);

function Folder({ folder: { kind, path, runner } }: { readonly folder: FolderView }) {
  const [copied, setCopied] = useState(false);
  const name = t(`settings.folder.${kind}`);
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <div className={styles['path']}>
          <code>{path}</code>
          <IconButton
            label={copied ? t('settings.copied') : t('settings.copyPath', { name })}
            onClick={() => void navigator.clipboard.writeText(path).then(() => setCopied(true))}
          >
            {copied ? <Check size={14} /> : <Copy size={14} />}
          </IconButton>
        </div>
        {runner !== undefined ? (
          <a className={styles['of']} href={hashOf({ view: 'runners', runner: runner.key })}>
            {runner.name}
          </a>
        ) : null}
        <p className={styles['hint']}>{t(`settings.folderHint.${kind}`)}</p>
      </dd>
    </>
  );
}
