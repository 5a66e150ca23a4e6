import assert from "node:assert/strict";
import type { VerbFlags } from "../../../src/commands/deps.ts";
import { type Globals, globalsOf } from "../../../src/commands/globals.ts";
import { buildProgram } from "../../../src/commands/program.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { memoryShell } from "./shell.ts";

interface Parsed {
  readonly verb: string;
  readonly options: object;
  readonly globals: Globals;
  readonly flags: VerbFlags | undefined;
}

/** What a command line asks for. */
async function parse(...argv: string[]): Promise<Parsed> {
  let parsed: Parsed | undefined;
  const program = buildProgram({
    run: (verb, options, command, flags) => {
      parsed = { verb, options, globals: globalsOf(command), flags };
      return Promise.resolve();
    },
  }, memoryShell().shell.output);
  await program.parseAsync(argv, { from: "user" });
  assert.ok(parsed, "no verb ran");
  return parsed;
}

async function usageError(...argv: string[]): Promise<OakumError> {
  const thrown = await parse(...argv).then(() => undefined, (error: unknown) => error);
  assert.ok(thrown instanceof OakumError, `accepted: ${argv.join(" ")}`);
  assert.equal(thrown.outcome, "usage");
  return thrown;
}

Deno.test("global options are taken before the verb and after it; the later one wins", async () => {
  const both = await parse("-p", "shop", "--json", "status", "-C", "/srv", "-p", "other", "--yes");
  assert.deepEqual(both.globals, {
    project: "other",
    directory: "/srv",
    json: true,
    yes: true,
    quiet: false,
    verbose: false,
    color: true,
  });
  const nested = await parse("config", "--no-color", "schema", "-v");
  assert.deepEqual([nested.verb, nested.globals.color, nested.globals.verbose], [
    "config schema",
    false,
    true,
  ]);
});

Deno.test("a value that looks like an option stays the value of its option", async () => {
  const { options, globals } = await parse("revision", "-m", "--json");
  assert.deepEqual([Object(options).message, globals.json], ["--json", false]);
});

Deno.test("relative revisions need no --", async () => {
  assert.equal(Object((await parse("downgrade", "-1")).options).revision, "-1");
  assert.equal(Object((await parse("upgrade", "+2")).options).revision, "+2");
  assert.equal(Object((await parse("upgrade")).options).revision, "head");
  const { options } = await parse("history", "-r", "-3:current");
  assert.deepEqual(Object(options).range, { from: "-3", to: "current" });
});

Deno.test("repeatable options gather their values", async () => {
  const { flags } = await parse(
    "upgrade",
    "-x",
    "tenant=a",
    "-x",
    "dry",
  );
  assert.deepEqual(flags?.x, ["tenant=a", "dry"]);
  const restore = await parse("restore", "--allow", "logical-slot", "--allow", "space-unknown");
  assert.deepEqual(Object(restore.options).allow, ["logical-slot", "space-unknown"]);
  assert.deepEqual(Object((await parse("merge", "4f1c", "9a2b")).options).revisions, [
    "4f1c",
    "9a2b",
  ]);
  assert.deepEqual(Object((await parse("merge")).options).revisions, []);
});

Deno.test("psql hands on what stands behind --, untouched", async () => {
  const { options, globals } = await parse(
    "-p",
    "shop",
    "psql",
    "--",
    "-c",
    "select 1",
    "--json",
    "--",
  );
  assert.deepEqual(options, { args: ["-c", "select 1", "--json", "--"] });
  assert.equal(globals.json, false);
});

Deno.test("backup parses its values, and hands settings over as flags", async () => {
  const { options, flags } = await parse(
    "backup",
    "--compress",
    "zstd:3",
    "--verify=restore",
    "--dir",
    "x",
  );
  assert.deepEqual(options, {
    format: "custom",
    compression: { method: "zstd", level: 3 },
    accept: false,
    note: undefined,
    all: false,
    dryRun: false,
  });
  assert.deepEqual(flags, { backupDir: "x", verify: "restore" });
});

Deno.test("restore is one of three actions", async () => {
  const action = async (...argv: string[]) =>
    Object((await parse("restore", ...argv)).options).action;
  assert.deepEqual(await action(), { kind: "load", backup: "latest" });
  assert.deepEqual(await action("old.sql", "--into", "look"), { kind: "load", backup: "old.sql" });
  assert.deepEqual(await action("--undo"), { kind: "undo" });
  assert.deepEqual(await action("--finalize"), { kind: "finalize" });
});

Deno.test("rehearse takes one span, one source of data and one kind of health", async () => {
  const rehearse = async (...argv: string[]) => Object((await parse("rehearse", ...argv)).options);
  const plain = await rehearse();
  assert.deepEqual(plain, {
    span: { kind: "to", revision: "head" },
    data: { kind: "backup" },
    health: undefined,
    services: [],
    timeoutMs: undefined,
    run: undefined,
    allow: [],
    format: "text",
    output: undefined,
    baseline: false,
    dryRun: false,
    image: { kind: "running" },
  });
  assert.deepEqual((await rehearse("+1")).span, { kind: "to", revision: "+1" });
  assert.deepEqual((await rehearse("--last", "2")).span, { kind: "last", count: 2 });
  assert.deepEqual((await rehearse("--from-empty")).data, { kind: "empty" });
  assert.deepEqual((await rehearse("--from", "a.sql")).data, { kind: "file", file: "a.sql" });
  assert.deepEqual((await rehearse("--health")).health, { kind: "check" });
  const url = "http://localhost:8000/health";
  assert.deepEqual((await rehearse("--health", url)).health, { kind: "url", url });
  assert.deepEqual((await rehearse("--service", "a", "--service", "b")).services, ["a", "b"]);
  assert.equal((await rehearse("--timeout", "90s")).timeoutMs, 90_000);
  assert.equal((await rehearse("--format", "junit", "--json", "--output", "x")).format, "junit");
});

