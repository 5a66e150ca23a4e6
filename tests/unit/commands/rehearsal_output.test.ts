import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import { rehearsalResult, requireWritableOutput } from "../../../src/commands/rehearsal_output.ts";
import { repositoryPaths, repositoryRoot } from "../../../src/commands/repository_paths.ts";
import type { Result, Session } from "../../../src/commands/session.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { filesIn } from "../../../src/reports/repository_places.ts";
import { pageText } from "../../../src/terminal/page_text.ts";
import { FOUND, rehearsalWith } from "../reports/rehearsals.ts";

const NOW = new Date("2026-11-22T14:44:00Z");

/** A repository with one revision file, and the session of somebody in a folder of it. */
async function repository() {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const versions = join(root, "migrations", "versions");
  await Deno.mkdir(join(root, ".git"));
  await Deno.mkdir(versions, { recursive: true });
  await Deno.writeTextFile(join(versions, "4f1c09ab27de_move_addresses.py"), "");
  const directory = join(root, "migrations");
  const session = {
    ...{ directory, clock: { now: () => NOW }, globals: { verbose: false } },
    path: (typed: string) => resolve(directory, typed),
  } as unknown as Session;
  const end = () => Deno.remove(root, { recursive: true });
  return { root, directory, session, [Symbol.asyncDispose]: end };
}

const stdout = ({ text }: Result) => pageText(text, NOW, false);

