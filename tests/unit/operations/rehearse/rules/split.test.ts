import assert from "node:assert/strict";
import type { FingerprintRow } from "../../../../../src/backups/manifest.ts";
import type { TracedStatement } from "../../../../../src/reports/rehearsal.ts";
import { judged, lock, sent, table } from "./rehearsed.ts";

const TABLES: readonly FingerprintRow[] = ["users", "bids", "works"].map((name) => [
  "table",
  `public.${name}`,
  "r permanent",
]);

type Statement = string | (Partial<TracedStatement> & { sql: string });

/** What is advised where these statements lock three tables one after the other. */
function advised(...statements: readonly Statement[]): string {
  const names = ["users", "bids", "works"];
  const findings = judged({
    upgrade: {
      statements: sent(...statements),
      locks: names.map((name, at) =>
        lock(name, "ACCESS EXCLUSIVE", Math.min(at, statements.length - 1))
      ),
      tables: names.map((name) => table(name, { rows: 10 })),
    },
    rules: { "locks-many": "warn 2" },
    before: TABLES,
    after: TABLES,
  });
  return findings.find(({ rule }) => rule === "locks-many")?.fix ?? "";
}

const revisions = (fix: string) =>
  fix.split(/^# Revision \d+: /m).slice(1).map((part) => part.trim());

Deno.test("statements that lock too much are advised in revisions of their own", () => {
  assert.deepEqual(
    revisions(advised(
      "ALTER TABLE users ADD COLUMN n INTEGER",
      "CREATE INDEX ix_bids ON bids (who)",
      { sql: "DROP INDEX CONCURRENTLY ix_works", autocommit: true },
      "CREATE TABLE tags (id integer)",
      "ALTER TABLE tags ALTER COLUMN id SET NOT NULL",
    )),
    [
      'for a moment only\nop.execute("ALTER TABLE users ADD COLUMN n INTEGER")',
      "built while others read and write\n# In a revision of its own: it commits by itself.\n" +
      "with op.get_context().autocommit_block():\n" +
      '    op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_bids")  # what a build that failed left\n' +
      '    op.execute("CREATE INDEX CONCURRENTLY ix_bids ON bids (who)")',
      "it commits by itself\nwith op.get_context().autocommit_block():\n" +
      '    op.execute("DROP INDEX CONCURRENTLY ix_works")',
      'for a moment only\nop.execute("CREATE TABLE tags (id integer)")',
      // It is new: nobody waits for it.
      'for a moment only\nop.execute("ALTER TABLE tags ALTER COLUMN id SET NOT NULL")',
    ],
  );
});

Deno.test("a column made NOT NULL is advised by way of a CHECK that is validated apart", () => {
  const parts = revisions(advised(
    "ALTER TABLE users ALTER COLUMN n SET NOT NULL",
    "ALTER TABLE bids ADD COLUMN m INTEGER",
    "ALTER TABLE works ADD COLUMN m INTEGER",
  ));
  assert.equal(parts.length, 4);
  assert.match(parts[0]!, /ADD CONSTRAINT ck_users_n_not_null CHECK \(n IS NOT NULL\) NOT VALID/);
  assert.match(parts[1]!, /VALIDATE CONSTRAINT[^]*SET NOT NULL[^]*DROP CONSTRAINT/);
});

Deno.test("nothing is written out of statements that are not known as the file has them", () => {
  const other = "ALTER TABLE bids ADD COLUMN m INTEGER";
  for (
    const odd of [
      "UPDATE users SET n = %(n)s",
      "UPDATE users SET n = :n",
      "UPDATE users SET n = $1",
      "ALTER TABLE users ADD COLUMN n INTEGER, …",
      "DO 'BEGIN -- a comment that takes the rest'",
      { sql: "UPDATE users SET n = 1 WHERE id = 2", count: 40 },
    ]
  ) {
    assert.equal(
      advised(odd, other, "ALTER TABLE works ADD COLUMN m INTEGER"),
      "# Each lock is let go before the next is wanted: one revision for each table.",
    );
  }
  // A cast is no parameter.
  assert.notEqual(revisions(advised("UPDATE users SET n = '1'::int", other, other)).length, 0);
});
