/** Loaded by whoever signs in somewhere: it is large, and most jobs run elsewhere. */
export const loadSsh2 = async () => (await import('ssh2')).default;
