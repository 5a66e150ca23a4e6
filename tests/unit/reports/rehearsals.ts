import type {
  Finding,
  MeasuredStep,
  RehearsalReport,
  RehearsedDowngrade,
  RehearsedRevision,
  StepFailure,
} from "../../../src/reports/rehearsal.ts";

const FOLDER = "/srv/app/migrations/versions";

const LOSSLESS: RehearsedDowngrade = {
  verdict: "lossless",
  measured: null,
  failure: null,
  differences: [],
  lost: [],
};

const QUICK: MeasuredStep = {
  tookMs: 41,
  statements: [],
  locks: [],
  tables: [],
  indexes: [],
  walBytes: 8192,
  grewBytes: 8192,
  committedInside: false,
};

/** A quick revision without a finding, except for what is given. */
export function revisionWith(more: Partial<RehearsedRevision> = {}): RehearsedRevision {
  return {
    revision: "0a7c6e4d8f13",
    doc: "close every auction",
    file: `${FOLDER}/0a7c6e4d8f13_close_every_auction.py`,
    sha256: "5e".repeat(32),
    upgrade: QUICK,
    failure: null,
    changes: [],
    changeHashes: [],
    lost: [],
    fingerprintBefore: "aa".repeat(32),
    fingerprintAfter: "bb".repeat(32),
    downgrade: LOSSLESS,
    again: { same: true, failure: null, differences: [] },
    findings: [],
    ...more,
  };
}

/** A finding that stops an upgrade, except for what is given. */
export function findingWith(more: Partial<Finding> = {}): Finding {
  return {
    rule: "rewrite-over",
    level: "fail",
    allowed: false,
    text: "Rewrites public.users (15 MB, about 300,000 rows) and locks everybody out of it for " +
      "970 ms: the type of a column is changed.",
    fix: null,
    revision: "4f1c09ab27de",
    file: `${FOLDER}/4f1c09ab27de_move_addresses.py`,
    line: 21,
    ...more,
  };
}

/** A step that failed with a server's error. */
export const FAILURE: StepFailure = {
  kind: "failed",
  message: 'column "status" of relation "auctions" contains null values',
  details: [
    "alter table auctions alter column status set not null",
    "psycopg.errors.NotNullViolation\n  at row 12 of 300",
  ],
  file: `${FOLDER}/0a7c6e4d8f13_close_every_auction.py`,
  line: 17,
};

/** A revision that rewrites a table and does not bring everything back. */
export const DEAR = revisionWith({
  revision: "4f1c09ab27de",
  doc: "move addresses out of users",
  file: `${FOLDER}/4f1c09ab27de_move_addresses.py`,
  upgrade: {
    ...QUICK,
    tookMs: 1204,
    statements: [
      {
        ...{ sql: "ALTER TABLE users ALTER COLUMN id TYPE bigint", ms: 970, rows: 0, count: 1 },
        ...{ autocommit: false, file: `${FOLDER}/4f1c09ab27de_move_addresses.py`, line: 21 },
      },
      {
        ...{ sql: "INSERT INTO addresses VALUES ($1, $2)", ms: 83, rows: 1000, count: 1000 },
        ...{ autocommit: false, file: null, line: null },
      },
    ],
    locks: [
      { relation: "public.users", kind: "table", mode: "SHARE", heldMs: 1100, statement: null },
      {
        ...{ relation: "public.users", kind: "table", mode: "ACCESS EXCLUSIVE" },
        ...{ heldMs: 970, statement: 0 },
      },
    ],
    tables: [{
      ...{ table: "public.users", rows: 300_000, bytes: 15_000_000, scanned: 300_000 },
      ...{ inserted: 0, updated: 1000, deleted: 101, rewritten: true, dropped: false },
    }],
  },
  changes: ['table "addresses" is new'],
  lost: [{ what: "column", table: "public.users", column: "address", rows: 2000 }],
  downgrade: {
    ...LOSSLESS,
    verdict: "lossy",
    differences: ['type "order_state" is left behind by the downgrade of 4f1c09ab27de'],
    lost: [
      { what: "values", table: "public.users", column: "address", rows: 12 },
      { what: "rows", table: "public.bids", column: null, rows: 101 },
    ],
  },
  findings: [
    findingWith({
      fix: 'op.add_column("users", sa.Column("id_new", sa.BigInteger()))\n' +
        "# backfill in batches, then swap in a later revision\n" +
        'op.alter_column("users", "id_new", new_column_name="id")',
    }),
    findingWith({
      rule: "many-things",
      level: "warn",
      text: "Does 3 unrelated things: a failure in one keeps the others from being applied.",
      file: null,
      line: null,
    }),
  ],
});

/** A rehearsal of one quick revision where nothing was found, except for what is given. */
export function rehearsalWith(more: Partial<RehearsalReport> = {}): RehearsalReport {
  return {
    kind: "rehearsal",
    target: { project: "auction", service: "db", database: "auction" },
    app: "web",
    verdict: "passed",
    from: ["e1f5803c9b2d"],
    to: ["0a7c6e4d8f13"],
    data: {
      ...{ source: "backup", name: "db_backup_20261122_020000" },
      ...{ takenAt: "2026-11-22T02:00:00Z", bytes: 19_000_000 },
    },
    image: { name: "auction-web:latest", id: `sha256:${"cd".repeat(32)}` },
    fingerprint: "aa".repeat(32),
    scripts: "dd".repeat(32),
    settings: "ee".repeat(32),
    revisions: [revisionWith()],
    drift: { fresh: [], known: [], unknown: null },
    trials: [],
    findings: [],
    rehearsedAt: "2026-11-22T14:40:00Z",
    tookMs: 12_400,
    copyMs: 2100,
    takenBack: [],
    unseen: [],
    warnings: [],
    ...more,
  };
}

