import assert from "node:assert/strict";
import { join } from "node:path";
import { output, run } from "../../docker/command.ts";
import { OakumError } from "../../src/core/errors.ts";
import type { Program } from "../faults/started.ts";
import { type RevisionFile, writeRevision } from "./migrate/project.ts";
import { type Circumstances, rehearseHere } from "./rehearse/in_process.ts";
import { appService, dbService, endOf, Stage, TWO } from "./rehearse/stage.ts";
import { walk } from "../suite/walk.ts";
import { sandboxOf, smaller } from "./smaller_sandbox.ts";

let stage: Stage;
/** The tag that only the database's service knows its image by. */
let tag: string;

Deno.test.beforeAll(async () => {
  const { image, ...db } = await dbService();
  tag = `oakum-test/luck:${crypto.randomUUID()}`;
  await output(["docker", "tag", String(image), tag]);
  const web = await appService();
  stage = await Stage.open({ services: { db: { image: tag, ...db }, web } });
});
Deno.test.afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await run(["docker", "rmi", tag]);
});

const SLOW = 'op.execute("select pg_sleep(600)")';
const TELL = "import os, psycopg; " +
  "psycopg.connect(os.environ['DATABASE_URL'].replace('+psycopg', ''))";

async function pending(more: Partial<RevisionFile> = {}): Promise<void> {
  await writeRevision(join(stage.folder, "app"), { ...TWO[1]!, ...more });
}

async function reaches(program: Program, point: string): Promise<void> {
  assert.ok(await program.reaches(point), `it never came to ${point}`);
}

/** Ends the copy's server as the kernel would. */
const KILL = "kill -9 $(head -n 1 /oakum/data/postmaster.pid)";

async function killServer(): Promise<void> {
  const sandbox = await stage.helper("sandbox");
  await output(["docker", "exec", "-u", "postgres", sandbox, "sh", "-c", KILL]);
}

/** That the copy was lost is no word against a revision, and nothing stays. */
async function assertLost(program: Program, why: RegExp): Promise<void> {
  const { error, said } = await endOf(program);
  assert.equal(error?.code, "sandbox-lost", said);
  assert.match(error.message, why);
  assert.doesNotMatch(`${error.message} ${error.hint}`, /bbbb2|revision|migration|dump/);
  await stage.untilNothingIsLeft();
}

Deno.test("a copy whose server is killed under a revision must be told as lost", async () => {
  await pending({ upgrade: [SLOW] });
  const program = stage.start("rehearse");
  await reaches(program, "rehearse");
  await stage.untilItRuns("pg_sleep");
  await killServer();
  await assertLost(program, /its server ended/);
});

Deno.test("a copy whose container is killed as a revision is taken back must be told as lost", async () => {
  await pending({ downgrade: [SLOW] });
  const program = stage.start("rehearse");
  await reaches(program, "take-back");
  await stage.untilItRuns("pg_sleep");
  await output(["docker", "kill", await stage.helper("sandbox")]);
  await assertLost(program, /its container was stopped/);
});

Deno.test("a copy whose server is killed under the app's command must be told as lost", async () => {
  await pending();
  const go = join(stage.folder, "app/go");
  const wait = "until [ -e go ]; do sleep 0.1; done";
  const program = stage.start("rehearse", "--run", `${wait}; python -c "${TELL}"`);
  await reaches(program, "run");
  await killServer();
  await Deno.writeTextFile(go, "");
  await assertLost(program, /its server ended/);
  await Deno.remove(go);
});

Deno.test("a revision that hangs must be cut off, and told where", async () => {
  await pending({ upgrade: [SLOW] });
  const { revisions } = await stage.rehearses(9, "--timeout", "20s");
  assert.equal(revisions[0]?.failure?.kind, "hangs");
  assert.match(revisions[0].failure.message, /not ended after 20\.0 s.*pg_sleep/);
  await stage.untilNothingIsLeft();
});

