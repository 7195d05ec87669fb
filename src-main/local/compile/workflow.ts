import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { chooseRule, type RuleFacts, workflowRules } from './rules.ts';
import { type Take, take } from './take.ts';
import { expandText } from './variables.ts';

export interface Workflow {
  /** Of the rule that matched. */
  readonly variables: readonly JobVariable[];
  readonly name: string | undefined;
}

/** `workflow:` of the file. When its rules want no pipeline, that is a problem: nothing would run. */
export function readWorkflow(globals: Take, facts: RuleFacts, problems: Problems): Workflow {
  const map = globals.map('workflow');
  if (map === undefined) return { variables: [], name: undefined };
  const reader = take(map, 'workflow', problems);
  reader.only(['rules', 'name', 'auto_cancel']);
  checkAutoCancel(reader, problems);
  const name = reader.text('name');
  const rules = reader.value('rules');
  const told = problems.list.length;
  const rule =
    rules === undefined ? undefined : chooseRule(rules, 'workflow', reader.at('rules'), workflowRules, facts, problems);
  if (rule === 'none' && problems.list.length === told)
    problems.invalid('Pipeline filtered out by workflow rules.', reader.at('rules'));
  return {
    variables: rule === 'none' ? [] : (rule?.variables ?? []),
    name: name === undefined ? undefined : expandText(name, facts.lookup),
  };
}

/** What later commits do to a pipeline has no meaning here; what its own failed jobs do has. */
function checkAutoCancel(workflow: Take, problems: Problems): void {
  const map = workflow.map('auto_cancel');
  if (map === undefined) return;
  const reader = take(map, 'workflow:auto_cancel', problems);
  reader.only(['on_new_commit', 'on_job_failure']);
  reader.oneOf('on_new_commit', ['conservative', 'interruptible', 'none']);
  if (reader.oneOf('on_job_failure', ['none', 'all']) === 'all')
    problems.unsupported(
      'workflow:auto_cancel: `on_job_failure: all` is not supported locally yet',
      reader.at('on_job_failure'),
    );
}
