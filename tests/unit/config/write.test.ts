import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import fc from "fast-check";
import { readConfig } from "../../../src/config/file.ts";
import { configText, writeConfig } from "../../../src/config/write.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { folderWith } from "./folders.ts";

Deno.test("configText() is a file that readConfig() takes, with facts and without", async () => {
  const facts = {
    project: "shop",
    app: { service: "web", workdir: "/srv/service" },
    database: { service: "db", name: 'odd "name": #1', user: "null" },
    guard: "backup",
  } as const;
  for (const each of [facts, { guard: "none" } as const]) {
    await using folder = await folderWith({});
    const path = await writeConfig(folder.path, configText(each));
    const { config } = await readConfig(path);
    assert.equal(config.guard, each.guard);
    if (each === facts) {
      assert.deepEqual([config.app, config.database], [facts.app, facts.database]);
    }
  }
});

Deno.test("configText() keeps any name as it is", () => {
  fc.assert(fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (name) => {
    const text = configText({ database: { service: "db", name }, guard: "none" });
    assert.equal(parse(text).database.name, name);
  }));
});

Deno.test("configText() lets no example of a value end its line", () => {
  const text = configText({ folderProject: "shop\nguard: full", guard: "none" });
  assert.match(text, /^# project: shop guard: full$/m);
  assert.equal(parse(text).guard, "none");
});

Deno.test("configText() lets no reason for a value end its line", () => {
  const app = { service: "web" };
  const origins = { app: "X of web\nguard: full\u2028guard: full" };
  const text = configText({ app, origins, guard: "none" });
  assert.match(text, /service: web {2}# X of web guard: full guard: full$/m);
  assert.equal(parse(text).guard, "none");
});

Deno.test("configText() with its examples uncommented is valid too", async () => {
  const text = configText({ guard: "full" }).replaceAll(/^# ((?:[a-z]+:| {2}[a-z]+:).*)$/gm, "$1");
  await using folder = await folderWith({ "oakum.yaml": text });
  const { config } = await readConfig(join(folder.path, "oakum.yaml"));
  assert.deepEqual(config.app, { service: "web", workdir: "/srv/service", alembic: "alembic.ini" });
});

Deno.test("writeConfig() leaves a file that is there as it is, under either name", async () => {
  for (const name of ["oakum.yaml", "oakum.yml"]) {
    await using folder = await folderWith({ [name]: "guard: none" });
    await assert.rejects(writeConfig(folder.path, "guard: full"), (error) => {
      return error instanceof OakumError && error.outcome === "refused" &&
        error.message.includes(name);
    });
    assert.equal(await Deno.readTextFile(join(folder.path, name)), "guard: none");
  }
});

Deno.test("writeConfig() says where it cannot write", async () => {
  const writing = writeConfig("/nowhere/at/all", "guard: none");
  await assert.rejects(
    writing,
    (error) => error instanceof OakumError && error.code === "config-unwritable",
  );
});
