import { collapseOfTheRest, collapseReasons } from "../../backups/collapse.ts";
import type { Backup } from "../../backups/list.ts";
import type { AdoptedFrom, Manifest, TargetName } from "../../backups/manifest.ts";
import type { DumpFacts, DumpWriter } from "../../backups/write.ts";
import { shellWord } from "../../core/shell.ts";
import { rfc3339 } from "../../core/time.ts";
import { VERSION } from "../../core/version.ts";
import { withoutEventTriggers } from "../../postgres/load_order.ts";
import type { Context } from "../context.ts";
import type { Recorded } from "./record.ts";
import type { ServerFacts } from "./server_facts.ts";

/** What was learnt on the way to a manifest. */
export interface Learnt {
  readonly target: TargetName;
  readonly reason: string | null;
  readonly note: string | undefined;
  readonly adopted: AdoptedFrom | undefined;
  readonly verify: "read" | "restore" | "none";
  readonly server: ServerFacts;
  readonly recorded: Recorded;
  readonly takenAt: Date;
  readonly dump: DumpWriter;
  readonly data: Pick<Manifest["dump"], "bytes" | "sha256">;
}

/** Puts a manifest's facts together. */
export function manifestFacts(context: Context, learnt: Learnt): DumpFacts {
  const { superuser: _, ...server } = learnt.server;
  const now = rfc3339(context.clock.now());
  return {
    oakum: VERSION,
    takenAt: rfc3339(learnt.takenAt),
    finishedAt: now,
    reason: learnt.reason,
    ...(learnt.note === undefined ? {} : { note: learnt.note }),
    ...(learnt.adopted === undefined ? {} : { adopted: learnt.adopted }),
    target: learnt.target,
    server,
    ...learnt.recorded,
    verified: {
      level: learnt.verify === "none" ? "none" : "read",
      at: learnt.verify === "none" ? null : now,
    },
    suspect: [],
    pinned: null,
    restoreCommand: restoreCommand(learnt),
  };
}

/**
 * Compares with the backup before it; sentences on what collapsed. `undone` is the schema's hash as a
 * downgrade of ours left it: while it is still that, what is gone was taken back by oakum.
 */
export function collapse(
  facts: DumpFacts,
  learnt: Learnt,
  previous: Backup | undefined,
  undone: string | undefined,
): string[] {
  const { id, fileName, form } = learnt.dump;
  const dump = { file: fileName, ...learnt.data, ...form };
  const next: Manifest = { manifest: 1, id, ...facts, dump, globals: null };
  if (!previous || undone !== facts.fingerprint.sha256) {
    return collapseReasons(next, previous?.manifest);
  }
  return collapseOfTheRest(next, previous.manifest);
}

function restoreCommand({ target, dump, server, recorded }: Learnt): string {
  const major = Math.floor(server.versionNum / 10_000);
  const quiet = Object.entries(withoutEventTriggers(recorded.fingerprint.rows, major))
    .map(([name, value]) => `PGOPTIONS='-c ${name}=${value}' `).join("");
  const fresh = shellWord(`${target.database}_restored`);
  const file = shellWord(dump.fileName);
  const create = `createdb --template=template0 ${fresh}`;
  if (dump.form.format === "custom") {
    return `${create} && ${quiet}pg_restore --exit-on-error --dbname=${fresh} ${file}`;
  }
  const text = dump.form.compression === "none" ? `cat ${file}` : `gunzip -c ${file}`;
  return `${create} && ${text} | ${quiet}psql -X -v ON_ERROR_STOP=1 --dbname=${fresh}`;
}
