import assert from "node:assert/strict";
import { join } from "node:path";
import { output } from "../../docker/command.ts";
import { listFolder } from "../../src/backups/list.ts";
import { sealed } from "../../src/backups/seal.ts";
import { targetPath } from "../../src/backups/target_path.ts";
import { commandsIn, Walk } from "./hints/walk.ts";
import { Site } from "./migrate/cli.ts";
import { table } from "./migrate/project.ts";

/** Nothing here is about how a backup is proved, but for what says so. */
const UNPROVED = { OAKUM_VERIFY: "none" };

let site: Site;
Deno.test.beforeAll(async () => {
  site = await Site.open();
});
Deno.test.afterAll(() => site[Symbol.asyncDispose]());

/** A person who works on one of the stack's databases, which is made for them. */
async function at(database: string, script = ""): Promise<Walk> {
  await site.ask(`create database ${database}`, "postgres");
  if (script) await site.ask(script, database);
  return new Walk(site.stack.folder, { ...UNPROVED, OAKUM_DATABASE: `db/${database}` });
}

/** Where the backups of a database lie. */
function folderOf(database: string): string {
  return targetPath(site.backups, { project: site.stack.project, service: "db", database });
}

/** The names of the backups of a database, newest first. */
async function backupsOf(database: string): Promise<string[]> {
  const { backups } = await listFolder(folderOf(database));
  return backups.map(({ id }) => id);
}

/** Writes another time into a manifest, as a machine whose clock is wrong would have. */
async function redate(folder: string, id: string, takenAt: string): Promise<void> {
  const path = join(folder, `${id}.json`);
  const { seal: _, ...manifest } = JSON.parse(await Deno.readTextFile(path));
  await Deno.chmod(path, 0o600);
  await Deno.writeFile(path, sealed({ ...manifest, takenAt, finishedAt: takenAt }));
}

const NOTES = "create table notes as select generate_series(1, 100) n";

Deno.test("commands are told from the sentences around them", () => {
  const hint = "Think about it, then one of: oakum rollback --to aaaa1; oakum downgrade -1. " +
    "Look: `oakum config rules` lists them, or oakum psql -c 'select a, b', as oakum is no verb. " +
    "oakum verify --restore '/a b/db.dump'; oakum history, oakum merge aa bb1 --allow data-lost";
  assert.deepEqual(commandsIn(hint), [
    ...["rollback --to aaaa1", "downgrade -1", "config rules", "psql -c 'select a, b'"],
    ...["verify --restore '/a b/db.dump'", "history", "merge"],
  ]);
});

Deno.test("where no backup is good", async (t) => {
  const walk = await at("notes", NOTES);
  const folder = folderOf("notes");
  let id = "";

  await t.step("since there is none, the next one is taken", async () => {
    await walk.follow(await walk.refused("restore", "no-good-backup"));
    await walk.done("restore");
    [id = ""] = await backupsOf("notes");
  });

  await t.step("since it is from the future, it is used by its name", async () => {
    await redate(folder, id, "2099-01-01T00:00:00Z");
    const { hint } = await walk.refused("restore", "no-good-backup");
    assert.match(hint, new RegExp(id));
    await walk.done(`restore ${id}`);
  });

  await t.step("since its dump is cut, or its manifest was changed", async () => {
    const dump = join(folder, `${id}.dump`);
    await Deno.chmod(dump, 0o600);
    await Deno.writeTextFile(dump, "x", { append: true });
    const refused = await walk.refused("restore", "no-good-backup");
    await walk.follow(refused);
    await walk.follow(await walk.refused(`restore ${id}`, "backup-damaged"));
    await Deno.truncate(dump, (await Deno.stat(dump)).size - 1);
    await Deno.writeTextFile(join(folder, `${id}.json`), " ", { append: true });
    const path = join(folder, `${id}.json`);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace("2099", "2098"));
    const changed = await walk.refused(`verify ${id}`, "manifest-changed");
    await walk.follow(changed, { filled: { FILE: `${dump} --dry-run` } });
  });

  await t.step("and nothing is kept any more that could be swapped back", async () => {
    await walk.done("restore --finalize");
    await walk.follow(await walk.refused("restore --undo", "nothing-kept"));
  });
});

Deno.test("a script that others can have written is restored as the hint says", async () => {
  const walk = await at("plain", NOTES);
  await walk.done("backup --format plain");
  const folder = folderOf("plain");
  await Deno.chmod(folder, 0o777);
  const [own = ""] = await backupsOf("plain");
  const refused = await walk.refused(`restore ${own}`, "foreign-script");
  await walk.follow(refused);
  const adopted = (await backupsOf("plain")).find((id) => id !== own);
  await walk.done(`restore ${adopted}`);
  assert.equal(await site.ask("select count(*) from notes", "plain"), "100");
});

const SEVERAL = `create database other;
\\connect other
create table notes (n int);
insert into notes values (1), (2);
create foreign data wrapper w;
create database third;
\\connect third
create table t (n int);
`;

