import * as v from 'valibot';

/** How the whole of Harrier is, in one place: `harrier status` and the window read it. */
export const healthSchema = v.object({
  /** One sentence for each thing that needs a person; none: all is well. */
  problems: v.array(v.string()),
  /** Where builds and logs go. Absent: it cannot be told. */
  disk: v.optional(v.object({ freeBytes: v.number(), floorBytes: v.number() })),
  /** The connection to each coordinator; `waiting`: it has not answered yet, or nobody asks. */
  links: v.array(
    v.object({
      url: v.string(),
      state: v.picklist(['ok', 'waiting', 'unreachable', 'refused']),
      message: v.optional(v.string()),
    }),
  ),
  /** Which executors the config names, by how many entries, and how many of those have a config that can be used. */
  executors: v.array(
    v.object({
      name: v.string(),
      runners: v.number(),
      usable: v.number(),
      /** What was missing when this machine was last looked at: an engine that is away, a shell that is not there. */
      trouble: v.optional(v.string()),
    }),
  ),
});
export type Health = v.InferOutput<typeof healthSchema>;
