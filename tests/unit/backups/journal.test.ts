import assert from "node:assert/strict";
import { join } from "node:path";
import { Journal } from "../../../src/backups/journal.ts";
import { parseJournal, readJournal, unfinished } from "../../../src/backups/journal_read.ts";
import { watchFiles } from "./faults.ts";
import { bytes, clockAt, namesIn, obligation, rejected, tempDir, tmpfs } from "./support.ts";

const CLOCK = clockAt("2026-11-22T14:39:14Z");

async function withJournal(use: (journal: Journal) => Promise<void>): Promise<void> {
  await using temp = await tempDir();
  await use(new Journal(temp.path, "r1", CLOCK));
}

/** The bytes of a journal with one finished step and one that has no outcome. */
async function sample(): Promise<Uint8Array> {
  await using temp = await tempDir();
  const journal = new Journal(temp.path, "r1", CLOCK);
  const backup = await journal.begin("upgrade", "backup");
  await backup.end(true, { backup: "db_backup_20261122_143914" });
  await journal.begin("upgrade", "apply", { revision: "4f1c09ab27de", "name": "Größe\n✓" });
  return await Deno.readFile(journal.path);
}

obligation("Journal writes what a step is about to do, and how it ended", async () => {
  await withJournal(async (journal) => {
    const step = await journal.begin("upgrade", "apply", { revision: "4f1c09ab27de" });
    await step.end(false, { error: "lock timeout" });
    const common = {
      v: 1,
      at: "2026-11-22T14:39:14Z",
      run: "r1",
      id: "r1.1",
      operation: "upgrade",
      step: "apply",
    };
    assert.deepEqual(await readJournal(journal.path), {
      entries: [
        { ...common, kind: "intent", data: { revision: "4f1c09ab27de" } },
        { ...common, kind: "outcome", ok: false, data: { error: "lock timeout" } },
      ],
      notes: [],
    });
    assert.equal((await Deno.stat(journal.path)).mode! & 0o777, 0o600);
    assert.deepEqual(await namesIn(journal.folder), ["journal.jsonl"]);
  });
});

obligation("begin() returns only when the intent is on the disk", async () => {
  await withJournal(async (journal) => {
    const calls: string[] = [];
    using _watch = watchFiles((_, call) => calls.push(call.split(" ")[0]!));
    await journal.begin("restore", "swap");
    const written = calls.indexOf("write");
    assert.ok(written >= 0 && calls.indexOf("sync") > written, calls.join());
    assert.equal(calls.filter((call) => call === "sync").length, 2, "the file and its new name");
  });
});

obligation("unfinished() returns the steps during which a run died", () => {
  return withJournal(async (journal) => {
    const first = await journal.begin("upgrade", "apply", { revision: "a" });
    await first.end(true);
    await journal.begin("upgrade", "apply", { revision: "b" });
    const other = new Journal(journal.folder, "r2", CLOCK);
    const failed = await other.begin("restore", "load");
    await failed.end(false);
    const { entries } = await readJournal(journal.path);
    assert.deepEqual(unfinished(entries).map(({ id, data }) => [id, data]), [["r1.2", {
      revision: "b",
    }]]);
  });
});

obligation("readJournal() takes a journal that was never begun for an empty one", async () => {
  await using temp = await tempDir();
  assert.deepEqual(await readJournal(join(temp.path, "journal.jsonl")), { entries: [], notes: [] });
  await Deno.writeTextFile(join(temp.path, "file"), "");
  await rejected(readJournal(join(temp.path, "file", "journal.jsonl")), "file-access");
});

obligation("a journal cut at any byte is read up to there and written on", async () => {
  const whole = await sample();
  const lines = parseJournal(whole).entries;
  for (let end = 0; end < whole.length; end++) {
    const { entries, notes } = parseJournal(whole.subarray(0, end));
    assert.deepEqual(entries, lines.slice(0, entries.length), `cut at ${end}`);
    assert.ok(notes.every(({ kind }) => kind === "torn") && notes.length <= 1, `cut at ${end}`);
  }
  const ends = Array.from(whole).flatMap((byte, at) =>
    byte === 0x0a ? [at - 30, at, at + 1, at + 2] : []
  );
  for (const end of [1, ...ends]) {
    await using temp = await tempDir();
    const journal = new Journal(temp.path, "r2", CLOCK);
    await Deno.writeFile(journal.path, whole.subarray(0, end));
    const before = parseJournal(whole.subarray(0, end)).entries;
    await journal.begin("undo", "swap");
    const { entries, notes } = await readJournal(journal.path);
    assert.deepEqual(notes, [], `cut at ${end}`);
    assert.deepEqual(entries.slice(0, -1), before, `cut at ${end}`);
    assert.equal(entries.at(-1)?.operation, "undo");
  }
});

