import { EXIT_CODES, OakumError, type Outcome } from "../core/errors.ts";
import type { Context } from "../operations/context.ts";
import { examine, examineWithout } from "../operations/doctor.ts";
import type { DoctorReport } from "../reports/doctor.ts";
import { findStack, openTarget } from "../targets/find.ts";
import { showDoctor } from "../terminal/views/doctor.ts";
import type { DoctorOptions } from "./doctor.ts";
import type { Result, Session } from "./session.ts";
import { backupDir, openContext, openMigrator, standOn } from "./stand.ts";

/** `doctor`: what it cannot open is a finding too. */
export async function doctorWork(session: Session, options: DoctorOptions): Promise<Result> {
  let context: Context | undefined;
  try {
    context = await openContext(session);
    return result(await withTarget(session, context, options));
  } catch (error) {
    session.signal.throwIfAborted();
    if (!(error instanceof OakumError)) throw error;
    const wish = { settings: session.settings, changesState: false, needsApp: false };
    const view = context && await findStack(context, wish).catch(() => undefined);
    return result(examineWithout(context, error, view), error.outcome);
  }
}

async function withTarget(
  session: Session,
  context: Context,
  { endLeftovers }: DoctorOptions,
): Promise<DoctorReport> {
  const wish = { settings: session.settings, changesState: endLeftovers, needsApp: false };
  await using opened = await openTarget(context, wish);
  const dir = await backupDir(session, opened.target);
  const { name } = standOn(context, opened, dir);
  await using cleanup = new AsyncDisposableStack();
  const open = async () => {
    const running = { image: { kind: "running" } } as const;
    return cleanup.use(await openMigrator(session, { context, target: opened.target }, running))
      .migrator;
  };
  const openIt = opened.target.app ? open : undefined;
  return await examine(context, { opened, name, dir, openMigrator: openIt, endLeftovers });
}

/** Without Docker or without a target the exit code is that one's own; else 9 where trouble is. */
function result(report: DoctorReport, outcome?: Outcome): Result {
  const found = report.checks.some(({ level }) => level === "trouble");
  const own = outcome !== undefined && EXIT_CODES[outcome] >= EXIT_CODES.notFound
    ? outcome
    : undefined;
  return {
    outcome: own ?? (found ? "finding" : "done"),
    report,
    text: (page) => showDoctor(report, page),
  };
}
