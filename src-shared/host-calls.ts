import * as v from 'valibot';
import { closeActions, dockIcons } from './config/harrier.ts';
import { done, foundConfigSchema, nothing } from './runner-calls.ts';

/** Settings of Harrier itself that stand under `[harrier]`, and what the system keeps (start at login). */
const own = {
  notifications: v.boolean(),
  startPaused: v.boolean(),
  startHidden: v.boolean(),
  closeWindow: v.picklist(closeActions),
  dockIcon: v.picklist(dockIcons),
};
export const appSettingsSchema = v.object({
  ...own,
  /** Whether a person was asked about notifications and start at login; asked once (ON4). */
  asked: v.boolean(),
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
  'login.set': { input: v.object({ on: v.boolean() }), output: done },
  /** Shows a notification now, by the way that they go. */
  'note.try': { input: nothing, output: v.object({ shown: v.picklist(['system', 'window']) }) },
} as const;
