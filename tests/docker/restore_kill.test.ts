import assert from "node:assert/strict";
import { join } from "node:path";
import { generator, printedSeed } from "../faults/random.ts";
import type { Backup } from "../../src/backups/list.ts";
import { readJournal } from "../../src/backups/journal_read.ts";
import { JOURNAL } from "../../src/backups/names.ts";
import { announcedDatabases } from "../../src/operations/announced.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { dropMarked, listMarked } from "../../src/postgres/marks.ts";
import { settles } from "./polling.ts";
import { BackupFolder, makeShop } from "./restore_support.ts";
import type { Order } from "./restore_victim.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

const LIVE = "shop";
let server: RestoreServer;
let folder: BackupFolder;
let backup: Backup;

Deno.test.beforeAll(async () => {
  server = await startServer();
  await makeShop(server, LIVE);
  await server.psql(
    LIVE,
    "create table much as select n, repeat('x', 300) from generate_series(1, 50000) n",
  );
  folder = await BackupFolder.make(server);
  backup = await folder.backUp(LIVE);
});
Deno.test.afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A restore in a process of its own. */
class Victim {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stopAt: string | null) {
    const order: Order = {
      ...{ container: server.id, password: server.access.credentials.password ?? "" },
      ...{ dir: folder.dir, target: folder.target(LIVE), backup: backup.id, stopAt },
    };
    const program = new URL("./restore_victim.ts", import.meta.url).pathname;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", "--no-check", program, JSON.stringify(order)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Waits until it has printed a text; false where it ended before. */
  async prints(text: string): Promise<boolean> {
    while (!this.#text.includes(text)) {
      const { value, done } = await this.#lines.read();
      if (done) return false;
      this.#text += value;
    }
    return true;
  }

  get run(): string {
    return /RUN (\w+)/.exec(this.#text)?.[1] ?? "none";
  }

  async kill(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await this.#lines.cancel();
    await this.#process.stdin.close().catch(() => {});
  }
}

/** Whatever a dead run left is named, is ended by its mark, and the server has noticed nothing. */
async function assertCleanable(run: string): Promise<void> {
  await settles(async () => {
    assert.deepEqual(await server.engine.containers([`${LABELS.run}=${run}`]), []);
  });
  const sessions = `select count(*) from pg_stat_activity
    where application_name like 'oakum/${run}%'`;
  // The server finishes what it was told last before it sees that nobody listens any more.
  await settles(async () => assert.equal(await server.psql("template1", sessions), "0"));
  await using session = await server.session();
  await inMaintenance(session, async (sql) => {
    const { entries } = await readJournal(join(backup.folder, JOURNAL));
    const marked = await listMarked(sql, announcedDatabases(entries));
    assert.deepEqual(marked.filter(({ active }) => active), []);
    const names = (await server.databases()).filter((name) => ![LIVE, "postgres"].includes(name));
    assert.deepEqual(marked.map(({ name }) => name).sort(), names);
    for (const database of marked) {
      assert.ok(database.mark, `${database.name} has no mark`);
      await dropMarked(sql, database);
    }
  });
  assert.deepEqual(await server.databases(), ["postgres", LIVE]);
  assert.equal(await server.hasCrashed(), false);
}

/** The live database is either as it was, or the restored one; never anything between. */
async function rowsAlive(): Promise<number> {
  return Number(await server.psql(LIVE, "select count(*) from bids"));
}

for (
  const point of [
    ...["check", "create", "load", "upload/progress", "load/progress", "compare", "carry"],
    ...["analyze", "swap", "swap/renaming", "swap/renamed", "swap/committed"],
  ]
) {
  Deno.test(`a restore that is killed at ${point} leaves the live database whole`, async () => {
    await server.psql(LIVE, "delete from bids where id > 10");
    const victim = new Victim(point);
    assert.ok(await victim.prints("STOPPED"), `it never came to ${point}`);
    await victim.kill();
    await assertCleanable(victim.run);
    assert.equal(await rowsAlive(), point === "swap/committed" ? 5000 : 10);
  });
}

Deno.test("a restore that is killed at any moment leaves the live database whole", async () => {
  const random = generator(printedSeed());
  for (let round = 0; round < 4; round++) {
    await server.psql(LIVE, "delete from bids where id > 10");
    const victim = new Victim(null);
    await victim.prints("RUN");
    await new Promise((resolve) => setTimeout(resolve, random() * 3000));
    await victim.kill();
    await assertCleanable(victim.run);
    assert.ok([10, 5000].includes(await rowsAlive()));
  }
  await server.psql(LIVE, "delete from bids where id > 10");
  await folder.restore(backup);
  assert.equal(await rowsAlive(), 5000);
});
