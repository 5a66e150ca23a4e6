/** Rehearsed revisions by hand, for what no real rehearsal brings about in a test's time. */
import type { FingerprintRow } from "../../../../../src/backups/manifest.ts";
import type { Revision } from "../../../../../src/migrators/alembic/revisions.ts";
import { judgeRevision } from "../../../../../src/operations/rehearse/rules/judge.ts";
import { parseRules } from "../../../../../src/operations/rehearse/rules/settings.ts";
import type {
  Finding,
  HeldLock,
  MeasuredStep,
  RehearsedDowngrade,
  RehearsedRevision,
  TableChange,
  TracedStatement,
} from "../../../../../src/reports/rehearsal.ts";

/** A revision of the tests; its file's path is in the app's container. */
export const FILE = "/srv/app/versions/4f1c.py";

const QUIET: TableChange = {
  table: "",
  rows: 0,
  bytes: 0,
  inserted: 0,
  updated: 0,
  deleted: 0,
  scanned: 0,
  rewritten: false,
  dropped: false,
};

/** A table that was there, of 200,000 rows unless said otherwise. */
export function table(name: string, change: Partial<TableChange> = {}): TableChange {
  return { ...QUIET, table: `public.${name}`, rows: 200_000, bytes: 30e6, ...change };
}

/** A lock on a table, taken by a statement and held for 840 ms. */
export function lock(
  name: string,
  mode: HeldLock["mode"],
  statement: number | null = 0,
  heldMs = 840,
): HeldLock {
  return { relation: `public.${name}`, kind: "table", mode, heldMs, statement };
}

/** Statements, each from a line of its own, the first from line 10. */
export function sent(
  ...statements: readonly (string | (Partial<TracedStatement> & { sql: string }))[]
): TracedStatement[] {
  const plain = { ms: 1, rows: 0, count: 1, autocommit: false, file: FILE };
  return statements.map((one, i) => ({
    ...plain,
    line: 10 + i,
    ...(typeof one === "string" ? { sql: one } : one),
  }));
}

/** What a move was measured to do; nothing, unless said otherwise. */
export function step(measured: Partial<MeasuredStep>): MeasuredStep {
  return {
    ...{ tookMs: 900, statements: [], locks: [], tables: [], indexes: [] },
    ...{ walBytes: 0, grewBytes: 0, committedInside: false },
    ...measured,
  };
}

/** What a test may say otherwise of a revision. */
export interface Given {
  readonly upgrade?: Partial<MeasuredStep>;
  readonly downgrade?: Partial<RehearsedDowngrade>;
  readonly more?: Partial<RehearsedRevision>;
  readonly revision?: Partial<Revision>;
  readonly rules?: Readonly<Record<string, string>>;
  readonly allowed?: readonly string[];
  readonly before?: readonly FingerprintRow[];
  readonly after?: readonly FingerprintRow[];
}

const LOSSLESS: RehearsedDowngrade = {
  verdict: "lossless",
  measured: null,
  failure: null,
  differences: [],
  lost: [],
};

/** What the rules say to a revision that is without fault but for what is given. */
export function judged(
  { upgrade = {}, downgrade, more, rules = {}, allowed, ...given }: Given,
): Finding[] {
  const rehearsed: RehearsedRevision = {
    revision: "4f1c09ab",
    doc: "move addresses",
    file: FILE,
    sha256: "0".repeat(64),
    upgrade: step(upgrade),
    failure: null,
    changes: [],
    changeHashes: [],
    lost: [],
    fingerprintBefore: "a",
    fingerprintAfter: "b",
    downgrade: { ...LOSSLESS, ...downgrade },
    again: { same: true, failure: null, differences: [] },
    findings: [],
    ...more,
  };
  return judgeRevision(rehearsed, {
    revision: { ...revision("4f1c09ab"), ...given.revision },
    settings: parseRules(rules),
    allowed: new Set(allowed),
    before: given.before ?? [],
    after: given.after ?? [],
    rows: new Map((upgrade.tables ?? []).map(({ table, rows }) => [table, rows])),
  });
}

/** A revision as its file has it. */
export function revision(
  id: string,
  down: readonly string[] = [],
  more: Partial<Revision> = {},
): Revision {
  return {
    ...{ id, down, dependsOn: [], labels: [], doc: `do ${id}`, docstring: `do ${id}` },
    ...{ created: undefined, path: FILE, sha256: "0".repeat(64) },
    ...{ upgrade: "code", downgrade: "code", autocommit: false },
    ...{ codeSha256: undefined, touches: undefined, addsOnly: false, makes: [] },
    ...more,
  };
}

/** The rules of findings, each with its level. */
export function named(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, level }) => `${rule} ${level}`);
}
