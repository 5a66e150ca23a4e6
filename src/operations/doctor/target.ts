import { targetPath } from "../../backups/target_path.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { databaseBytes } from "../../postgres/facts.ts";
import type { Check, DoctorReport } from "../../reports/doctor.ts";
import type { Leftover } from "../../reports/status.ts";
import type { OpenTarget } from "../../targets/find.ts";
import type { Context } from "../context.ts";
import type { DoctorRequest } from "../doctor.ts";
import { changedSince } from "../changed_since.ts";
import { findLeftovers } from "../leftovers.ts";
import { journalTrouble } from "../open_journal.ts";
import { checkBackupFolder, checkBackups, checkBuildContext } from "./backups.ts";
import { checkChanged } from "./changed.ts";
import { attempt, warning } from "./checks.ts";
import { checkLeftovers, endLeftovers } from "./leftovers.ts";
import { checkCollations, checkSessions } from "./server.ts";

/** One database and its backups: also what dead runs left behind, which is ended where asked for. */
export async function checkTarget(
  context: Context,
  request: Pick<DoctorRequest, "opened" | "database" | "endLeftovers">,
): Promise<Pick<DoctorReport, "checks" | "ended">> {
  const { opened, database } = request;
  if (!opened || !database) return { checks: [], ended: [] };
  const { dir, name } = database;
  const { signal, clock } = context;
  const { target: { database: { inRecovery, name: datname }, stack }, session } = opened;
  const sql = session.sql(datname);
  const folder = targetPath(dir, name);
  const ended: string[] = [];
  const found = await Promise.all([
    inRecovery
      ? [warning("standby", "The server is a standby: it is never migrated or restored.")]
      : [],
    attempt("collation-version", signal, () => checkCollations(sql)),
    attempt("sessions", signal, () => checkSessions(sql)),
    attempt("backups", signal, () => checkBackups(dir, name, clock.now())),
    attempt("backup-folder", signal, async () => {
      return await checkBackupFolder(dir, name, await databaseBytes(sql), clock.now());
    }),
    attempt("changed-since", signal, async () => {
      const looked = { session, database: datname, dir, target: name };
      return checkChanged(await changedSince(context, looked), clock.now());
    }),
    attempt("journal", signal, async () => {
      const found = await journalTrouble(folder);
      return found ? [warning("journal", found.text, found.hint)] : [];
    }),
    attempt("build-context", signal, () => checkBuildContext(dir, stack.workingDir)),
    attempt("leftovers", signal, async () => {
      const all = await leftoversOf(context, opened, sql, folder);
      if (request.endLeftovers) {
        await endLeftovers(context, session, { folder, leftovers: all }, (one) => ended.push(one));
      }
      return checkLeftovers(all.filter((one) => !ended.includes(one.name)));
    }),
  ]);
  return { checks: found.flat() as Check[], ended };
}

async function leftoversOf(
  { engine, clock, runId }: Context,
  { target: { database, app } }: OpenTarget,
  sql: Queryable,
  folder: string,
): Promise<Leftover[]> {
  const containers = [database.server.container, ...app ? [app.container] : []];
  return await findLeftovers({
    ...{ engine, clock, sql, folder, runId },
    containers: containers.map(({ Id }) => Id),
  });
}
