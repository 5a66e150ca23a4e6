import assert from "node:assert/strict";
import { complete, type LookUp } from "../../../src/commands/complete.ts";
import { completeWork } from "../../../src/commands/completion_work.ts";
import { buildVerbs } from "../../../src/commands/program.ts";
import type { BareSession } from "../../../src/commands/session.ts";

const PROGRAM = buildVerbs({ run: () => Promise.resolve() });

/** A stack with one service and one backup; it notes what was asked with. */
function knowing() {
  const asked: [string, Record<string, string>][] = [];
  const lookUp: LookUp = (kind, given) => {
    asked.push([kind, Object.fromEntries(given)]);
    return Promise.resolve([{ value: `some-${kind}`, text: "" }]);
  };
  return { asked, lookUp };
}

async function values(...words: string[]): Promise<string[]> {
  const { candidates } = await complete(PROGRAM, words, knowing().lookUp);
  return candidates.map(({ value }) => value);
}

Deno.test("complete() offers verbs by their beginning, and none that is hidden", async () => {
  assert.deepEqual(await values("ba"), ["backup", "backups"]);
  assert.deepEqual(await values("--json", "-p", "shop", "sta"), ["status", "stamp"]);
  assert.deepEqual(await values("config", ""), ["schema", "rules"]);
  assert.ok(!(await values("")).includes("__complete"));
});

Deno.test("complete() offers a verb's options and the global ones", async () => {
  assert.deepEqual(await values("restore", "--n"), [
    "--no-owner",
    "--no-color",
  ]);
  assert.deepEqual(await values("upgrade", "-x", "a=b", "--lo"), ["--lock-timeout"]);
});

Deno.test("complete() offers an option's values, also behind =", async () => {
  assert.deepEqual(await values("backup", "--format", ""), ["custom", "plain"]);
  assert.deepEqual(await values("backup", "--format=p"), ["--format=plain"]);
  assert.deepEqual(await values("completion", "z"), ["zsh"]);
  assert.deepEqual(await values("rehearse", "--format", ""), [
    "text",
    "markdown",
    "junit",
    "github",
  ]);
  assert.deepEqual(await values("upgrade", "--on-failure", "r"), ["restore"]);
  assert.deepEqual(await values("rollback", "--via", "d"), ["downgrade"]);
});

Deno.test("complete() offers paths where a path is wanted", async () => {
  const paths = async (...words: string[]) =>
    (await complete(PROGRAM, words, knowing().lookUp)).paths;
  assert.equal(await paths("backup", "--dir", ""), "folders");
  assert.equal(await paths("adopt", "one.sql", ""), "files");
  assert.equal(await paths("restore", ""), "files");
  assert.equal(await paths("rehearse", "--output", ""), "files");
  assert.equal(await paths("rehearse", "--from", ""), "files");
  assert.equal(await paths("status", ""), undefined);
});

Deno.test("complete() looks up what only the stack knows, with the options so far", async () => {
  const { asked, lookUp } = knowing();
  const find = async (...words: string[]) =>
    (await complete(PROGRAM, words, lookUp)).candidates.map(({ value }) => value);
  assert.deepEqual(await find("-p", "shop", "restore", "--dir=x", ""), ["latest", "some-backup"]);
  assert.deepEqual(await find("rehearse", "--from", ""), ["latest", "some-backup"]);
  assert.deepEqual(await find("status", "--app", "s"), ["some-service"]);
  assert.deepEqual(await find("downgrade", "some"), ["some-revision"]);
  assert.deepEqual(await find("rollback", "--to", "some"), ["some-revision"]);
  assert.deepEqual(await find("rehearse", "--health", "some"), ["some-revision"]);
  assert.deepEqual(await find("rehearse", "--service", "s"), ["some-service"]);
  assert.deepEqual(await find("-p", ""), ["some-project"]);
  assert.deepEqual(asked, [
    ["backup", { project: "shop", dir: "x" }],
    ["backup", {}],
    ["service", {}],
    ["revision", {}],
    ["revision", {}],
    ["revision", {}],
    ["service", {}],
    ["project", {}],
  ]);
});

Deno.test("complete() offers nothing where only a person knows", async () => {
  assert.deepEqual(await values("revision", "-m", ""), []);
  assert.deepEqual(await values("psql", "--", "-"), []);
  assert.deepEqual(await values("show", "head", ""), []);
  assert.deepEqual(await values("nonsense", ""), []);
});

Deno.test("completeWork() drops names that a shell would read as more", async () => {
  const hostile = ["$(reboot)", "a`b`", "a b", "a;b", "a\tb", "-$x", "web", "größe_1"];
  const lookUp: LookUp = () => Promise.resolve(hostile.map((value) => ({ value, text: "" })));
  const session = { globals: { verbose: false } } as unknown as BareSession;
  const { report } = await completeWork(session, { words: ["--app"], newWord: true }, lookUp);
  assert.deepEqual(report, {
    candidates: [{ value: "web", text: "" }, { value: "größe_1", text: "" }],
    paths: null,
  });
});

Deno.test("completeWork() is quiet where a look-up fails", async () => {
  const lookUp: LookUp = () => Promise.reject(new Error("no Docker"));
  const session = { globals: { verbose: false } } as unknown as BareSession;
  const { report } = await completeWork(session, { words: ["--app", ""], newWord: false }, lookUp);
  assert.deepEqual(report, { candidates: [], paths: null });
});