/** One that fails on a finding. */
export const FOUND = rehearsalWith({ verdict: "failed", revisions: [DEAR, revisionWith()] });

/** One whose second revision fails, so that the third was not reached. */
export const BROKEN = rehearsalWith({
  verdict: "failed",
  revisions: [
    revisionWith({ revision: "4f1c09ab27de", doc: "move addresses out of users" }),
    revisionWith({
      ...{ upgrade: null, failure: FAILURE, fingerprintAfter: null, again: null },
      downgrade: { ...LOSSLESS, verdict: "not-tried" },
      findings: [findingWith({
        ...{ rule: "upgrade-fails", text: `${FAILURE.message}.`, revision: "0a7c6e4d8f13" },
        ...{ file: FAILURE.file, line: FAILURE.line, fix: "# fill the column first" },
      })],
    }),
    revisionWith({
      ...{ revision: "77aa09ab27de", doc: "index the bids", upgrade: null, again: null },
      downgrade: { ...LOSSLESS, verdict: "not-tried" },
    }),
  ],
  drift: null,
});

/** One whose revision fails, and no rule was asked about it. */
export const UNJUDGED = rehearsalWith({
  verdict: "failed",
  revisions: BROKEN.revisions.map((revision) => ({ ...revision, findings: [] })),
  drift: null,
});

/** One whose downgrades and trials go wrong, each in another way. */
export const TRIED = rehearsalWith({
  verdict: "failed",
  data: { source: "file", name: "/srv/old.sql", takenAt: null, bytes: 1_200_000_000 },
  revisions: [
    revisionWith({
      ...{ revision: "aaaa00000001", doc: "split orders" },
      downgrade: { ...LOSSLESS, verdict: "fails", failure: { ...FAILURE, kind: "raises" } },
    }),
    revisionWith({
      ...{ revision: "aaaa00000002", doc: "drop the archive" },
      lost: [{ what: "table", table: "public.archive", column: null, rows: 1_234_567 }],
      downgrade: { ...LOSSLESS, verdict: "none" },
      again: { same: false, failure: null, differences: [] },
    }),
    revisionWith({
      ...{ revision: "aaaa00000003", doc: "order columns" },
      downgrade: { ...LOSSLESS, verdict: "cosmetic" },
      again: { same: false, failure: FAILURE, differences: [] },
      findings: [findingWith({ rule: "no-docstring", allowed: true, text: "Has no docstring." })],
    }),
  ],
  drift: {
    fresh: ["add_column bids.note", "remove_index ix_bids_user"],
    known: ["add_table audit"],
    unknown: null,
  },
  trials: [
    {
      ...{ what: "run", command: "pytest -q", ok: false, tookMs: 12_000, exitCode: 1 },
      output: "F.\n=== FAILURES ===\nE   KeyError: 'address'\n1 failed, 1 passed\n",
    },
    {
      ...{ what: "health", command: "http://localhost:8000/health", ok: true, tookMs: 3100 },
      ...{ exitCode: null, output: "listening on 8000\n" },
    },
  ],
  findings: [
    findingWith({
      ...{ rule: "out-of-order", level: "warn", revision: null, file: null, line: null },
      text: "aaaa00000001 is pending, and was written before aaaa00000000, which is applied.",
    }),
    findingWith({
      ...{ rule: "app-command-fails", revision: null, file: null, line: null },
      text: "`pytest -q` ended with exit code 1 after 12 s on the new schema.",
    }),
  ],
  warnings: ["No extension vector is in the image: one column was left out."],
});

/** Text that tries to be more than text, in whatever may carry it. */
export const EVIL =
  "`x` | <b>@team</b> [a](http://evil.example) ]]> & \u001b[31m\r\n::error::no\n" +
  "## owned ``` ~~~ #12 \u202e\u0000";

/** One in which everything that a project can name is hostile, and long. */
export const HOSTILE = rehearsalWith({
  verdict: "failed",
  data: { source: "file", name: EVIL, takenAt: null, bytes: 1 },
  image: { name: EVIL, id: EVIL },
  to: [EVIL],
  revisions: [
    revisionWith({
      ...{ revision: `${EVIL}${"x".repeat(200)}`, doc: `${EVIL} ${"word ".repeat(60)}` },
      upgrade: {
        ...QUICK,
        statements: [{
          ...{ sql: EVIL, ms: 1, rows: 0, count: 1, autocommit: false, file: EVIL, line: 1 },
        }],
        locks: [{
          ...{ relation: EVIL, kind: "table", mode: "ACCESS EXCLUSIVE", heldMs: 1, statement: 0 },
        }],
        tables: [{
          ...{ table: EVIL, rows: 1, bytes: 1, scanned: 1, inserted: 1, updated: 1, deleted: 1 },
          ...{ rewritten: true, dropped: false },
        }],
      },
      failure: { kind: "failed", message: EVIL, details: [EVIL], file: EVIL, line: 3 },
      changes: [EVIL],
      lost: [{ what: "column", table: EVIL, column: EVIL, rows: 1 }],
      downgrade: { ...LOSSLESS, verdict: "differs", differences: [EVIL] },
      findings: [findingWith({ text: EVIL, fix: EVIL, file: EVIL })],
    }),
  ],
  drift: { fresh: [EVIL], known: [], unknown: null },
  trials: [
    { what: "run", command: EVIL, ok: false, tookMs: 1, exitCode: 1, output: EVIL },
  ],
  findings: [findingWith({ text: EVIL, revision: null, file: null, line: null })],
  warnings: [EVIL],
});
