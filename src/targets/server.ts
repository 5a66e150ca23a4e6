import { messageOf, OakumError } from "../core/errors.ts";
import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import type { Credentials, ServerAccess } from "../postgres/access.ts";
import { connectionError, mayNotBeQuiet, sqlState } from "../postgres/connection.ts";
import { ServerSession } from "../postgres/session.ts";
import { type Inventory, takeInventory } from "./inventory.ts";
import type { Listening } from "./listening.ts";
import type { Rights } from "./target.ts";

/** What a login needs. */
export interface Login {
  readonly container: ContainerDetail;
  readonly listening: Listening;
  /** In the order in which they are tried; each says where it came from. */
  readonly credentials: readonly Credentials[];
  /** Databases that may let the user in, in that order. */
  readonly databases: readonly string[];
}

/** An open session of the first user that the server let in, and what it sees. */
export interface OpenServer {
  readonly session: ServerSession;
  readonly inventory: Inventory;
}

/** Where and on whose behalf a search takes place; an operation's context fits. */
export interface Searcher {
  readonly engine: Engine;
  readonly runId: string;
  readonly signal: AbortSignal;
}

/** Tries one user after another until the server lets one in; the caller disposes the session. */
export async function logIn(searcher: Searcher, login: Login): Promise<OpenServer> {
  demandRunning(login.container);
  const refused: unknown[] = [];
  for (const credentials of login.credentials) {
    try {
      return await openAs(searcher, login, credentials);
    } catch (error) {
      searcher.signal.throwIfAborted();
      // Another user helps where this one was refused, and nowhere else.
      if (!["28P01", "28000", "42501"].includes(stateOf(error) ?? "")) throw error;
      refused.push(error);
    }
  }
  throw everyoneRefused(login, refused);
}

type Way = Pick<ServerAccess, "socketFolder" | "tls">;

/** By the way that a server listens on; where its rules refuse that one, by the others there are. */
async function openAs(
  searcher: Searcher,
  login: Login,
  credentials: Credentials,
): Promise<OpenServer> {
  const { socketFolder, alsoSocket } = login.listening;
  try {
    return await openBy(searcher, login, credentials, { socketFolder });
  } catch (error) {
    if (!isByRules(error) || socketFolder !== undefined) throw error;
    const ways: Way[] = [
      { socketFolder, tls: true },
      ...alsoSocket ? [{ socketFolder: alsoSocket }] : [],
    ];
    for (const way of ways) {
      const opened = await openBy(searcher, login, credentials, way).catch(() => undefined);
      searcher.signal.throwIfAborted();
      if (opened) return opened;
    }
    throw error;
  }
}

/** The file's name stands in what the server says of its rules in every language. */
function isByRules(error: unknown): boolean {
  return stateOf(error) === "28000" && /pg_hba\.conf/.test(saidBy(error));
}

function saidBy(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}

async function openBy(
  { engine, runId, signal }: Searcher,
  { container, listening: { port }, databases }: Login,
  credentials: Credentials,
  way: Way,
): Promise<OpenServer> {
  const reached = { container, port, credentials, ...way };
  const access: ServerAccess = { ...reached, eventTriggers: "off" };
  let session = await ServerSession.open(engine, access, runId, signal);
  try {
    return { session, inventory: await look(session, databases) };
  } catch (error) {
    try {
      if (!mayNotBeQuiet(error)) throw error;
      session = await session.withEventTriggers();
      return { session, inventory: await look(session, databases) };
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** An ordinary owner may be let into its own database only. */
async function look(session: ServerSession, databases: readonly string[]): Promise<Inventory> {
  let failure: unknown;
  for (const database of databases) {
    try {
      return await takeInventory(session.sql(database, { max: 1 }));
    } catch (error) {
      if (mayNotBeQuiet(error)) throw error;
      failure = connectionError(error, session.server, database);
      // A database that is missing or closed to this user says nothing about the next.
      if (!["3D000", "42501", "55000"].includes(sqlState(error) ?? "")) throw failure;
    }
  }
  throw failure;
}

function stateOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return sqlState(error) ?? (cause === undefined ? undefined : sqlState(cause));
}

/** Refuses a server that takes no connections, and says what would change that. */
export function demandRunning({ State, Name }: ContainerDetail): void {
  const name = Name.slice(1);
  if (State.Running && !State.Paused && !State.Restarting) return;
  const { state, command } = State.Paused
    ? { state: "paused", command: `docker unpause ${name}` }
    : State.Restarting
    ? { state: "restarting again and again", command: `docker logs --tail 50 ${name}` }
    : { state: `not running (${State.Status})`, command: `docker start ${name}` };
  throw new OakumError(
    "database-not-running",
    "refused",
    `The database container "${name}" is ${state}.`,
    { hint: `${State.Restarting ? "See why" : "Start it"}: ${command}`, data: { container: name } },
  );
}

function everyoneRefused(
  { container, credentials }: Login,
  refused: readonly unknown[],
): OakumError {
  const name = container.Name.slice(1);
  const tried = credentials.map(({ user, from }) => ({ user, from }));
  const list = tried.map(({ user, from }) => `"${user}" (${from})`).join(", ");
  const byRules = refused.find(isByRules);
  const said = byRules === undefined ? "" : ` It says: ${saidBy(byRules)}.`;
  return new OakumError(
    "login-refused",
    "refused",
    `The server in "${name}" let nobody in: ${list || "no user is known"}.${said}`,
    {
      hint: byRules === undefined
        ? "A password that was changed after the first start of the database must be changed " +
          "in the environment too. Find out more: oakum doctor"
        : "Its pg_hba.conf lets none of them in from 127.0.0.1, with TLS or without, nor by its " +
          "socket. Put this line before the one that rejects them: host all all 127.0.0.1/32 " +
          `scram-sha-256; then: docker restart ${name}`,
      data: { container: name, tried },
      cause: refused.at(-1),
    },
  );
}

/** What the user may do with one database. */
export function rightsOn(inventory: Inventory, database: string): Rights {
  const { name, roles, ...rights } = inventory.user;
  const owner = inventory.databases.find((one) => one.name === database)?.owner;
  const ownsDatabase = rights.superuser || (owner !== undefined && roles.has(owner));
  // ALTER DATABASE … RENAME asks for both (PostgreSQL manual, "ALTER DATABASE").
  const rename = rights.superuser || (ownsDatabase && rights.createDatabase);
  return { user: name, ...rights, ownsDatabase, rename };
}
