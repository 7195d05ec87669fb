import { useSyncExternalStore } from 'react';
import { deepLinkOf } from '../../src-shared/deep-link.ts';

/** Where the window is, as the part of the address behind `#`. Links to it can be copied and opened again. */
export type Route =
  | { readonly view: 'jobs'; readonly job?: string; readonly lines?: LineRange }
  | { readonly view: 'runners'; readonly runner?: string; readonly edit?: boolean }
  | { readonly view: 'add-runner' }
  | { readonly view: 'pipelines'; readonly pipeline?: string }
  | { readonly view: 'run-pipeline' }
  | { readonly view: 'containers' }
  | { readonly view: 'config'; readonly runner?: string }
  | { readonly view: 'terminals'; readonly terminal?: string }
  | { readonly view: 'settings' };
/** Line numbers as a person counts, from 1; both included. */
export type LineRange = readonly [from: number, to: number];

/** Reads any hash; what is not understood is the job list. */
export function parseRoute(hash: string): Route {
  const parts = hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const [view, item, more] = parts;
  if (view === 'runners') {
    if (item === 'add') return { view: 'add-runner' };
    if (item === undefined) return { view: 'runners' };
    return { view: 'runners', runner: item, ...(more === 'edit' ? { edit: true } : {}) };
  }
  if (view === 'pipelines') {
    if (item === 'run') return { view: 'run-pipeline' };
    return item === undefined ? { view: 'pipelines' } : { view: 'pipelines', pipeline: item };
  }
  if (view === 'config') return item === undefined ? { view: 'config' } : { view: 'config', runner: item };
  if (view === 'terminals') return item === undefined ? { view } : { view, terminal: item };
  if (view === 'settings' || view === 'containers') return { view };
  if (view !== 'jobs' || item === undefined) return { view: 'jobs' };
  const lines = /^L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(more ?? '');
  if (lines === null) return { view: 'jobs', job: item };
  const a = Math.max(1, Number(lines[1]));
  const b = Math.max(1, Number(lines[2] ?? lines[1]));
  return { view: 'jobs', job: item, lines: [Math.min(a, b), Math.max(a, b)] };
}

export function hashOf(route: Route): string {
  switch (route.view) {
    case 'jobs':
      if (route.job === undefined) return '#/jobs';
      return `#/jobs/${encodeURIComponent(route.job)}${route.lines ? `/${lineName(route.lines)}` : ''}`;
    case 'runners':
      if (route.runner === undefined) return '#/runners';
      return `#/runners/${encodeURIComponent(route.runner)}${route.edit ? '/edit' : ''}`;
    case 'add-runner':
      return '#/runners/add';
    case 'pipelines':
      return route.pipeline === undefined ? '#/pipelines' : `#/pipelines/${encodeURIComponent(route.pipeline)}`;
    case 'run-pipeline':
      return '#/pipelines/run';
    case 'config':
      return route.runner === undefined ? '#/config' : `#/config/${encodeURIComponent(route.runner)}`;
    case 'terminals':
      return route.terminal === undefined ? '#/terminals' : `#/terminals/${encodeURIComponent(route.terminal)}`;
    case 'containers':
    case 'settings':
      return `#/${route.view}`;
  }
}

/** An address of this place that opens it again: in Electron a `harrier://` link, in a browser the page's own. */
export const linkToHere = (): string =>
  (window.location.protocol === 'app:' ? deepLinkOf(window.location.hash) : undefined) ?? window.location.href;

export const lineName = ([from, to]: LineRange): string => (from === to ? `L${from}` : `L${from}-L${to}`);

export const goTo = (route: Route): void => {
  window.location.hash = hashOf(route);
};
/** The same place told more precisely (a line): no new step in the history. */
export const replaceRoute = (route: Route): void => {
  window.history.replaceState(null, '', hashOf(route));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
};

const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};
let lastHash = '';
let lastRoute: Route = parseRoute('');
const current = (): Route => {
  if (window.location.hash !== lastHash) {
    lastHash = window.location.hash;
    lastRoute = parseRoute(lastHash);
  }
  return lastRoute;
};
export const useRoute = (): Route => useSyncExternalStore(subscribe, current);

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
