import assert from "node:assert/strict";
import type { DataLoss, StepFailure } from "../../../../../src/reports/rehearsal.ts";
import { FILE, type Given, judged, lock, named, sent, table } from "./rehearsed.ts";

function failure(message: string, more: Partial<StepFailure> = {}): StepFailure {
  return { kind: "failed", message, details: [], file: FILE, line: 22, ...more };
}

Deno.test("what a downgrade leaves behind must be named, with what takes it away", () => {
  const differences = [
    "enum public.order_state was not there before",
    "grant type public.order_state was not there before",
  ];
  const exists = failure('type "order_state" already exists');
  const [left, again, ...more] = judged({
    downgrade: { verdict: "differs", differences },
    more: { again: { same: false, failure: exists, differences: [] } },
  });
  assert.deepEqual(more, []);
  assert.deepEqual([left?.rule, left?.level], ["downgrade-leaves", "warn"]);
  assert.equal(left?.text, "Type public.order_state is left behind by the downgrade of 4f1c09ab.");
  assert.equal(
    left?.fix,
    '# At the end of the downgrade:\nop.execute("DROP TYPE public.order_state")',
  );
  assert.deepEqual([again?.rule, again?.level, again?.line], ["not-repeatable", "fail", 22]);
  assert.match(again?.text ?? "", /fails: type "order_state" already exists\.$/);
});

Deno.test("what goes with a table that is left behind must not be named beside it", () => {
  const differences = [
    "column public.plans.id was not there before",
    "constraint plans_pkey on public.plans was not there before",
    "table public.plans was not there before",
    "index public.ix on public.users is missing",
  ];
  const [finding] = judged({ downgrade: { verdict: "differs", differences } });
  assert.equal(
    finding?.text,
    "Table public.plans is left behind by the downgrade of 4f1c09ab. After the downgrade of " +
      "4f1c09ab the schema is not the one before: index public.ix on public.users is missing.",
  );
  assert.match(
    finding?.fix ?? "",
    /^# At the end of the downgrade:\nop\.execute\("DROP TABLE public\.plans"\)$/,
  );
});

Deno.test("a downgrade that is empty, missing or refuses must be a warning of its own kind", () => {
  const of = (downgrade: "empty" | "missing" | "raises") =>
    judged({
      revision: { downgrade },
      downgrade: { verdict: "none", failure: null },
      more: { changes: ["column public.users.city is missing"] },
    });
  const [empty] = of("empty");
  assert.equal(empty?.rule, "downgrade-empty");
  assert.match(empty.text, /nothing is: column public\.users\.city is missing/);
  assert.deepEqual(named(of("missing")), ["downgrade-missing warn"]);
  const [raises] = of("raises");
  assert.equal(raises?.rule, "downgrade-raises");
  assert.match(raises.text, /^The downgrade refuses: it only raises an error\. Only a restore/);
});

Deno.test("a downgrade that is missing is written where the upgrade only made things", () => {
  const fix = (changes: string[], more: Given["upgrade"] = {}, lost: DataLoss[] = []) =>
    judged({
      revision: { downgrade: "missing" },
      downgrade: { verdict: "none", failure: null },
      upgrade: more,
      more: { changes, lost },
    }).find(({ rule }) => rule === "downgrade-missing")?.fix ?? "";
  const made = [
    "column public.jobs.state was not there before",
    "enum public.job_state was not there before",
    "grant type public.job_state was not there before",
    "index public.ix_jobs on public.jobs was not there before",
    "sequence public.jobs_n_seq was not there before",
    "table public.tags was not there before",
    "column public.tags.id was not there before",
  ];
  assert.equal(
    fix(made),
    `def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS public.ix_jobs")
    op.execute("ALTER TABLE public.jobs DROP COLUMN state")
    op.execute("DROP TABLE public.tags")
    op.execute("DROP SEQUENCE IF EXISTS public.jobs_n_seq")
    op.execute("DROP TYPE public.job_state")`,
  );
  const refuses = /^# No downgrade brings it back.*downgrade-raises.*\ndef downgrade[^]*raise Not/;
  assert.match(fix([...made, "column public.users.city is missing"]), refuses);
  assert.match(fix([...made, "and 3 more"]), refuses);
  assert.match(fix([...made, "grant table public.users was not there before"]), refuses);
  assert.match(fix(made, { tables: [table("jobs", { updated: 3 })] }), refuses);
  assert.match(
    fix(made, {}, [{ what: "rows", table: "public.jobs", column: null, rows: 1 }]),
    refuses,
  );
});

Deno.test("an empty downgrade must be told also where none was tried", () => {
  const downgrade = { verdict: "not-tried" } as const;
  assert.deepEqual(named(judged({ revision: { downgrade: "empty" }, downgrade })), [
    "downgrade-empty warn",
  ]);
  assert.deepEqual(judged({ downgrade }), []);
});

