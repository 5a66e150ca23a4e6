import assert from "node:assert/strict";
import { join } from "node:path";
import { OakumError } from "../../../src/core/errors.ts";
import { projectName } from "../../../src/targets/folder.ts";
import { chooseStack } from "../../../src/targets/stacks.ts";
import type { Stack } from "../../../src/targets/target.ts";

interface Wanted {
  readonly others?: readonly string[];
  readonly app?: string;
  readonly project?: string;
  readonly changesState?: boolean;
  readonly withDatabase?: readonly string[];
}

function choose(stacks: readonly Stack[], directory: string, wanted: Wanted = {}) {
  return chooseStack(stacks, {
    settings: {
      directory,
      project: { value: wanted.project, source: { kind: "flag", name: "-p" } },
      app: { service: { value: wanted.app, source: { kind: "flag", name: "--app" } } },
    },
    others: (wanted.others ?? []).map((name) => ({
      name,
      image: /db/.test(name) ? "postgres:17" : "acme/web",
    })),
    changesState: wanted.changesState ?? true,
    projectsWithDatabase: () => Promise.resolve(new Set(wanted.withDatabase ?? [])),
  });
}

const stack = (project: string, workingDir?: string, ...configFiles: string[]): Stack => ({
  project,
  workingDir,
  configFiles,
  running: true,
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "oakum-stacks-" }));
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const refused = (code: string, hint: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OakumError, String(error));
  assert.deepEqual([error.code, error.outcome], [code, "notFound"]);
  assert.match(error.hint ?? "", hint);
  return true;
};

Deno.test("chooseStack() takes the stack that was named, and says who named it", async () => {
  const stacks = [stack("blog"), stack("shop")];
  const { stack: { project }, from } = await choose(stacks, "/", { project: "shop" });
  assert.deepEqual([project, from], ["shop", "-p"]);
  const typo = choose(stacks, "/", { project: "shpo" });
  await assert.rejects(typo, refused("no-such-stack", /Did you mean shop/));
  const other = choose(stacks, "/", { project: "zzzzzz" });
  await assert.rejects(other, refused("no-such-stack", /blog, shop/));
});

Deno.test("chooseStack() takes the stack of the folder or of the nearest parent", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "apps/shop/src"), { recursive: true });
    await Deno.mkdir(join(folder, "apps/shop-old"), { recursive: true });
    const stacks = [stack("all", folder), stack("shop", join(folder, "apps/shop")), stack("none")];
    const at = async (path: string) => (await choose(stacks, join(folder, path))).stack.project;
    assert.equal(await at("apps/shop/src"), "shop");
    assert.equal(await at("apps/shop"), "shop");
    assert.equal(await at("apps/shop-old"), "all");
    assert.equal(await at("."), "all");
  });
});

Deno.test("chooseStack() follows links on both sides", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "real/src"), { recursive: true });
    await Deno.symlink(join(folder, "real"), join(folder, "link"));
    const byLink = [stack("shop", join(folder, "link"))];
    assert.equal((await choose(byLink, join(folder, "real/src"))).stack.project, "shop");
    const byReal = [stack("shop", join(folder, "real"))];
    assert.equal((await choose(byReal, join(folder, "link/src"))).stack.project, "shop");
  });
});

Deno.test("chooseStack() takes the stack that was started from the folder's compose file", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "deploy"));
    const file = join(folder, "deploy/compose.yaml");
    await Deno.writeTextFile(file, "services: {}\n");
    const stacks = [stack("shop", folder, file), stack("blog", "/srv/blog")];
    const { stack: { project }, from } = await choose(stacks, join(folder, "deploy"));
    assert.deepEqual([project, from], ["shop", file]);
  });
});

Deno.test("chooseStack() takes, of several in one folder, the one that Compose would", async () => {
  await inFolder(async (folder) => {
    const stacks = [stack("staging", folder), stack("live", folder)];
    await Deno.writeTextFile(join(folder, "compose.yaml"), "name: live\nservices: {}\n");
    assert.equal((await choose(stacks, folder)).stack.project, "live");
    await Deno.writeTextFile(join(folder, ".env"), "COMPOSE_PROJECT_NAME=staging\n");
    assert.equal((await choose(stacks, folder)).stack.project, "staging");
    await Deno.writeTextFile(join(folder, ".env"), "");
    await Deno.writeTextFile(join(folder, "compose.yaml"), "services: {}\n");
    const error = choose(stacks, folder);
    await assert.rejects(error, refused("stack-ambiguous", /--project staging/));
  });
});

Deno.test("chooseStack() takes no stopped stack of a folder where another one runs", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "compose.yaml");
    await Deno.writeTextFile(file, "name: shop\nservices: {}\n");
    for (const files of [[], [file]]) {
      const stopped = { ...stack("shop", folder, ...files), running: false };
      const renamed = stack("renamed", folder, ...files);
      await assert.rejects(choose([stopped, renamed], folder), (error) => {
        assert.match((error as OakumError).message, /shop \(.*, not running\)/);
        return refused("stack-ambiguous", /--project renamed$/)(error);
      });
      const all = [stopped, { ...renamed, running: false }];
      assert.equal((await choose(all, folder)).stack.project, "shop");
    }
  });
});

