import assert from "node:assert/strict";
import type { Ask, Question } from "../../../src/core/ask.ts";
import type { Step } from "../../../src/migrators/alembic/resolve.ts";
import type { Revision } from "../../../src/migrators/alembic/revisions.ts";
import { fillChecklist } from "../../../src/operations/migrate/checklist.ts";
import { confirm } from "../../../src/operations/migrate/confirm.ts";
import { linesOfErrors } from "../../../src/operations/migrate/guarded/error_lines.ts";
import { expectedOf, whyNoRoom } from "../../../src/operations/migrate/guarded/expected.ts";
import { upgradeAgain } from "../../../src/operations/migrate/guarded/again.ts";
import { judgeFindings, whyNotAccepted } from "../../../src/operations/migrate/guarded/findings.ts";
import { type Wanted, whyUnfit } from "../../../src/operations/migrate/guarded/fit.ts";
import type { Finding, RehearsedRevision } from "../../../src/reports/rehearsal.ts";
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
  const error = whyNotAccepted(report, open, "oakum upgrade bbbb2");
  assert.equal(error?.outcome, "refused");
  assert.match(error.message, /aaaa1 rewrite-over: users is rewritten\./);
  assert.match(error.hint ?? "", /oakum upgrade bbbb2 --allow rewrite-over$/);
  const allowed = judgeFindings(report, ["rewrite-over"]);
  assert.equal(allowed.allowed.length, 1);
  assert.equal(whyNotAccepted(report, allowed, "oakum upgrade"), undefined);
});

Deno.test("the command that would let an upgrade through must name what is allowed already", () => {
  const findings = [FINDING, { ...FINDING, rule: "data-lost" }];
  const report = rehearsal({ revisions: [revision("aaaa1", { findings })] });
  const error = whyNotAccepted(report, judgeFindings(report, ["data-lost"]), "oakum upgrade");
  assert.match(error?.hint ?? "", /upgrade --allow data-lost --allow rewrite-over$/);
});

const FAILURE = { kind: "failed", message: "no", details: [], file: null, line: null };

Deno.test("what was allowed must stand first, and in full, where a person is asked", async () => {
  const warning: Finding = { ...FINDING, rule: "habit", level: "warn", text: "A habit." };
  const report = rehearsal({ revisions: [revision("aaaa1", { findings: [warning, FINDING] })] });
  const asked: Question[] = [];
  const ask: Ask = {
    confirm: (question) => Promise.resolve(void asked.push(question)),
    typeName: () => Promise.reject(new Error("nothing is to be typed")),
    choose: () => Promise.reject(new Error("nothing is to be chosen")),
  };
  const judged = judgeFindings(report, ["rewrite-over"]);
  const prepared = {
    ...{ rehearsal: report, judged, refused: [] },
    checklist: { items: [], rollback: [] },
  };
  const { plan, upgrade } = CHECKLIST_FACTS;
  await confirm({ ask }, plan, { prepared, upgrade, known: [], measuredBy: undefined });
  const [question, ...others] = asked;
  const details = question?.details ?? [];
  assert.equal(others.length, 0);
  assert.equal(details[0], "Allowed: aaaa1 rewrite-over: users is rewritten.");
  assert.equal(details.at(-1), "  aaaa1 habit: A habit.");

  const open = { ...prepared, checklist: fillChecklist(CHECKLIST_FACTS) };
  await confirm({ ask }, plan, { prepared: open, upgrade, known: [], measuredBy: undefined });
  assert.deepEqual(asked.at(-1)?.details?.slice(-4), [
    "What only you know:",
    "[ ] somebody else has read the revisions",
    "[ ] it is a time at which a short wait hurts nobody",
    "[ ] somebody watches errors and response times meanwhile",
  ]);
  const nothingFound = { ...open, judged: judgeFindings(rehearsal(), []) };
  await confirm({ ask }, plan, {
    ...{ prepared: nothingFound, upgrade, known: [], measuredBy: undefined },
  });
  assert.equal(asked.length, 2);
});

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
    const error = whyNotAccepted(report, judged, "oakum upgrade");
    assert.equal(error?.outcome, "refused");
    assert.match(error.message, said);
    assert.doesNotMatch(error.hint ?? "", /--allow/);
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

