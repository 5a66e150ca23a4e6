import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { appService, dbService, PASSWORD, Stage, type StageFile, TWO } from "./rehearse/stage.ts";

/** Every way out: how it is tried, and where. */
type Ways = Record<string, readonly [how: string, where: string]>;

const REACH = await Deno.readTextFile(new URL("./rehearse/reach.py", import.meta.url));

/** Runs the tries in an upgrade, and keeps what came of them in the copy. */
const ESCAPING = {
  id: "bbbb2",
  down: "aaaa1",
  head: ["import json, reach"],
  upgrade: [
    "reach.WRITES = True",
    'op.create_table("bananas", sa.Column("came", sa.Text))',
    'op.get_bind().execute(sa.text("insert into bananas values (:came)"), ' +
    '{"came": json.dumps(reach.everything())})',
  ],
  downgrade: ['op.drop_table("bananas")'],
};

const FILES = {
  "app/reach.py": REACH,
  "app/tell.py": `import os, psycopg
url = os.environ["DATABASE_URL"].replace("+psycopg", "")
with psycopg.connect(url) as connection:
    print(connection.execute("select came from bananas").fetchone()[0])
`,
};

/** What listens on the host, as a server that is published there does. */
const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
const port = (listener.addr as Deno.NetAddr).port;
(async () => {
  for await (const connection of listener) connection.close();
})();

/** Where the server that has the host's network listens. */
const besidePort = freePort();

let stage: Stage;
let ways: Ways;

Deno.test.beforeAll(async () => {
  const db = await dbService({ volumes: ["run:/var/run/postgresql"] });
  const serve = `python -m http.server ${besidePort}`;
  const beside = await appService({ network_mode: "host", command: serve, working_dir: "/opt" });
  const file = (ways: Ways): Promise<StageFile> => stackOf(db, beside, ways);
  stage = await Stage.open(await file({}));
  ways = await waysOut(stage);
  await stage.write(await file(ways));
  await stage.compose("up", "--detach");
});
Deno.test.afterAll(async () => {
  listener.close();
  await stage?.[Symbol.asyncDispose]();
});

function freePort(): number {
  using free = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  return (free.addr as Deno.NetAddr).port;
}

async function stackOf(db: object, beside: object, ways: Ways): Promise<StageFile> {
  const web = await appService({
    ...{ cap_add: ["SYS_ADMIN"], security_opt: ["seccomp:unconfined"], pid: "host", ipc: "host" },
    devices: ["/dev/null:/dev/hosts"],
    extra_hosts: ["host.docker.internal:host-gateway"],
    environment: {
      DATABASE_URL: `postgresql+psycopg://postgres:${PASSWORD}@db/shop`,
      DB_PASSWORD: PASSWORD,
      WAYS: JSON.stringify(ways).replaceAll("$", "$$$$"),
    },
    volumes: [
      ...["./app:/srv/app", "run:/var/run/postgresql", "run:/sockets:ro", "data:/data"],
      ...["/var/run/docker.sock:/var/run/docker.sock", "/var/run:/host/run:ro"],
      "./shared:/shared",
    ],
  });
  return {
    services: { db: { ...db }, web, beside: { ...beside } },
    more: { volumes: { run: {}, data: {} } },
    files: { ...FILES, "shared/note.txt": "kept" },
    revisions: [TWO[0]!, ESCAPING],
  };
}

async function waysOut({ project }: Stage): Promise<Ways> {
  const network = ["docker", "network", "inspect", `${project}_default`, "-f"];
  const gateway = await output([...network, "{{(index .IPAM.Config 0).Gateway}}"]);
  const address = await output([
    ...["docker", "inspect", `${project}-db-1`, "-f"],
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
  ]);
  return {
    "the host's gateway": ["dials", `${gateway}:${port}`],
    "the host by name": ["dials", `host.docker.internal:${port}`],
    "the real server's address": ["dials", `${address}:5432`],
    "the real database by address": ["asks", address],
    "a server with the host's network": ["dials", `${gateway}:${besidePort}`],
    "the database by service": ["asks", "db"],
    "the database by container": ["asks", `${project}-db-1`],
    "the socket in its volume": ["asks", "/var/run/postgresql"],
    "the socket in a read-only volume": ["asks", "/sockets"],
    "the engine's socket": ["engine", "/var/run/docker.sock"],
    "the engine's socket in its folder": ["engine", "/host/run/docker.sock"],
    "the host's processes": ["sees", "dockerd"],
    "the right to mount the host's disks": ["mounts", "/"],
    "a device of the host": ["opens", "/dev/hosts"],
    "a shared volume": ["writes", "/data"],
    "a shared folder": ["writes", "/shared"],
  };
}

/** Names that a copy answers to. */
const LED = ["the database by service", "the database by container"];
/** What is the clone's own, and empty. */
const ITS_OWN = ["a shared volume"];

Deno.test("every way out is one on the real stack", async () => {
  const found = JSON.parse(await stage.exec("web", "python", "reach.py"));
  for (const way of Object.keys(ways)) {
    assert.equal(found[way], "reached", way);
  }
});

Deno.test("nothing in a rehearsal must reach anything but the copy", async (t) => {
  const before = await stage.state();
  const { trials, revisions, warnings } = await stage.rehearses(
    0,
    ...["--run", "python tell.py && python reach.py write"],
    // What it was told it writes down, once more each time.
    ...["--allow", "not-repeatable"],
  );
  const [inRevision, inCommand] = trials[0]!.output.trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  for (const [where, found] of [["a revision", inRevision], ["a command", inCommand]] as const) {
    for (const way of Object.keys(ways)) {
      await t.step(`${way}, from ${where}`, () => {
        if (LED.includes(way)) assert.equal(found[way], "copy");
        else if (!ITS_OWN.includes(way)) {
          assert.doesNotMatch(found[way], /^(reached|copy)$/, found[way]);
        }
      });
    }
  }
  await t.step("the real stack is what it was", async () => {
    assert.deepEqual(await stage.state(), before);
    assert.equal(await stage.exec("web", "ls", "/data"), "");
  });
  await t.step("the report says what the copy of the app lacks", () => {
    const told = warnings.join("\n");
    for (const path of ["/var/run/postgresql", "/sockets", "/var/run/docker.sock", "/host/run"]) {
      assert.match(told, new RegExp(`${path} `));
    }
    assert.deepEqual(revisions.map(({ failure }) => failure), [null]);
  });
  await t.step("nothing of it is left", () => stage.untilNothingIsLeft());
});
