import assert from "node:assert/strict";
import { join } from "node:path";
import { findConfig, readConfig } from "../../../src/config/file.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { ruleTrouble } from "../../../src/operations/rehearse/rules/settings.ts";
import { folderWith } from "./folders.ts";

const WHOLE = `
project: shop
app: { service: web, workdir: /srv/service, alembic: alembic.ini, name: alembic, x: ["tenant=a"] }
database: { service: store, name: shop, user: owner }
guard: full
backups:
  dir: /srv/backups
  keep: { last: 3, daily: 7, weekly: 4, monthly: 12 }
  verify: read
  offsite: { command: "rclone copy {dir} remote:oakum" }
  schedule: "15 3 * * *"
rehearsal: { rules: { rewrite-over: 100MB }, run: "pytest -q", environment: {}, services: [], mask: mask.sql, memory: 2g }
upgrade: { lock_timeout: 3s, health: ["http://localhost:8000/health"], on_failure: stop }
notify: { webhook: "https://example.org/hook", ping: "https://example.org/ping" }
hosts: { nas: "ssh://me@nas" }
`;

async function refusal(yaml: string): Promise<OakumError> {
  await using folder = await folderWith({ "oakum.yaml": yaml });
  const path = join(folder.path, "oakum.yaml");
  const thrown = await readConfig(path).then(() => undefined, (error: unknown) => error);
  assert.ok(thrown instanceof OakumError, `accepted: ${yaml}`);
  assert.equal(thrown.outcome, "usage");
  return thrown;
}

/** The message without the folder, which differs from run to run. */
async function message(yaml: string): Promise<string> {
  return (await refusal(yaml)).message.replaceAll(/\S*\/(oakum\.yaml)/g, "$1");
}

Deno.test("readConfig() reads the whole of it", async () => {
  await using folder = await folderWith({ "oakum.yaml": WHOLE });
  const { config, line } = await readConfig(join(folder.path, "oakum.yaml"));
  assert.equal(config.database?.name, "shop");
  assert.deepEqual(config.app?.x, ["tenant=a"]);
  assert.equal(config.rehearsal?.rules?.["rewrite-over"], "100MB");
  assert.equal(line("backups.verify"), 9);
  assert.equal(line("database.name"), 4);
});

Deno.test("readConfig() takes an empty file, and groups of which everything is commented out", async () => {
  for (
    const yaml of ["", "# nothing\n", "app:\n  # service: web\nguard: none\n", "\ufeffguard: none"]
  ) {
    await using folder = await folderWith({ "oakum.yaml": yaml });
    await readConfig(join(folder.path, "oakum.yaml"));
  }
});

Deno.test("readConfig() applies anchors and merge keys", async () => {
  const yaml = "app: &it { workdir: /srv, service: a }\ndatabase:\n  service: b\nguard: none\n";
  await using folder = await folderWith({
    "oakum.yaml": `${yaml}rehearsal: { environment: { <<: {A: b} } }`,
  });
  const { config } = await readConfig(join(folder.path, "oakum.yaml"));
  assert.deepEqual(config.rehearsal?.environment, { A: "b" });
});

Deno.test("readConfig() names file, line, key and what was probably meant", async () => {
  assert.equal(
    await message("project: shop\ngaurd: full\n"),
    'oakum.yaml:2: "gaurd" is not a setting: did you mean "guard"?',
  );
  assert.equal(
    await message("backups:\n  dir: x\n  zip: 1\n"),
    'oakum.yaml:3: "backups.zip" is not a setting: accepted are dir, keep, verify, encrypt, offsite, schedule',
  );
});

Deno.test("readConfig() names the value and what is accepted", async () => {
  const messages = {
    "guard: ful": 'oakum.yaml:1: "guard" is "ful"; accepted is full, backup, none',
    "project: My Shop":
      'oakum.yaml:1: "project" is "My Shop"; accepted is a Compose project\'s name: lower-case letters, digits, - and _',
    "project: 7": 'oakum.yaml:1: "project" is 7; accepted is text (put it in quotes)',
    "app: web": 'oakum.yaml:1: "app" is "web"; accepted is a group of settings',
    "app:\n  x: tenant=a":
      'oakum.yaml:2: "app.x" is "tenant=a"; accepted is a list such as [one, two]',
    "app:\n  x:\n    - a\n    - 3":
      'oakum.yaml:4: "app.x[1]" is 3; accepted is text (put it in quotes)',
    "upgrade: { lock_timeout: 3 }":
      'oakum.yaml:1: "upgrade.lock_timeout" is 3; accepted is text (put it in quotes)',
    "upgrade: { lock_timeout: soon }":
      'oakum.yaml:1: "upgrade.lock_timeout" is "soon"; accepted is a duration such as 500ms, 3s, 2min or 1h',
    "backups: { keep: { last: -1 } }":
      'oakum.yaml:1: "backups.keep.last" is -1; accepted is a whole number from 0 up',
    "rehearsal: { rules: { rewrite-over: [1] } }":
      'oakum.yaml:1: "rehearsal.rules.rewrite-over" is a list; accepted is a text or a number, such as off, 5 or 100MB',
    "rehearsal: { environment: { A=B: c } }":
      'oakum.yaml:1: "rehearsal.environment.A=B" is this value; accepted is the name of a variable',
    "rehearsal: { writable: [cache] }":
      'oakum.yaml:1: "rehearsal.writable[0]" is "cache"; accepted is an absolute path below /',
    "rehearsal: { timeout: 0s }":
      'oakum.yaml:1: "rehearsal.timeout" is "0s"; accepted is a duration such as 500ms, 3s, 2min or 1h',
    "upgrade: { health: [localhost] }":
      'oakum.yaml:1: "upgrade.health[0]" is this value; accepted is an address such as http://localhost:8000/health',
    "- a": "oakum.yaml:1: is a list; accepted is a group of settings",
  };
  for (const [yaml, text] of Object.entries(messages)) assert.equal(await message(yaml), text);
});

