import type { JobContext } from './context.ts';
import { describeFlags, shortToken } from './variables/index.ts';

/** The lines above all sections (spec/job-lifecycle.md 6.5). */
export const writeHeader = ({ request, setup, log }: JobContext): void => {
  const { runner } = request;
  log.plain(`Running with ${request.banner}`);
  if (runner.token) log.plain(`  on ${runner.name ?? ''} ${shortToken(runner.token)}, system ID: ${request.systemId}`);
  const flags = describeFlags(setup.flags);
  if (flags !== '') log.plain(`  feature flags: ${flags}`);
};

/** Jobs that a security policy put into the pipeline say so before the first user step. */
export const writePolicy = ({ setup, log }: JobContext): void => {
  const policy = setup.payload.policy_options;
  if (!policy?.execution_policy_job) return;
  log.info(`Job triggered by policy ${JSON.stringify(policy.policy_name ?? '')}.`);
  log.info(policyVariables(policy));
};

const policyVariables = (policy: Readonly<Record<string, unknown>>): string => {
  const allowed = policy['policy_variables_override_allowed'];
  const listed = policy['policy_variables_override_exceptions'];
  const exceptions = Array.isArray(listed) && listed.length > 0 ? ` (except for ${listed.join(', ')})` : '';
  if (typeof allowed !== 'boolean')
    return 'Variables defined in the policy take precedence over matching user-defined CI/CD variables for this job.';
  return `User-defined CI/CD variables are ${allowed ? 'allowed' : 'ignored'} in this job${exceptions}.`;
};
