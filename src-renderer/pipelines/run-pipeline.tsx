import { ArrowUp, Folder, FolderGit2, Play } from 'lucide-react';
import { type FormEvent, useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { CallOutput, Problem } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { selectFacts } from '../app/engine-store.ts';
import { useEngine, useHarrier } from '../app/harrier.ts';
import { goTo, hashOf } from '../app/route.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { openFirstJob } from '../onboarding/open-first-job.ts';
import { Button, controlStyles, ErrorText, Field, IconButton, LinkButton } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './pipelines.module.css';

type Listing = CallOutput<'pipeline.list'>;

/** The folder stays chosen while the window lives. */
const folderStore = createStore<{ readonly folder: string }>()(() => ({ folder: '' }));

/** Runs a repository's pipeline here, with what is not committed yet: choose the folder, look at its jobs, run. */
export function RunPipeline() {
  const { folder } = useStore(folderStore);
  const facts = useEngine(selectFacts);
  const list = useAction('pipeline.list');
  const run = useAction('pipeline.run');
  const pick = useAction('folder.pick');
  const tryIt = useAction('pipeline.tryIt');
  const { store } = useHarrier();
  const [listing, setListing] = useState<Listing>();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [browsing, setBrowsing] = useState(facts?.host.canPickFolder === false && folder === '');

  const look = useCallback(
    async (path: string): Promise<void> => {
      folderStore.setState({ folder: path });
      setListing(undefined);
      if (path.trim() === '') return;
      const found = await list.run({ folder: path.trim() });
      if (found === undefined) return;
      setListing(found);
      setLeft(new Set(found.jobs.filter((job) => job.when === 'manual').map((job) => job.name)));
      setBrowsing(false);
    },
    [list.run],
  );
  const choose = async (): Promise<void> => {
    if (!facts?.host.canPickFolder) return setBrowsing(true);
    const answer = await pick.run({});
    if (answer?.folder) await look(answer.folder);
  };
  const start = async (): Promise<void> => {
    if (listing === undefined) return;
    const wanted = listing.jobs.map((job) => job.name).filter((name) => !left.has(name));
    const all = left.size === 0;
    const answer = await run.run({ folder: folder.trim(), ...(all ? {} : { jobs: wanted }) });
    if (answer) goTo({ view: 'pipelines', pipeline: answer.pipeline });
  };
  const reason =
    listing === undefined
      ? undefined
      : listing.problems.length > 0
        ? t('run.hasProblems')
        : left.size === listing.jobs.length
          ? t('run.noJob')
          : undefined;
  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <div className={shell['headText']}>
          <h1>{t('pipelines.run')}</h1>
          <p>{t('run.text')}</p>
        </div>
      </header>
      <div className={shell['body']}>
        <div className={styles['run']}>
          <form
            className={styles['folderForm']}
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              void look(folder);
            }}
          >
            <Field
              label={t('run.folder')}
              onBlur={() =>
                listing === undefined && !list.busy && folder.trim() !== '' && !browsing && void look(folder)
              }
              onChange={(event) => {
                folderStore.setState({ folder: event.target.value });
                setListing(undefined);
                list.clear();
              }}
              placeholder={t('run.folderExample')}
              trouble={list.trouble ?? pick.trouble}
              value={folder}
            />
            <Button busy={pick.busy} onClick={() => void choose()}>
              {t('run.choose')}
            </Button>
          </form>
          {browsing ? <Browser onChoose={(path) => void look(path)} start={folder} /> : null}
          {list.busy ? (
            <p className={styles['quiet']} role="status">
              {t('run.reading')}
            </p>
          ) : null}
          {listing ? (
            <>
              {listing.problems.length > 0 ? <Problems problems={listing.problems} /> : null}
              {listing.jobs.length > 0 ? <Jobs left={left} listing={listing} onChange={setLeft} /> : null}
              {run.trouble ? <ErrorText trouble={run.trouble} /> : null}
              <div className={styles['actions']}>
                <Button busy={run.busy} kind="primary" onClick={() => void start()} reason={reason} size="large">
                  <Play aria-hidden="true" fill="currentColor" size={14} />
                  {t('run.start', { count: listing.jobs.length - left.size })}
                </Button>
                {reason !== undefined ? <span className={styles['quiet']}>{reason}</span> : null}
              </div>
            </>
          ) : null}
          <p className={styles['quiet']}>{t('run.sameUser')}</p>
          <p className={styles['ways']}>
            <a href={hashOf({ view: 'pipelines' })}>{t('run.past')}</a>
            <LinkButton onClick={() => void tryIt.run({}).then((made) => made && openFirstJob(store, made.pipeline))}>
              {t('first.try.command')}
            </LinkButton>
          </p>
          {tryIt.trouble ? <ErrorText trouble={tryIt.trouble} /> : null}
        </div>
      </div>
    </div>
  );
}