Deno.test("a file of several databases is adopted, and restored, as the hints say", async (t) => {
  const walk = await at("several");
  await Deno.writeTextFile(join(site.stack.folder, "of several.sql"), SEVERAL);
  let name = "";

  await t.step("from where a backup was asked for", async () => {
    const refused = await walk.refused("verify 'of several.sql'", "not-a-backup");
    const { report } = await walk.follow(refused);
    assert.deepEqual((report["adopted"] as { built: string }[]).map(({ built }) => built), [
      "other",
    ]);
    [name = ""] = await backupsOf("several");
  });

  await t.step("by its name, and with the consent that it takes", async () => {
    const { hint } = await walk.refused("restore", "no-good-backup");
    assert.match(hint, new RegExp(name));
    const refused = await walk.refused(`restore ${name} --allow schema-differs`, "dump-code");
    // Who types what the hint says has agreed to both.
    assert.match(refused.hint, /--allow schema-differs --allow dump-code$/);
    const { code, said } = await walk.agree(refused);
    assert.equal(code, undefined, said);
    assert.equal(await site.ask("select count(*) from notes", "several"), "2");
  });

  await t.step("and one that lies beside the backups is named by its path", async () => {
    await Deno.writeTextFile(join(folderOf("several"), "left.sql"), SEVERAL);
    const refused = await walk.refused("verify left.sql", "not-a-backup");
    assert.deepEqual(refused.commands, [`adopt ${join(folderOf("several"), "left.sql")}`]);
    await walk.done(`${refused.commands[0]} --dry-run`);
  });
});

Deno.test("settings that are wrong do not keep what helps from being said", async () => {
  const walk = await at("settings");
  const file = join(site.stack.folder, "oakum.yaml");
  try {
    await Deno.writeTextFile(file, "gaurd: full\n");
    await walk.follow(await walk.refused("status", "config-invalid"));
    await Deno.writeTextFile(file, "rehearsal: { rules: { data-lsot: warn } }\n");
    const unknown = await walk.type("status");
    for (const command of commandsIn(unknown.hint)) await walk.done(command);
    await Deno.writeTextFile(file, "guard: backup\n");
    await walk.follow(await walk.refused("init", "config-exists"));
  } finally {
    await Deno.remove(file);
  }
});

/** What a merge is written by; it has nothing to do. */
const TEMPLATE = `revision = \${repr(up_revision)}
down_revision = \${repr(down_revision)}
def upgrade():
    pass
def downgrade():
    pass
`;

const TWO = [table("aaaa1", undefined, "apples"), table("bbbb2", "aaaa1", "bananas")];

Deno.test("what keeps a database from being moved", async (t) => {
  const walk = new Walk(site.stack.folder, UNPROVED);
  const by = async (...args: string[]) => {
    const app = `${site.stack.project}-web-1`;
    await output(["docker", "exec", app, "/srv/venv/bin/alembic", ...args]);
  };

  await t.step("a goal that is none", async () => {
    await site.reset(TWO);
    await site.startApp();
    await by("upgrade", "head");
    await walk.follow(await walk.refused("upgrade nowhere", "unknown-revision"));
    await walk.follow(await walk.refused("downgrade +1", "wrong-way"));
  });

  await t.step("no upgrade that oakum knows of, and a goal that is typed instead", async () => {
    const refused = await walk.refused("rollback", "no-upgrade-known");
    assert.deepEqual(refused.commands, ["rollback --to aaaa1", "downgrade aaaa1"]);
    const to = `${refused.commands[0]} --no-safety-backup`;
    const costs = await walk.refused(to, "rollback-costs");
    await walk.follow(costs, { only: 0 });
    assert.equal(await site.state(), "aaaa1: apples");
  });

  await t.step("a revision that nobody can undo", async () => {
    await site.reset([TWO[0]!, { ...TWO[1]!, downgrade: ["raise NotImplementedError()"] }]);
    await by("upgrade", "head");
    const { commands } = await walk.refused("downgrade -1", "no-downgrade");
    const refused = await walk.refused("rollback --via restore", "no-upgrade-known");
    assert.equal(commands[0], refused.command);
    await walk.follow(refused);
  });

  await t.step("two heads", async () => {
    await site.reset([...TWO, table("cccc3", "aaaa1", "cherries")]);
    await Deno.writeTextFile(join(site.project, "script.py.mako"), TEMPLATE);
    const several = await walk.refused("upgrade", "several-heads");
    assert.deepEqual(several.commands, ["merge bbbb2 cccc3"]);
    await walk.follow(several);
    await walk.done("upgrade");
  });

  await t.step("a backup that looks like a collapse, also for a rehearsal", async () => {
    await site.reset(TWO);
    await by("upgrade", "aaaa1");
    await site.ask("insert into apples select generate_series(1, 1000)");
    await walk.done("backup");
    await site.ask("delete from apples where id > 10");
    const guarded = walk.with({ OAKUM_GUARD: "full" });
    const refused = await guarded.refused("upgrade", "backup-suspect");
    // An upgrade without a rehearsal takes a backup, too.
    assert.doesNotMatch(refused.hint, /--rehearsal none/);
    await walk.follow(await walk.refused("upgrade", "backup-suspect"));
    await walk.done("upgrade");
  });

  await t.step("a version that the scripts do not have", async () => {
    await site.ask("update alembic_version set version_num = 'deadbeef0000'");
    const unknown = await walk.refused("upgrade", "unknown-current-revision");
    const { report, said } = await walk.follow(unknown);
    const checks = report["checks"] as { mend: string | null }[];
    const mends = checks.flatMap(({ mend }) => commandsIn(mend ?? ""));
    assert.ok(!mends.some((command) => command === "doctor --locate"), said);
    const [stamp = ""] = mends.filter((command) => command.startsWith("stamp"));
    assert.equal(stamp, "stamp --purge bbbb2", said);
    await walk.done(stamp);
  });
});
