import { rehearse } from "../operations/rehearse.ts";
import { rememberRehearsal } from "../operations/rehearse/memory.ts";
import { requireNamed } from "../operations/rehearse/named.ts";
import { planRehearsal } from "../operations/rehearse/plan.ts";
import { requireRuleNames } from "../operations/rehearse/rules/settings.ts";
import { showRehearsalPlan } from "../terminal/views/rehearsal_plan.ts";
import { rehearsalResult, requireWritableOutput } from "./rehearsal_output.ts";
import { rehearsalRequest } from "./rehearsal_request.ts";
import { onThisMachine } from "./repository_paths.ts";
import type { RehearseOptions } from "./rehearse.ts";
import type { Result, Session } from "./session.ts";
import { openMigrator, openStand, type Stand } from "./stand.ts";

/** `rehearse`. */
export async function rehearseWork(session: Session, options: RehearseOptions): Promise<Result> {
  await requireWritableOutput(session, options.output);
  requireRuleNames(options.allow, "--allow");
  await using stand = await openStand(session, { changesState: false, needsApp: true });
  const request = await rehearsalRequest(session, stand, options);
  const { context, server, target: { database, stack: { workingDir: stack } } } = stand;
  const real = { session: server, database };
  if (options.dryRun) {
    await using app = await openMigrator(session, stand, options);
    const plan = await planRehearsal(context, real, app.migrator, request);
    const { report } = await onThisMachine({ directory: session.directory, stack }, plan);
    return { report, text: (page) => showRehearsalPlan(report, page) };
  }
  await requireNamed(context, () => openMigrator(session, stand, options), options.span);
  const report = await rehearse(context, real, request);
  if (isWhole(options)) await rememberRehearsal(context, keepingOf(stand), report);
  return await rehearsalResult(session, report, { ...options, stack });
}

/** Only what an upgrade would rehearse, on data, is kept for it. */
function isWhole({ span, data }: RehearseOptions): boolean {
  return span.kind === "to" && data.kind === "backup";
}

function keepingOf({ dir, name }: Stand) {
  return { dir, target: name };
}
