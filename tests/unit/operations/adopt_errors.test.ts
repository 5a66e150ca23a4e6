import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import {
  type ErrorContext,
  refuseScriptErrors,
} from "../../../src/operations/adopt/refuse_errors.ts";
import type { ScriptError } from "../../../src/postgres/foreign.ts";

const SCRIPT: ErrorContext = { path: "/d/old.sql", ownLines: true, from: 17, major: 17 };

function refused(error: Partial<ScriptError>, context: Partial<ErrorContext> = {}): OakumError {
  const whole = { line: 7, sqlState: "42883", message: "it failed", ...error };
  try {
    refuseScriptErrors([whole], { ...SCRIPT, ...context });
  } catch (thrown) {
    assert.ok(thrown instanceof OakumError);
    return thrown;
  }
  throw new Error("it was not refused");
}

Deno.test("refuseScriptErrors() hints at what the error is about, in whatever language", () => {
  const cases: [error: Partial<ScriptError>, says: RegExp, context?: Partial<ErrorContext>][] = [
    [
      {
        sqlState: "0A000",
        message: "Erweiterung fehlt",
        statement: "CREATE EXTENSION IF NOT EXISTS vector",
      },
      /lacks the extension "vector"/,
    ],
    [{ sqlState: "22021" }, /iconv -f LATIN1 -t UTF-8 \/d\/old\.sql > \/d\/old\.sql\.utf8\.sql/],
    [
      { sqlState: "22021" },
      /pg_restore -f \/d\/o\.dump\.sql \/d\/o\.dump; iconv -f LATIN1 -t UTF-8 \/d\/o\.dump\.sql/,
      { path: "/d/o.dump", ownLines: false },
    ],
    [{ sqlState: "42601" }, /dumped from PostgreSQL 18, and this server is 17/, { from: 18 }],
    [{ sqlState: "42601" }, /no SQL of PostgreSQL's/],
    [{ sqlState: "42P01", statement: "COPY public.t (a) FROM stdin" }, /a dump of data only/],
    [{ sqlState: "25P02" }, /a DROP of what is not there: write DROP … IF EXISTS/],
    [{ sqlState: "23503" }, /Its own data breaks that rule/],
    [{ sqlState: "22P04" }, /messages apart/],
  ];
  for (const [error, says, context] of cases) assert.match(refused(error, context).hint!, says);
  // What is known of nothing is not guessed at.
  assert.equal(
    refused({}).hint,
    "It was loaded into a sandbox only: nothing of yours was touched.",
  );
  const noSchema = { sqlState: "3F000", statement: "CREATE EXTENSION citext WITH SCHEMA ext" };
  assert.doesNotMatch(refused(noSchema).hint!, /lacks/);
});

Deno.test("refuseScriptErrors() says the line of a script, and the statement of an archive", () => {
  const error = { message: "no", detail: "Key (b)=(99) is not there.", statement: "ALTER TABLE t" };
  assert.match(refused(error).message, /1 error; line 7: no \(Key \(b\)=\(99\) is not there\.\)$/);
  assert.match(
    refused(error, { ownLines: false }).message,
    /1 error; no \(Key.*\) \(at ALTER TABLE t\)$/,
  );
});
