import assert from "node:assert/strict";
import { join } from "node:path";
import { checkBackup } from "../../../src/backups/check.ts";
import { appendEntry } from "../../../src/backups/journal.ts";
import { readJournal } from "../../../src/backups/journal_read.ts";
import { type Backup, listTarget } from "../../../src/backups/list.ts";
import { lockFolder } from "../../../src/backups/lock.ts";
import { readManifest } from "../../../src/backups/manifest_file.ts";
import { openFile, readSmallText } from "../../../src/backups/open_file.ts";
import { clockAt, lockTarget, obligation, rejected, store, TARGET, tempDir } from "./support.ts";

const LOCKING = { run: "r2", command: "x", pid: 1, clock: clockAt("2026-11-22T14:44:14Z") };
const ENTRY = {
  ...{ v: 1, at: "2026-11-22T14:39:14Z", run: "r1", id: "r1.1" } as const,
  ...{ operation: "stamp", step: "stamp", data: {}, kind: "intent" } as const,
};

const SOCKET = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])";

/** What somebody can put in a file's place, and what is said of it; `victim` is a file of theirs. */
const STRANGE: readonly {
  readonly what: string;
  readonly says: RegExp;
  readonly put: (path: string, victim: string) => Promise<unknown> | void;
}[] = [
  { what: "a pipe", says: /is a named pipe/, put: (path) => run("mkfifo", path) },
  { what: "a device", says: /is a device/, put: (path) => run("mknod", path, "c", "1", "5") },
  { what: "a folder", says: /is a folder/, put: (path) => Deno.mkdir(path) },
  {
    what: "a socket",
    says: /is a socket/,
    put: (path) => run("python3", "-c", SOCKET, path),
  },
  { what: "a link", says: /is a symbolic link/, put: (path, victim) => Deno.symlink(victim, path) },
  {
    what: "a link to nothing",
    says: /is a symbolic link/,
    put: (path, victim) => Deno.symlink(`${victim}.new`, path),
  },
  {
    what: "a hard link",
    says: /has a second name/,
    put: (path, victim) => Deno.link(victim, path),
  },
];

const USES: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  ".lock": async (path) => {
    await using _lock = await lockFolder(join(path, ".."), LOCKING);
  },
  "journal.jsonl, when it is read,": (path) => readJournal(path),
  "journal.jsonl, when it is written,": (path) => appendEntry(path, ENTRY),
  "db_backup_20261122_143914.json": (path) => readManifest(path),
  "rehearsal.json": (path) => readSmallText(path, 1000),
};

async function run(...[command, ...args]: [string, ...string[]]): Promise<void> {
  const { success } = await new Deno.Command(command, { args }).output();
  assert.ok(success, `${command} ${args.join(" ")}`);
}

/** Does what the hint says: the file is one that is opened then. */
async function mends(hint: string, path: string): Promise<void> {
  await run("sh", "-c", hint.slice(hint.indexOf(": ") + 2));
  using _file = await openFile(path);
}

for (const [name, use] of Object.entries(USES)) {
  obligation(`${name} is opened only as an ordinary file of one name`, async () => {
    for (const { what, says, put } of STRANGE) {
      await using temp = await tempDir();
      const victim = join(temp.path, "victim");
      await Deno.writeTextFile(victim, "theirs");
      const path = join(temp.path, name.split(",")[0]!);
      await put(path, victim);
      const error = await rejected(use(path), "path-in-the-way");
      assert.match(error.message, says, what);
      assert.equal(error.outcome, "refused");
      assert.equal(await Deno.readTextFile(victim), "theirs", what);
      await assert.rejects(Deno.lstat(`${victim}.new`), Deno.errors.NotFound);
      if (what === "a hard link") await mends(error.hint!, path);
    }
  });
}

obligation(
  "a dump in whose place lies something else is found by a look and by a check",
  async () => {
    for (const { what, says, put } of STRANGE) {
      await using temp = await tempDir();
      await using folder = await lockTarget(temp.path);
      const { dump } = await store(folder);
      const [path, victim] = [join(folder.path, dump.file), join(temp.path, "victim")];
      await Deno.rename(path, victim);
      await put(path, victim);
      const [backup] = (await listTarget(temp.path, TARGET)).backups as Backup[];
      assert.equal(backup!.state, "missing", what);
      assert.match(backup!.problems[0]!, says);
      assert.match((await checkBackup(backup!))[0]!.text, says);
    }
  },
);

obligation("a dump that is just being published may have its temporary name as well", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const { dump } = await store(folder);
  const path = join(folder.path, dump.file);
  await Deno.link(path, join(folder.path, `.oakum-tmp-r7-${dump.file}`));
  const [backup] = (await listTarget(temp.path, TARGET)).backups as Backup[];
  assert.equal(backup!.state, "good");
  assert.deepEqual(await checkBackup(backup!), []);
});

obligation("a manifest and a journal of a size that oakum never writes are not read", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const { id } = await store(folder);
  for (const name of [`${id}.json`, "journal.jsonl"]) {
    const path = join(folder.path, name);
    await Deno.writeTextFile(path, "", { append: true });
    await Deno.truncate(path, 10e9);
    const use = name === "journal.jsonl" ? readJournal(path) : readManifest(path);
    assert.match((await rejected(use, "path-in-the-way")).message, /has 10 GB/);
  }
  const [backup] = (await listTarget(temp.path, TARGET)).backups;
  assert.equal(backup!.state, "damaged");
});

obligation("openFile() opens nothing that took the place of a file meanwhile", async () => {
  await using temp = await tempDir();
  const [path, victim] = [join(temp.path, "file"), join(temp.path, "victim")];
  await Deno.writeTextFile(path, "ours");
  await Deno.writeTextFile(victim, "theirs");
  const { lstat } = Deno;
  Deno.lstat = async (at) => {
    const found = await lstat(at);
    Deno.lstat = lstat;
    await Deno.remove(path);
    await Deno.symlink(victim, path);
    return found;
  };
  assert.match((await rejected(openFile(path), "path-in-the-way")).message, /symbolic link/);
});

obligation(
  "the folders between the backup folder and a target's own may not be links",
  async () => {
    for (const moved of ["shop", "shop/store.shop"]) {
      await using temp = await tempDir();
      await using folder = await lockTarget(join(temp.path, "backups"));
      await store(folder);
      const [path, elsewhere] = [join(temp.path, "backups", moved), join(temp.path, "elsewhere")];
      await Deno.rename(path, elsewhere);
      await Deno.symlink(elsewhere, path);
      const listing = listTarget(join(temp.path, "backups"), TARGET);
      const error = await rejected(listing, "path-in-the-way");
      assert.match(error.message, /is a symbolic link to ".*elsewhere"/);
      const opened = lockTarget(join(temp.path, "backups"));
      await rejected(opened, "path-in-the-way");
    }
  },
);

obligation("the backup folder itself is the person's, and may be a link", async () => {
  await using temp = await tempDir();
  await Deno.mkdir(join(temp.path, "disk"));
  await Deno.symlink(join(temp.path, "disk"), join(temp.path, "backups"));
  await using folder = await lockTarget(join(temp.path, "backups"));
  const { id } = await store(folder);
  const { backups } = await listTarget(join(temp.path, "backups"), TARGET);
  assert.deepEqual(backups.map((backup) => [backup.id, backup.state]), [[id, "good"]]);
});
