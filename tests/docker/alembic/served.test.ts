import assert from "node:assert/strict";
import { output } from "../../../docker/command.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { Engine } from "../../../src/docker/engine.ts";
import { ProgramFailure } from "../../../src/migrators/alembic/program_failure.ts";
import { ServedRuns } from "../../../src/migrators/alembic/program_runs.ts";
import type { Program } from "../../../src/migrators/alembic/programs.ts";
import { type LineReply, probeReply } from "../../../src/migrators/alembic/replies.ts";
import { eventually } from "../polling.ts";
import { FOLDER, headsIn, probe } from "./program.ts";
import { ADDED, addRevision, FIRST, scene } from "./step_scene.ts";

const PROJECT = { working_dir: FOLDER };
const ENV = new URL("./projects/studio/env.py", import.meta.url);
const NOWHERE = (_: LineReply) => {};

/** Ends every process of a program in its container. */
const KILL_ALL = `for process in /proc/[0-9]*; do
  tr "\\0" " " < $process/cmdline | grep -q "^$1 -B" && kill -9 "\${process#/proc/}"; done; true`;

interface Given {
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of the project; what its env.py begins with. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: readonly string[];
  readonly user?: string;
  /** Where the container works. */
  readonly workdir?: string;
}

/** An app with a Python that waits in it. */
async function served({ environment = {}, files = {}, env = [], user, workdir = "/" }: Given = {}) {
  await using stack = new AsyncDisposableStack();
  const at = stack.use(await scene({ options: ["--workdir", workdir] }));
  const own = [...env, await Deno.readTextFile(ENV)].join("\n");
  const written = { ...files, "env.py": own };
  for (const [path, text] of Object.entries(written)) await at.app.write(path, text);
  const engine = await Engine.connect(Deno.env.toObject());
  const { python: path, container: { name: id } } = at.app;
  const python = { path, user, environment: { ...at.env, ...environment } };
  const signal = new AbortController().signal;
  const runs = stack.use(await ServedRuns.start({ engine, id }, python, PROJECT, signal));
  const ask = (program: Program, args: object, signal = within(), hear = NOWHERE) =>
    runs.run(program, { ...PROJECT, ...args }, hear, signal);
  /** The ids of the Pythons in the container, as its host has them. */
  const pythons = async () => {
    const all = (await output(["docker", "top", id, "-eo", "pid,args"])).split("\n");
    return all.filter((line) => line.includes(`${path} -B`)).map((line) => parseInt(line));
  };
  const kill = async () => {
    await at.app.container.exec("sh", "-c", KILL_ALL, "sh", path);
    await eventually(async () => assert.deepEqual(await pythons(), []));
  };
  await eventually(async () => assert.equal((await pythons()).length, 1));
  const resources = stack.move();
  return { ...at, ask, runs, pythons, kill, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function within(): AbortSignal {
  return AbortSignal.timeout(60_000);
}

/** What a program answered, without the time that it took. */
function timeless(answer: unknown): unknown {
  const { at: _, ...rest } = answer as Record<string, unknown>;
  return rest;
}

Deno.test("programs in one Python must answer as each in its own does", async () => {
  await using at = await served();
  const alone = await probe(at.app, { ...PROJECT, db: true }, at.env);
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(probeReply.parse(await at.ask("probe", { db: true })), alone);
  }
  const up = await at.ask("step", FIRST);
  assert.deepEqual(timeless(up), { event: "result", heads: ["art0001"] });
  const down = await at.ask("step", { do: { downgrade: "art0001" }, heads: ["art0001"] });
  assert.deepEqual(timeless(down), { event: "result", heads: [] });
});

Deno.test("one Python must wait between programs, and none when they are over", async () => {
  await using at = await served();
  const [waiting] = await at.pythons();
  await at.ask("probe", {});
  await at.ask("step", FIRST);
  assert.deepEqual(await at.pythons(), [waiting]);
  await at.runs[Symbol.asyncDispose]();
  await eventually(async () => assert.deepEqual(await at.pythons(), []));
});

Deno.test("what a program does to its Python must not be there for the next", async () => {
  const env = [
    "import os, sys, sqlalchemy",
    'if hasattr(sqlalchemy, "left") or "LEFT" in os.environ or "left" in sys.path:',
    '    raise RuntimeError("somebody was here")',
    'sqlalchemy.left = os.environ["LEFT"] = "left"',
    'sys.path.append("left")',
  ];
  await using at = await served({ env });
  const { databases } = probeReply.parse(await at.ask("probe", { db: true }));
  assert.equal(databases?.length, 1);
  assert.deepEqual(timeless(await at.ask("step", FIRST)), { event: "result", heads: ["art0001"] });
});

Deno.test("a clock must begin with each program", async () => {
  await using at = await served();
  await at.ask("probe", {});
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const heard: LineReply[] = [];
  const began = performance.now();
  await at.ask("probe", { db: true }, within(), (event) => heard.push(event));
  const took = (performance.now() - began) / 1000;
  assert.ok(heard[0]!.at < took, `${heard[0]!.at} s of ${took} s`);
});

Deno.test("what is imported early must be there, and from the library", async () => {
  const env = [
    "import sys",
    'assert "sqlalchemy.orm" in sys.modules, "nothing was imported early"',
    'assert sys.path[0] == "/srv/project", sys.path',
  ];
  const files = { "sqlalchemy.py": 'raise RuntimeError("not the library")\n' };
  await using at = await served({ env, files, environment: { PYTHONPATH: FOLDER } });
  assert.deepEqual(timeless(await at.ask("step", FIRST)), { event: "result", heads: ["art0001"] });
});

Deno.test("a working folder that only root may enter must not end the Python", async () => {
  await using at = await served({ user: "65534:65534", workdir: "/root" });
  const [waiting] = await at.pythons();
  assert.ok(probeReply.parse(await at.ask("probe", {})).revisions.length > 0);
  assert.deepEqual(await at.pythons(), [waiting]);
});

Deno.test("a Python that has threads from the start must not be copied", async () => {
  const thread = "import threading, time\n" +
    "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n";
  await using at = await served({
    environment: { PYTHONPATH: FOLDER },
    files: { "sitecustomize.py": thread },
  });
  const [first] = await at.pythons();
  await at.ask("step", FIRST);
  await eventually(async () => assert.deepEqual(await at.pythons(), []));
  assert.ok(first);
  const { revisions } = probeReply.parse(await at.ask("probe", {}));
  assert.ok(revisions.length > 0);
});

Deno.test("a Python that is killed while it waits must be replaced", async () => {
  await using at = await served();
  await at.kill();
  assert.deepEqual(timeless(await at.ask("step", FIRST)), { event: "result", heads: ["art0001"] });
  await at.ask("probe", {});
});

Deno.test("after a program that failed the next must go, in a Python of its own", async () => {
  await using at = await served();
  const [first] = await at.pythons();
  const asked = at.ask("step", { do: { upgrade: "nowhere" }, heads: [] });
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof ProgramFailure);
    assert.equal(error.failure.kind, "no-revision");
    return true;
  });
  await at.ask("step", FIRST);
  assert.notDeepEqual(await at.pythons(), [first]);
  assert.equal((await at.pythons()).length, 1);
});

