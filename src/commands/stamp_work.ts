import { stamp } from "../operations/stamp.ts";
import { showStamp } from "../terminal/views/stamp.ts";
import type { Result, Session } from "./session.ts";
import type { StampOptions } from "./stamp.ts";
import { openMigrator, openStand } from "./stand.ts";

/** `stamp`. */
export async function stampWork(session: Session, options: StampOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: true, needsApp: true });
  await using app = await openMigrator(session, stand, options);
  const { context, target, server, name, dir } = stand;
  const { revisions, purge, dryRun } = options;
  const place = { session: server, database: target.database };
  const report = await stamp(context, place, app.migrator, {
    ...{ target: name, app: app.service, revisions, purge, dir, dryRun },
    lockTimeoutMs: session.settings.upgrade.lockTimeout.value,
  });
  return { report, text: (page) => showStamp(report, page) };
}