Deno.test("what would fill a disk must be refused, and say what of it is a reserve", () => {
  const room = { path: "/data", needed: 2.5e9, reserve: 5e8, free: 1e9 };
  assert.equal(whyNoRoom([{ ...room, enough: true }]), undefined);
  const error = whyNoRoom([{ ...room, enough: false }]);
  assert.equal(error?.outcome, "refused");
  assert.match(
    error.message,
    /1\.0 GB free at "\/data"; .* needs 2\.0 GB beside the 500 MB that must stay free there/,
  );
});

const TARGET = { project: "shop", service: "db", database: "shop" };
const CHECKLIST_FACTS: Parameters<typeof fillChecklist>[0] = {
  plan: {
    ...{ kind: "migration-plan", direction: "upgrade", target: TARGET, app: "web" } as const,
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

Deno.test("the checklist must answer each line from facts, and none without any", () => {
  const facts = CHECKLIST_FACTS;
  const states = (given: Partial<typeof facts>) =>
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
  const loses = "that of aaaa1 does not bring all data back";
  assert.equal(wayBack("stop"), loses);
  assert.equal(
    wayBack("downgrade"),
    `${loses}; --on-failure downgrade does not go back over that`,
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
    room: [{ path: "/data", needed: 12e6, reserve: 10e6, free: 2e9, enough: true }],
    heads: ["aaaa1"],
  };
  assert.equal(
    states(known),
    "rehearsed yes, findings yes, downgrades yes, backup yes, tests yes, drift no, time yes, " +
      "disk yes, heads yes, image no, review open, window open, monitoring open",
  );
  const lines = checklistLines(fillChecklist({ ...facts, ...known }));
  const said = [
    "[x] what the rehearsal found: nothing against it",
    "[x] downgrades: each is proved to lose nothing",
    "[x] backup right before it: will be taken and read back whole, but not restored for a proof",
    "[x] the app's tests on the new schema: passed: pytest -q",
    "[!] the app's models against the new schema: they differ: add x",
    "[x] room on the server's disk: at /data it needs 2.0 MB beside the 10 MB that must stay free, " +
    "and 2.0 GB are free",
    "[x] head of the project: aaaa1",
    "[!] image of these revisions: shop:2, and shop-web-1 still runs 1",
  ];
  assert.deepEqual(said.filter((line) => !lines.includes(line)), [], lines.join("\n"));
  // Nobody may be asked: no box stands there for somebody to tick.
  assert.deepEqual(lines.filter((line) => line.startsWith("[ ]")), []);
  assert.ok(
    lines.some((line) => line.endsWith("go back, where a way loses nothing: oakum rollback")),
  );
});

Deno.test("a downgrade that only moves columns must count as one that loses nothing", () => {
  const { downgrade } = revision("aaaa1");
  const revisions = [revision("aaaa1", { downgrade: { ...downgrade, verdict: "cosmetic" } })];
  const line = (given: RehearsedRevision[]) => {
    const report = rehearsal({ revisions: given });
    const { items } = fillChecklist({ ...CHECKLIST_FACTS, rehearsal: report });
    return items.find(({ id }) => id === "downgrades")!;
  };
  const moved = "that of aaaa1 brings back all but the order of columns";
  const { state, detail } = line(revisions);
  assert.deepEqual([state, detail], ["yes", `each is proved to lose nothing; ${moved}`]);
  const missing = revision("bbbb2", { downgrade: { ...downgrade, verdict: "none" } });
  assert.equal(
    line([...revisions, missing]).detail,
    `that of bbbb2 is missing, or refuses; ${moved}`,
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

Deno.test("an upgrade that is advised again must be the one that was asked for", () => {
  const image = { name: "shop/web:2 b", id: "sha256:2" };
  const upgrade = { image, runs: image };
  assert.equal(upgradeAgain({ revision: "head", upgrade }), "oakum upgrade");
  const other = { image, runs: { name: "shop/web:1", id: "sha256:1" } };
  assert.equal(
    upgradeAgain({ revision: "shop@head", upgrade: other }),
    "oakum upgrade shop@head --image 'shop/web:2 b'",
  );
});
