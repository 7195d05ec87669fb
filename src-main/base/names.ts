/** RFC 1123: lower case, letters, digits and hyphens, begins with one of the former two, at most 63 characters. */
export const dnsName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^-a-z0-9]/g, '')
    .replace(/^-+/, '')
    .slice(0, 63);

/** The network of one job (spec/executors.md 2.3): the engine makes it, a variable of the job says it. */
export const networkName = (shortToken: string, projectId: number, projectRunnerId: number, jobId: number): string =>
  dnsName(`runner-${shortToken}-${projectId}-${projectRunnerId}-${jobId}`);