Deno.test("upgrade takes what a downgrade has no use for", async () => {
  const { options } = await parse("upgrade", "--rehearsal", "none", "--on-failure", "restore");
  const { rehearsal, onFailure, allow, health } = Object(options);
  assert.deepEqual({ rehearsal, onFailure, allow, health }, {
    ...{ rehearsal: "none", onFailure: "restore", allow: [], health: [] },
  });
  const urls = ["http://localhost/a", "https://localhost/b"];
  const more = await parse("upgrade", "--health", "http://localhost/a", "--health", urls[1] ?? "");
  assert.deepEqual(Object(more.options).health, urls);
  await usageError("downgrade", "-1", "--on-failure", "restore");
  const down = Object((await parse("downgrade", "-1")).options);
  assert.deepEqual([down.rehearsal, down.onFailure, down.health], ["none", undefined, []]);
});

Deno.test("rollback hands its options on, and settings as flags", async () => {
  const { options, flags } = await parse("rollback", "--via", "restore", "--lock-timeout", "5s");
  assert.deepEqual(options, {
    to: undefined,
    via: "restore",
    safetyBackup: true,
    allow: [],
    dryRun: false,
    retries: undefined,
    image: { kind: "running" },
  });
  assert.equal(flags?.lockTimeout, 5000);
  const more = await parse("rollback", "--to", "4f1c", "--no-safety-backup");
  assert.deepEqual([Object(more.options).to, Object(more.options).safetyBackup], ["4f1c", false]);
});

Deno.test("values that cannot be used are named, with what is accepted", async () => {
  const messages: readonly (readonly [string[], RegExp])[] = [
    [["restore", "--jobs", "many"], /--jobs.*'many'.*whole number from 1 to 64/],
    [["restore", "--jobs", "0"], /whole number/],
    [["backup", "--compress", "zip"], /'zip'.*gzip\[:1-9\]/],
    [["backup", "--compress", "zstd:23"], /zstd\[:1-22\]/],
    [["backup", "--format", "zip"], /'zip'.*custom, plain/],
    [["upgrade", "--lock-timeout", "3"], /'3'.*a duration such as/],
    [["upgrade", "--allow", "data-lost,dropped"], /one rule such as data-lost; repeat --allow/],
    [["restore", "--allow", "Not A Rule"], /one rule such as logical-slot; repeat --allow/],
    [["upgrade", ""], /not empty/],
    [["upgrade", "--health", "localhost"], /'localhost'.*a URL such as/],
    [["rehearse", "--health", "head"], /'head'.*a URL such as/],
    [["rehearse", "--last", "0"], /whole number/],
    [["rehearse", "--format", "html"], /text, markdown, junit, github/],
    [["rollback", "--via", "luck"], /downgrade, restore/],
    [["history", "-r", "head"], /with a colon between them/],
    [["status", "-p", "My Shop"], /lower-case letters/],
    [["status", "--database", "/shop"], /SERVICE or SERVICE\/NAME/],
    [["completion", "tcsh"], /'tcsh'.*bash, zsh, fish, powershell/],
  ];
  for (const [argv, message] of messages) {
    assert.match((await usageError(...argv)).message, message);
  }
});

Deno.test("options that contradict each other are refused", async () => {
  const lines = [
    ["restore", "--undo", "--finalize"],
    ["restore", "backup", "--undo"],
    ["restore", "--into", "x", "--finalize"],
    ["verify", "latest", "--all"],
    ["pin", "latest", "--note", "x", "--remove"],
    ["upgrade", "--image", "a:b", "--new-image"],
    ["rehearse", "head", "--last", "1"],
    ["rehearse", "--last", "1", "--from-empty"],
    ["rehearse", "--from-empty", "--from", "a.sql"],
    ["rehearse", "--json", "--format", "junit"],
    ["rehearse", "--json", "--format", "github", "--output", "a.md"],
    ["-q", "status", "-v"],
  ];
  for (const argv of lines) await usageError(...argv);
});

Deno.test("a usage error carries the usage line of its command", async () => {
  const { hint } = await usageError("downgrade");
  assert.match(hint ?? "", /^Usage: oakum downgrade \[options\] <rev>\n`oakum downgrade --help`/);
});

Deno.test("a value that is not accepted is a sentence with what is", async () => {
  assert.equal(
    (await usageError("completion", "tcsh")).message,
    "The shell cannot be 'tcsh'. Choose one of bash, zsh, fish, powershell.",
  );
  assert.equal(
    (await usageError("backup", "--format", "zip")).message,
    "Option '--format <format>' cannot be 'zip'. Choose one of custom, plain.",
  );
});

Deno.test("an unknown command or option says what was probably meant", async () => {
  assert.match((await usageError("statsu")).message, /'statsu'.*Did you mean status\?/);
  assert.match(
    (await usageError("backup", "--noet", "x")).message,
    /'--noet'.*Did you mean --note\?/,
  );
  assert.match((await usageError("-p", "shop")).message, /A command is missing: one of status, /);
  assert.equal((await usageError("config")).message, "A command is missing: one of schema, rules.");
});