Deno.test("a downgrade that has nothing to undo must be let pass", () => {
  const revision = { downgrade: "empty" } as const;
  assert.deepEqual(judged({ revision, more: { fingerprintAfter: "a" } }), []);
});

Deno.test("a downgrade that fails must fail, with what the server said", () => {
  const [finding] = judged({
    downgrade: {
      verdict: "fails",
      failure: failure('column "b" of relation "a" contains null values'),
    },
    more: { again: { same: false, failure: failure("no"), differences: [] } },
  });
  assert.deepEqual([finding?.rule, finding?.line], ["downgrade-fails", 22]);
  assert.equal(
    finding?.text,
    'The downgrade of 4f1c09ab fails: column "b" of relation "a" contains null values.',
  );
});

Deno.test("an upgrade that makes another schema the second time must fail", () => {
  const findings = judged({ more: { again: { same: false, failure: null, differences: [] } } });
  assert.deepEqual(named(findings), ["not-repeatable fail"]);
});

Deno.test("a changed order of columns must be told only where it is asked for", () => {
  const downgrade = { verdict: "cosmetic" } as const;
  assert.deepEqual(judged({ downgrade }), []);
  const rules = { "downgrade-cosmetic": "warn" };
  assert.deepEqual(named(judged({ downgrade, rules })), ["downgrade-cosmetic warn"]);
});

Deno.test("an upgrade that fails must say nothing of its locks and its downgrade", () => {
  const [finding, ...more] = judged({
    upgrade: {
      statements: sent("CREATE UNIQUE INDEX i ON bids (a)"),
      locks: [lock("bids", "SHARE")],
      tables: [table("bids", { scanned: 200_000 })],
    },
    revision: { downgrade: "empty" },
    more: { failure: failure("boom"), fingerprintAfter: null },
    downgrade: { verdict: "not-tried" },
  });
  assert.deepEqual(more, []);
  assert.deepEqual([finding?.rule, finding?.text, finding?.line], ["upgrade-fails", "boom", 22]);
});

for (
  const [kind, rule] of [
    ["hangs", "upgrade-hangs"],
    ["not-committed", "never-commits"],
    ["reaches-out", "reaches-out"],
    ["read-only", "writes-files"],
    ["raises", "upgrade-fails"],
  ] as const
) {
  Deno.test(`a failure of the kind "${kind}" must be told as ${rule}`, () => {
    const more = { failure: failure("boom", { kind }), fingerprintAfter: null };
    assert.deepEqual(named(judged({ more, downgrade: { verdict: "not-tried" } })), [
      `${rule} fail`,
    ]);
  });
}

Deno.test("a column without values for old rows must be told with the way to fill it", () => {
  const message = 'column "plan" of relation "users" contains null values';
  const more = { failure: failure(message), fingerprintAfter: null };
  const [finding] = judged({ more, downgrade: { verdict: "not-tried" } });
  const fix = finding?.fix ?? "";
  assert.match(fix, /UPDATE users SET plan = <value> WHERE ctid/);
  assert.doesNotMatch(fix, /ADD COLUMN/);
  const sql = "SQL: ALTER TABLE shop.users ADD COLUMN plan VARCHAR(20) NOT NULL";
  const added = { failure: failure(message, { details: [sql] }), fingerprintAfter: null };
  const [whole] = judged({ more: added, downgrade: { verdict: "not-tried" } });
  const first = "ALTER TABLE shop.users ADD COLUMN plan VARCHAR(20)";
  assert.ok(whole?.fix?.includes(`op.execute("${first}")`), whole?.fix ?? "");
  assert.match(whole?.fix ?? "", /ALTER TABLE shop\.users ALTER COLUMN plan SET DEFAULT <value>/);
  assert.match(
    whole?.fix ?? "",
    /CHECK \(plan IS NOT NULL\) NOT VALID[^]*VALIDATE[^]*SET NOT NULL/,
  );
});

Deno.test("values that are there twice must be told with the query that shows them", () => {
  const details = [
    'SQL: ALTER TABLE shop.users ADD CONSTRAINT uq UNIQUE (plan, "Who")',
    'Detail: Key (plan, "Who")=(a, b) is duplicated.',
  ];
  const more = {
    failure: failure('could not create unique index "uq"', { details }),
    fingerprintAfter: null,
  };
  const [finding] = judged({ more, downgrade: { verdict: "not-tried" } });
  const query =
    'SELECT plan, "Who", count(*) FROM shop.users GROUP BY plan, "Who" HAVING count(*) > 1';
  assert.ok(finding?.fix?.endsWith(`# ${query}`), finding?.fix ?? "");
});
