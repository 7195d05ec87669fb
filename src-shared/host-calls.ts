import * as v from 'valibot';
import { closeActions, dockIcons } from './config/harrier.ts';
import { done, nothing } from './runner-calls.ts';

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
  'settings.read': { input: nothing, output: appSettingsSchema },
  'settings.change': { input: v.partial(v.object(own)), output: done },
  'login.set': { input: v.object({ on: v.boolean() }), output: done },
  /** Shows a notification now, by the way that they go. */
  'note.try': { input: nothing, output: v.object({ shown: v.picklist(['system', 'window']) }) },
} as const;
