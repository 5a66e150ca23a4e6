import { z } from "zod";

/** What oakum does to a target and writes down. */
export const OPERATIONS = [
  "upgrade",
  "downgrade",
  "rollback",
  "stamp",
  "backup",
  "restore",
  "undo",
  "finalize",
  "adopt",
  "pin",
  "prune",
] as const;

const common = z.strictObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  run: z.string(),
  /** Pairs an intent with its outcome: `<run>.<number>`. */
  id: z.string(),
  operation: z.enum(OPERATIONS),
  /** Stable kebab-case name of the step, such as `apply` or `swap`. */
  step: z.string(),
  /** What a later run needs to know about the step: revisions, names, hashes; never a secret. */
  data: z.record(z.string(), z.json()),
});

const intent = common.extend({ kind: z.literal("intent") });
const outcome = common.extend({ kind: z.literal("outcome"), ok: z.boolean() });

/** One line of a journal. */
export const journalEntry = z.discriminatedUnion("kind", [intent, outcome]);

/** One line of a journal. */
export type JournalEntry = z.infer<typeof journalEntry>;
/** What a run was about to do; written before it does it. */
export type Intent = z.infer<typeof intent>;
/** How a step ended. */
export type StepOutcome = z.infer<typeof outcome>;
/** Values that a journal's line carries. */
export type JournalData = Intent["data"];
/** One of the things that oakum writes down. */
export type Operation = (typeof OPERATIONS)[number];
