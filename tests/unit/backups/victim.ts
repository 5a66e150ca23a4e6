/**
 * Does one thing to a store and is killed ahead of its n-th file operation, as by `kill -9`:
 * `deno run victim.ts DIR ACTION N`. Where it lives to the end, it prints how many there were.
 */
import { expire } from "../../../src/backups/expire.ts";
import { updateManifest } from "../../../src/backups/manifest_file.ts";
import { watchFiles } from "./faults.ts";
import { lockTarget, store, systemError } from "./support.ts";

const [dir, action, killAt] = Deno.args;
const OLD = "db_backup_20261121_030000";
const ACTIONS: Record<
  string,
  (folder: Awaited<ReturnType<typeof lockTarget>>) => Promise<unknown>
> = {
  store: (folder) => store(folder, { takenAt: "2026-11-22T03:00:00Z" }),
  "store-without-links": (folder) => store(folder, { takenAt: "2026-11-22T03:00:00Z" }),
  "store-taken-back": (folder) =>
    store(folder, { takenAt: "2026-11-22T03:00:00Z" }).catch(() => {}),
  expire: (folder) => expire(folder, [OLD]),
  pin: (folder) =>
    updateManifest(folder, OLD, { pinned: { at: "2026-11-22T03:00:00Z", note: "kept" } }),
};

await using folder = await lockTarget(dir!, "victim");
const link = Deno.link;
if (action === "store-without-links") Deno.link = () => Promise.reject(systemError("EPERM"));
if (action === "store-taken-back") {
  Deno.link = (from, to) =>
    String(to).endsWith(".json") ? Promise.reject(systemError("EIO")) : link(from, to);
}
let calls = 0;
using _watch = watchFiles((n) => {
  calls = n;
  if (n !== Number(killAt)) return;
  Deno.kill(Deno.pid, "SIGKILL");
  for (;;); // The signal needs a moment; nothing may be done in it.
});
await ACTIONS[action!]!(folder);
console.log(calls);
