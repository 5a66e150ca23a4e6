import { messageOf, OakumError } from "../core/errors.ts";
import type { CommandHost } from "../docker/run.ts";
import type { Credentials, ServerAccess } from "./access.ts";
import { Connections, type Route, sqlState } from "./connection.ts";
import { findMeans } from "./relay.ts";
import type { ServerSession } from "./session.ts";
import type { SidecarFacts } from "./tools.ts";

/** What a server said to a login. */
export type LoginAnswer =
  | { readonly kind: "let-in" }
  /** The server's own error: its SQLSTATE and sentence, which hold no password. */
  | { readonly kind: "refused"; readonly state: string; readonly message: string }
  /** Nothing listens there. */
  | { readonly kind: "unreachable"; readonly message: string }
  /** It did not come to an answer, which says nothing of the server. */
  | { readonly kind: "unknown"; readonly message: string };

/** Nobody knows what listens at an address. */
const UNKNOWN = { major: undefined, pgDump: undefined, cores: 1 };

/** Tries logins at one address of a server, as somebody on that network would. */
export class LoginAttempts {
  private constructor(
    private readonly host: CommandHost,
    private readonly relay: readonly string[],
    private readonly server: ServerAccess,
    private readonly runId: string,
    private readonly facts: SidecarFacts,
  ) {}

  /**
   * `address` is what the server is dialled at. Most images let everybody in from 127.0.0.1, so
   * only an address of its network tells what an app is told.
   */
  static async at(
    address: string,
    { sidecar, server, runId, facts }: Pick<
      ServerSession,
      "sidecar" | "server" | "runId" | "facts"
    >,
    signal?: AbortSignal,
  ): Promise<LoginAttempts> {
    const { relay } = await findMeans(sidecar, { port: server.port, address }, signal);
    return new LoginAttempts(sidecar, relay, server, runId, facts);
  }

  /** Logs in and leaves again; it sets off no event trigger, where that is let pass. */
  async try(
    { user, password }: Pick<Credentials, "user" | "password">,
    database: string,
    signal?: AbortSignal,
  ): Promise<LoginAnswer> {
    const credentials = { user, password: password ?? "", from: "an address" };
    const { eventTriggers, ...rest } = { ...this.server, credentials };
    const major = this.facts.major;
    const quiet = eventTriggers &&
      { server: { ...rest, eventTriggers }, facts: { ...UNKNOWN, major } };
    const answer = quiet && await this.#dial(quiet, database, signal);
    if (answer && answer.kind !== "refused") return answer;
    return await this.#dial({ server: rest, facts: UNKNOWN }, database, signal);
  }

  async #dial(
    as: Pick<Route, "server" | "facts">,
    database: string,
    signal?: AbortSignal,
  ): Promise<LoginAnswer> {
    const route = { host: this.host, relay: this.relay, ...as };
    await using connections = new Connections(route, this.runId, signal);
    try {
      await connections.to(database, { max: 1 })`select 1`;
      return { kind: "let-in" };
    } catch (error) {
      signal?.throwIfAborted();
      const state = sqlState(error);
      const message = messageOf(error);
      if (state !== undefined) return { kind: "refused", state, message };
      return { kind: isRefusedConnection(error) ? "unreachable" : "unknown", message };
    }
  }
}

/** Whether the relay could not connect since nothing listens there, as all of them say it. */
function isRefusedConnection(error: unknown): boolean {
  return error instanceof OakumError && error.code === "connection-lost" &&
    /connection refused/i.test(error.message);
}
