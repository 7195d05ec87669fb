import { expect, it } from 'vitest';
import { checkConfig } from './check.ts';

const check = (text: string) =>
  checkConfig(`[[runners]]\nurl = "https://x.example"\ntoken = "x"\nexecutor = "custom"\n${text}`).runners.map(
    ({ message, position }) => [message, position?.line],
  );
const folders = 'builds_dir = "/b"\ncache_dir = "/c"\n';
const noDefault = 'the custom executor has no default, and there is no custom.config_exec to say it';

it.each([
  { why: 'complete', text: `${folders}[runners.custom]\nrun_exec = "r"\n`, found: [] },
  { why: 'the driver says the folders', text: '[runners.custom]\nconfig_exec = "c"\nrun_exec = "r"\n', found: [] },
  { why: 'no section', text: folders, found: [['the custom executor needs the section [runners.custom]', 4]] },
  {
    why: 'nothing to run',
    text: `${folders}[runners.custom]\nprepare_exec = "p"\nrun_exec = ""\n`,
    found: [['custom.run_exec is missing: the program that runs the script of each stage', 7]],
  },
  {
    why: 'no folders and nobody to say them',
    text: '[runners.custom]\nrun_exec = "r"\n',
    found: [
      [`builds_dir is missing: ${noDefault}`, 4],
      [`cache_dir is missing: ${noDefault}`, 4],
    ],
  },
  {
    why: 'a wrong type',
    text: `${folders}[runners.custom]\nrun_exec = "r"\nrun_args = "x"\n`,
    found: [['custom.run_args must be a list of texts such as ["a", "b"], found the text "x"', 9]],
  },
])('custom: $why', ({ text, found }) => {
  expect(check(text)).toEqual(found);
});
