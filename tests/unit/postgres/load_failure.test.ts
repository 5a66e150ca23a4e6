import assert from "node:assert/strict";
import { loadFailure } from "../../../src/postgres/load_failure.ts";

Deno.test("loadFailure() names the table and the mend of a CHECK that calls without a schema", () => {
  const error = loadFailure({
    tool: "pg_restore",
    code: 1,
    entry: "from TOC entry 3409; 0 16390 TABLE DATA bids postgres",
    text:
      `pg_restore: error: COPY failed for table "bids": ERROR:  function positive(integer) does not exist
LINE 1: positive($1)
HINT:  No function matches the given name and argument types.
QUERY:  positive($1)
CONTEXT:  PL/pgSQL function public.valid(integer) line 1 at RETURN
COPY bids, line 1: "1"`,
  });
  assert.equal(
    error.message,
    'The dump does not restore at table "bids": function positive(integer) does not exist',
  );
  assert.match(error.hint ?? "", /ALTER FUNCTION public\.valid\(integer\) SET search_path/);
});

Deno.test("loadFailure() names the object of the entry, and hands the server's hint on", () => {
  const error = loadFailure({
    tool: "pg_restore",
    code: 1,
    entry: "from TOC entry 217; 1259 16389 TABLE bids the_owner",
    text: `pg_restore: error: could not execute query: ERROR:  role "the_owner" does not exist
Command was: ALTER TABLE public.bids OWNER TO the_owner;`,
  });
  assert.equal(
    error.message,
    'The dump does not restore at table bids: role "the_owner" does not exist',
  );
  assert.match(error.hint ?? "", /--create-roles/);
});

Deno.test("loadFailure() has a sentence for a tool that said nothing", () => {
  const error = loadFailure({ tool: "psql", code: 3, entry: undefined, text: "" });
  assert.equal(error.message, "The dump does not restore: exit code 3");
});

Deno.test("loadFailure() says nothing against a dump whose tool was killed", () => {
  const died = "pg_restore: error: a worker process died unexpectedly";
  for (const [code, text] of [[137, ""], [143, ""], [1, died]] as const) {
    const error = loadFailure({ tool: "pg_restore", code, entry: undefined, text });
    assert.equal(error.code, "tool-killed");
  }
  const text = `pg_restore: error: COPY failed for table "bids": ERROR:  duplicate key\n${died}`;
  assert.equal(
    loadFailure({ tool: "pg_restore", code: 1, entry: undefined, text }).code,
    "load-failed",
  );
});

Deno.test("loadFailure() says nothing against a dump whose load the server ended", () => {
  const crash = "pg_restore: error: could not execute query: server closed the connection " +
    "unexpectedly\n\tThis probably means the server terminated abnormally";
  const worker = `${crash}\npg_restore: error: a worker process died unexpectedly`;
  const full = 'pg_restore: error: connection to server at "127.0.0.1", port 5432 failed: ' +
    "FATAL:  sorry, too many clients already";
  const stop = "FATAL:  terminating connection due to administrator command";
  for (const text of [crash, worker, stop, full]) {
    const error = loadFailure({ tool: "pg_restore", code: 1, entry: undefined, text });
    assert.equal(error.code, "load-cut");
    assert.match(error.message, /closed the connection|administrator command|too many clients/);
  }
  const text = `ERROR:  duplicate key value violates unique constraint "terminating connection"`;
  assert.equal(
    loadFailure({ tool: "psql", code: 3, entry: undefined, text }).code,
    "load-failed",
  );
});

Deno.test("loadFailure() hands on the hint of the error, not that of a warning before it", () => {
  const text = `pg_restore: WARNING:  "wal_level" is insufficient to publish logical changes
HINT:  Set "wal_level" to "logical" before creating subscriptions.
pg_restore: error: COPY failed for table "log": ERROR:  out of shared memory
HINT:  You might need to increase "max_locks_per_transaction".`;
  const error = loadFailure({ tool: "pg_restore", code: 1, entry: undefined, text });
  assert.equal(error.hint, 'You might need to increase "max_locks_per_transaction".');
});
