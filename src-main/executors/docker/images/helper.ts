import { protocolVersion } from '../../../base/version.ts';
import type { EngineInfo } from '../engine/types.ts';
import { configurationError, type DockerSettings } from '../settings.ts';

const repository = 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper';
const architectures: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  armv6l: 'arm',
  armv7l: 'arm',
  aarch64: 'arm64',
};
/** Windows builds and the newest servercore image that their kernel runs. */
const windowsBases: readonly (readonly [readonly string[], string])[] = [
  [['17763', '19043', '19044', '19045'], 'servercore1809'],
  [['20348', '22000', '22621', '22631'], 'servercore21H2'],
  [['26100', '26200'], 'servercore24H2'],
];

/** The official helper image for this engine (spec/executors.md 2.9): the default, which any image with git may replace. */
export function defaultHelperImage(
  info: EngineInfo,
  { flavor, shell }: { readonly flavor: DockerSettings['helper_image_flavor']; readonly shell: string },
): string {
  const architecture = architectures[info.architecture] ?? info.architecture;
  if (info.osType === 'windows')
    return `${repository}:${architecture}-v${protocolVersion}-${windowsBase(info.kernelVersion)}`;
  const prefix = flavor === undefined || flavor === '' || flavor === 'alpine' ? '' : `${flavor}-`;
  return `${repository}:${prefix}${architecture}-v${protocolVersion}${shell === 'pwsh' ? '-pwsh' : ''}`;
}

const windowsBase = (kernel: string): string => {
  const build = /\b(\d{5})\b/.exec(kernel)?.[1] ?? '';
  const found = windowsBases.find(([builds]) => builds.includes(build));
  if (found !== undefined) return found[1];
  throw configurationError(`detecting base image: unsupported Windows version: ${kernel}`);
};
