import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { RevisionGraph } from "../../../src/migrators/alembic/revisions.ts";
import type { MigrationProject } from "../../../src/migrators/migrator.ts";
import { landingOf } from "../../../src/operations/revision_file/landing.ts";
import { mountedPath } from "../../../src/operations/revision_file/mounted.ts";
import { graphOf } from "../alembic/graphs.ts";

const TEXT = "revision = 'aaa111'\n";
const NEW = "/srv/app/migrations/versions/bbb222_new.py";
const UNIX = "unix:///var/run/docker.sock";

interface Folder extends AsyncDisposable {
  readonly path: string;
}

async function temporaryFolder(files: Readonly<Record<string, string>>): Promise<Folder> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "oakum-test-" }));
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(path, name)), { recursive: true });
    await Deno.writeTextFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A project with one revision, whose file is the one of TEXT. */
function projectOf(workingDir = "/srv/app"): MigrationProject {
  const [only] = graphOf([{ id: "aaa111" }]).revisions;
  const path = "/srv/app/migrations/versions/aaa111.py";
  const sha256 = createHash("sha256").update(TEXT).digest("hex");
  return {
    ...{ tool: "alembic", config: "alembic.ini", section: "alembic", workingDir },
    versions: { tool: "1.20.1", library: "2.1.9", python: "3.13.5" },
    ...{
      scripts: "/srv/app/migrations",
      scriptsSha256: "5c".repeat(32),
      folders: [],
      databases: [],
      databaseError: undefined,
      pooled: false,
    },
    graph: new RevisionGraph([{ ...only!, path, sha256 }]),
  };
}

function mount(Source: string, Destination: string, Type = "bind") {
  return { Type, Source, Destination, RW: true };
}

function landing(root: string, more: Partial<Parameters<typeof landingOf>[1]> = {}) {
  const project = projectOf();
  return landingOf(NEW, { project, mounts: [], engineAddress: UNIX, root, ...more });
}

Deno.test("mountedPath() goes through the innermost mount", () => {
  const mounts = [
    mount("/home/me/shop", "/srv/app"),
    mount("/home/me/versions", "/srv/app/migrations/versions"),
    mount("/var/lib/docker/volumes/x/_data", "/srv/app/data", "volume"),
  ];
  const at = (path: string) => mountedPath(mounts, path)?.path;
  assert.equal(at(NEW), "/home/me/versions/bbb222_new.py");
  assert.equal(at("/srv/app/other/x.py"), "/home/me/shop/other/x.py");
  assert.equal(at("/srv/app/data/x.py"), undefined, "a volume is no folder of a person's");
  assert.equal(at("/srv/application/x.py"), undefined, "a longer name is another folder");
});

Deno.test("landingOf() takes the mounted folder that holds the same revisions", async () => {
  await using host = await temporaryFolder({ "versions/aaa111.py": TEXT });
  const mounts = [mount(host.path, "/srv/app/migrations")];
  assert.deepEqual(await landing("/nowhere", { mounts }), {
    path: join(host.path, "versions/bbb222_new.py"),
    place: "mounted",
  });
});

Deno.test("landingOf() does not take a folder of this machine for one of the engine's", async () => {
  await using host = await temporaryFolder({ "versions/aaa111.py": "another checkout" });
  await using root = await temporaryFolder({});
  const mounts = [mount(host.path, "/srv/app/migrations")];
  const found = await landing(root.path, { mounts, engineAddress: "tcp://10.0.0.7:2376" });
  assert.deepEqual(found, {
    path: join(root.path, "migrations/versions/bbb222_new.py"),
    place: "copied",
  });
});

Deno.test("landingOf() trusts a mounted folder without revisions only on this machine", async () => {
  await using host = await temporaryFolder({ "versions/.keep": "" });
  await using root = await temporaryFolder({});
  const mounts = [mount(host.path, "/srv/app/migrations")];
  const project = { ...projectOf(), graph: new RevisionGraph([]) };
  const local = await landing(root.path, { mounts, project });
  assert.equal(local.place, "mounted");
  const remote = { mounts, project, engineAddress: "ssh://nas:22" };
  assert.equal((await landing(root.path, remote)).place, "copied");
});

Deno.test("landingOf() finds the folder that the image was built from", async () => {
  await using root = await temporaryFolder({
    "old/versions/aaa111.py": "an older text of it",
    "web/migrations/versions/aaa111.py": TEXT,
    "node_modules/x/aaa111.py": TEXT,
  });
  assert.deepEqual(await landing(root.path), {
    path: join(root.path, "web/migrations/versions/bbb222_new.py"),
    place: "source",
  });
});

Deno.test("landingOf() else keeps the path below the folder that Alembic is run in", async () => {
  await using root = await temporaryFolder({});
  const at = async (workingDir: string) =>
    (await landing(root.path, { project: projectOf(workingDir) })).path.slice(root.path.length + 1);
  assert.equal(await at("/srv/app"), "migrations/versions/bbb222_new.py");
  assert.equal(await at("/srv/app/migrations"), "versions/bbb222_new.py");
  assert.equal(await at("/home/app"), "migrations/versions/bbb222_new.py");
});

