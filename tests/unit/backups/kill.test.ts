import assert from "node:assert/strict";
import { join } from "node:path";
import { checkBackup } from "../../../src/backups/check.ts";
import { type Backup, listFolder } from "../../../src/backups/list.ts";
import { sweep } from "../../../src/backups/sweep.ts";
import {
  lockTarget,
  namesIn,
  neverLeft,
  obligation,
  shopFolder,
  store,
  TARGET,
  tempDir,
} from "./support.ts";

const OLD = "db_backup_20261121_030000";
const NEW = "db_backup_20261122_030000";

async function victim(dir: string, action: string, killAt: number): Promise<number | "killed"> {
  const script = join(import.meta.dirname!, "victim.ts");
  const args = ["run", "-A", "--no-check", "--quiet", script, dir, action, String(killAt)];
  const { signal, success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args })
    .output();
  if (signal === "SIGKILL") return "killed";
  assert.ok(success, new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

/** Kills the victim ahead of each of its file operations in turn, each time in a fresh store. */
async function killEverywhere(
  action: string,
  afterwards: (dir: string, point: string) => Promise<string>,
): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let killAt = 1;; killAt++) {
    await using temp = await tempDir();
    {
      await using folder = await lockTarget(temp.path);
      await store(folder, { takenAt: "2026-11-21T03:00:00Z" });
    }
    const end = await victim(temp.path, action, killAt);
    seen.add(await afterwards(temp.path, `${action}, killed at ${killAt}`));
    await mendAndCheck(temp.path, `${action}, killed at ${killAt}`);
    if (end !== "killed") return seen;
  }
}

async function listed(dir: string, point: string): Promise<Backup[]> {
  const { backups, loose } = await listFolder(shopFolder(dir), TARGET);
  assert.deepEqual(loose, [], `${point}: half a backup looks like somebody's file`);
  return backups.map((backup) => {
    assert.ok(backup.state === "good", `${point}: ${backup.id} is ${backup.state}`);
    return backup;
  });
}

/** The next run: takes the lock, sweeps, finds only whole backups, and leaves nothing else. */
async function mendAndCheck(dir: string, point: string): Promise<void> {
  const before = await listed(dir, point);
  await using folder = await lockTarget(dir, "next");
  await sweep(folder, neverLeft);
  const after = await listed(dir, point);
  assert.deepEqual(after, before, `${point}: the sweep changed what is listed`);
  for (const backup of after) assert.deepEqual(await checkBackup(backup), [], point);
  const files = after.flatMap(({ id }) =>
    [".dump", ".globals.sql", ".json"].map((end) => id + end)
  );
  assert.deepEqual(await namesIn(folder.path), [".lock", ...files].toSorted(), point);
}

for (const action of ["store", "store-without-links"]) {
  obligation(`a run killed anywhere in \`${action}\` leaves a whole backup or none`, async () => {
    const seen = await killEverywhere(action, async (dir, point) => {
      const ids = (await listed(dir, point)).map((backup) => backup.id);
      assert.ok(ids.includes(OLD), point);
      return ids.join();
    });
    assert.deepEqual(seen, new Set([OLD, `${NEW},${OLD}`]));
  });
}

obligation(
  "a run killed anywhere in taking back what it cannot publish leaves nothing",
  async () => {
    const seen = await killEverywhere("store-taken-back", async (dir, point) => {
      return (await listed(dir, point)).map((backup) => backup.id).join();
    });
    assert.deepEqual(seen, new Set([OLD]));
  },
);

obligation("a run killed anywhere in expiring leaves a whole backup or none", async () => {
  const seen = await killEverywhere("expire", async (dir, point) => {
    return (await listed(dir, point)).map((backup) => backup.id).join();
  });
  assert.deepEqual(seen, new Set([OLD, ""]));
});

obligation("a run killed anywhere in pinning leaves the old manifest or the new one", async () => {
  const seen = await killEverywhere("pin", async (dir, point) => {
    const [backup, ...rest] = await listed(dir, point);
    assert.deepEqual(rest, [], point);
    return backup?.manifest.pinned?.note ?? "not pinned";
  });
  assert.deepEqual(seen, new Set(["not pinned", "kept"]));
});