Deno.test("chooseStack() says that the folder's stack is not running, and how to start it", async () => {
  await inFolder(async (folder) => {
    const sub = join(folder, "it's here");
    await Deno.mkdir(sub);
    await Deno.writeTextFile(join(sub, "docker-compose.yml"), "services: {}\n");
    for (const changesState of [true, false]) {
      // Neither the parent's stack nor the only one with a database is what this folder means.
      const found = choose([stack("all", folder)], sub, { changesState, withDatabase: ["all"] });
      const hint = /docker compose --project-directory '.*it'\\''s here' up -d/;
      await assert.rejects(found, refused("stack-not-running", hint));
    }
  });
});

Deno.test("chooseStack() takes the only stack with a database, but never to change it", async () => {
  await inFolder(async (folder) => {
    const stacks = [stack("cache"), stack("shop", "/srv/shop")];
    const read = { changesState: false, withDatabase: ["shop"] };
    assert.equal((await choose(stacks, folder, read)).stack.project, "shop");
    const change = choose(stacks, folder, { ...read, changesState: true });
    await assert.rejects(change, refused("no-stack", /--project cache.*shop \(\/srv\/shop\)/));
    const two = choose(stacks, folder, { ...read, withDatabase: ["shop", "cache"] });
    await assert.rejects(two, refused("stack-ambiguous", /--project cache/));
    const none = choose([], folder, { ...read, withDatabase: [] });
    await assert.rejects(none, refused("no-stack", /docker compose up -d/));
  });
});

const WINDOWS = "C:\\Users\\me\\shop";

Deno.test("chooseStack() starts nothing where another stack has the folder's project name", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "compose.yaml"), "name: shop\nservices: {}\n");
    const places = [
      {
        place: { workingDir: "/mnt/c/Users/me/shop", windowsDir: WINDOWS },
        said: /from Windows \(C:/,
      },
      { place: { workingDir: "/Users/ada/shop" }, said: /was started from \/Users\/ada\/shop/ },
      { place: { workingDir: undefined }, said: /does not say from which folder/ },
    ];
    for (const { place, said } of places) {
      const shop = { ...stack("shop"), ...place };
      for (const changesState of [true, false]) {
        await assert.rejects(choose([stack("blog"), shop], folder, { changesState }), (error) => {
          assert.match((error as OakumError).message, said);
          assert.doesNotMatch(JSON.stringify(error), /blog|up -d/);
          return refused("stack-elsewhere", /--project shop\./)(error);
        });
      }
      const named = await choose([stack("blog"), shop], folder, { project: "shop" });
      assert.equal(named.stack.workingDir, folder, "as the hint says, its backups go here");
    }
    const here = { ...stack("shop", folder), windowsDir: WINDOWS };
    assert.equal((await choose([here], folder)).stack, here);
  });
});

Deno.test("chooseStack() proposes no foreign stack where the folder's own is not running", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "compose.yaml"), "services: {}\n");
    await assert.rejects(choose([stack("blog")], folder), refused("stack-not-running", /up -d$/));
  });
});

Deno.test("chooseStack() says of containers that Compose did not start that it sees none", async () => {
  await inFolder(async (folder) => {
    const others = ["shop-db", "shop-web", "mail"];
    const named = choose([stack("blog")], folder, { project: "shop", others });
    await assert.rejects(named, refused("no-such-stack", /^shop-db, shop-web were not started by/));
    const swarm = choose([], folder, { project: "shop", others: ["shop_db.1.x2"] });
    await assert.rejects(
      swarm,
      refused("no-such-stack", /^shop_db\.1\.x2 was not .* compose\.yaml/),
    );
    const app = choose([stack("blog")], folder, {
      ...{ app: "shop-web", others, changesState: false, withDatabase: ["blog"] },
    });
    await assert.rejects(app, (error) => {
      assert.match((error as OakumError).message, /^shop-web was not started by Docker Compose/);
      return refused("no-stack", /docker compose up -d/)(error);
    });
    const none = choose([], folder, { others, changesState: false });
    await assert.rejects(none, refused("no-stack", /^shop-db was not started/));
    const two = choose([stack("blog"), stack("wiki")], folder, {
      ...{ others, changesState: false, withDatabase: ["blog", "wiki"] },
    });
    await assert.rejects(two, refused("stack-ambiguous", /--project blog\. shop-db was not/));
  });
});

Deno.test("projectName() makes of a folder's name what Compose makes of it", () => {
  const names = {
    "My.Shop": "myshop",
    "_-shop_1": "shop_1",
    "Café Shop": "cafshop",
    "shop": "shop",
  };
  for (const [folder, project] of Object.entries(names)) assert.equal(projectName(folder), project);
});