const MONTH = "/srv/app/migrations/versions/2026/12/bbb222_new.py";
const ENV_PY = {
  path: "/srv/app/migrations/env.py",
  sha256: createHash("sha256").update("from alembic import context\n").digest("hex"),
};

Deno.test("landingOf() goes into folders that are not there yet, where Alembic would", async () => {
  await using host = await temporaryFolder({ "migrations/versions/aaa111.py": TEXT });
  const around = { engineAddress: "tcp://10.0.0.7:2376", root: "/nowhere", project: projectOf() };
  for (
    const [file, mounts] of [
      [MONTH, [mount(host.path, "/srv/app")]],
      [MONTH, [mount(join(host.path, "migrations/versions"), "/srv/app/migrations/versions")]],
      [MONTH.replace("/12/", "/12/hotfix/"), [mount(host.path, "/srv/app")]],
    ] as const
  ) {
    assert.deepEqual(await landingOf(file, { ...around, mounts: [...mounts] }), {
      path: join(host.path, file.replace("/srv/app/", "")),
      place: "mounted",
    });
  }
});

Deno.test("landingOf() takes another checkout's month for no month of ours", async () => {
  await using host = await temporaryFolder({ "migrations/versions/aaa111.py": "another checkout" });
  await using root = await temporaryFolder({});
  const around = { project: projectOf(), engineAddress: UNIX, root: root.path };
  const mounts = [mount(host.path, "/srv/app")];
  assert.equal((await landingOf(MONTH, { ...around, mounts })).place, "copied");
});

Deno.test("landingOf() finds the source of a month's first revision, and of the very first", async () => {
  await using root = await temporaryFolder({
    "backend/migrations/versions/aaa111.py": TEXT,
    "backend/migrations/env.py": "from alembic import context\n",
    "other/migrations/env.py": "another one\n",
  });
  const around = { mounts: [], engineAddress: UNIX, root: root.path };
  const path = join(root.path, "backend/migrations/versions/2026/12/bbb222_new.py");
  const month = await landingOf(MONTH, { ...around, project: projectOf() });
  assert.deepEqual(month, { path, place: "source" });
  const project = { ...projectOf(), graph: new RevisionGraph([]) };
  const first = await landingOf(MONTH, { ...around, project, anchors: [ENV_PY] });
  assert.deepEqual(first, { path, place: "source" });
});

Deno.test("landingOf() goes to the location of several that Alembic chose", async () => {
  await using host = await temporaryFolder({
    "migrations/versions/aaa111.py": TEXT,
    "billing/versions/.keep": "",
  });
  const project = {
    ...projectOf(),
    folders: ["/srv/app/migrations/versions", "/srv/app/billing/versions"]
      .map((path) => ({ path, writable: true })),
  };
  const mounts = [mount(host.path, "/srv/app")];
  const file = "/srv/app/billing/versions/2026/bbb222_new.py";
  const around = { project, mounts, engineAddress: "ssh://nas:22", root: "/nowhere" };
  const path = join(host.path, "billing/versions/2026/bbb222_new.py");
  assert.deepEqual(await landingOf(file, around), { path, place: "mounted" });
});

Deno.test("landingOf() follows no link that leads out of what is mounted", async () => {
  await using secret = await temporaryFolder({ "aaa111.py": TEXT });
  await using host = await temporaryFolder({});
  await Deno.symlink(secret.path, join(host.path, "versions"));
  await using root = await temporaryFolder({});
  const mounts = [mount(host.path, "/srv/app/migrations")];
  assert.equal((await landing(root.path, { mounts })).place, "copied");
});

Deno.test("landingOf() refuses a link in the stack's folder that leads out of it", async () => {
  await using secret = await temporaryFolder({});
  await using root = await temporaryFolder({});
  await Deno.symlink(secret.path, join(root.path, "migrations"));
  await assert.rejects(landing(root.path), { code: "path-leads-out", outcome: "refused" });
});

Deno.test("landingOf() refuses what is no plain path of a Python file", async () => {
  const around = { project: projectOf(), mounts: [], engineAddress: UNIX, root: "/nowhere" };
  const odd = ["/srv/../etc/x.py", "versions/x.py", "/srv/app/x.sh", "/srv/app/a b.py", "/.py/"];
  for (const path of odd) {
    await assert.rejects(landingOf(path, around), { code: "odd-file-name" }, path);
  }
});

Deno.test("landingOf() takes letters of every alphabet in a file's name", async () => {
  await using root = await temporaryFolder({});
  const around = { project: projectOf(), mounts: [], engineAddress: UNIX, root: root.path };
  for (const name of ["bbb222_köder_hinzufügen.py", "bbb222_добавить.py", "bbb222_追加.py"]) {
    const { path } = await landingOf(`/srv/app/migrations/versions/${name}`, around);
    assert.equal(path, join(root.path, "migrations/versions", name));
  }
});
