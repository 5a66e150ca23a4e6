import { OakumError } from "../core/errors.ts";
import type { Context } from "../operations/context.ts";
import { findStack, type StackView } from "../targets/find.ts";
import type { Session } from "./session.ts";
import { backupDir } from "./stand.ts";

/** Why a database cannot be reached while its app may be as well as ever. */
const UNREACHABLE = new Set([
  "database-not-running",
  "login-refused",
  "no-database-server",
  "server-not-ready",
  "server-silent",
]);

/** Whether an error says that a database cannot be asked, and nothing worse. */
export function isUnreachable({ settings }: Session, error: unknown): error is OakumError {
  if (!(error instanceof OakumError)) return false;
  // A database that was not named may not have been made yet; a name may be mistyped.
  const named = settings.database.name.value !== undefined;
  return UNREACHABLE.has(error.code) || (error.code === "no-database" && !named);
}

/** A stack whose database cannot be asked. */
export interface ClosedStack {
  readonly view: StackView;
  /** The backup folder; undefined where nobody has said which it is. */
  readonly dir: string | undefined;
}

/** What can be seen of the stack from outside. */
export async function openClosed(session: Session, context: Context): Promise<ClosedStack> {
  const wish = { settings: session.settings, changesState: false, needsApp: false };
  const view = await findStack(context, wish);
  const dir = await backupDir(session, view).catch((error) => {
    if (error instanceof OakumError) return undefined;
    throw error;
  });
  return { view, dir };
}
