import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import type { Problem } from '../../src-shared/trace/index.ts';
import { useCommands } from '../app/commands.ts';
import { t } from '../app/text.ts';
import { IconButton } from '../ui/controls.tsx';
import { markdownOf } from './markdown.ts';

/** The job as text for an issue or a chat. */
export function CopyMarkdown({ job, problems }: { readonly job: JobView; readonly problems: readonly Problem[] }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => void navigator.clipboard.writeText(markdownOf(job, problems)).then(() => setCopied(true));
  useCommands([
    { id: 'job.markdown', label: t('jobs.copyMarkdown'), icon: <Copy size={16} />, note: job.name, run: copy },
  ]);
  return (
    <IconButton label={t(copied ? 'jobs.copiedMarkdown' : 'jobs.copyMarkdown')} onClick={copy}>
      {copied ? <Check size={14} /> : <Copy size={14} />}
    </IconButton>
  );
}
