import { join } from "node:path";
import { lockFolder } from "../../backups/lock.ts";
import { sweep } from "../../backups/sweep.ts";
import { shellWord } from "../../core/shell.ts";
import { count } from "../../core/time.ts";
import type { ContainerSummary } from "../../docker/shapes.ts";
import { nameOf, sweepContainers } from "../../docker/sweep.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { inMaintenance } from "../../postgres/maintenance.ts";
import { dropMarkedRole, listLoadRoles } from "../../postgres/load_role.ts";
import { dropMarked } from "../../postgres/marks.ts";
import type { Check } from "../../reports/doctor.ts";
import type { Leftover } from "../../reports/status.ts";
import type { Context } from "../context.ts";
import { leftStanding } from "../left_standing.ts";
import { listOwn } from "../leftovers.ts";
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

/** What the doctor found, and the folder of the target's backups. */
export interface Found {
  readonly folder: string;
  readonly leftovers: readonly Leftover[];
}

/**
 * Ends what dead runs left behind, after a question; what a restore has kept stays. A person may take
 * long to answer: what is not dead any more by then stays too, and `onEnded` hears of what went.
 */
export async function endLeftovers(
  context: Context,
  session: ServerSession,
  { folder, leftovers }: Found,
  onEnded: (name: string) => void,
): Promise<void> {
  const own = leftovers.filter(({ active, command }) =>
    !active && command === "oakum doctor --end-leftovers"
  );
  if (own.length === 0) return;
  await context.ask.confirm({
    text: `End ${count(own.length, "leftover")} of runs that died?`,
    details: own.map(({ name, text }) => `${name}: ${text}`),
  });
  const named = (kind: Leftover["kind"]) =>
    new Set(own.filter((one) => one.kind === kind).map(({ name }) => name));
  await dropDatabases(session, folder, named("database"), onEnded);
  await dropRoles(session, named("role"), onEnded);
  const containers = named("container");
  const { engine, clock, emit } = context;
  const isMeant = (one: ContainerSummary) => containers.has(nameOf(one));
  const swept = await sweepContainers(engine, clock, isMeant, leftStanding(emit));
  for (const { name } of swept) onEnded(name);
  await sweepFiles(context, folder, named("file"), onEnded);
}

async function dropDatabases(
  session: ServerSession,
  folder: string,
  names: ReadonlySet<string>,
  onEnded: (name: string) => void,
): Promise<void> {
  await inMaintenance(session, async (sql) => {
    for (const database of await listOwn(sql, folder)) {
      const { name, mark, active } = database;
      if (!names.has(name) || !mark || mark.purpose === "before" || active) continue;
      if (await dropMarked(sql, database)) onEnded(name);
    }
  });
}

/** After the databases: what a role owns there goes with them. */
async function dropRoles(
  session: ServerSession,
  names: ReadonlySet<string>,
  onEnded: (name: string) => void,
): Promise<void> {
  if (names.size === 0) return;
  await inMaintenance(session, async (sql) => {
    for (const role of await listLoadRoles(sql)) {
      if (!names.has(role.name) || role.active) continue;
      if (await dropMarkedRole(sql, role)) onEnded(role.name);
    }
  });
}

async function sweepFiles(
  { runId: run, clock, emit }: Context,
  path: string,
  names: ReadonlySet<string>,
  onEnded: (name: string) => void,
): Promise<void> {
  if (names.size === 0) return;
  await using folder = await lockFolder(path, { run, command: "doctor", pid: Deno.pid, clock });
  const swept = await sweep(folder, leftStanding(emit));
  const gone = swept.map(({ file }) => shellWord(join(path, file)));
  for (const name of gone.filter((name) => names.has(name))) onEnded(name);
}
