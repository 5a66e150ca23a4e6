import assert from "node:assert/strict";
import { join } from "node:path";
import { output, run } from "../../docker/command.ts";
import { ensureImages } from "../../docker/images.ts";
import { type RevisionFile, table, writeProject } from "./migrate/project.ts";
import {
  appService,
  dbService,
  PASSWORD,
  type Service,
  Stage,
  type StageFile,
  TWO,
} from "./rehearse/stage.ts";

let stage: Stage;
let db: Service;

Deno.test.beforeAll(async () => {
  db = await dbService();
  stage = await Stage.open({ services: { db, web: await appService() } });
});
Deno.test.afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  for (const version of ["one", "two"]) await run(["docker", "rmi", "-f", imageOf(version)]);
});

/** Makes the app another one. */
async function becomes(web: Service, file: Partial<StageFile> = {}): Promise<void> {
  await stage.set({});
  await stage.write({ ...file, services: { db, web } });
  await stage.compose("up", "--detach", "--timeout", "1");
}

async function passes(...args: string[]) {
  const report = await stage.rehearses(0, ...args);
  assert.deepEqual(
    report.revisions.map(({ failure }) => failure),
    report.revisions.map(() => null),
  );
  return report;
}

const imageOf = (version: string) => `${stage.project}-web:${version}`;

/** Builds an image with everything in it, from a folder beside the stack's. */
async function bake(version: string, revisions: readonly RevisionFile[]): Promise<string> {
  const folder = join(stage.folder, `image-${version}`);
  await writeProject(join(folder, "app"), revisions);
  const { app } = await ensureImages(["app"]);
  await Deno.writeTextFile(join(folder, "Dockerfile"), `FROM ${app}\nCOPY app /srv/app\n`);
  await output(["docker", "build", "--quiet", "--tag", imageOf(version), folder]);
  return imageOf(version);
}

/** Exports the address, of which a part is a secret, and becomes the app. */
const ENTRYPOINT = `#!/bin/sh
set -eu
export DATABASE_URL="postgresql+psycopg://postgres:$(cat /run/secrets/password)@db/shop"
exec "$@"
`;

Deno.test("an app that is baked, read-only and configured by secrets and its entrypoint must do", async () => {
  const web = await appService({
    ...{ image: await bake("one", TWO), volumes: [], environment: {}, init: false },
    ...{ read_only: true, user: "1000:1000", stop_signal: "SIGKILL", tmpfs: ["/tmp"] },
    entrypoint: ["sh", "/entrypoint.sh"],
    secrets: ["password"],
    configs: [{ source: "entrypoint", target: "/entrypoint.sh" }],
  });
  await becomes(web, {
    files: { "password.txt": PASSWORD, "entrypoint.sh": ENTRYPOINT },
    more: {
      secrets: { password: { file: "./password.txt" } },
      configs: { entrypoint: { file: "./entrypoint.sh" } },
    },
  });
  const { trials } = await passes("--run", "id -u; cat /entrypoint.sh; touch /tmp/here");
  assert.equal(trials[0]?.output, `1000\n${ENTRYPOINT}`);
});

const CHERRIES = table("cccc3", "bbbb2", "cherries");

Deno.test("an app that is stopped must do, and stay stopped", async () => {
  const baked = { image: imageOf("one"), volumes: [], command: "serve" };
  await becomes(await appService({ ...baked, secrets: ["token"] }), {
    files: { ".env": "TOKEN=from-env\n" },
    more: { secrets: { token: { environment: "TOKEN" } } },
  });
  await stage.compose("stop", "--timeout", "1", "web");
  const { revisions, trials } = await passes(
    ...["--run", "cat /run/secrets/token", "--health", "http://localhost:8000/"],
  );
  assert.equal(trials[0]?.output, "from-env");
  assert.deepEqual(trials.map(({ what, ok }) => [what, ok]), [["run", true], ["health", true]]);
  assert.deepEqual(revisions.map(({ revision }) => revision), ["bbbb2"]);
  assert.equal(await stage.compose("ps", "--quiet", "web"), "");
});

Deno.test("an image that is named, or newer, must be what is rehearsed", async () => {
  await bake("two", [...TWO, CHERRIES]);
  const named = await passes("--image", imageOf("two"));
  assert.deepEqual(named.revisions.map(({ revision }) => revision), ["bbbb2", "cccc3"]);
  await stage.compose("up", "--detach");
  await output(["docker", "tag", imageOf("two"), imageOf("one")]);
  const newer = await passes("--new-image");
  assert.deepEqual(newer.to, ["cccc3"]);
  assert.deepEqual(newer.image.id, named.image.id);
});

const SOCKET = `import socket
socket.socket(socket.AF_UNIX).bind("/srv/app/watcher.sock")
`;

/** Writes beside its code, as one that keeps a cache there does. */
const WRITER: RevisionFile = {
  ...TWO[1]!,
  upgrade: [
    ...TWO[1]!.upgrade!,
    'os.makedirs("/srv/app/cache", exist_ok=True)',
    'open("/srv/app/cache/note", "w").write("x")',
  ],
};

Deno.test("an app that writes beside its code must be told the path and the setting", async () => {
  await becomes(await appService(), { revisions: [TWO[0]!, WRITER] });
  await Deno.mkdir(join(stage.folder, "app/cache"));
  const { revisions } = await stage.rehearses(9);
  const { failure } = revisions[0]!;
  assert.equal(failure?.kind, "read-only");
  assert.match(failure.message, /\/srv\/app\/cache\/note.*rehearsal\.writable/s);
  await stage.set({ rehearsal: { writable: ["/srv/app/cache"] } });
  await passes();
  assert.deepEqual(await Array.fromAsync(Deno.readDir(join(stage.folder, "app/cache"))), []);
});

Deno.test("a socket in the folder of the code must be kept out, and the code not", async () => {
  await becomes(await appService(), { files: { "app/listen.py": SOCKET } });
  await stage.exec("web", "python", "listen.py");
  const { trials } = await passes("--run", "test ! -S watcher.sock && echo none");
  assert.equal(trials[0]?.output, "none\n");
  await Deno.remove(join(stage.folder, "app/watcher.sock"));
});

Deno.test("an address that is an IP must be refused with the reason, and do when it is replaced", async () => {
  const address = await output([
    ...["docker", "inspect", stage.container("db"), "-f"],
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
  ]);
  const url = (host: string) => `postgresql+psycopg://postgres:${PASSWORD}@${host}/shop`;
  await becomes(await appService({}, url(address)));
  const { code, message, hint = "" } = await stage.fails();
  assert.equal(code, "copy-not-reached");
  assert.match(message, /Network is unreachable/);
  assert.match(hint, /rehearsal\.environment/);
  await stage.set({ rehearsal: { environment: { DATABASE_URL: url("127.0.0.1") } } });
  await passes();
});
