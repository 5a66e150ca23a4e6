import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import type { FailureReply } from "../../../src/migrators/alembic/replies.ts";
import { ProgramFailure } from "../../../src/migrators/alembic/program_failure.ts";
import { adviceOn, saidBy } from "../../../src/operations/migrate/causes.ts";
import { failureHint } from "../../../src/operations/migrate/failure.ts";
import { envFailed } from "../../../src/operations/migrate/trouble.ts";
import { notReached } from "../../../src/operations/rehearse/not_reached.ts";

function failure(given: Partial<FailureReply>): FailureReply {
  return {
    ...{ kind: "env-failed", class: "RuntimeError", cause: null, message: "it broke" },
    ...{ sqlstate: null, detail: null, hint: null, sql: null, data: {}, traceback: null },
    ...{ file: "/app/config.py", line: 3, function: "load", source: "Settings()" },
    ...given,
  };
}

Deno.test("envFailed() speaks of an address only where one was dialled", () => {
  const closed = envFailed(failure({ kind: "connection", cause: "connection" }));
  assert.equal(closed.code, "app-cannot-connect");
  assert.match(closed.message, /^The app's env\.py does not reach its database: RuntimeError: it/);
  assert.equal(closed.hint, "Find out why: oakum doctor");
  const own = envFailed(failure({}));
  assert.deepEqual([own.code, own.outcome], ["env-failed", "refused"]);
  assert.equal(
    own.message,
    "The app's env.py fails: RuntimeError: it broke\n/app/config.py:3: Settings()",
  );
  assert.match(own.hint ?? "", /^Mend what it says, \/app\/config\.py:3; /);
});

const TABLE: readonly (readonly [Partial<FailureReply>, RegExp, RegExp])[] = [
  [
    {
      ...{ kind: "no-driver", cause: "no-driver", class: "ModuleNotFoundError" },
      ...{ message: "No module named 'psycopg'" },
      data: { module: "psycopg", python: "/venv/bin/python" },
    },
    /^the driver psycopg is not installed in the app's Python, \/venv\/bin\/python \(ModuleNotFoundError/,
    /pip install psycopg\[binary\]/,
  ],
  [
    {
      ...{ cause: "bad-settings", class: "ValidationError", message: "secret_key: Field required" },
      data: {
        prefix: "shop_",
        fields: [
          { name: "secret_key", problem: "Field required", missing: true },
          { name: "port", problem: "should be an integer", missing: false },
        ],
      },
    },
    /^SHOP_SECRET_KEY is not set; SHOP_PORT is not right: should be an integer \(Valid/,
    /^Set SHOP_SECRET_KEY, and mend SHOP_PORT \(or take it away.*\) for the app's service in compose/,
  ],
  [
    {
      ...{ cause: "bad-settings", class: "ValidationError", message: "old: Extra inputs" },
      data: {
        fields: [{ name: "old", problem: "Extra inputs are not permitted", missing: false }],
      },
    },
    /^OLD is not right: Extra inputs/,
    /^Mend OLD \(or take it away/,
  ],
  [
    { cause: "no-variable", class: "KeyError", message: "'API_URL'", data: { name: "API_URL" } },
    /^the variable API_URL is not set \(KeyError: 'API_URL'\)$/,
    /^Set API_URL .*docker compose up -d/,
  ],
  [
    { kind: "bad-config", cause: "percent", class: "ValueError" },
    /^a % in the address/,
    /url\.replace\("%", "%%"\)/,
  ],
  [
    { cause: "no-argument", class: "KeyError", message: "'tenant'", data: { name: "tenant" } },
    /^env\.py asks for an argument that is not there: -x tenant=VALUE/,
    /^Give it: -x tenant=VALUE, or .*app\.x in oakum\.yaml/,
  ],
  [
    { sqlstate: "42P01", class: "ProgrammingError", message: 'relation "v" does not exist' },
    /^relation "v" does not exist$/,
    /^env\.py, or what it imports, reads what the database does not have/,
  ],
];

Deno.test("saidBy() and adviceOn() have the cause, the class, the message and the one thing to do", () => {
  for (const [given, said, advice] of TABLE) {
    assert.match(saidBy(failure(given)), said);
    assert.match(adviceOn(failure(given)) ?? "", advice);
    const error = envFailed(failure(given));
    assert.equal(error.hint, adviceOn(failure(given)));
    assert.equal(failureHint(new ProgramFailure(failure(given), "")), error.hint);
    assert.doesNotMatch(`${error.message} ${error.hint}`, /does not reach|oakum doctor/);
  }
});

Deno.test("what the server refused is no matter of files, whatever led to it", () => {
  const both = failure({ cause: "read-only", sqlstate: "22012", data: { path: "/x" } });
  assert.deepEqual([saidBy(both), adviceOn(both)], ["it broke", undefined]);
});

Deno.test("notReached() says in the copy what the copy wants", () => {
  const told = { cause: "read-only", class: "OSError", data: { path: "/app/alembic.log" } };
  const error = notReached(envFailed(failure({ ...told, message: "[Errno 30] Read-only" })), []);
  assert.ok(error instanceof OakumError);
  assert.equal(error.code, "read-only");
  assert.match(
    error.message,
    /^In the copy of the app: The app's env\.py fails: it writes \/app\/al/,
  );
  assert.match(
    error.hint ?? "",
    /"rehearsal: \{writable: \[\/app\/alembic\.log\]\}" in oakum\.yaml\./,
  );
  const closed = notReached(envFailed(failure({ kind: "connection" })), []);
  assert.ok(closed instanceof OakumError);
  assert.equal(closed.code, "copy-not-reached");
});
