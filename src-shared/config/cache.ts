import { choice, flag, integer, table, text } from './kinds.ts';

/** `[runners.cache]` and its stores (spec/config-toml.md 2.4). Keys are CamelCase, as the official file has them. */
export const cache = table('Where caches are kept beside the local folder.', {
  Type: choice('Remote store of the caches; none: only on this machine.', ['s3', 'gcs', 'azure']),
  Path: text('Prefix of the object names.'),
  Shared: flag('All runners share the objects: no part of the name tells the runner.', { default: false }),
  MaxUploadedArchiveSize: integer('Larger archives are not uploaded; 0: no limit.', { default: 0, unit: 'bytes' }),
  s3: table('Amazon S3 or a server that speaks its API.', {
    ServerAddress: text('host[:port] of the server, without scheme; empty: Amazon.'),
    AccessKey: text('Access key; empty: roles of this machine.', { secret: true }),
    SecretKey: text('Secret key.', { secret: true }),
    SessionToken: text('Session token of temporary keys.', { secret: true }),
    BucketName: text('Bucket; empty turns the remote cache off.'),
    BucketLocation: text('Region; empty: found out.'),
    Insecure: flag('http instead of https.', { default: false }),
    AuthenticationType: choice('How to sign in; empty: keys when they are given.', ['access-key', 'iam']),
    ServerSideEncryption: choice('Encryption at the server.', [
      'S3',
      'AES256',
      'KMS',
      'aws:kms',
      'DSSE-KMS',
      'aws:kms:dsse',
    ]),
    ServerSideEncryptionKeyID: text('Key of the encryption.'),
    DualStack: flag('Amazon’s addresses for IPv4 and IPv6.', { default: true }),
    PathStyle: flag('Bucket in the path instead of in the host; absent: found out.'),
    Accelerate: flag('Amazon’s transfer acceleration.', { default: false }),
    RoleARN: text('Role taken for downloads and uploads.'),
    UploadRoleARN: text('Role taken for uploads only.'),
    AssumeRoleMaxConcurrency: integer('Roles asked for at once; -1: no limit, 0: 5.', {
      default: 0,
      ignored: 'each job asks for its own role',
    }),
    DisableAssumeRoleCredentialsCaching: flag('Ask for the role anew each time.', {
      default: false,
      ignored: 'the role is asked for anew each time',
    }),
  }),
  gcs: table('Google Cloud Storage.', {
    AccessID: text('Service account that signs.'),
    PrivateKey: text('Its private key (PEM).', { secret: true }),
    CredentialsFile: text('JSON key file instead of the two above.'),
    BucketName: text('Bucket; empty turns the remote cache off.'),
    UniverseDomain: text('Domain of the service.', { default: 'googleapis.com' }),
  }),
  azure: table('Azure Blob Storage.', {
    AccountName: text('Storage account.'),
    AccountKey: text('Its key; absent: identity of this machine.', { secret: true }),
    ContainerName: text('Container; empty turns the remote cache off.'),
    StorageDomain: text('Domain of the service.', { default: 'blob.core.windows.net' }),
  }),
});
