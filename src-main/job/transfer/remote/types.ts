/** One request to object storage, complete: who sends it needs no credentials. */
export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}
/** Where caches are shared between machines. URLs hold for the job's timeout. */
export interface RemoteCache {
  sign(method: 'GET' | 'HEAD', object: string): Promise<SignedRequest>;
  signUpload(object: string, upload: UploadFacts): Promise<SignedRequest>;
}
export interface UploadFacts {
  /** `x-…-meta-cachekey` */
  readonly cacheKey: string;
  readonly maxBytes: number;
}
/** What all adapters need from outside. */
export interface RemoteDeps {
  readonly now: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly expiresSeconds: number;
  readonly signal: AbortSignal;
}
