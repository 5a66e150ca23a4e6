import { join } from "node:path";
import type { JournalEntry } from "../backups/journal_entry.ts";
import { readJournal, unfinished } from "../backups/journal_read.ts";
import { readFolder } from "../backups/folder.ts";
import { JOURNAL, parseTemporary } from "../backups/names.ts";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import { type Clock, rfc3339 } from "../core/time.ts";
import type { Engine } from "../docker/engine.ts";
import { LABELS } from "../docker/sidecar.ts";
import { deadContainers, nameOf } from "../docker/sweep.ts";
import type { Queryable } from "../postgres/connection.ts";
import { listLoadRoles } from "../postgres/load_role.ts";
import { listMarked, type MarkedDatabase } from "../postgres/marks.ts";
import type { Leftover } from "../reports/status.ts";
import { announcedDatabases } from "./announced.ts";

/** Where leftovers are looked for. */
export interface LeftoverSearch {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly sql: Queryable;
  /** The folder of the target's backups. */
  readonly folder: string;
  /** Ids of the target's containers: what serves others is none of ours to show. */
  readonly containers: readonly string[];
  /** The run that looks: its own things are none. */
  readonly runId: string;
}

/** Everything that oakum made on the server, in Docker and on the disk, and that still is there. */
export async function findLeftovers(search: LeftoverSearch): Promise<Leftover[]> {
  const [databases, roles, containers, files, steps] = await Promise.all([
    markedDatabases(search),
    loadRoles(search),
    ownContainers(search),
    temporaryFiles(search),
    openSteps(search),
  ]);
  return [...databases, ...roles, ...containers, ...files, ...steps];
}

/** Databases that have a mark, and those that the journal in a folder says were about to get one. */
export async function listOwn(sql: Queryable, folder: string): Promise<MarkedDatabase[]> {
  const entries = await entriesIn(folder);
  return await listMarked(sql, announcedDatabases(entries));
}

async function markedDatabases({ sql, runId, folder }: LeftoverSearch): Promise<Leftover[]> {
  const marked = await listOwn(sql, folder);
  return marked.filter(({ mark }) => mark?.run !== runId).map(databaseLeftover);
}

function databaseLeftover({ name, mark, bytes, active }: MarkedDatabase): Leftover {
  const text = !mark
    ? "a database with a name like oakum's, and without its mark"
    : mark.purpose === "before"
    ? `"${mark.of}" as it was until a restore or its undo replaced it`
    : mark.purpose === "restore"
    ? `a restore of "${mark.of}" that did not come to its end`
    : `a verification of "${mark.of}" that did not come to its end`;
  const command = !mark
    ? null
    : mark.purpose === "before"
    ? "oakum restore --finalize"
    : "oakum doctor --end-leftovers";
  return {
    ...{ kind: "database", name, text, bytes, active },
    since: mark ? rfc3339(mark.at) : null,
    command: active ? null : command,
  };
}

async function loadRoles({ sql, runId }: LeftoverSearch): Promise<Leftover[]> {
  const marked = await listLoadRoles(sql);
  return marked.filter(({ mark }) => mark.run !== runId).map(({ name, mark, active }) => ({
    ...{ kind: "role", name, active, bytes: null, since: rfc3339(mark.at) },
    text: `a role that loaded a foreign dump for a restore of "${mark.of}"`,
    command: active ? null : "oakum doctor --end-leftovers",
  }));
}

async function ownContainers(search: LeftoverSearch): Promise<Leftover[]> {
  const all = await search.engine.containers([LABELS.run]);
  const dead = deadContainers(all, search.clock.now());
  const ours = all.filter(({ Labels }) =>
    Labels[LABELS.run] !== search.runId && search.containers.includes(Labels[LABELS.of] ?? "")
  );
  return ours.map((container) => {
    const active = !dead.includes(container);
    return {
      kind: "container",
      name: nameOf(container),
      text: `a ${container.Labels[LABELS.kind] ?? "container"} of run ${
        container.Labels[LABELS.run]
      }`,
      since: rfc3339(new Date(container.Created * 1000)),
      bytes: null,
      active,
      command: active ? null : "oakum doctor --end-leftovers",
    };
  });
}

async function temporaryFiles({ folder, runId }: LeftoverSearch): Promise<Leftover[]> {
  const names = (await readFolder(folder) ?? []).map(({ name }) => name);
  const own = names.map((name) => ({ name, temporary: parseTemporary(name) }))
    .filter(({ temporary }) => temporary && temporary.run !== runId);
  return own.map(({ name, temporary }) => ({
    kind: "file",
    name: shellWord(join(folder, name)),
    text: `an unfinished file of run ${temporary?.run}; the next backup removes it`,
    since: null,
    bytes: null,
    active: false,
    command: "oakum doctor --end-leftovers",
  }));
}

/** A journal that cannot be read hides its steps, and is said by itself; the rest is still found. */
async function entriesIn(folder: string): Promise<readonly JournalEntry[]> {
  try {
    return (await readJournal(join(folder, JOURNAL))).entries;
  } catch (error) {
    if (error instanceof OakumError) return [];
    throw error;
  }
}

async function openSteps({ folder, runId }: LeftoverSearch): Promise<Leftover[]> {
  const entries = await entriesIn(folder);
  const open = unfinished(entries).filter(({ run }) => run !== runId);
  // Only the last one counts: whatever ran to its end after it has looked at the database anew.
  const last = open.at(-1);
  if (!last || entries.at(-1)?.id !== last.id) return [];
  return [{
    kind: "step",
    name: `${last.operation} ${last.step}`,
    text: `run ${last.run} began it and did not write how it ended`,
    since: last.at,
    bytes: null,
    active: false,
    command: null,
  }];
}
