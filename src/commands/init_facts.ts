import { mergeSettings } from "../config/merge.ts";
import type { Settings } from "../config/settings.ts";
import type { ConfigFacts } from "../config/write.ts";
import { OakumError } from "../core/errors.ts";
import { openTarget, type StackView } from "../targets/find.ts";
import type { Target } from "../targets/target.ts";
import { isUnreachable, openClosed } from "./closed.ts";
import type { BareSession, Session } from "./session.ts";
import { openContext } from "./stand.ts";

/** What goes into `oakum.yaml` beside the guard. */
export type FoundFacts = Omit<ConfigFacts, "guard">;

/** Finds the stack, its app and its database; where it cannot, what was typed is all. */
export async function findFacts(bare: BareSession): Promise<FoundFacts> {
  const session = { ...bare, settings: settingsOf(bare) };
  const typed = factsOfFlags(bare);
  try {
    return { ...typed, ...await discover(session) };
  } catch (error) {
    bare.signal.throwIfAborted();
    if (!(error instanceof OakumError)) throw error;
    tell(bare, error);
    return typed;
  }
}

/** A file further up speaks of another folder's stack: it is not read. */
function settingsOf({ globals, environment, directory }: BareSession): Settings {
  const { project, app, database } = globals;
  const input = { flags: { project, app, database }, environment, directory };
  return { ...mergeSettings(input, undefined), warnings: [] };
}

function factsOfFlags({ globals: { project, app, database } }: BareSession): FoundFacts {
  return {
    ...project === undefined ? {} : { project },
    ...app === undefined ? {} : { app: { service: app } },
    ...database === undefined ? {} : { database },
  };
}

/** Only the stack that this folder or a name points to: another one is none of this folder's. */
async function discover(session: Session): Promise<FoundFacts> {
  const { settings } = session;
  const context = await openContext(session);
  try {
    await using opened = await openTarget(context, {
      settings,
      changesState: true,
      needsApp: false,
    });
    return factsOf(opened.target, settings);
  } catch (error) {
    if (!isUnreachable(session, error)) throw error;
    tell(session, error);
    return factsFromOutside((await openClosed(session, context)).view, settings);
  }
}

function factsOf({ stack, app, database, origins }: Target, settings: Settings): FoundFacts {
  const { service, name } = database;
  return {
    ...projectFact(stack.project, settings),
    ...app ? { app: { service: app.service } } : {},
    database: { service, name },
    origins: {
      app: origins.get("app.service"),
      database: origins.get("database.service"),
      name: origins.get("database.name"),
    },
  };
}

function factsFromOutside(view: StackView, settings: Settings): FoundFacts {
  const { stack, servers, services } = view;
  const [server, ...otherServers] = servers;
  const [app, ...otherApps] = services.filter(({ tool }) => tool?.name === "alembic");
  return {
    ...projectFact(stack.project, settings),
    ...app && otherApps.length === 0 ? { app: { service: app.service } } : {},
    ...server && otherServers.length === 0 ? { database: { service: server.service } } : {},
  };
}

/** What the folder says by itself stays an example: a colleague's folder may have another name. */
function projectFact(project: string, { project: setting }: Settings): FoundFacts {
  return setting.value === undefined ? { folderProject: project } : { project };
}

function tell({ emit }: BareSession, { code, message, hint }: OakumError): void {
  const text = `${message} What could not be found stands in the file as an example.`;
  emit({ type: "warning", code, text, ...(hint === undefined ? {} : { hint }) });
}
