import assert from "node:assert/strict";
import type { DataLoss } from "../../../../../src/reports/rehearsal.ts";
import { judged, lock, named, sent, table } from "./rehearsed.ts";

const CITY: DataLoss = { what: "column", table: "public.users", column: "city", rows: 4200 };

Deno.test("a dropped column with values must fail until it is allowed by name", () => {
  const given = {
    upgrade: { statements: sent("ALTER TABLE users DROP COLUMN city"), tables: [table("users")] },
    more: { lost: [CITY] },
    downgrade: { verdict: "lossy", lost: [CITY] } as const,
  };
  const [finding, ...more] = judged(given);
  assert.deepEqual(more, []);
  assert.deepEqual([finding?.rule, finding?.level, finding?.line], ["data-lost", "fail", 10]);
  assert.match(
    finding?.text ?? "",
    /^The upgrade destroys the column public\.users\.city with 4,200 values/,
  );
  assert.equal(judged({ ...given, allowed: ["data-lost"] })[0]?.allowed, true);
});

Deno.test("data that the downgrade brings back must count as moved, not as lost", () => {
  for (const verdict of ["lossless", "cosmetic"] as const) {
    assert.deepEqual(judged({ more: { lost: [CITY] }, downgrade: { verdict } }), []);
  }
});

Deno.test("data must count as lost where no downgrade was made", () => {
  for (const verdict of ["fails", "none", "not-tried"] as const) {
    const given = { more: { lost: [CITY] }, downgrade: { verdict } };
    assert.ok(named(judged(given)).includes("data-lost fail"), verdict);
  }
});

Deno.test("an empty column or table must be dropped without a finding", () => {
  const lost = [{ ...CITY, rows: 0 }];
  assert.deepEqual(judged({ more: { lost }, downgrade: { verdict: "lossy", lost } }), []);
});

Deno.test("only what is lost for good must be told", () => {
  const rows: DataLoss = { what: "rows", table: "public.bids", column: null, rows: 1 };
  const [finding] = judged({
    more: { lost: [CITY, rows] },
    downgrade: { verdict: "lossy", lost: [rows] },
  });
  assert.match(finding?.text ?? "", /^The upgrade destroys 1 row of public\.bids, and no/);
});

Deno.test("a sequence that the upgrade sets back must fail, whatever the downgrade makes of it", () => {
  const seq: DataLoss = { what: "sequence", table: "public.users_id_seq", column: null, rows: 100 };
  for (const downgrade of [{ verdict: "lossless" }, { verdict: "lossy", lost: [seq] }] as const) {
    const [finding, ...more] = judged({ more: { lost: [seq] }, downgrade });
    assert.deepEqual([finding?.rule, finding?.level, more], ["data-lost", "fail", []]);
    assert.match(
      finding?.text ?? "",
      /^The upgrade sets back the sequence public\.users_id_seq: 100 values that /,
    );
  }
});

Deno.test("large objects that are unlinked for good must be told", () => {
  const gone: DataLoss = { what: "large-objects", table: "pg_largeobject", column: null, rows: 1 };
  const given = { more: { lost: [gone] }, downgrade: { verdict: "lossy", lost: [gone] } } as const;
  const [finding, ...more] = judged(given);
  assert.deepEqual([finding?.rule, finding?.fix, more], ["data-lost", null, []]);
  assert.match(finding?.text ?? "", /^The upgrade destroys 1 large object, and no downgrade/);
});

Deno.test("a type that does not hold the values must fail", () => {
  const price: DataLoss = { what: "values", table: "public.bids", column: "price", rows: 12 };
  const [finding, ...more] = judged({
    upgrade: { statements: sent("ALTER TABLE bids ALTER COLUMN price TYPE INTEGER") },
    more: { lost: [price] },
    downgrade: { verdict: "lossy", lost: [price] },
  });
  assert.equal(finding?.rule, "retype-changes");
  assert.match(finding.text, /changes 12 values of public\.bids\.price/);
  assert.deepEqual(more, []);
});

