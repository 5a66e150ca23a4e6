import assert from "node:assert/strict";
import { join } from "node:path";
import { output } from "../../docker/command.ts";
import { BRANCHES, type RevisionFile, writeProject } from "../docker/verbs/project.ts";
import { assertGolden } from "./golden.ts";
import { masked, maskedText } from "./masked.ts";
import { CliShop } from "./shop.ts";

const HANG = {
  ...BRANCHES[0]!,
  upgrade: `op.execute(
        "create table paintings (id serial primary key, title text not null, notes text)")`,
};
const FRAME = {
  ...BRANCHES[1]!,
  upgrade: `op.execute("alter table paintings add frame text")
    op.execute("create index paintings_title on paintings (title)")`,
  downgrade: `op.execute("drop index paintings_title")
    op.execute("alter table paintings drop frame")`,
};
/** Takes something away that its downgrade does not bring back. */
const PRICE = {
  ...BRANCHES[2]!,
  down: ["bbbb2222"],
  upgrade: `op.execute("alter table paintings drop notes, add price numeric")
    op.execute("update paintings set price = 100")`,
  downgrade: `op.execute("alter table paintings drop price, add notes text")`,
};
/** Works once, then never again. */
const LIGHT = {
  id: "dddd4444",
  doc: "light them",
  down: ["cccc3333"],
  upgrade: `op.execute("alter table paintings add lit boolean")`,
};
const SIGN = {
  id: "eeee5555",
  doc: "sign them",
  down: ["dddd4444"],
  upgrade: `op.execute("alter table paintings add painter text")`,
  downgrade: `op.execute("alter table painters drop painter")`,
};
const BREAK = {
  id: "ffff6666",
  doc: "break them",
  down: ["eeee5555"],
  upgrade: `op.execute("alter table painters add born date")`,
};
const BAD: readonly RevisionFile[] = [LIGHT, SIGN, BREAK];
/** What a person has who set nothing: upgrades are rehearsed. */
const env = { OAKUM_GUARD: "" };

const shop = await CliShop.open([HANG, FRAME, PRICE, ...BAD]);
const image = (format: string) => output(["docker", "inspect", "-f", format, shop.web]);
const id = (await image("{{.Image}}")).replace("sha256:", "");
const known: Record<string, string> = {
  [shop.folder]: "FOLDER",
  [shop.stack.project]: "PROJECT",
  [await image("{{.Config.Image}}")]: "IMAGE",
  [id]: "IMAGE-ID",
  [id.slice(0, 12)]: "IMAGE-ID",
};

Deno.test.afterAll(() => shop[Symbol.asyncDispose]());

async function run(args: readonly string[], code: number) {
  const ended = await shop.run([...args, "--quiet", "--yes"], { env });
  assert.equal(ended.code, code, ended.stderr + ended.stdout);
  assert.doesNotMatch(ended.stdout + ended.stderr, /s3cret/);
  return ended;
}

/** Runs a verb, compares its one document with its golden file. */
async function golden(name: string, args: readonly string[], code = 0) {
  const { stdout } = await run([...args, "--json"], code);
  await assertGolden(`json-${name}`, masked(stdout, known));
}

async function sql(statement: string): Promise<void> {
  await output(["docker", "exec", shop.db, "psql", "-U", "shop", "-d", "shop", "-c", statement]);
}

function written(name: string): Promise<string> {
  return Deno.readTextFile(join(shop.folder, name));
}

Deno.test("what rehearsals, guarded upgrades and rollbacks say is their golden files", async (t) => {
  const step = (name: string, args: readonly string[], code = 0) =>
    t.step(name, async () => await golden(name, args, code));

  await run(["upgrade", "aaaa1111", "--rehearsal", "none"], 0);
  await sql(
    "insert into paintings (title, notes) select 'no. ' || n, 'oil' from " +
      "generate_series(1, 3) n",
  );

  await step("rehearse-plan", ["rehearse", "--dry-run", "--run", "true", "--health"]);
  await t.step("a rehearsal that fails, in each form", async () => {
    await Deno.mkdir(join(shop.folder, ".git"));
    const args = ["rehearse", "--format", "github", "--output", "rehearsal.xml"];
    const { stdout } = await run(args, 9);
    await assertGolden("rehearsal-github", maskedText(stdout, known));
    await assertGolden("rehearsal-junit", maskedText(await written("rehearsal.xml"), known));
    const kept = await written(`backups/${shop.stack.project}/db.shop/rehearsal.json`);
    await assertGolden("json-rehearsal-kept", masked(kept, known));
  });
  await step("upgrade-fails-rehearsed", ["upgrade"], 4);

  await t.step("a rehearsal that finds something", async () => {
    for (const { id } of BAD) {
      await Deno.remove(join(shop.folder, `web/migrations/versions/${id}.py`));
    }
    await golden("rehearse", ["rehearse", "--run", "echo fine", "--output", "rehearsal.md"], 9);
    await assertGolden("rehearsal-markdown", maskedText(await written("rehearsal.md"), known));
  });
  await step("upgrade-refused", ["upgrade"], 4);
  const allow = ["--allow", "data-lost", "--allow", "downgrade-lossy"];
  await step("upgrade-rehearsed-plan", ["upgrade", "--dry-run", ...allow]);
  await step("upgrade-rehearsed", ["upgrade", ...allow]);

  await t.step("rollbacks", async () => {
    await sql("insert into paintings (title, price) values ('no. 4', 7)");
    await sql("delete from paintings where title = 'no. 1'");
    await golden("rollback-refused", ["rollback"], 4);
    await golden("rollback-restore", ["rollback", "--via", "restore"]);
    await run(["upgrade", "bbbb2222", "--rehearsal", "none"], 0);
    await golden("rollback-plan", ["rollback", "--dry-run"]);
    await golden("rollback-downgrade", ["rollback"]);
  });

  await t.step("doctor-locate", async () => {
    const below = [PRICE, { ...BREAK, down: ["cccc3333"] }, { ...LIGHT, down: ["ffff6666"] }];
    await writeProject(join(shop.folder, "web"), [HANG, FRAME, ...below]);
    await sql("create table visitors (id int primary key)");
    await sql("update alembic_version set version_num = 'bbbb2222'");
    const { stdout } = await run(["doctor", "--locate", "--json"], 9);
    const { place } = JSON.parse(stdout);
    await assertGolden("json-doctor-locate", masked(JSON.stringify(place), known));
  });
});
