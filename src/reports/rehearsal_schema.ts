import { z } from "zod";
import { LOCK_MODES, type RehearsalReport } from "./rehearsal.ts";

const text = z.string();
const texts = z.array(text).readonly();
const textOrNull = text.nullable();
const number = z.number();
const numberOrNull = number.nullable();

const statement = z.object({
  sql: text,
  ms: number,
  rows: number,
  count: number,
  autocommit: z.boolean(),
  file: textOrNull,
  line: numberOrNull,
});

const lock = z.object({
  relation: text,
  kind: z.enum(["table", "index", "view", "sequence", "other"]),
  mode: z.enum(LOCK_MODES),
  heldMs: number,
  statement: numberOrNull,
});

const table = z.object({
  table: text,
  rows: number,
  bytes: number,
  inserted: number,
  updated: number,
  deleted: number,
  scanned: number,
  rewritten: z.boolean(),
  dropped: z.boolean(),
});

const index = z.object({
  index: text,
  table: text,
  bytes: number,
  concurrently: z.boolean(),
  valid: z.boolean(),
});

const measured = z.object({
  tookMs: number,
  statements: z.array(statement),
  locks: z.array(lock),
  tables: z.array(table),
  indexes: z.array(index),
  walBytes: number,
  grewBytes: number,
  committedInside: z.boolean(),
});

const loss = z.object({
  what: z.enum([
    ...["rows", "table", "column", "values"] as const,
    ...["sequence", "sequence-gone", "large-objects"] as const,
  ]),
  table: text,
  column: textOrNull,
  rows: number,
});

const failure = z.object({
  kind: text,
  message: text,
  details: texts,
  file: textOrNull,
  line: numberOrNull,
});

const downgrade = z.object({
  verdict: z.enum(["lossless", "cosmetic", "differs", "lossy", "fails", "none", "not-tried"]),
  measured: measured.nullable(),
  failure: failure.nullable(),
  differences: texts,
  lost: z.array(loss),
});

const finding = z.object({
  rule: text,
  level: z.enum(["warn", "fail"]),
  allowed: z.boolean(),
  text,
  fix: textOrNull,
  revision: textOrNull,
  file: textOrNull,
  line: numberOrNull,
});

const revision = z.object({
  revision: text,
  doc: text,
  file: text,
  sha256: text,
  upgrade: measured.nullable(),
  failure: failure.nullable(),
  changes: texts,
  changeHashes: texts,
  lost: z.array(loss),
  goneEmpty: z.array(z.object({ table: text, column: textOrNull })).exactOptional(),
  fingerprintBefore: text.nullable(),
  fingerprintAfter: textOrNull,
  downgrade,
  again: z.object({ same: z.boolean(), failure: failure.nullable(), differences: texts })
    .nullable(),
  findings: z.array(finding),
});

const trial = z.object({
  what: z.enum(["run", "health"]),
  command: text,
  ok: z.boolean(),
  tookMs: number,
  exitCode: numberOrNull,
  output: text,
});

/** A rehearsal's report as it is read back from a file, which anybody may have written. */
export const rehearsalSchema: z.ZodType<RehearsalReport> = z.object({
  kind: z.literal("rehearsal"),
  target: z.object({ project: text, service: text, database: text }),
  app: text,
  verdict: z.enum(["passed", "warnings", "failed"]),
  from: texts,
  to: texts,
  data: z.object({
    source: z.enum(["backup", "file", "empty"]),
    name: textOrNull,
    takenAt: z.iso.datetime().nullable(),
    bytes: number,
  }),
  image: z.object({ name: text, id: text }),
  fingerprint: text,
  scripts: text,
  settings: text,
  revisions: z.array(revision),
  takenBack: texts,
  unseen: texts,
  drift: z.object({ fresh: texts, known: texts, unknown: textOrNull }).nullable(),
  trials: z.array(trial),
  findings: z.array(finding),
  rehearsedAt: z.iso.datetime(),
  tookMs: number,
  copyMs: number,
  warnings: texts,
});