Deno.test("values that an UPDATE changes must be told only where the downgrade keeps them so", () => {
  const email: DataLoss = { what: "values", table: "public.users", column: "email", rows: 12 };
  const more = { lost: [email] };
  assert.deepEqual(judged({ more }), []);
  const findings = judged({ more, downgrade: { verdict: "lossy", lost: [email] } });
  assert.deepEqual(named(findings), ["downgrade-lossy fail"]);
});

const UPDATE = "UPDATE bids SET price = price * 100 WHERE currency = 'EUR'";

Deno.test("many rows in one transaction must be told with a way to do it in batches", () => {
  const [finding] = judged({
    upgrade: {
      statements: sent({ sql: UPDATE, rows: 150_000 }),
      tables: [table("bids", { updated: 150_000 })],
    },
    before: [["constraint", "bids_pkey on public.bids", "p PRIMARY KEY (bid_no)"]],
  });
  assert.deepEqual([finding?.rule, finding?.level], ["many-rows", "warn"]);
  assert.match(
    finding?.text ?? "",
    /^150,000 rows of public\.bids were updated in one transaction/,
  );
  assert.match(
    finding?.fix ?? "",
    /op\.execute\(f"UPDATE bids SET price = price \* 100 WHERE bids\.bid_no >= \{first\} AND/,
  );
});

Deno.test("rows that change in batches of their own must be let pass", () => {
  const batches = { sql: UPDATE, rows: 150_000, count: 15, autocommit: true };
  const tables = [table("bids", { updated: 150_000 })];
  assert.deepEqual(judged({ upgrade: { statements: sent(batches), tables } }), []);
  const one = sent({ ...batches, count: 1 });
  assert.deepEqual(named(judged({ upgrade: { statements: one, tables } })), ["many-rows warn"]);
});

Deno.test("rows that a cascade deletes must be counted", () => {
  const upgrade = {
    statements: sent({ sql: "DELETE FROM users WHERE id < 5", rows: 4 }),
    tables: [table("bids", { deleted: 1_500_000 })],
  };
  assert.deepEqual(named(judged({ upgrade })), ["many-rows fail"]);
});

Deno.test("a statement for each row must be told, one for many rows not", () => {
  const each = { sql: "UPDATE users SET a = %(a)s WHERE id = %(id)s", count: 5000 };
  const of = (rows: number) => named(judged({ upgrade: { statements: sent({ ...each, rows }) } }));
  assert.deepEqual(of(5000), ["row-by-row warn"]);
  assert.deepEqual(of(40_000), []);
});

Deno.test("an unlogged amount of work must not be told, a large one must", () => {
  assert.deepEqual(judged({ upgrade: { walBytes: 500e6 } }), []);
  const [finding] = judged({ upgrade: { walBytes: 3e9 } });
  assert.match(finding?.text ?? "", /^It writes about 3\.0 GB of write-ahead log/);
});

Deno.test("a fix with braces must stay the same text in a format string", () => {
  const sql = `UPDATE bids SET data = '{"a": 1}' WHERE data = '{}'`;
  const [finding] = judged({
    upgrade: {
      statements: sent({ sql, rows: 60_000 }),
      tables: [table("bids", { updated: 60_000 })],
    },
  });
  assert.match(
    finding?.fix ?? "",
    /SET data = '\{\{"a": 1\}\}' WHERE .* AND \(data = '\{\{\}\}'\)/,
  );
});

Deno.test("a statement that is cut off, or has an alias, must not be written out as a fix", () => {
  for (const sql of ["UPDATE bids SET data = 'long …", "UPDATE bids b SET data = b.id"]) {
    const statements = sent({ sql, rows: 60_000 });
    const [finding] = judged({
      upgrade: { statements, tables: [table("bids", { updated: 60_000 })] },
    });
    assert.match(finding?.fix ?? "", /^# In steps over bids\.id, each in a revision/);
  }
});

Deno.test("the lock of a drop must not be told where nothing was worked on under it", () => {
  const upgrade = {
    statements: sent("ALTER TABLE users DROP COLUMN city"),
    locks: [lock("users", "ACCESS EXCLUSIVE")],
    tables: [table("users")],
  };
  assert.deepEqual(judged({ upgrade }), []);
});
