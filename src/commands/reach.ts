import type { TargetName } from "../backups/manifest.ts";
import type { OakumError } from "../core/errors.ts";
import type { Context } from "../operations/context.ts";
import type { Reached, Unreachable } from "../operations/migrate/standing.ts";
import { openTarget } from "../targets/find.ts";
import { findApp } from "../targets/find_app.ts";
import { isUnreachable } from "./closed.ts";
import type { Session } from "./session.ts";
import type { ImageChoice } from "./shared_options.ts";
import {
  backupDir,
  openContext,
  type OpenMigrator,
  openMigrator,
  openMigratorOf,
} from "./stand.ts";

/** What a verb about revisions stands on. */
export interface Reach<P extends Reached | Unreachable> extends AsyncDisposable {
  readonly context: Context;
  readonly app: OpenMigrator;
  readonly place: P;
  /** The stack's folder, as its containers say. */
  readonly workingDir: string | undefined;
  /** Undefined where the database cannot be reached. */
  readonly name: TargetName | undefined;
  /** The backup folder, with the journal in it; undefined where nobody has said which it is. */
  readonly dir: string | undefined;
}

/** What a verb about revisions needs. */
export interface ReachWish extends ImageChoice {
  readonly changesState: boolean;
}

/** Opens an app with its database. */
export async function openReached(
  session: Session,
  { changesState, image }: ReachWish,
): Promise<Reach<Reached> & { readonly name: TargetName }> {
  const context = await openContext(session);
  const { settings } = session;
  await using resources = new AsyncDisposableStack();
  const opened = resources.use(
    await openTarget(context, { settings, changesState, needsApp: true }),
  );
  const { target } = opened;
  const dir = await backupDir(session, target).catch(() => undefined);
  const app = resources.use(await openMigrator(session, { context, target }, { image }));
  const { database, stack: { project, workingDir } } = target;
  const place = { session: opened.session, database };
  const name = { project, service: database.service, database: database.name };
  return disposing(resources, { context, app, place, workingDir, name, dir });
}

/** Opens an app with its database or, where that is out of reach, without. */
export async function openReach(
  session: Session,
  wish: ReachWish,
): Promise<Reach<Reached | Unreachable>> {
  try {
    return await openReached(session, wish);
  } catch (error) {
    if (!isUnreachable(session, error)) throw error;
    return await withoutDatabase(session, wish, error);
  }
}

async function withoutDatabase(
  session: Session,
  { changesState, image }: ReachWish,
  unreachable: OakumError,
): Promise<Reach<Unreachable>> {
  const context = await openContext(session);
  const { settings } = session;
  const found = await findApp(context, { settings, changesState, needsApp: true });
  if (!found) throw unreachable;
  await using resources = new AsyncDisposableStack();
  const app = resources.use(await openMigratorOf(session, context, found.app, { image }));
  const { workingDir } = found.stack;
  const place = { unreachable };
  return disposing(resources, { context, app, place, workingDir, name: undefined, dir: undefined });
}

function disposing<R extends object>(
  resources: AsyncDisposableStack,
  reach: R,
): R & AsyncDisposable {
  const kept = resources.move();
  return { ...reach, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}
