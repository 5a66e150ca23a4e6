import { findBackup } from "../backups/find.ts";
import { listTarget } from "../backups/list.ts";
import { pin } from "../operations/pin.ts";
import { showPin } from "../terminal/views/backups.ts";
import type { PinOptions } from "./pin.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";

/** `pin`. */
export async function pinWork(session: Session, options: PinOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: false });
  const { context, name, dir } = stand;
  const { backup } = findBackup(await listTarget(dir, name), options.backup, context.clock.now());
  const report = await pin(context, backup, options.remove ? null : options.note ?? "");
  return { report, text: (page) => showPin(report, page) };
}