obligation("a torn line longer than what is read at a time is mended as well", async () => {
  await withJournal(async (journal) => {
    await (await journal.begin("upgrade", "picture", { rows: ["x".repeat(300_000)] })).end(true);
    await journal.begin("upgrade", "picture", { rows: ["y".repeat(300_000)] });
    await Deno.truncate(journal.path, (await Deno.stat(journal.path)).size - 10);
    await journal.begin("upgrade", "apply");
    const { entries, notes } = await readJournal(journal.path);
    assert.deepEqual([entries.map(({ step }) => step), notes], [
      ["picture", "picture", "apply"],
      [],
    ]);
  });
});

obligation("parseJournal() reports damaged lines by number and reads the others", async () => {
  const text = new TextDecoder().decode(await sample());
  const [first, second, third] = text.split("\n");
  const cases: [string, string][] = [
    [second!.slice(0, -5), "damaged"],
    [second!.replace('"upgrade"', '"upgraed"'), "damaged"],
    [second!.replace('"v":1', '"v":2'), "newer"],
    ["null", "damaged"],
    ["\x00\x00\x00", "damaged"],
  ];
  for (const [line, kind] of cases) {
    const { entries, notes } = parseJournal(bytes([first, line, third, ""].join("\n")));
    assert.equal(entries.length, 2, line);
    assert.deepEqual(notes.map((note) => [note.line, note.kind]), [[2, kind]], line);
  }
});

obligation("parseJournal() does not read letters into bytes that are no UTF-8", async () => {
  const whole = await sample();
  const at = whole.indexOf(0xc3);
  assert.ok(at > 0);
  const broken = whole.slice();
  broken[at] = 0xff;
  assert.deepEqual(parseJournal(broken).notes.map(({ line, kind }) => [line, kind]), [[
    3,
    "damaged",
  ]]);
});

obligation("runs that write at once never mix their lines", async () => {
  await withJournal(async (journal) => {
    const script = join(import.meta.dirname!, "writer.ts");
    const args = ["run", "-A", "--no-check", "--quiet", script, journal.folder];
    const ends = await Promise.all(
      ["a", "b"].map((run) => new Deno.Command(Deno.execPath(), { args: [...args, run] }).output()),
    );
    for (const { success, stderr } of ends) assert.ok(success, new TextDecoder().decode(stderr));
    const { entries, notes } = await readJournal(journal.path);
    assert.deepEqual([entries.length, notes], [200, []]);
    assert.deepEqual(unfinished(entries), []);
  });
});

obligation("a line is neither written nor read while another run writes", async () => {
  await withJournal(async (journal) => {
    await journal.begin("upgrade", "apply");
    const { size } = await Deno.stat(journal.path);
    using other = await Deno.open(journal.path, { append: true });
    await other.lock(true);
    let ended = 0;
    const waiting = [journal.begin("upgrade", "apply"), readJournal(journal.path)]
      .map((promise) => promise.then(() => ended++));
    for (let n = 0; n < 200; n++) assert.equal((await Deno.stat(journal.path)).size, size);
    assert.equal(ended, 0);
    await other.unlock();
    await Promise.all(waiting);
    assert.equal((await readJournal(journal.path)).entries.length, 2);
  });
});

obligation("a full disk leaves the journal as it was, and no step begins", async () => {
  await using disk = await tmpfs(64 * 1024);
  const journal = new Journal(disk.path, "r1", CLOCK);
  const step = await journal.begin("upgrade", "apply");
  await rejected(journal.begin("upgrade", "picture", { rows: "x".repeat(100_000) }), "disk-full");
  await step.end(true);
  const { entries, notes } = await readJournal(journal.path);
  assert.deepEqual([entries.map(({ kind }) => kind), notes], [["intent", "outcome"], []]);
});

obligation("a journal does not follow a link", async () => {
  await using temp = await tempDir();
  await Deno.symlink(join(temp.path, "elsewhere"), join(temp.path, "journal.jsonl"));
  await rejected(new Journal(temp.path, "r1", CLOCK).begin("pin", "pin"), "path-in-the-way");
  assert.deepEqual(await namesIn(temp.path), ["journal.jsonl"]);
});
