import * as v from 'valibot';
import { closeActions, dockIcons, mostHistory } from './config/harrier.ts';
import { done, foundConfigSchema, key, nothing } from './runner-calls.ts';

/** Settings of Harrier itself that stand under `[harrier]`, and what the system keeps (start at login). */
const own = {
  notifications: v.boolean(),
  startPaused: v.boolean(),
  startHidden: v.boolean(),
  closeWindow: v.picklist(closeActions),
  dockIcon: v.picklist(dockIcons),
  /** `system`, `none` or an address; read without the login that it may hold, which stays when it comes back so. */
  proxy: v.pipe(v.string(), v.maxLength(500)),
  noProxy: v.pipe(v.string(), v.maxLength(2000)),
  caFile: v.pipe(v.string(), v.maxLength(4096)),
  /** As config.toml has them: a number, a duration, a size. */
  historyCount: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(mostHistory)),
  historyAge: v.pipe(v.string(), v.maxLength(40)),
  historySize: v.pipe(v.string(), v.maxLength(40)),
};
/** Where something of Harrier lies, and what decides on it. */
const folderSchema = v.object({
  kind: v.picklist(['config', 'data', 'builds', 'cache']),
  path: v.string(),
  /** Key and name of the runner whose it is. */
  runner: v.optional(v.object({ key: v.string(), name: v.string() })),
});
export type FolderView = v.InferOutput<typeof folderSchema>;

const reachedSchema = v.object({
  url: v.string(),
  ok: v.boolean(),
  message: v.string(),
  hint: v.optional(v.string()),
});
export type Reached = v.InferOutput<typeof reachedSchema>;
export const appSettingsSchema = v.object({
  ...own,
  /** Whether a person was asked about notifications and start at login; asked once (ON4). */
  asked: v.boolean(),
  /** The address of the proxy holds user or password. */
  proxyHasLogin: v.boolean(),
  folders: v.array(folderSchema),
  /** Absent: this host does not start with the system. */
  login: v.optional(v.object({ on: v.boolean(), needsApproval: v.boolean() })),
});
export type AppSettings = v.InferOutput<typeof appSettingsSchema>;

export const hostCalls = {
  /** Config files of the official runner on this machine. */
  'machine.find': {
    input: nothing,
    output: v.object({
      found: v.array(foundConfigSchema),
      /** A person has chosen a file before, or none was there to choose. */
      decided: v.boolean(),
      /** Another file may be used instead of the present one. */
      canUse: v.boolean(),
      /** The file that a copy goes into. */
      own: v.string(),
    }),
  },
  'machine.choose': {
    input: v.object({ path: v.pipe(v.string(), v.maxLength(4096)), how: v.picklist(['use', 'copy', 'leave']) }),
    output: done,
  },
  'settings.read': { input: nothing, output: appSettingsSchema },
  'settings.change': { input: v.partial(v.object(own)), output: done },
  /** Takes the keys of these settings out of config.toml, and everything else stays; start at login goes off. */
  'settings.reset': { input: nothing, output: done },
  /** Asks the servers of all runners, or of one, with settings that may not be saved yet. */
  'connection.test': {
    input: v.object({
      proxy: v.optional(own.proxy),
      noProxy: v.optional(own.noProxy),
      caFile: v.optional(own.caFile),
      /** Of this runner only; `proxy` is then its own. */
      runner: v.optional(key),
    }),
    output: v.object({ reached: v.array(reachedSchema) }),
  },
  'login.set': { input: v.object({ on: v.boolean() }), output: done },
  /** Shows a notification now, by the way that they go. */
  'note.try': { input: nothing, output: v.object({ shown: v.picklist(['system', 'window']) }) },
} as const;
