import assert from "node:assert/strict";
import type { StepEvent } from "../../../../src/migrators/migrator.ts";
import { heldLocks, type Sighting } from "../../../../src/operations/rehearse/lock_book.ts";
import {
  ownStatements,
  type StatementEvent,
} from "../../../../src/operations/rehearse/statements.ts";
import { relation } from "./pictures.ts";

const BEFORE = [
  relation({ oid: 1, name: "public.apples" }),
  relation({ oid: 2, name: "public.by_weight", kind: "i" }),
  relation({ oid: 3, name: "pg_toast.pg_toast_1", kind: "t" }),
];

const BEGIN: StepEvent = { event: "begin", at: 1, external_transaction: false };
const VERSION: StepEvent = { event: "version", at: 8, heads: [] };

/** A statement that began at a second, and the locks that were new after it. */
function takes(
  began: number,
  locks: readonly (readonly [oid: number, mode: string])[] | null,
  given: Partial<StatementEvent> = {},
): StatementEvent {
  const all = locks?.map(([oid, mode]) => ({ oid, mode, relation: null, relkind: null })) ?? null;
  return {
    ...{ event: "statement", at: began + 0.5, began, ms: 500, sql: "x", rows: 0, count: 1, pid: 7 },
    ...{ autocommit: false, file: "/a.py", line: 1, locks: all },
    ...given,
  };
}

const ends = (event: "commit" | "rollback", at: number, pid = 7): StepEvent => ({ event, at, pid });

/** Locks in short: `ACCESS EXCLUSIVE public.apples 4000 0`. */
function held(events: readonly StepEvent[], sightings: readonly Sighting[] = []): string[] {
  return heldLocks(events, sightings, BEFORE).map(({ relation, mode, heldMs, statement }) =>
    `${mode} ${relation} ${heldMs} ${statement}`
  );
}

Deno.test("a lock is held from the statement that showed it to the end of its transaction", () => {
  const events = [
    BEGIN,
    takes(2, []),
    takes(3, [[1, "ShareLock"]]),
    takes(5, []),
    ends("commit", 7),
  ];
  assert.deepEqual(held(events), ["SHARE public.apples 4000 1"]);
  assert.deepEqual(held([...events.slice(0, 4), ends("rollback", 6)]), [
    "SHARE public.apples 3000 1",
  ]);
});

Deno.test("a transaction that nobody was seen to end goes on to the last that was heard", () => {
  const events = [BEGIN, takes(3, [[1, "ShareLock"]]), takes(5, [])];
  assert.deepEqual(held(events), ["SHARE public.apples 2500 0"]);
});

Deno.test("a transaction also ends by a statement, and only that of its own backend", () => {
  const share = takes(3, [[1, "ShareLock"]]);
  const committed = [
    BEGIN,
    share,
    takes(4, null, { sql: "COMMIT" }),
    takes(6, []),
    ends("commit", 9),
  ];
  assert.deepEqual(held(committed), ["SHARE public.apples 1500 0"]);
  const savepoint = takes(4, [], { sql: "ROLLBACK TO SAVEPOINT sa_1" });
  assert.deepEqual(held([BEGIN, share, savepoint, ends("commit", 9)]), [
    "SHARE public.apples 6000 0",
  ]);
  const other = [BEGIN, share, ends("commit", 4, 8), ends("commit", 9)];
  assert.deepEqual(held(other), ["SHARE public.apples 6000 0"]);
});

Deno.test("of a relation each mode is told that no stronger one outlasted", () => {
  const lasting = [
    BEGIN,
    takes(2, [[1, "ShareLock"], [1, "ShareRowExclusiveLock"], [2, "AccessExclusiveLock"]]),
    takes(6, [[1, "AccessExclusiveLock"]]),
    ends("commit", 7),
  ];
  assert.deepEqual(held(lasting), [
    "ACCESS EXCLUSIVE public.by_weight 5000 0",
    "ACCESS EXCLUSIVE public.apples 1000 1",
    "SHARE ROW EXCLUSIVE public.apples 5000 0",
  ]);
});

Deno.test("what the move made itself, TOAST and the locks of ordinary work are not told", () => {
  const locks = [[99, "AccessExclusiveLock"], [3, "ShareLock"], [1, "RowExclusiveLock"]] as const;
  assert.deepEqual(held([BEGIN, takes(2, locks), ends("commit", 3)]), []);
});

Deno.test("what env.py locks before the revision counts, without a statement of the revision", () => {
  const events = [takes(0.2, [[1, "ExclusiveLock"]]), BEGIN, takes(2, []), ends("commit", 3.2)];
  assert.deepEqual(held(events), ["EXCLUSIVE public.apples 3000 null"]);
});

Deno.test("what was seen from outside is told where nothing inside tells as much", () => {
  const seen = (mode: string, atLeastMs: number): Sighting => ({
    ...{ oid: 1, mode, atLeastMs, atMostMs: atLeastMs + 80 },
  });
  const alone = [BEGIN, takes(2, null, { autocommit: true })];
  assert.deepEqual(held(alone, [seen("ShareUpdateExclusiveLock", 300)]), [
    "SHARE UPDATE EXCLUSIVE public.apples 380 null",
  ]);
  const inside = [BEGIN, takes(2, [[1, "ShareLock"]]), ends("commit", 3)];
  assert.deepEqual(held(inside, [seen("ShareLock", 960)]), ["SHARE public.apples 1000 0"]);
  assert.deepEqual(held(inside, [seen("ShareLock", 4000)]), ["SHARE public.apples 4080 null"]);
});

Deno.test("ownStatements() are those after the beginning, without the version table's", () => {
  const [asked, first, last] = [takes(0.1, []), takes(2, []), takes(3, [])];
  const version = takes(7, [], { sql: "UPDATE alembic_version", file: null, line: null });
  assert.deepEqual(ownStatements([asked, BEGIN, first, last, version, VERSION]), [first, last]);
  assert.deepEqual(ownStatements([asked, BEGIN, first]), [first]);
  assert.deepEqual(ownStatements([asked]), []);
});
