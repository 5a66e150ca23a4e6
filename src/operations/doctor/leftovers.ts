import { lockFolder } from "../../backups/lock.ts";
import { sweep } from "../../backups/sweep.ts";
import { count } from "../../core/time.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { inMaintenance } from "../../postgres/maintenance.ts";
import { dropMarked, listMarked } from "../../postgres/marks.ts";
import type { Check } from "../../reports/doctor.ts";
import type { Leftover } from "../../reports/status.ts";
import type { Context } from "../context.ts";
import { ok, trouble, warning } from "./checks.ts";

/** What runs left behind, each with what ends it. */
export function checkLeftovers(leftovers: readonly Leftover[]): Check[] {
  const dead = leftovers.filter(({ active }) => !active);
  if (dead.length === 0) return [ok("leftovers", "No dead run left anything behind.")];
  return dead.map(({ kind, name, text, command }) => {
    // What a restore keeps is kept on purpose, and a step without an outcome is for people to know.
    const make = command === "oakum restore --finalize" || kind === "step" ? warning : trouble;
    return make(
      "leftovers",
      `${name}: ${text}.`,
      command ?? "Look where the database stands: oakum status",
    );
  });
}

/** Ends what dead runs left behind, after a question; what a restore has kept stays. */
export async function endLeftovers(
  context: Context,
  session: ServerSession,
  folder: string,
  leftovers: readonly Leftover[],
): Promise<string[]> {
  const own = leftovers.filter(({ active, command }) =>
    !active && command === "oakum doctor --end-leftovers"
  );
  if (own.length === 0) return [];
  await context.ask.confirm({
    text: `End ${count(own.length, "leftover")} of runs that died?`,
    details: own.map(({ name, text }) => `${name}: ${text}`),
  });
  const named = new Set(own.filter(({ kind }) => kind === "database").map(({ name }) => name));
  await inMaintenance(session, async (sql) => {
    for (const database of await listMarked(sql)) {
      const { mark, active } = database;
      if (named.has(database.name) && mark && mark.purpose !== "before" && !active) {
        await dropMarked(sql, database);
      }
    }
  });
  for (const { name } of own.filter(({ kind }) => kind === "container")) {
    await context.engine.remove(name);
  }
  if (own.some(({ kind }) => kind === "file")) await sweepFiles(context, folder);
  return own.map(({ name }) => name);
}

async function sweepFiles({ runId: run, clock }: Context, path: string): Promise<void> {
  await using folder = await lockFolder(path, { run, command: "doctor", pid: Deno.pid, clock });
  await sweep(folder);
}