function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  return (
    <section>
      <h2>{t('run.problems', { count: problems.length })}</h2>
      <ul>
        {problems.map((problem) => (
          <li className={styles['problem']} key={`${problem.code}-${problem.line ?? 0}-${problem.message}`}>
            <StateIcon state={problem.code === 'PIPELINE_UNSUPPORTED' ? 'warning' : 'failed'} />
            <div>
              <b data-tone={problem.code === 'PIPELINE_UNSUPPORTED' ? 'warn' : 'fail'}>
                {problem.line !== undefined && !/:\d+: /.test(problem.message)
                  ? t('run.atLine', { line: problem.line, message: problem.message })
                  : problem.message}
              </b>
              {problem.hint ? <p>{problem.hint}</p> : null}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Jobs({
  listing,
  left,
  onChange,
}: {
  readonly listing: Listing;
  readonly left: ReadonlySet<string>;
  readonly onChange: (left: ReadonlySet<string>) => void;
}) {
  const stages = useMemo(() => [...new Set(listing.jobs.map((job) => job.stage))], [listing]);
  const toggle = (name: string): void => {
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    onChange(next);
  };
  return (
    <fieldset className={styles['jobs']}>
      <legend>{t('run.jobs')}</legend>
      {stages.map((stage) => (
        <div key={stage}>
          <p className={styles['stageName']}>{stage}</p>
          <ul>
            {listing.jobs
              .filter((job) => job.stage === stage)
              .map((job) => (
                <li key={job.name}>
                  <label>
                    <input checked={!left.has(job.name)} onChange={() => toggle(job.name)} type="checkbox" />
                    {job.name}
                    <small>
                      {[
                        job.when === 'on_success' ? '' : job.when,
                        job.needs.length > 0 ? t('run.needs', { jobs: job.needs.join(', ') }) : '',
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </small>
                  </label>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </fieldset>
  );
}

/** Folders of this machine, for hosts without a dialog of their own. Repositories are marked. */
function Browser({ start, onChoose }: { readonly start: string; readonly onChoose: (folder: string) => void }) {
  const { run, trouble } = useAction('folder.list');
  const [here, setHere] = useState<CallOutput<'folder.list'>>();
  const open = useCallback(
    async (folder: string | undefined): Promise<void> => {
      const answer = await run(folder === undefined ? {} : { folder });
      if (answer) setHere(answer);
    },
    [run],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: opens once, where the field points
  useEffect(() => void open(start.trim() === '' ? undefined : start.trim()), []);
  const join = (name: string): string => {
    const base = here?.folder ?? '';
    const separator = base.includes('\\') ? '\\' : '/';
    return base.endsWith(separator) ? base + name : base + separator + name;
  };
  return (
    <div className={styles['browser']}>
      <div className={styles['browserHead']}>
        <IconButton
          aria-disabled={here?.parent === undefined || undefined}
          label={t('run.up')}
          onClick={() => here?.parent !== undefined && void open(here.parent)}
        >
          <ArrowUp size={16} />
        </IconButton>
        <span>{here?.folder ?? ''}</span>
        {here ? (
          <Button onClick={() => onChoose(here.folder)} size="small">
            {t('run.useThis')}
          </Button>
        ) : null}
      </div>
      {trouble ? <ErrorText trouble={trouble} /> : null}
      <ul className={styles['entries']}>
        {here?.entries.map((entry) => (
          <li key={entry.name}>
            <button
              className={styles['entry']}
              onClick={() => (entry.git ? onChoose(join(entry.name)) : void open(join(entry.name)))}
              type="button"
            >
              {entry.git ? <FolderGit2 aria-hidden="true" size={16} /> : <Folder aria-hidden="true" size={16} />}
              <span>{entry.name}</span>
              {entry.git ? <small>{t('run.repository')}</small> : null}
            </button>
          </li>
        ))}
        {here?.entries.length === 0 ? <li className={controlStyles['hint']}>{t('run.noFolders')}</li> : null}
      </ul>
    </div>
  );
}
