import type { Backup } from "../backups/list.ts";
import { listTarget } from "../backups/list.ts";
import { verify } from "../operations/verify.ts";
import type { Verified, VerifyReport } from "../reports/verify.ts";
import { showVerified } from "../terminal/views/verify.ts";
import { namedBackup } from "./named_backup.ts";
import type { Result, Session } from "./session.ts";
import { openStand, type Stand } from "./stand.ts";
import type { VerifyOptions } from "./verify.ts";

/** `verify`. */
export async function verifyWork(
  session: Session,
  { backups, restore }: VerifyOptions,
): Promise<Result> {
  await using stand = await openStand(session, { changesState: false });
  const { backups: all } = await listTarget(stand.dir, stand.name);
  const known = all.filter((backup): backup is Backup => backup.state !== "damaged");
  const chosen = backups.kind === "all" ? known : [await named(session, stand, backups.backup)];
  const others = known.map(({ manifest }) => manifest);
  const verified: Verified[] = [];
  for (const backup of chosen) {
    verified.push(await verify(stand.context, stand.server, { backup, others, restore }));
  }
  const report: VerifyReport = { kind: "verify", verified };
  const found = verified.some(({ findings }) => findings.length > 0) ||
    backups.kind === "all" && known.length < all.length;
  return {
    outcome: found ? "finding" : "done",
    report,
    text: (page) => showVerified(report, page),
  };
}

async function named(session: Session, stand: Stand, reference: string): Promise<Backup> {
  const found = await namedBackup(session, stand, reference);
  if (found.kind === "backup") return found.backup;
  throw found.notOurs;
}
