import type { Manifest, TargetName } from "../../../backups/manifest.ts";
import { targetPath } from "../../../backups/target_path.ts";
import { OakumError } from "../../../core/errors.ts";
import type { Sql } from "../../../postgres/connection.ts";
import { type Since, writtenSince } from "../../../postgres/written_since.ts";
import { restore } from "../../restore.ts";
import type { Run } from "../advance.ts";
import type { Reached } from "../standing.ts";
import { versionTableName } from "../version_table.ts";
import type { Writers } from "./writers.ts";

/** What the backup from before an upgrade is restored with. */
export interface RestoringBack {
  readonly run: Run;
  readonly place: Reached;
  readonly target: TargetName;
  readonly dir: string;
  readonly backup: Manifest | undefined;
  /** Tells the run's own writes from those of others; undefined where it was not watched. */
  readonly writers: Writers | undefined;
  /** Services that have to be started anew after the swap. */
  readonly services: readonly string[];
  /** Findings of a restore that are accepted, by name. */
  readonly allow: readonly string[];
}

/** Restores it where nobody else has written since; says what became of the database. */
export async function restoreBack(going: RestoringBack): Promise<string[]> {
  const { run, place, target, dir, backup, services, allow } = going;
  if (!backup) throw new Error("there is no backup from before it");
  await requireUnwritten(going, backup, run.applying.sql);
  const { context, lock, applying } = run;
  context.emit({ type: "note", text: `The upgrade failed: going back to ${backup.id}` });
  await applying.sql.end({ timeout: 5 });
  const yes = () => Promise.resolve();
  const ask = { ...context.ask, confirm: yes, typeName: yes };
  const report = await restore({ ...context, ask }, place.session, {
    // By the manifest as it was written, whatever its file says by now.
    backup: { id: backup.id, folder: targetPath(dir, target), manifest: backup },
    taken: true,
    ...{ target, dir, services, allow, into: undefined, jobs: undefined },
    ...{ createRoles: false, owner: true, dryRun: false, lock },
    // Others may have written while it was loaded.
    beforeSwap: () => requireUnwrittenStill(going, backup),
  });
  if (report.kind !== "restore") throw new Error("the restore was only planned");
  return [
    `${backup.id}, the backup from before it, was restored: the database is as it was then.`,
    ...(report.keptAs === null
      ? []
      : [`The one that failed, with all that was written since, is kept as "${report.keptAs}".`]),
    ...(report.restart.length === 0 ? [] : [`Restart: ${report.restart.join(", ")}.`]),
  ];
}

async function requireUnwrittenStill(going: RestoringBack, backup: Manifest): Promise<void> {
  const sql = going.place.session.sql(going.place.database.name, { max: 1 });
  try {
    await requireUnwritten(going, backup, sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Why it cannot be said that nobody but the run wrote since it began, in sentences. */
export async function othersWrote(
  { run, writers }: RestoringBack,
  sql: Sql,
  known: Pick<Since, "tables" | "only">,
): Promise<string[]> {
  const besides = versionTableName(run.sight.table);
  if (!writers) throw new Error("it was not watched who writes meanwhile");
  const { snapshot, own } = writers;
  return await writtenSince(sql, { snapshot, own, besides, ...known });
}

async function requireUnwritten(
  going: RestoringBack,
  { id, tables }: Manifest,
  sql: Sql,
): Promise<void> {
  const doubts = await othersWrote(going, sql, { tables });
  if (doubts.length === 0) return;
  const lines = ["others may have written to it since the backup, which a restore would lose"];
  throw new OakumError(
    "written-since",
    "refused",
    [...lines, ...doubts.slice(0, 5)].join(". "),
    { hint: `To restore it all the same: oakum restore ${id}. Otherwise:`, data: { doubts } },
  );
}
