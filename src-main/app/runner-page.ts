import { cleanUrl } from './registration.ts';

/** Where a runner is seen and changed on GitLab; undefined when it is not known what it serves. */
export function runnerPage(
  url: string,
  id: number,
  serves: { readonly type: string; readonly path?: string } | undefined,
): string | undefined {
  const base = cleanUrl(url);
  if (serves === undefined || id === 0) return undefined;
  switch (serves.type.replace(/_type$/, '')) {
    case 'instance':
      return `${base}/admin/runners/${id}`;
    case 'group':
      return serves.path ? `${base}/groups/${serves.path}/-/runners/${id}` : undefined;
    case 'project':
      return serves.path ? `${base}/${serves.path}/-/runners/${id}` : undefined;
    default:
      return undefined;
  }
}
