import assert from "node:assert/strict";
import { requireOneFolder } from "../../../src/commands/backup_all_work.ts";
import { OakumError } from "../../../src/core/errors.ts";

const of = (project: string) => ({ stack: { project, workingDir: undefined, configFiles: [] } });

Deno.test("backup --all of several stacks wants a folder that somebody has chosen", () => {
  requireOneFolder([of("shop"), of("shop")], undefined);
  requireOneFolder([of("shop"), of("bakery")], "/srv/backups");
  assert.throws(() => requireOneFolder([of("shop"), of("bakery")], undefined), (error) => {
    assert.ok(error instanceof OakumError);
    assert.deepEqual([error.code, error.outcome], ["no-backup-dir", "refused"]);
    assert.match(error.message, /2 stacks need one folder: shop, bakery/);
    return true;
  });
});
