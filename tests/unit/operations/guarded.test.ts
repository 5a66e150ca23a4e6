import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import type { Step } from "../../../src/migrators/alembic/resolve.ts";
import type { Revision } from "../../../src/migrators/alembic/revisions.ts";
import { fillChecklist } from "../../../src/operations/migrate/checklist.ts";
import { linesOfErrors } from "../../../src/operations/migrate/guarded/error_lines.ts";
import { expectedOf, requireRoom } from "../../../src/operations/migrate/guarded/expected.ts";
import {
  judgeFindings,
  requireAccepted,
} from "../../../src/operations/migrate/guarded/findings.ts";
import { type Wanted, whyUnfit } from "../../../src/operations/migrate/guarded/fit.ts";
import type { Finding } from "../../../src/reports/rehearsal.ts";
import { checklistLines } from "../../../src/reports/checklist.ts";
import { verdictOf } from "../../../src/reports/rehearsal_verdict.ts";
import { measured, rehearsal, revision } from "./rehearsals.ts";

function step(id: string, sha256 = `sha of ${id}`): Step {
  const about = { id, sha256 } as Revision;
  return { direction: "upgrade", revision: about, headsBefore: [], headsAfter: [id] };
}

const WANTED: Wanted = {
  app: "web",
  steps: [step("aaaa1")],
  heads: [],
  fingerprint: "before",
  image: "sha256:1",
  scripts: "files",
  settings: "set",
  run: undefined,
  now: new Date("2026-11-22T12:00:00Z"),
};

const FINDING: Finding = {
  ...{ rule: "rewrite-over", level: "fail", allowed: false, text: "users is rewritten." },
  ...{ fix: null, revision: "aaaa1", file: null, line: null },
};

Deno.test("a rehearsal must speak for the very same upgrade, for a day, and for no other", () => {
  assert.equal(whyUnfit(rehearsal(), WANTED), undefined);
  const others: readonly Partial<Wanted>[] = [
    { app: "worker" },
    { steps: [step("bbbb2")] },
    { steps: [step("aaaa1"), step("bbbb2")] },
    { steps: [step("aaaa1", "edited")] },
    { heads: ["0000"] },
    { fingerprint: "another" },
    { image: "sha256:2" },
    { scripts: "edited" },
    { settings: "otherwise" },
    { run: "pytest -q" },
    { now: new Date("2026-11-23T10:00:01Z") },
    { now: new Date("2026-11-22T09:00:00Z") },
  ];
  for (const other of others) {
    assert.ok(whyUnfit(rehearsal(), { ...WANTED, ...other }), JSON.stringify(other));
  }
  const tried = { what: "run", ok: true, tookMs: 1, exitCode: 0, output: "" } as const;
  const trials = [{ ...tried, command: "pytest -q" }];
  assert.equal(whyUnfit(rehearsal({ trials }), { ...WANTED, run: "pytest -q" }), undefined);
  // More than is wanted does no harm.
  assert.equal(whyUnfit(rehearsal({ trials }), WANTED), undefined);
  const { data } = rehearsal();
  assert.ok(whyUnfit(rehearsal({ data: { ...data, source: "empty" } }), WANTED));
});

Deno.test("what another run allowed must not count, and what this one allows must", () => {
  const revisions = [revision("aaaa1", { findings: [{ ...FINDING, allowed: true }] })];
  const report = rehearsal({ revisions, verdict: "passed" });
  const open = judgeFindings(report, []);
  assert.throws(() => requireAccepted(report, open), (error) => {
    assert.ok(error instanceof OakumError);
    assert.equal(error.outcome, "refused");
    assert.match(error.message, /aaaa1 rewrite-over: users is rewritten\./);
    assert.match(error.hint ?? "", /oakum upgrade --allow rewrite-over$/);
    return true;
  });
  const allowed = judgeFindings(report, ["rewrite-over"]);
  assert.equal(allowed.allowed.length, 1);
  requireAccepted(report, allowed);
});

const FAILURE = { kind: "failed", message: "no", details: [], file: null, line: null };

Deno.test("a revision that did not come through must stop the upgrade, whatever is allowed", () => {
  const finding: Finding = { ...FINDING, rule: "upgrade-fails", text: "no." };
  const habit: Finding = { ...FINDING, rule: "no-docstring", level: "warn" };
  const warned: Finding = { ...finding, level: "warn" };
  const failed = (findings: Finding[]) => revision("aaaa1", { failure: FAILURE, findings });
  const unreached = revision("bbbb2", { upgrade: null });
  for (
    const [revisions, said] of [
      [[failed([])], /aaaa1 failed: no/],
      [[failed([finding, habit])], /aaaa1 failed: no/],
      [[failed([warned, habit])], /aaaa1 failed: no/],
      [[revision("aaaa1"), unreached], /bbbb2 was not reached/],
    ] as const
  ) {
    const report = rehearsal({ revisions });
    const judged = judgeFindings(report, ["upgrade-fails", "no-docstring"]);
    assert.throws(() => requireAccepted(report, judged), (error) => {
      assert.ok(error instanceof OakumError && error.outcome === "refused");
      assert.match(error.message, said);
      assert.doesNotMatch(error.hint ?? "", /--allow/);
      return true;
    });
    assert.equal(verdictOf({ revisions, findings: [] }), "failed");
  }
  assert.equal(
    verdictOf({ revisions: [failed([{ ...finding, allowed: true }])], findings: [] }),
    "failed",
  );
});

