import assert from "node:assert/strict";
import { join } from "node:path";
import { output } from "../../docker/command.ts";
import type { Program } from "../faults/started.ts";
import { type RevisionFile, writeRevision } from "./migrate/project.ts";
import { eventually } from "./polling.ts";
import { appService, dbService, endOf, Stage, TWO } from "./rehearse/stage.ts";

let stage: Stage;
/** What the real stack is and holds, before anything was rehearsed. */
let before: unknown;

Deno.test.beforeAll(async () => {
  const db = await dbService({ volumes: ["data:/var/lib/postgresql/data"] });
  const web = await appService({ volumes: ["./app:/srv/app", "uploads:/uploads"] });
  stage = await Stage.open({ services: { db, web }, more: { volumes: { data: {}, uploads: {} } } });
  before = await stage.state();
});
Deno.test.afterAll(() => stage?.[Symbol.asyncDispose]());

const SLOW = 'op.execute("select pg_sleep(600)")';

/** The pending revision, with more to do. */
async function pending(more: Partial<RevisionFile> = {}): Promise<void> {
  await writeRevision(join(stage.folder, "app"), { ...TWO[1]!, ...more });
}

async function passes(): Promise<void> {
  const { revisions } = await stage.rehearses(0);
  assert.deepEqual(revisions.map(({ failure, downgrade }) => [failure, downgrade.verdict]), [
    [null, "lossless"],
  ]);
}

async function reaches(program: Program, point: string): Promise<void> {
  assert.ok(await program.reaches(point), `it never came to ${point}`);
}

/** Where a rehearsal is interrupted. */
const POINTS: Record<string, {
  readonly revision?: Partial<RevisionFile>;
  readonly args?: readonly string[];
  readonly reached: (program: Program) => Promise<void>;
}> = {
  "the sandbox starts": { reached: (program) => reaches(program, "sandbox") },
  "the dump is loaded": { reached: (program) => reaches(program, "load") },
  "a revision runs": {
    revision: { upgrade: [SLOW] },
    reached: async (program) => {
      await reaches(program, "rehearse");
      await stage.untilItRuns("pg_sleep");
    },
  },
  "a revision is taken back": {
    revision: { downgrade: [SLOW] },
    reached: async (program) => {
      await reaches(program, "take-back");
      await stage.untilItRuns("pg_sleep");
    },
  },
  "the app's command runs": {
    args: ["--run", "sleep 600"],
    reached: async (program) => {
      await reaches(program, "run");
      const clone = await stage.helper("clone");
      await eventually(async () => {
        assert.match(await output(["docker", "top", clone, "-eo", "pid,args"]), /sleep 600/);
      });
    },
  },
};

Deno.test("a rehearsal that passes must leave the stack as it was, and nothing else", async () => {
  await passes();
  await stage.untilNothingIsLeft();
  assert.deepEqual(await stage.state(), before);
});

Deno.test("a rehearsal that fails must leave the stack as it was, and nothing else", async () => {
  await pending({ upgrade: ['op.execute("drop table apples")', 'raise Exception("no")'] });
  const { verdict } = await stage.rehearses(9);
  assert.equal(verdict, "failed");
  await stage.untilNothingIsLeft();
  assert.deepEqual(await stage.state(), before);
});

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test(`${signal} must leave the stack as it was, and nothing that runs`, async (t) => {
    for (const [point, { revision, args = [], reached }] of Object.entries(POINTS)) {
      await t.step(`while ${point}`, async () => {
        await pending(revision);
        const program = stage.start("rehearse", ...args);
        await reached(program);
        const { volumes } = await stage.helpers();
        program.kill(signal);
        const { code, said, error } = await endOf(program);
        if (signal === "SIGINT") {
          assert.equal(code, 130, said);
          assert.doesNotMatch(`${error?.message} ${error?.hint}`, /revision|migration/);
          await stage.untilNothingIsLeft(volumes);
        } else await stage.untilNothingRuns(volumes);
        assert.deepEqual(await stage.state(), before);
      });
    }
  });
}

Deno.test("a rehearsal after those that were killed must pass and leave nothing", async () => {
  await pending();
  await passes();
  await stage.untilNothingIsLeft();
  assert.deepEqual(await stage.state(), before);
});

/** Goes on when a file is in the app's folder. */
const WAITS = "until [ -e go ]; do sleep 0.1; done";

async function waiting(work: (running: Program) => Promise<void>): Promise<void> {
  const go = join(stage.folder, "app/go");
  const running = stage.start("rehearse", "--run", WAITS);
  try {
    await reaches(running, "run");
    await work(running);
    await Deno.writeTextFile(go, "");
    const { code, said } = await endOf(running);
    assert.equal(code, 0, said);
  } finally {
    running.kill("SIGINT");
    await running.ended();
    await Deno.remove(go).catch(() => {});
  }
}

Deno.test("docker compose up -d in a rehearsal must keep the containers, and the rehearsal", async () => {
  await waiting(async () => {
    const list = () => stage.compose("ps", "--quiet");
    const ids = await list();
    await stage.compose("up", "--detach");
    assert.equal(await list(), ids);
  });
  await stage.untilNothingIsLeft();
  assert.deepEqual(await stage.state(), before);
});

Deno.test("rehearsals at once, and one that is killed, must not disturb each other", async () => {
  await waiting(async () => {
    await passes();
    const killed = stage.start("rehearse");
    await reaches(killed, "load");
    killed.kill("SIGKILL");
    await killed.ended();
    await passes();
  });
  await stage.untilNothingRuns();
  assert.deepEqual(await stage.state(), before);
});
