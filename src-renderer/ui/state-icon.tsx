import type { ReactNode } from 'react';
import type { EngineState, JobState, RunnerState } from '../../src-shared/ipc.ts';
import styles from './state-icon.module.css';

export type IconState = JobState | RunnerState | EngineState;
export type Tone = 'ok' | 'fail' | 'warn' | 'accent' | 'quiet';

export const toneOf: Readonly<Record<IconState, Tone>> = {
  waiting: 'quiet',
  running: 'accent',
  passed: 'ok',
  failed: 'fail',
  warning: 'warn',
  canceled: 'quiet',
  skipped: 'quiet',
  stopped: 'quiet',
  idle: 'ok',
  busy: 'accent',
  draining: 'accent',
  paused: 'warn',
  unhealthy: 'fail',
  trouble: 'fail',
};

/** A state's own drawing. The word stands beside it, so the picture is silent for screen readers. */
export function StateIcon({ state, size = 16 }: { state: IconState; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      className={styles[toneOf[state]]}
      fill="none"
      height={size}
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth="1.6"
      viewBox="0 0 16 16"
      width={size}
    >
      {drawings[state]}
    </svg>
  );
}

const ring = <circle cx="8" cy="8" r="6.1" />;
const openRing = (
  <g className={styles['turn']}>
    <path d="M8 1.9A6.1 6.1 0 1 1 2.6 5.2" strokeWidth="1.9" />
  </g>
);
/** What lies on a filled shape takes the colour of the ground. */
const ground = 'var(--bg)';
const triangle = 'M8 2.2L14.4 13.4H1.6Z';

const drawings: Readonly<Record<IconState, ReactNode>> = {
  waiting: <circle cx="8" cy="8" r="6.1" strokeDasharray="2.1 2.16" strokeLinecap="butt" />,
  running: openRing,
  busy: openRing,
  passed: (
    <>
      <circle cx="8" cy="8" fill="currentColor" r="6.9" stroke="none" />
      <path d="M5 8.2L7.2 10.4L11 6" stroke={ground} />
    </>
  ),
  failed: (
    <>
      <path d="M5.2 1.2H10.8L14.8 5.2V10.8L10.8 14.8H5.2L1.2 10.8V5.2Z" fill="currentColor" stroke="none" />
      <path d="M5.9 5.9L10.1 10.1M10.1 5.9L5.9 10.1" stroke={ground} />
    </>
  ),
  warning: (
    <>
      <path d={triangle} />
      <path d="M8 6.4V9.2M8 11.2V11.3" />
    </>
  ),
  unhealthy: (
    <>
      <path d={triangle} fill="currentColor" />
      <path d="M8 6.2V9.2M8 11.4V11.5" stroke={ground} />
    </>
  ),
  trouble: (
    <>
      <path d={triangle} fill="currentColor" />
      <path d="M8 6.2V9.2M8 11.4V11.5" stroke={ground} />
    </>
  ),
  canceled: (
    <>
      {ring}
      <path d="M3.9 12.1L12.1 3.9" />
    </>
  ),
  skipped: (
    <>
      {ring}
      <path d="M5.2 5.8L7.4 8L5.2 10.2M8.4 5.8L10.6 8L8.4 10.2" strokeWidth="1.3" />
    </>
  ),
  stopped: (
    <>
      {ring}
      <rect fill="currentColor" height="4.4" rx="0.6" stroke="none" width="4.4" x="5.8" y="5.8" />
    </>
  ),
  idle: (
    <>
      {ring}
      <circle cx="8" cy="8" fill="currentColor" r="2" stroke="none" />
    </>
  ),
  draining: (
    <>
      <path d="M4.4 3.2A6.1 6.1 0 1 0 11.6 3.2" />
      <path d="M8 1.4V9.4M5.4 7L8 9.6L10.6 7" />
    </>
  ),
  paused: (
    <>
      {ring}
      <path d="M6.4 5.9V10.1M9.6 5.9V10.1" />
    </>
  ),
};
