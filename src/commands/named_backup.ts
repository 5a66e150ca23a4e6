import { basename, join } from "node:path";
import { findBackup, findBackupAt } from "../backups/find.ts";
import { type Backup, listTarget } from "../backups/list.ts";
import { stemOf } from "../backups/names.ts";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import type { Session } from "./session.ts";
import type { Stand } from "./stand.ts";

/** What a person named: one of oakum's backups, or a file that another tool wrote. */
export type Named =
  | { readonly kind: "backup"; readonly backup: Backup }
  | { readonly kind: "foreign"; readonly path: string; readonly notOurs: OakumError };

function isFile(path: string): Promise<boolean> {
  return Deno.stat(path).then((stat) => stat.isFile, () => false);
}

/** Finds a backup by name, `latest`, the beginning of a name, or the path of one of its files. */
export async function namedBackup(
  session: Session,
  { dir, name }: Pick<Stand, "dir" | "name">,
  reference: string,
): Promise<Named> {
  const path = session.path(reference);
  if (!await isFile(path) && !await isFile(join(path, "toc.dat"))) {
    const now = session.clock.now();
    const { backup, passedOver } = findBackup(await listTarget(dir, name), reference, now);
    for (const { id, why, hint } of passedOver) {
      session.emit({
        type: "warning",
        code: "passed-over",
        text: `${id} ${why}: it is passed over.`,
        hint,
      });
    }
    return { kind: "backup", backup };
  }
  if (stemOf(basename(path)) !== undefined) {
    try {
      return { kind: "backup", backup: (await findBackupAt(path)).backup };
    } catch (error) {
      // A script's own db_backup_….sql has such a name too, and no manifest.
      if (!(error instanceof OakumError) || error.outcome !== "notFound") throw error;
    }
  }
  const notOurs = new OakumError("not-a-backup", "refused", `"${path}" is no backup of oakum's.`, {
    hint: `Make it one first: oakum adopt ${shellWord(reference)}`,
  });
  return { kind: "foreign", path, notOurs };
}
