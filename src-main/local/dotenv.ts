import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { JobVariable } from '../../src-shared/payload.ts';
import { variable } from './compile/variables.ts';

const largestBytes = 5 * 1024;
const mostVariables = 20;
const unzip = promisify(gunzip);

/** Variables of a dotenv report as it is uploaded (gzip), or what is wrong with it, in GitLab's words. */
export async function readDotenv(packed: Buffer): Promise<JobVariable[] | string> {
  const tooBig = `Dotenv Artifact Too Big. Maximum Allowable Size: ${largestBytes}`;
  let bytes: Buffer;
  try {
    bytes = await unzip(packed, { maxOutputLength: largestBytes + 1 });
  } catch (error) {
    return error instanceof RangeError ? tooBig : 'Invalid Format';
  }
  return bytes.length > largestBytes ? tooBig : parseDotenv(bytes.toString('utf8'));
}

/** `KEY=VALUE` in each line; quotes and comments mean nothing, an empty line is a fault. */
export function parseDotenv(text: string): JobVariable[] | string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim());
  if (lines.at(-1) === '') lines.pop();
  if (lines.some((line) => !/^\w+=/.test(line))) return 'Invalid Format';
  if (lines.length > mostVariables) return `Dotenv files cannot have more than ${mostVariables} variables`;
  return lines.map((line) => {
    const equals = line.indexOf('=');
    return variable(line.slice(0, equals), line.slice(equals + 1), true);
  });
}