Deno.test("a program that is killed must be told, with nothing left of it", async () => {
  await using at = await served();
  await at.ask("step", FIRST);
  await addRevision(at.app, ["import os", "os.kill(os.getpid(), 9)"]);
  await assert.rejects(at.ask("step", ADDED), (error) => {
    assert.ok(error instanceof OakumError);
    assert.equal(error.code, "program-died");
    assert.match(error.message, /exit code 137 .* killed, perhaps for want of memory/);
    return true;
  });
  await eventually(async () => assert.deepEqual(await at.pythons(), []));
});

Deno.test("what one program printed must not be told of another", async () => {
  await using at = await served({ env: ['import sys; print("from the first", file=sys.stderr)'] });
  await at.ask("step", FIRST);
  await at.app.write("env.py", "import os\nos.kill(os.getpid(), 9)\n");
  await assert.rejects(at.ask("step", ADDED), (error) => {
    assert.ok(error instanceof OakumError);
    assert.deepEqual(error.data, { printed: "", code: 137 });
    return true;
  });
});

Deno.test("a program must end with the Python that it came from", async () => {
  await using at = await served();
  await at.ask("step", FIRST);
  await addRevision(at.app, ["import os, time", "os.kill(os.getppid(), 9)", "time.sleep(600)"]);
  await assert.rejects(at.ask("step", ADDED), { code: "program-died" });
  await eventually(async () => assert.deepEqual(await at.pythons(), []));
  assert.deepEqual(await headsIn(at.database), ["art0001"]);
});

Deno.test("programs that run at the same time must each have a Python, of which one stays", async () => {
  await using at = await served();
  const both = await Promise.all([at.ask("probe", {}), at.ask("step", FIRST)]);
  assert.equal(probeReply.parse(both[0]).heads.length, 2);
  assert.deepEqual(timeless(both[1]), { event: "result", heads: ["art0001"] });
  await eventually(async () => assert.equal((await at.pythons()).length, 1));
});

Deno.test("a program that outlives its runs must leave no Python", async () => {
  await using at = await served();
  const asked = at.ask("step", FIRST);
  await at.runs[Symbol.asyncDispose]();
  assert.deepEqual(timeless(await asked), { event: "result", heads: ["art0001"] });
  await eventually(async () => assert.deepEqual(await at.pythons(), []));
});

Deno.test("a program that is given up must end with the Python that it came from", async () => {
  await using at = await served();
  await at.ask("step", FIRST);
  // No thread runs while it matches, and it matches for years.
  const match = ["import re", 're.match("(a+)+$", "a" * 60 + "b")'];
  await addRevision(at.app, ['op.execute("drop table paintings")', ...match]);
  const given = new AbortController();
  const asked = at.ask("step", ADDED, given.signal, (event) => {
    if (event.event === "begin") given.abort(new Error("enough"));
  });
  await assert.rejects(asked, /enough/);
  assert.deepEqual(await at.pythons(), []);
  assert.deepEqual(await headsIn(at.database), ["art0001"]);
  await at.database.sql`select from paintings`;
});

Deno.test("an app's own modules must not be taken for oakum's", async () => {
  const mine = (name: string) => `NAME = "my own ${name}"\n`;
  const names = ["commands", "probe", "serve", "step"];
  const files = Object.fromEntries(names.map((name) => [`${name}.py`, mine(name)]));
  const env = names.map((name) => `import ${name}; assert ${name}.NAME == "my own ${name}"`);
  await using at = await served({ files, env });
  await at.ask("step", FIRST);
  const { databases } = await probe(at.app, { ...PROJECT, db: true }, at.env);
  assert.deepEqual(databases?.map(({ heads }) => heads), [["art0001"]]);
});
