import assert from "node:assert/strict";
import type { FailureReply } from "../../../../src/migrators/alembic/replies.ts";
import type { Step } from "../../../../src/migrators/alembic/resolve.ts";
import { isRevisions, stepFailure } from "../../../../src/operations/rehearse/failure_kinds.ts";

function failure(given: Partial<FailureReply>): FailureReply {
  return {
    ...{
      kind: "migration",
      class: "OSError",
      cause: null,
      message: "it broke",
      sqlstate: null,
      detail: null,
    },
    ...{ hint: null, sql: null, data: {}, traceback: null, file: "/a.py", line: 3 },
    ...{ function: "upgrade", source: "go()" },
    ...given,
  };
}

function step(direction: Step["direction"], kind: "code" | "raises" | "missing"): Step {
  const revision = {
    ...{ id: "bbbb2", down: ["aaaa1"], dependsOn: [], labels: [], doc: "", docstring: "" },
    ...{ created: undefined, path: "/b.py", sha256: "", autocommit: false },
    ...{
      upgrade: kind,
      downgrade: kind,
      codeSha256: undefined,
      touches: undefined,
      addsOnly: false,
      makes: [],
    },
  };
  return { direction, revision, headsBefore: ["aaaa1"], headsAfter: ["bbbb2"] };
}

function kindOf(given: Partial<FailureReply>, of = step("upgrade", "code")): string {
  return stepFailure(failure(given), of).kind;
}

Deno.test("stepFailure() tells what reaches out of the copy, also through a library", () => {
  for (
    const message of [
      "[Errno 101] Network is unreachable",
      "[Errno -3] Temporary failure in name resolution",
      "<urlopen error [Errno -2] Name or service not known>",
      "[Errno 111] Connection refused",
    ]
  ) {
    assert.equal(kindOf({ message }), "reaches-out");
    const traceback = `  File "/a.py", line 3\nOSError: ${message}\nRatesError: no rates\n`;
    assert.equal(kindOf({ message: "no rates", traceback }), "reaches-out");
  }
  const found = stepFailure(
    failure({ message: "[Errno 101] Network is unreachable" }),
    step("upgrade", "code"),
  );
  assert.deepEqual([found.file, found.line, found.details], ["/a.py", 3, ["/a.py:3: go()"]]);
});

Deno.test("stepFailure() tells what is there already, in whatever language the server says so", () => {
  for (const sqlstate of ["42P07", "42701", "42710", "42P06", "42723"]) {
    assert.equal(
      kindOf({ message: "Relation »users« existiert bereits", sqlstate }),
      "already-there",
    );
  }
  assert.equal(kindOf({ message: "relation exists", sqlstate: "42P01" }), "failed");
});

Deno.test("stepFailure() takes no server's error for one of networks or files", () => {
  const message = 'invalid input: "Network is unreachable: Read-only file system"';
  assert.equal(kindOf({ message, sqlstate: "22P02" }), "failed");
  // A line of the source is none of what was said.
  const traceback = '  File "/a.py", line 3\n    raise E("Network is unreachable")\nE: no\n';
  assert.equal(kindOf({ message: "no", traceback }), "failed");
});

Deno.test("stepFailure() names the path that is read-only, and the setting", () => {
  const message = "[Errno 30] Read-only file system: '/srv/uploads/a b'";
  const found = stepFailure(failure({ message }), step("upgrade", "code"));
  assert.equal(found.kind, "read-only");
  assert.match(found.message, /^It writes \/srv\/uploads\/a b, .* rehearsal\.writable\.$/);
  assert.equal(kindOf({ message: "Read-only file system" }), "read-only");
});

Deno.test("stepFailure() makes words of what says but a number or a name", () => {
  const message = (given: Partial<FailureReply>) =>
    stepFailure(failure(given), step("upgrade", "code")).message;
  assert.equal(message({ class: "SystemExit", message: "0" }), "it called sys.exit(0)");
  assert.equal(message({ class: "SystemExit", message: "SystemExit" }), "it called sys.exit()");
  assert.equal(message({ class: "KeyError", message: "'street'" }), "KeyError: 'street'");
  assert.equal(message({ class: "ValueError", message: "no street" }), "no street");
});

Deno.test("stepFailure() tells functions that refuse or are not there", () => {
  assert.equal(kindOf({ kind: "no-downgrade" }, step("downgrade", "missing")), "missing");
  assert.equal(kindOf({ message: "no way" }, step("downgrade", "raises")), "raises");
  assert.equal(kindOf({ message: "no way" }, step("downgrade", "code")), "failed");
  assert.equal(kindOf({ kind: "not-committed" }), "not-committed");
});

Deno.test("isRevisions() is not so of a way that leads elsewhere", () => {
  for (const kind of ["wrong-server", "server-restarted", "wrong-database", "moved"]) {
    assert.equal(isRevisions(failure({ kind })), false);
  }
  for (
    const kind of ["migration", "commit-failed", "not-committed", "no-downgrade", "env-failed"]
  ) {
    assert.equal(isRevisions(failure({ kind })), true);
  }
});

Deno.test("isRevisions() is not so of the copy's disk that is full", () => {
  assert.equal(isRevisions(failure({ kind: "migration", sqlstate: "53100" })), false);
  assert.equal(isRevisions(failure({ kind: "migration", sqlstate: "23505" })), true);
});
