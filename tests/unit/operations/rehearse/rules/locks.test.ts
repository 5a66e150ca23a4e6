import assert from "node:assert/strict";
import { FILE, judged, lock, named, sent, table } from "./rehearsed.ts";

const REWRITE = {
  statements: sent("ALTER TABLE bids ALTER COLUMN amount TYPE BIGINT"),
  locks: [lock("bids", "ACCESS EXCLUSIVE")],
  tables: [table("bids", { rows: 100_000, bytes: 15e6, rewritten: true })],
};

Deno.test("a rewrite must be told with its lock, time, rows and bytes, and where it stands", () => {
  const [finding, ...more] = judged({ upgrade: REWRITE });
  assert.deepEqual(more, []);
  assert.equal(
    finding?.text,
    "`ALTER TABLE bids ALTER COLUMN amount TYPE BIGINT` held ACCESS EXCLUSIVE on public.bids for " +
      "840 ms on the copy, which blocks reads and writes, while its 100,000 rows were written anew " +
      "(15 MB).",
  );
  assert.deepEqual([finding?.rule, finding?.level], ["blocks-reads", "warn"]);
  assert.deepEqual([finding?.file, finding?.line], [FILE, 10]);
  assert.match(finding?.fix ?? "", /ADD COLUMN amount_new BIGINT"\)/);
});

Deno.test("a rewrite of a large table must fail as such, and be told once", () => {
  const tables = [table("bids", { rows: 900_000, bytes: 150e6, rewritten: true })];
  assert.deepEqual(named(judged({ upgrade: { ...REWRITE, tables } })), ["rewrite-over fail"]);
  const rules = { "rewrite-over": "off" };
  assert.deepEqual(named(judged({ upgrade: { ...REWRITE, tables }, rules })), [
    "blocks-reads warn",
  ]);
});

Deno.test("a large rewrite must be told also where nobody saw its lock", () => {
  const upgrade = {
    statements: sent("CALL convert()"),
    tables: [table("bids", { bytes: 150e6, rewritten: true })],
  };
  assert.deepEqual(named(judged({ upgrade })), ["rewrite-over fail"]);
});

Deno.test("a table that is emptied must not count as written anew", () => {
  const upgrade = {
    statements: sent("TRUNCATE bids"),
    locks: [lock("bids", "ACCESS EXCLUSIVE")],
    tables: [table("bids", { bytes: 150e6, rewritten: true, deleted: 200_000 })],
  };
  assert.deepEqual(judged({ upgrade }), []);
});

Deno.test("small tables must be let pass", () => {
  const tables = [table("bids", { rows: 49_999, bytes: 5e6, rewritten: true })];
  assert.deepEqual(judged({ upgrade: { ...REWRITE, tables } }), []);
});

Deno.test("an index built without CONCURRENTLY must be told as what blocks writes", () => {
  const statements = sent("CREATE INDEX ix_bids_at ON shop.bids (at DESC, id)");
  const upgrade = {
    statements,
    locks: [{ ...lock("bids", "SHARE"), relation: "shop.bids" }],
    tables: [{ ...table("bids", { scanned: 200_000 }), table: "shop.bids" }],
  };
  const [finding] = judged({ upgrade });
  assert.equal(finding?.rule, "blocks-writes");
  assert.match(finding.text, /held SHARE on shop\.bids .* blocks writes, while an index was built/);
  assert.equal(
    finding.fix,
    `# In a revision of its own: it commits by itself.
with op.get_context().autocommit_block():
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_bids_at")  # what a build that failed left
    op.execute("CREATE INDEX CONCURRENTLY ix_bids_at ON shop.bids (at DESC, id)")`,
  );
});

Deno.test("an index on a partitioned table must not be told to be built CONCURRENTLY", () => {
  const upgrade = {
    statements: sent("CREATE INDEX ix_bids_at ON bids (at)"),
    locks: [lock("bids", "SHARE")],
    tables: [table("bids", { scanned: 200_000 })],
  };
  const before = [["table", "public.bids", "p pers=p"]] as const;
  const [finding] = judged({ upgrade, before: before.map(([a, b, c]) => [a, b, c]) });
  assert.match(finding?.fix ?? "", /ON ONLY it.* ATTACH PARTITION/s);
});

Deno.test("a constraint that is checked at once must be told with both its tables", () => {
  const sql = "ALTER TABLE bids ADD CONSTRAINT fk FOREIGN KEY(user_id) REFERENCES users (id)";
  const upgrade = {
    statements: sent(sql),
    locks: [lock("bids", "SHARE ROW EXCLUSIVE"), lock("users", "SHARE ROW EXCLUSIVE")],
    tables: [table("bids", { scanned: 200_000 }), table("users", { rows: 10, scanned: 10 })],
  };
  const rules = { "fk-without-index": "off" };
  const [finding, ...more] = judged({ upgrade, rules });
  assert.deepEqual(more, []);
  assert.equal(finding?.rule, "constraint-scan");
  assert.match(finding.text, /SHARE ROW EXCLUSIVE on public\.bids and public\.users/);
  assert.match(finding.fix ?? "", /FOREIGN KEY\(user_id\) REFERENCES users \(id\) NOT VALID"\)\n/);
  assert.match(finding.fix ?? "", /VALIDATE CONSTRAINT fk"\)/);
});

Deno.test("a constraint that is not validated at once must be let pass", () => {
  const upgrade = {
    statements: sent("ALTER TABLE bids ADD CONSTRAINT ck CHECK (amount > 0) NOT VALID"),
    locks: [lock("bids", "ACCESS EXCLUSIVE")],
    tables: [table("bids")],
  };
  assert.deepEqual(judged({ upgrade }), []);
});

const NOT_NULL = {
  statements: sent("ALTER TABLE bids ALTER COLUMN bidder SET NOT NULL"),
  locks: [lock("bids", "ACCESS EXCLUSIVE")],
  tables: [table("bids", { scanned: 200_000 })],
};

Deno.test("SET NOT NULL must be told where it reads the table", () => {
  const [finding] = judged({ upgrade: NOT_NULL });
  assert.equal(finding?.rule, "not-null-scan");
  assert.match(finding.fix ?? "", /CHECK \(bidder IS NOT NULL\) NOT VALID"\)/);
});

Deno.test("SET NOT NULL must be let pass where a valid check spares it the reading", () => {
  const check = (definition: string) =>
    judged({
      upgrade: NOT_NULL,
      before: [["constraint", "ck on public.bids", `c CHECK ((bidder IS NOT NULL))${definition}`]],
    });
  assert.deepEqual(check(""), []);
  assert.deepEqual(named(check(" NOT VALID")), ["not-null-scan warn"]);
  const validated = sent("ALTER TABLE bids VALIDATE CONSTRAINT ck", NOT_NULL.statements[0]!);
  const locks = [lock("bids", "SHARE UPDATE EXCLUSIVE", 0), lock("bids", "ACCESS EXCLUSIVE", 1)];
  assert.deepEqual(judged({ upgrade: { ...NOT_NULL, statements: validated, locks } }), []);
});

Deno.test("a volatile default must be told, a constant one not", () => {
  const sql = "ALTER TABLE bids ADD COLUMN token uuid DEFAULT gen_random_uuid() NOT NULL";
  const upgrade = { statements: sent(sql), locks: [lock("bids", "ACCESS EXCLUSIVE")] };
  const of = (rewritten: boolean) =>
    judged({ upgrade: { ...upgrade, tables: [table("bids", { rewritten })] } });
  const [finding] = of(true);
  assert.equal(finding?.rule, "volatile-default");
  assert.match(finding.fix ?? "", /ALTER COLUMN token SET DEFAULT gen_random_uuid\(\)"\)/);
  assert.match(finding.fix ?? "", /SET token = gen_random_uuid\(\) WHERE ctid = ANY/);
  assert.deepEqual(of(false), []);
});

Deno.test("a column that counts must be told with a sequence in its place", () => {
  const [finding] = judged({
    upgrade: {
      statements: sent("ALTER TABLE bids ADD COLUMN no BIGSERIAL"),
      locks: [lock("bids", "ACCESS EXCLUSIVE")],
      tables: [table("bids", { rewritten: true })],
    },
  });
  assert.match(
    finding?.fix ?? "",
    /ADD COLUMN no bigint"\)\n.*CREATE SEQUENCE seq_bids_no OWNED BY/,
  );
});

Deno.test("a lock that outlasts its statement must be told with the work that it outlasts", () => {
  const upgrade = {
    statements: sent(
      "ALTER TABLE users ADD COLUMN plan text",
      { sql: "INSERT INTO plans SELECT id FROM users", rows: 600_000 },
      { sql: "UPDATE settings SET a = 1", rows: 500_000 },
    ),
    locks: [lock("users", "ACCESS EXCLUSIVE")],
    tables: [table("users", { rows: 10 })],
  };
  const [finding, ...more] = judged({ upgrade });
  assert.deepEqual(more, []);
  assert.deepEqual([finding?.rule, finding?.level], ["blocks-reads", "fail"]);
  assert.match(finding?.text ?? "", /while 600,000 rows were written into plans by `INSERT INTO/);
});

Deno.test("work before a lock, or after its transaction, must not be held against it", () => {
  const update = { sql: "UPDATE users SET a = 1 WHERE id > 5", rows: 400_000 };
  const alter = "ALTER TABLE users ADD COLUMN plan text";
  const before = {
    statements: sent(update, alter),
    locks: [lock("users", "ACCESS EXCLUSIVE", 1)],
  };
  assert.deepEqual(judged({ upgrade: before }), []);
  const after = {
    statements: sent(alter, { ...update, autocommit: true }),
    locks: [lock("users", "ACCESS EXCLUSIVE", 0)],
  };
  assert.deepEqual(judged({ upgrade: after }), []);
});

Deno.test("weak locks must never be told", () => {
  const upgrade = {
    statements: sent({ sql: "CREATE INDEX CONCURRENTLY i ON bids (a)", autocommit: true }),
    locks: [lock("bids", "SHARE UPDATE EXCLUSIVE", 0, 60_000)],
    tables: [table("bids", { scanned: 400_000 })],
  };
  assert.deepEqual(judged({ upgrade }), []);
});

Deno.test("a view that is filled anew must be told where it cannot be read meanwhile", () => {
  const of = (sql: string, mode: "EXCLUSIVE" | "ACCESS EXCLUSIVE") =>
    judged({
      upgrade: {
        statements: sent(sql),
        locks: [{ ...lock("sums", mode), kind: "view" }],
        tables: [table("sums", { rewritten: mode === "ACCESS EXCLUSIVE", scanned: 200_000 })],
      },
    });
  const [finding] = of("REFRESH MATERIALIZED VIEW sums", "ACCESS EXCLUSIVE");
  assert.equal(finding?.rule, "blocks-reads");
  assert.match(finding.fix ?? "", /REFRESH MATERIALIZED VIEW CONCURRENTLY sums/);
  assert.deepEqual(of("REFRESH MATERIALIZED VIEW CONCURRENTLY sums", "EXCLUSIVE"), []);
});

Deno.test("a lock that was held for long must fail, whatever was done under it", () => {
  const upgrade = {
    statements: sent("ALTER TABLE bids ADD a int", "SELECT pg_sleep(9)"),
    locks: [lock("bids", "ACCESS EXCLUSIVE", 0, 9000)],
    tables: [table("bids", { rows: 5 })],
  };
  assert.deepEqual(named(judged({ upgrade })), ["long-lock fail"]);
});

Deno.test("a lock that was only seen from outside must be told with the statement on its table", () => {
  const statements = sent({ sql: "CREATE INDEX i ON bids (a)", autocommit: true });
  const upgrade = { statements, locks: [lock("bids", "SHARE", null)], tables: [table("bids")] };
  const [finding] = judged({ upgrade });
  assert.deepEqual([finding?.rule, finding?.line], ["blocks-writes", 10]);
});

Deno.test("tables locked one after the other must be told, those of one statement not", () => {
  const alter = (name: string) => `ALTER TABLE ${name} ADD a int`;
  const names = ["users", "bids", "payments"];
  const one = { statements: sent(...names.map(alter)), tables: [] };
  const locks = names.map((name, i) => lock(name, "ACCESS EXCLUSIVE", i));
  const rules = { "many-changes": "off" };
  const [finding] = judged({ upgrade: { ...one, locks }, rules });
  assert.equal(finding?.rule, "locks-many");
  assert.match(finding.text, /locked public\.users, public\.bids and public\.payments one after/);
  const together = names.map((name) => lock(name, "ACCESS EXCLUSIVE", 0));
  assert.deepEqual(judged({ upgrade: { ...one, locks: together }, rules }), []);
});
