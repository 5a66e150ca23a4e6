import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Backup, dumpPath } from "../../src/backups/list.ts";
import { JOURNAL, manifestName } from "../../src/backups/names.ts";
import { sealed } from "../../src/backups/seal.ts";
import { BackupFolder, contextOf, failure, makeShop } from "./restore_support.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
let folder: BackupFolder;
const plain = new Map<string, { readonly backup: Backup; readonly bytes: Uint8Array }>();

Deno.test.beforeAll(async () => {
  server = await startServer();
  await makeShop(server, "shop");
  folder = await BackupFolder.make(server);
  for (const compression of ["none", "gzip:1"]) {
    const backup = await folder.backUp("shop", { format: "plain", compression });
    plain.set(compression, { backup, bytes: await Deno.readFile(dumpPath(backup)) });
  }
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What somebody who can write to the folder makes of a plain backup, with everything that matches. */
async function forge(compression: string, change: (script: string) => string): Promise<Backup> {
  const { backup, bytes } = plain.get(compression)!;
  const packed = compression !== "none";
  const script = new TextDecoder().decode(packed ? gunzipSync(bytes) : bytes);
  const changed = change(script);
  assert.notEqual(changed, script);
  const forged = packed ? gzipSync(changed) : new TextEncoder().encode(changed);
  await Deno.writeFile(dumpPath(backup), forged);
  const sha256 = createHash("sha256").update(forged).digest("hex");
  const dump = { ...backup.manifest.dump, bytes: forged.length, sha256 };
  const manifest = { ...backup.manifest, dump };
  await Deno.writeFile(join(backup.folder, manifestName(backup.id)), sealed(manifest));
  return { ...backup, manifest };
}

const DELETES = "DELETE FROM public.bids;";

/** At the end: pg_dump's own closing line may come after it. */
const added = (text: string) => (script: string) => `${script}\n${text}\n`;

const FORGERIES: readonly (readonly [string, "none" | "gzip:1", (script: string) => string])[] = [
  ["connects to the live database", "none", added(`\\connect shop\n${DELETES}`)],
  ["does so in a compressed file", "gzip:1", added(`\\c shop\n${DELETES}`)],
  ["runs a program", "none", added(`\\! psql -U postgres -h 127.0.0.1 shop -c '${DELETES}'`)],
  [
    "guesses the word that opens the lock",
    "none",
    added(`\\unrestrict ${"a".repeat(64)}\n\\c shop\n${DELETES}`),
  ],
  [
    "opens the lock with the word of its own line",
    "none",
    (script) => {
      const word = /^\\restrict (\w+)$/m.exec(script)?.[1];
      assert.ok(word, "pg_dump wrote no \\restrict");
      return `${script}\n\\unrestrict ${word}\n\\c shop\n${DELETES}\n`;
    },
  ],
  ["makes its commands of a query's result", "none", added(`select '${DELETES}' \\gexec`)],
  [
    "hands a query to a program",
    "none",
    added(`select '${DELETES}' \\g |psql -U postgres -h 127.0.0.1 shop`),
  ],
  ["stands behind the rows of a table", "none", (script) => {
    return script.replace(/^\\\.$/m, `\\.\n\\connect shop\n${DELETES}`);
  }],
];

for (const [what, compression, change] of FORGERIES) {
  Deno.test(`restore() leaves the live database to no script that ${what}`, async () => {
    const error = await failure(folder.restore(await forge(compression, change)));
    assert.equal(error.outcome, "unchanged", error.message);
    assert.match(error.message, /backslash commands are restricted|wrong key/);
    assert.equal(await server.psql("shop", "select count(*) from bids"), "5000");
    assert.deepEqual(await server.databases(), ["postgres", "shop"]);
  });
}

Deno.test("restore() and its like refuse a folder that takes no journal before any work", async () => {
  const backup = await folder.backUp("shop");
  const journal = join(backup.folder, JOURNAL);
  await Deno.remove(journal).catch(() => {});
  const theirs = join(folder.dir, "theirs");
  await Deno.writeTextFile(theirs, "theirs");
  await Deno.link(theirs, journal);
  const context = contextOf(server);
  for (
    const work of [
      () => folder.restore(backup, { context }),
      () => folder.undo("shop", context),
      () => folder.finalize("shop", [], context),
    ]
  ) {
    const error = await failure(work());
    assert.equal(error.outcome, "refused", error.message);
    assert.match(error.message, /journal.jsonl" has a second name/);
  }
  assert.deepEqual(context.events, []);
  assert.equal(await Deno.readTextFile(theirs), "theirs");
  await Deno.remove(journal);
});

Deno.test("restore() says in its report that the outcome could not be journaled", async () => {
  const backup = await folder.backUp("shop");
  const path = join(backup.folder, JOURNAL);
  const onEvent = (event: OakumEvent) => {
    if (event.type !== "progress" || event.step !== "swap" || event.item !== "renamed") return;
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  };
  const report = await folder.restore(backup, { context: contextOf(server, { onEvent }) });
  assert.match(report.warnings.join("\n"), /How "restore swap" ended could not be written/);
  await Deno.remove(path);
});

Deno.test("restore() gives a backup that others can have written an owner's rights only", async () => {
  const backup = await folder.backUp("shop");
  const script = await folder.backUp("shop", { format: "plain", compression: "none" });
  await Deno.chmod(backup.folder, 0o777);
  const context = contextOf(server);
  const report = await folder.restore(backup, { context, into: "beside" });
  assert.equal(report.database, "beside");
  assert.equal(await server.psql("beside", "select count(*) from bids"), "5000");
  const notes = context.events.flatMap((event) => event.type === "note" ? [event.text] : []);
  assert.match(
    notes.join("\n"),
    /db\.shop" can be written to by everybody, .* It is loaded with the rights of an ordinary owner/,
  );
  const error = await failure(folder.restore(script, { into: "other" }));
  assert.equal(error.code, "foreign-script", error.message);
  await Deno.chmod(backup.folder, 0o700);
  const plan = await folder.plan(script, { into: "other" });
  assert.deepEqual(plan.findings, []);
});
