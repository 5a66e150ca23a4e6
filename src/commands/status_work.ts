import { status } from "../operations/status.ts";
import { openTarget } from "../targets/find.ts";
import { showStatus } from "../terminal/views/status.ts";
import type { Result, Session } from "./session.ts";
import { backupDir, openContext, openMigrator, standOn } from "./stand.ts";

/** `status`. */
export async function statusWork(session: Session): Promise<Result> {
  const context = await openContext(session);
  const { settings } = session;
  await using opened = await openTarget(context, {
    settings,
    changesState: false,
    needsApp: false,
  });
  const dir = await backupDir(session, opened.target);
  const stand = standOn(context, opened, dir);
  await using cleanup = new AsyncDisposableStack();
  const open = async () => {
    const running = { image: { kind: "running" } } as const;
    return cleanup.use(await openMigrator(session, stand, running)).migrator;
  };
  const openIt = opened.target.app ? open : undefined;
  const report = await status(context, { opened, name: stand.name, dir, openMigrator: openIt });
  return { report, text: (page) => showStatus(report, page) };
}
