import assert from "node:assert/strict";
import { join } from "node:path";
import { Journal } from "../../../src/backups/journal.ts";
import { readJournal } from "../../../src/backups/journal_read.ts";
import type { OakumEvent } from "../../../src/core/events.ts";
import { journaled } from "../../../src/operations/journaled.ts";
import { journalTrouble, openJournal } from "../../../src/operations/open_journal.ts";
import { newRunId } from "../../../src/core/run.ts";
import { systemClock } from "../../../src/core/time.ts";
import {
  namesIn,
  obligation,
  rejected,
  shopFolder,
  TARGET,
  tempDir,
  tmpfs,
} from "../backups/support.ts";

/** A context that hears what is told. */
function hearing() {
  const events: OakumEvent[] = [];
  const emit = (event: OakumEvent) => void events.push(event);
  return { runId: newRunId(), clock: systemClock, emit, events };
}

const STEP = { operation: "stamp", step: "stamp", data: {} } as const;

obligation("openJournal() leaves nothing behind but the folder and its lock", async () => {
  await using temp = await tempDir();
  const context = hearing();
  const journal = await openJournal(context, { dir: temp.path, target: TARGET });
  assert.deepEqual(await namesIn(journal.folder), [".lock"]);
  assert.deepEqual(context.events, []);
});

obligation(
  "openJournal() refuses a folder that can take no more, before anything is done",
  async () => {
    const spoil: Readonly<Record<string, (folder: string, disk: Tmpfs) => Promise<unknown>>> = {
      "the file system is read-only": (_, disk) => disk.makeReadOnly(),
      "the disk is full": (folder) => fill(join(folder, "filler")),
      "a symbolic link": (folder) => Deno.symlink("/etc/hostname", join(folder, "journal.jsonl")),
      "a folder": (folder) => Deno.mkdir(join(folder, "journal.jsonl")),
      "a second name": async (folder) => {
        await Deno.writeTextFile(join(folder, "theirs"), "theirs");
        await Deno.link(join(folder, "theirs"), join(folder, ".lock"));
      },
    };
    for (const [says, change] of Object.entries(spoil)) {
      await using disk = await tmpfs(1_000_000);
      const folder = shopFolder(disk.path);
      await Deno.mkdir(folder, { recursive: true });
      await change(folder, disk);
      const opening = openJournal(hearing(), { dir: disk.path, target: TARGET });
      const error = await opening.then(() => assert.fail(says), (error) => error);
      assert.equal(error.outcome, "refused", error.message);
      assert.ok(error.message.includes(says), `${says}: ${error.message}`);
      assert.ok(!(await namesIn(folder)).some((name) => name.includes("oakum-tmp")), says);
    }
  },
);

type Tmpfs = Awaited<ReturnType<typeof tmpfs>>;

async function fill(path: string): Promise<void> {
  using filler = await Deno.open(path, { write: true, createNew: true });
  await assert.rejects(async () => {
    for (;;) await filler.write(new Uint8Array(4096));
  });
}

obligation("openJournal() says once a run what of the journal cannot be read", async () => {
  await using temp = await tempDir();
  const context = hearing();
  const { path } = await openJournal(context, { dir: temp.path, target: TARGET });
  const line = await oneLine(temp.path);
  const glued = line.slice(0, 30) + line.replace(".1", ".2");
  const text = `${line}\0\0\0\0\n<html>\n${glued}${line.replace(".1", ".3")}{"v":1,`;
  await Deno.writeTextFile(path, text);
  for (let time = 0; time < 2; time++) {
    await openJournal(context, { dir: temp.path, target: TARGET });
  }
  const [warning, ...more] = context.events as { text: string; hint: string }[];
  assert.deepEqual(more, []);
  assert.match(
    warning!.text,
    /journal\.jsonl" cannot be read in line 2 \(damaged\), line 3 \(damaged\), line 4 \(damaged\), line 6 \(cut/,
  );
  assert.match(warning!.hint, /sed -n 2p/);
  await followed(warning!.hint, temp.path);
  assert.match((await journalTrouble(shopFolder(temp.path)))!.text, /line 2 .*, line 3 .*, line 5/);
  const { entries } = await readJournal(path);
  assert.deepEqual(entries.map(({ id }) => id), ["r1.1", "r1.2", "r1.3"]);
});

/** Does what the last sentence of a hint says. */
async function followed(hint: string, home: string): Promise<void> {
  const command = hint.slice(hint.lastIndexOf(": ") + 2);
  const sh = new Deno.Command("sh", { args: ["-c", command], env: { HOME: home } });
  const { success, stderr } = await sh.output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** A whole line, as `Journal` writes it. */
async function oneLine(dir: string): Promise<string> {
  const journal = new Journal(dir, "r1", systemClock);
  await journal.begin("stamp", "stamp");
  const text = await Deno.readTextFile(journal.path);
  await Deno.remove(journal.path);
  return text.replace(/"id":"[^"]*"/, '"id":"r1.1"');
}

obligation(
  "journalTrouble() says what lies in the journal's place, and that a newer oakum wrote it",
  async () => {
    await using temp = await tempDir();
    const path = join(temp.path, "journal.jsonl");
    assert.equal(await journalTrouble(temp.path), undefined);
    await Deno.writeTextFile(path, '{"v":2}\n');
    assert.match((await journalTrouble(temp.path))!.hint, /newer one/);
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    assert.match((await journalTrouble(temp.path))!.text, /is a named pipe/);
  },
);

obligation(
  "journaled() does not fail over an outcome that cannot be written, and keeps why",
  async () => {
    await using temp = await tempDir();
    const journal = new Journal(temp.path, "r1", systemClock);
    const result = await journaled(journal, STEP, async () => {
      await Deno.remove(journal.path);
      await Deno.mkdir(journal.path);
      return "done";
    });
    assert.equal(result, "done");
    assert.match(
      journal.unwritten.join(),
      /"stamp stamp" ended could not be written .* is a folder/,
    );
    await rejected(journaled(journal, STEP, () => Promise.resolve()), "path-in-the-way");
  },
);