Deno.test("what an upgrade takes must be reckoned with a rewritten table in both its forms", () => {
  const rewritten = {
    ...{ table: "public.users", rows: 1, bytes: 1000, inserted: 0, updated: 0, deleted: 0 },
    ...{ scanned: 0, rewritten: true, dropped: false },
  };
  const revisions = [
    revision("aaaa1", { upgrade: measured({ grewBytes: 500, walBytes: 50 }) }),
    revision("bbbb2", {
      upgrade: measured({ grewBytes: -200, walBytes: 30, tables: [rewritten] }),
    }),
  ];
  const report = rehearsal({ revisions });
  assert.deepEqual(expectedOf(report, 1e6), {
    ...{ tookMs: 200, walBytes: 80, grewBytes: 300, peakBytes: 1500 },
  });
  // The database has doubled since the backup.
  assert.equal(expectedOf(report, 2e6).peakBytes, 3000);
  assert.equal(expectedOf(report, 1e3).peakBytes, 1500);
});

Deno.test("requireRoom() must refuse what would fill a disk", () => {
  const room = { path: "/data", needed: 2e9, free: 1e9 };
  requireRoom([{ ...room, enough: true }]);
  assert.throws(() => requireRoom([{ ...room, enough: false }]), (error) => {
    assert.ok(error instanceof OakumError && error.outcome === "refused");
    assert.match(error.message, /1\.0 GB free at "\/data"; .* needs 2\.0 GB there/);
    return true;
  });
});

Deno.test("the checklist must answer each line from facts, and none without any", () => {
  const target = { project: "shop", service: "db", database: "shop" };
  const facts = {
    plan: {
      ...{ kind: "migration-plan", direction: "upgrade", target, app: "web" } as const,
      ...{ from: [], to: ["aaaa1"], steps: [], lockTimeoutMs: 3000, warnings: [] },
      backup: { taken: true, why: "A backup is taken first." },
    },
    upgrade: {
      ...{
        rehearsal: undefined,
        whyNotRehearsed: "It is not rehearsed: guard is backup.",
        allow: [],
      },
      ...{ onFailure: "stop", health: [], by: "ada", services: [] } as const,
      container: { id: "1", name: "shop-web-1", running: true },
      image: { name: "shop:2", id: "sha256:2" },
      runs: { name: "shop:1", id: "sha256:1" },
    },
    heads: ["aaaa1", "bbbb2"],
    verify: "read" as const,
    ...{
      rehearsal: undefined,
      whyNone: "It is not rehearsed: guard is backup.",
      judged: undefined,
    },
    ...{ expected: undefined, room: undefined, now: new Date("2026-11-22T12:00:00Z") },
  };
  const states = (given: Partial<Parameters<typeof fillChecklist>[0]>) =>
    fillChecklist({ ...facts, ...given }).items.map(({ id, state }) => `${id} ${state}`).join(", ");
  assert.equal(
    states({}),
    "rehearsed no, findings unknown, downgrades unknown, backup yes, tests unknown, " +
      "drift unknown, time unknown, disk unknown, heads no, image no, review open, window open, " +
      "monitoring open",
  );
  const proofs = (["read", "restore", "none", undefined] as const).map((verify) => {
    const { items } = fillChecklist({ ...facts, verify });
    return items.find(({ id }) => id === "backup")!;
  });
  assert.deepEqual(proofs.map(({ state }) => state), ["yes", "yes", "no", "no"]);
  assert.match(proofs[1]!.detail ?? "", /not restored/);
  assert.match(proofs[2]!.detail ?? "", /backups\.verify is none/);
  const { downgrade } = revision("aaaa1");
  const lossy = [revision("aaaa1", { downgrade: { ...downgrade, verdict: "lossy" } })];
  const wayBack = (onFailure: "stop" | "downgrade") => {
    const upgrade = { ...facts.upgrade, onFailure };
    const { items } = fillChecklist({
      ...{ ...facts, upgrade },
      rehearsal: rehearsal({ revisions: lossy }),
    });
    return items.find(({ id }) => id === "downgrades")?.detail;
  };
  assert.equal(wayBack("stop"), "aaaa1 lossy");
  assert.equal(
    wayBack("downgrade"),
    "aaaa1 lossy; --on-failure downgrade does not go back over that",
  );
  const trials = [
    {
      ...{
        what: "run",
        command: "pytest -q",
        ok: true,
        tookMs: 1,
        exitCode: 0,
        output: "",
      } as const,
    },
  ];
  const report = rehearsal({ trials, drift: { fresh: ["add x"], known: [], unknown: null } });
  const known = {
    rehearsal: report,
    judged: judgeFindings(report, []),
    expected: expectedOf(report, 1e6),
    room: [{ path: "/data", needed: 1, free: 2, enough: true }],
    heads: ["aaaa1"],
  };
  assert.equal(
    states(known),
    "rehearsed yes, findings yes, downgrades yes, backup yes, tests yes, drift no, time yes, " +
      "disk yes, heads yes, image no, review open, window open, monitoring open",
  );
  const lines = checklistLines(fillChecklist({ ...facts, ...known }));
  assert.ok(lines.includes("[!] the app's models are what the new schema is: add x"));
  assert.ok(
    lines.some((line) => line.endsWith("go back, where a way loses nothing: oakum rollback")),
  );
});

Deno.test("linesOfErrors() must find what programs write of errors, and nothing else", () => {
  const log = [
    "INFO started, 0 errors",
    "ERROR relation does not exist",
    "sqlalchemy.exc.ProgrammingError: column",
    "GET /terrors 200",
    "Traceback (most recent call last):",
    "no exceptions",
  ].join("\n");
  assert.deepEqual(linesOfErrors(log), [
    "ERROR relation does not exist",
    "sqlalchemy.exc.ProgrammingError: column",
    "Traceback (most recent call last):",
  ]);
  assert.equal(linesOfErrors(`error ${"x".repeat(1000)}`)[0]?.length, 300);
});
