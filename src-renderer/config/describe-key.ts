import { expectationOf, type KeyDescription, type KeyMeta } from '../../src-shared/config-schema.ts';
import { t } from '../app/text.ts';

/** Names that say more than the key does. */
const names: Readonly<Record<string, string>> = {
  concurrent: t('config.name.concurrent'),
  'runners.url': t('config.name.url'),
  'runners.limit': t('config.name.limit'),
  'runners.docker.image': t('config.name.image'),
  'runners.docker.memory': t('config.name.memory'),
  'runners.id': t('config.name.id'),
};

/** How a key is called in the form: `pull_policy` is "Pull policy", `BucketName` is "Bucket name". */
export function nameOfKey(path: readonly string[]): string {
  const known = names[path.join('.')];
  if (known !== undefined) return known;
  const words = (path.at(-1) ?? '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .split(/[_\- ]+/)
    .map((word) => (short.has(word.toUpperCase()) ? word.toUpperCase() : word.toLowerCase()))
    .map((word) => word.replace(/^([CG])PUS$/i, (_, letter: string) => `${letter.toUpperCase()}PUs`))
    .join(' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
const short = new Set([
  'URL',
  'ID',
  'TLS',
  'CA',
  'DNS',
  'SSH',
  'CPU',
  'MTU',
  'OOM',
  'SHM',
  'PID',
  'MAC',
  'ARN',
  'IPV6',
  'PTY',
]);

/** Name, unit and default in one line, as hover text and completion show it. */
export function factsOfKey(key: KeyMeta): string {
  const unit = key.unit !== undefined ? ` (${t(`config.unit.${key.unit}`)})` : '';
  const usual =
    key.default !== undefined && key.default !== '' ? t('config.usual', { value: String(key.default) }) : '';
  return [expectationOf(key) + unit, usual].filter(Boolean).join(' · ');
}

/** What counts while nothing is written. */
export const usualOf = ({ default: usual }: KeyMeta): string =>
  usual === undefined || usual === '' ? '' : t('config.usual', { value: String(usual) });

export const matchesSearch = (key: KeyDescription, wanted: string): boolean => {
  const text = `${key.path.join('.')} ${nameOfKey(key.path)} ${key.doc}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};
