import assert from "node:assert/strict";
import type { FingerprintRow } from "../../../../../src/backups/manifest.ts";
import { judged, named, sent, table } from "./rehearsed.ts";

const BUILD = { sql: "CREATE INDEX CONCURRENTLY ix_bids_at ON bids (at)", autocommit: true };

Deno.test("an index alone in its revision may commit by itself", () => {
  assert.deepEqual(judged({ upgrade: { statements: sent(BUILD), committedInside: true } }), []);
});

Deno.test("a statement that commits what came before it must be told", () => {
  const statements = sent("ALTER TABLE bids ADD COLUMN at timestamptz", BUILD);
  const [finding] = judged({ upgrade: { statements, committedInside: true } });
  assert.deepEqual([finding?.rule, finding?.line], ["commits-inside", 11]);
  assert.match(
    finding?.text ?? "",
    /stumbles over it: `ALTER TABLE bids ADD COLUMN at timestamptz`/,
  );
});

Deno.test("statements that can run twice may commit one by one", () => {
  const statements = sent(
    { sql: "DROP INDEX CONCURRENTLY IF EXISTS ix_bids_at", autocommit: true },
    { sql: "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_bids_at ON bids (at)", autocommit: true },
    { sql: "UPDATE bids SET a = 1 WHERE a IS NULL", autocommit: true, rows: 9 },
  );
  assert.deepEqual(judged({ upgrade: { statements, committedInside: true } }), []);
});

Deno.test("an index that is dropped where it was left broken may be built again", () => {
  const of = (name: string) => {
    const drop = { sql: `DROP INDEX CONCURRENTLY IF EXISTS ${name}`, autocommit: true };
    const upgrade = { statements: sent(drop, BUILD), committedInside: true };
    return named(judged({ upgrade }));
  };
  assert.deepEqual(of("ix_bids_at"), []);
  assert.deepEqual(of("ix_bids_by"), ["commits-inside warn"]);
});

Deno.test("an index that is left broken must fail, with the way to build it again", () => {
  const index = { index: "public.ix_bids_at", table: "public.bids", bytes: 0 };
  const indexes = [{ ...index, concurrently: true, valid: false }];
  const [finding] = judged({
    upgrade: { statements: sent(BUILD), indexes, committedInside: true },
  });
  assert.deepEqual([finding?.rule, finding?.level], ["invalid-index", "fail"]);
  assert.match(finding?.fix ?? "", /DROP INDEX CONCURRENTLY IF EXISTS ix_bids_at/);
});

Deno.test("a renamed column or table must be told, and not one that the revision made itself", () => {
  const tables = [table("users"), table("bids")];
  const of = (...sql: string[]) => named(judged({ upgrade: { statements: sent(...sql), tables } }));
  assert.deepEqual(of("ALTER TABLE bids RENAME who TO bidder"), ["renamed warn"]);
  assert.deepEqual(of("ALTER TABLE bids RENAME TO offers"), ["renamed warn"]);
  assert.deepEqual(of("ALTER TABLE fresh RENAME TO offers"), []);
  assert.deepEqual(of("ALTER TABLE bids ADD a_new int", "ALTER TABLE bids RENAME a_new TO a"), []);
  assert.deepEqual(of("ALTER TABLE bids DROP a", "ALTER TABLE bids RENAME a_new TO a"), []);
});

Deno.test("a column that every INSERT must name must be told, on a table that was there", () => {
  const of = (definition: string, old?: string, ...sql: string[]) => {
    const there: FingerprintRow[] = [
      ["table", "public.bids", "table"],
      ["column", "public.bids.id", "#1 integer NOT NULL"],
    ];
    const who = (text: string): FingerprintRow => ["column", 'public.bids."Who"', text];
    const after: FingerprintRow[] = [
      ...there,
      who(definition),
      ["column", "public.made.id", "#1 integer NOT NULL"],
    ];
    const before = [...there, ...old === undefined ? [] : [who(old)]];
    return judged({ upgrade: { statements: sent(...sql) }, before, after });
  };
  const [finding] = of("#2 text NOT NULL", undefined, 'ALTER TABLE bids ADD "Who" text NOT NULL');
  assert.deepEqual(
    [finding?.rule, finding?.level, finding?.line],
    ["required-column", "warn", 10],
  );
  assert.match(finding?.text ?? "", /^public\.bids\."Who" is NOT NULL and has no default: /);
  assert.match(finding?.fix ?? "", /ALTER TABLE public\.bids ALTER COLUMN "Who" SET DEFAULT/);
  const lost = of("#2 text NOT NULL", "#2 text NOT NULL default=''::text");
  assert.deepEqual(named(lost), ["required-column warn"]);
  for (const quiet of ["", " NOT NULL default=''::text", " NOT NULL identity=d"]) {
    assert.deepEqual(of(`#2 text${quiet}`), [], quiet);
  }
  assert.deepEqual(of("#2 text NOT NULL", "#2 text"), []);
  assert.deepEqual(of("#2 text NOT NULL inherited"), []);
  const renamed = of("#2 text NOT NULL", undefined, 'ALTER TABLE bids RENAME who TO "Who"');
  assert.deepEqual(named(renamed), ["renamed warn"]);
});

Deno.test("what is dropped must be told only where it is asked for", () => {
  const statements = sent("ALTER TABLE bids DROP COLUMN a", "DROP TABLE users");
  const upgrade = { statements, tables: [table("bids"), table("users")] };
  assert.deepEqual(judged({ upgrade }), []);
  const findings = judged({ upgrade, rules: { dropped: "warn" } });
  assert.deepEqual(named(findings), ["dropped warn", "dropped warn"]);
});

Deno.test("a foreign key without an index must be told, one with an index not", () => {
  const sql =
    "ALTER TABLE bids ADD CONSTRAINT fk FOREIGN KEY(user_id) REFERENCES users (id) NOT VALID";
  const of = (index: string) =>
    named(judged({
      upgrade: { statements: sent(sql), tables: [table("bids")] },
      after: [[
        "index",
        "public.ix on public.bids",
        `CREATE INDEX ix ON public.bids USING btree ${index}`,
      ]],
    }));
  assert.deepEqual(of("(at)"), ["fk-without-index warn"]);
  assert.deepEqual(of("(at, user_id)"), ["fk-without-index warn"]);
  assert.deepEqual(of("(user_id) WHERE at IS NULL"), ["fk-without-index warn"]);
  assert.deepEqual(of("(user_id, at)"), []);
});

Deno.test("unrelated changes must be counted by what belongs together", () => {
  const names = ["users", "bids", "payments", "settings"];
  const upgrade = {
    statements: sent(...names.map((name) => `ALTER TABLE ${name} ADD a int`)),
    tables: names.map((name) => table(name)),
  };
  assert.deepEqual(named(judged({ upgrade })), ["many-changes warn"]);
  const key = "f FOREIGN KEY (user_id) REFERENCES public.users(id)";
  assert.deepEqual(judged({ upgrade, before: [["constraint", "fk on public.bids", key]] }), []);
});

Deno.test("a revision that does not say what it is for must be told", () => {
  for (const doc of ["", "empty message"]) {
    assert.deepEqual(named(judged({ revision: { doc } })), ["no-docstring warn"]);
  }
});
