import { expect, it } from 'vitest';
import { checkConfig } from './check.ts';

const check = (text: string) =>
  checkConfig(
    `[[runners]]\nurl = "https://x.example"\ntoken = "x"\nexecutor = "docker+machine"\n[runners.docker]\nimage = "x"\n${text}`,
  );
const machine = '[runners.machine]\nMachineDriver = "google"\nMachineName = "ci-%s"\n';

it.each([
  { why: 'complete', text: machine, found: [] },
  {
    why: 'no section',
    text: '',
    found: [['the docker+machine executor needs the section [runners.machine]', 4]],
  },
  {
    why: 'names that would be the same',
    text: '[runners.machine]\nMachineDriver = "google"\nMachineName = "ci"\nMachineOptionsWithName = ["a=%s", "b"]\n',
    found: [
      ['machine.MachineName must contain %s, where the name of each machine differs', 9],
      ['machine.MachineOptionsWithName "b" must contain %s, where the name of each machine differs', 10],
    ],
  },
  {
    why: 'no driver',
    text: '[runners.machine]\nMachineName = "ci-%s"\n',
    found: [['machine.MachineDriver is missing: the driver that docker-machine is to use', 7]],
  },
  {
    why: 'no period',
    text: `${machine}[[runners.machine.autoscaling]]\nPeriods = ["* * 9-17 * * mon-fri *", "9 to 5"]\n`,
    found: [[expect.stringMatching(/^machine\.autoscaling\.Periods "9 to 5" is not a time period: /), 11]],
  },
  {
    why: 'no time zone',
    text: `${machine}[[runners.machine.autoscaling]]\nPeriods = ["* * 9-17 * * * *"]\nTimezone = "Mars/Base"\n`,
    found: [['machine.autoscaling.Timezone "Mars/Base" is not a time zone', 12]],
  },
])('docker+machine: $why', ({ text, found }) => {
  expect(check(text).runners.map(({ message, position }) => [message, position?.line])).toEqual(found);
});

it('docker+machine is told to be deprecated', () => {
  expect(check(machine).hints.map(({ message }) => message)).toContain(
    'executor = "docker+machine" is deprecated by GitLab; it goes on working here',
  );
});