Deno.test("without --output the report is on stdout, in the form that was asked for", async () => {
  await using at = await repository();
  const on = async (format: "text" | "markdown" | "junit" | "github") =>
    stdout(await rehearsalResult(at.session, FOUND, { format, output: undefined }));
  assert.match(await on("text"), /^Rehearsed 2 revisions/);
  assert.match(await on("markdown"), /^## ❌ Rehearsal/);
  assert.match(await on("junit"), /^<\?xml [^]*<\/testsuites>\n$/);
  assert.match(await on("github"), /^::error file=migrations\/versions\/4f1c\w*\.py,line=21,/m);
});

Deno.test("with --output the file has the form, and a person still reads the text", async () => {
  await using at = await repository();
  const result = await rehearsalResult(at.session, FOUND, { format: "junit", output: "report" });
  assert.match(await Deno.readTextFile(join(at.directory, "report")), /^<\?xml /);
  assert.match(stdout(result), /^Rehearsed 2 revisions/);
});

Deno.test("a file's ending says its form, so that one run gives annotations and a summary", async () => {
  await using at = await repository();
  const write = (output: string) =>
    rehearsalResult(at.session, FOUND, { format: "github", output });
  assert.match(stdout(await write("a.md")), /^::error title=Rehearsal::/);
  await write("a.xml");
  await write("a.json");
  const read = (name: string) => Deno.readTextFile(join(at.directory, name));
  assert.match(await read("a.md"), /^## ❌ Rehearsal/);
  assert.match(await read("a.xml"), /^<\?xml /);
  assert.deepEqual(JSON.parse(await read("a.json")).verdict, FOUND.verdict);
});

Deno.test("every form has paths of the repository, and of the container where it lacks the file", async () => {
  await using at = await repository();
  const [known, unknown] = FOUND.revisions.map(({ file }) => file);
  assert.ok(known && unknown);
  const failing = rehearsalWith({
    revisions: FOUND.revisions.map((revision, index) => ({
      ...revision,
      failure: {
        ...{ kind: "failed", message: "no", file: revision.file, line: 3 },
        details: [`${revision.file}:3: op.execute("no")`, `SQL: ${known}`],
      },
      upgrade: index === 0 ? null : revision.upgrade,
    })),
  });
  const result = await rehearsalResult(at.session, failing, { format: "text", output: undefined });
  const inside = `migrations/versions/${known.split("/").at(-1)}`;
  const report = result.report as typeof FOUND;
  assert.deepEqual(report.revisions.map(({ file }) => file), [inside, unknown]);
  const [first, second] = report.revisions.map(({ failure }) => failure);
  assert.deepEqual([first?.file, second?.file], [inside, unknown]);
  // What is no place is left as it was said.
  assert.deepEqual(first?.details, [`${inside}:3: op.execute("no")`, `SQL: ${known}`]);
  assert.deepEqual(second?.details[0], `${unknown}:3: op.execute("no")`);
  assert.deepEqual(filesIn(report).toSorted(), [inside, unknown].toSorted());
  for (const format of ["text", "markdown", "junit", "github"] as const) {
    const text = stdout(
      await rehearsalResult(at.session, failing, { format, output: undefined }),
    );
    assert.ok(text.includes(inside), format);
    assert.doesNotMatch(text.replaceAll(`SQL: ${known}`, ""), new RegExp(known), format);
  }
});

Deno.test("run from elsewhere, a report names files by where the stack lies, and in full", async () => {
  await using at = await repository();
  await using elsewhere = await repository();
  await Deno.remove(join(elsewhere.directory, "versions"), { recursive: true });
  const wish = { format: "text", output: undefined, stack: at.directory } as const;
  const { report } = await rehearsalResult(elsewhere.session, FOUND, wish);
  const files = (report as typeof FOUND).revisions.map(({ file }) => file);
  const name = FOUND.revisions[0]!.file.split("/").at(-1)!;
  assert.equal(files[0], join(at.root, "migrations/versions", name));
  assert.equal(files[1], FOUND.revisions[1]!.file);
  // A forge knows nothing of this machine.
  const github = await rehearsalResult(elsewhere.session, FOUND, { ...wish, format: "github" });
  assert.doesNotMatch(stdout(github), /file=/);
});

Deno.test("a finding that stops ends with its own exit code, a good rehearsal with none", async () => {
  await using at = await repository();
  const wish = { format: "text", output: undefined } as const;
  assert.equal((await rehearsalResult(at.session, FOUND, wish)).outcome, "finding");
  assert.equal((await rehearsalResult(at.session, rehearsalWith(), wish)).outcome, "done");
});

Deno.test("an output that cannot be written is refused before, and no folder is replaced", async () => {
  await using at = await repository();
  const refused = async (output: string, why: RegExp) => {
    const thrown = await requireWritableOutput(at.session, output).catch((error) => error);
    assert.ok(thrown instanceof OakumError, output);
    assert.deepEqual([thrown.code, thrown.outcome], ["output-unwritable", "refused"]);
    assert.match(thrown.message, why);
  };
  await refused("versions", /it is a folder/);
  await refused("nowhere/report.md", /its folder does not exist/);
  await requireWritableOutput(at.session, "report.md");
  await requireWritableOutput(at.session, undefined);
});

Deno.test("a report that could not be written is shown all the same, and the run failed", async () => {
  await using at = await repository();
  const result = await rehearsalResult(at.session, rehearsalWith(), {
    ...{ format: "text", output: "versions" },
  });
  assert.equal(result.outcome, "failed");
  assert.match(stdout(result), /^Rehearsed 1 revision[^]*could not be written to ".*\/versions"/);
});

Deno.test("a container's path leads to the file of the repository that it ends like", async () => {
  await using at = await repository();
  const name = "versions/4f1c09ab27de_move_addresses.py";
  const paths = [
    `/srv/app/migrations/${name}`,
    `/srv/${name.replace("versions", "revisions")}`,
    `/srv/../migrations/${name}`,
    `/usr/lib/python3/migrations/${name}`,
    "/srv/app/migrations/versions",
    "/srv/app/other.py",
  ];
  assert.equal(await repositoryRoot(at.directory), at.root);
  const find = await repositoryPaths(at.root, paths);
  assert.deepEqual(paths.map(find), [
    `migrations/${name}`,
    ...Array.from({ length: 5 }, () => undefined),
  ]);
  const file = `/srv/${name}`;
  assert.equal((await repositoryPaths(at.directory, [file]))(file), name);
});

Deno.test("a file is found below the folder that its image was built from, if it is one", async () => {
  await using at = await repository();
  const write = async (path: string) => {
    await Deno.mkdir(join(at.root, dirname(path)), { recursive: true });
    await Deno.writeTextFile(join(at.root, path), "");
  };
  const one = "migrations/versions/0a7c6e4d8f13_close.py";
  for (const path of [`backend/${one}`, `old/${one.replace("migrations/", "")}`]) await write(path);
  await write("backend/shop/models.py");
  await write("admin/shop/models.py");
  const paths = [`/app/${one}`, "/app/shop/models.py", "/app/models.py", "/app/backend/other.py"];
  const find = await repositoryPaths(at.root, paths);
  assert.deepEqual(paths.map(find), [`backend/${one}`, undefined, undefined, undefined]);
});