Deno.test("readConfig() names every problem at once, and hands them over as data", async () => {
  const error = await refusal("guard: ful\napp: { service: 3 }\n");
  assert.equal(error.message.split("\n").length, 2);
  assert.deepEqual((error.data["problems"] as { key: string }[]).map(({ key }) => key).sort(), [
    "app.service",
    "guard",
  ]);
});

Deno.test("readConfig() names each rule that is none, or is set to nothing it takes", async () => {
  const rules = "{\n    data-losst: warn,\n    wal-over: 5 parsecs,\n    rewrite-over: 50MB }";
  await using folder = await folderWith({
    "oakum.yaml": `guard: ful\nrehearsal:\n  rules: ${rules}\n`,
  });
  const path = join(folder.path, "oakum.yaml");
  await assert.rejects(readConfig(path, () => Promise.resolve(ruleTrouble)), (error) => {
    assert.ok(error instanceof OakumError && error.outcome === "usage");
    const [guard, lost, wal, ...others] = error.message.replaceAll(`${path}:`, "").split("\n");
    assert.match(guard ?? "", /^1: "guard" is "ful"/);
    assert.equal(
      lost,
      '4: "rehearsal.rules.data-losst" is not a rule: did you mean "data-lost"?',
    );
    assert.match(
      wal ?? "",
      /^5: "rehearsal\.rules\.wal-over" is "5 parsecs"; accepted is off, warn/,
    );
    assert.deepEqual(others, []);
    return true;
  });
});

Deno.test("readConfig() never shows values of sections that may hold secrets", async () => {
  for (
    const yaml of [
      "notify: { webhook: [hunter2] }",
      "hosts: { nas: [hunter2] }",
      "rehearsal: { environment: { KEY: [hunter2] } }",
    ]
  ) {
    const error = await refusal(yaml);
    assert.ok(!JSON.stringify([error.message, error.data]).includes("hunter2"), error.message);
  }
});

Deno.test("readConfig() refuses what is not YAML, with its line", async () => {
  assert.match(await message("a: [1\nb: 2\n"), /^oakum\.yaml:2: not YAML: /);
  assert.match(await message("guard: full\nguard: none\n"), /^oakum\.yaml:2: not YAML: .*unique/);
  assert.match(await message("guard: !!js/function x\n"), /^oakum\.yaml:1: not YAML: /);
});

Deno.test("readConfig() refuses aliases that grow without end", async () => {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (let i = 0; i < 9; i++) {
    const [from, to] = ["abcdefghi"[i], "bcdefghij"[i]];
    lines.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(", ")}]`);
  }
  assert.match(await message(lines.join("\n")), /alias/i);
});

Deno.test("readConfig() refuses a file that asks for encryption, which it cannot do", async () => {
  const error = await refusal("backups: { encrypt: { recipients: [age1abc] } }");
  assert.equal(error.code, "encryption-missing");
});

Deno.test("readConfig() says why a file cannot be read", async () => {
  await using folder = await folderWith({ "oakum.yaml/inner": "", "latin.yaml": "" });
  const latin = join(folder.path, "latin.yaml");
  await Deno.writeFile(latin, new Uint8Array([0x61, 0x3a, 0x20, 0xff]));
  for (const path of [latin, join(folder.path, "oakum.yaml"), join(folder.path, "missing.yaml")]) {
    await assert.rejects(readConfig(path), (error) => {
      return error instanceof OakumError && error.code === "config-unreadable" &&
        error.message.includes(path);
    });
  }
});

Deno.test("findConfig() takes the nearest file above the folder", async () => {
  await using folder = await folderWith({
    "oakum.yaml": "",
    "a/oakum.yml": "",
    "a/b/c/x": "",
    "d/oakum.yaml/x": "",
  });
  assert.equal(await findConfig(join(folder.path, "a/b/c")), join(folder.path, "a/oakum.yml"));
  assert.equal(await findConfig(join(folder.path, "d")), join(folder.path, "oakum.yaml"));
});