Deno.test("a command of the app's that hangs must be cut off, and told with what it wrote", async () => {
  await pending();
  const { trials, findings } = await stage.rehearses(
    9,
    ...["--timeout", "20s", "--run", "echo begun; sleep 600"],
  );
  const { ok, exitCode, output: wrote } = trials[0]!;
  assert.deepEqual([ok, exitCode, wrote], [false, null, "begun\n"]);
  assert.ok(
    findings.some(({ text }) => /did not end after 20\.0 s/.test(text)),
    JSON.stringify(findings),
  );
  await stage.untilNothingIsLeft();
});

/** Rehearses in this process, which must fail; nothing of it may stay. */
async function failure(circumstances: Circumstances): Promise<OakumError> {
  const error = await rehearseHere(stage, circumstances).then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `${error?.stack ?? "it did not fail"}`);
  await stage.untilNothingIsLeft();
  return error;
}

const disk = (size: string): Pick<Circumstances, "engine"> => ({
  engine: (engine) => smaller(engine, { Tmpfs: { "/oakum": `size=${size}` } }),
});

Deno.test("a disk without room for the copy must be refused before anything is loaded", async () => {
  await pending();
  const steps: string[] = [];
  const { code, outcome } = await failure({
    ...disk("100m"),
    onEvent: (event) => event.type === "step" && steps.push(event.step),
  });
  assert.deepEqual([code, outcome], ["sandbox-disk", "refused"]);
  assert.ok(!steps.includes("load"));
});

/** Leaves so many kB. */
const fill = (left: number) =>
  `free=$(df -Pk /oakum | awk 'NR == 2 { print $4 }')
  dd if=/dev/zero of=/oakum/data/filler bs=1024 count=$((free - ${left}))`;

for (const step of ["load", "rehearse", "take-back"]) {
  Deno.test(`a disk that runs full at "${step}" must be told, and no revision blamed`, async () => {
    await pending();
    const { code, outcome, message, hint } = await failure({
      ...disk("900m"),
      onEvent: (event, runId) => {
        if (event.type !== "step" || event.step !== step) return;
        // At once, while the run stands still.
        const args = ["exec", "--user", "postgres", sandboxOf(runId), "sh", "-c", fill(0)];
        new Deno.Command("docker", { args }).outputSync();
      },
    });
    assert.deepEqual([code, outcome], ["sandbox-disk-full", "failed"]);
    assert.doesNotMatch(`${message} ${hint}`, /bbbb2|revision|migration/);
    assert.match(hint ?? "", /Free some space for Docker/);
  });
}

Deno.test("a revision that writes more than the disk holds must not be blamed for the disk of the copy", async () => {
  const rows = "select n, repeat('x', 1000) as x from generate_series(1, 2000000) n";
  await pending({ upgrade: [`op.execute("create table bananas as ${rows}")`] });
  const { code, outcome } = await failure(disk("900m"));
  assert.deepEqual([code, outcome], ["sandbox-disk-full", "failed"]);
});

Deno.test("a database whose image has no name any more must be rehearsed all the same", async () => {
  await pending();
  await output(["docker", "rmi", tag]);
  const { revisions } = await stage.rehearses(0);
  assert.deepEqual(revisions.map(({ failure }) => failure), [null]);
});

Deno.test("a backup whose roles are damaged must not be rehearsed on, nor chosen again", async () => {
  await pending();
  await stage.rehearses(0);
  const files = await Array.fromAsync(walk(stage.folder));
  const newest = files.filter((path) => path.endsWith(".globals.sql")).sort().at(-1)!;
  const bytes = await Deno.readFile(newest);
  bytes[bytes.length >> 1]! ^= 1;
  await Deno.writeFile(newest, bytes);
  const error = await stage.fails();
  assert.equal(error.code, "globals-damaged", error.message);
  const { data: { name } } = await stage.rehearses(0);
  assert.ok(name !== null && !newest.includes(`${name}.`), `${name} was chosen again`);
});
