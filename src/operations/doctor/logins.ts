import { type LoginAnswer, LoginAttempts } from "../../postgres/attempt.ts";
import type { Credentials } from "../../postgres/access.ts";
import type { Queryable } from "../../postgres/connection.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { Check } from "../../reports/doctor.ts";
import type { Inventory } from "../../targets/inventory.ts";
import type { Route } from "../../targets/routes.ts";
import type { Service } from "../../targets/services.ts";
import { agreeing } from "../../targets/variables.ts";
import { notChecked, ok } from "./checks.ts";
import { refusal, type Role } from "./refusals.ts";

const LOOPBACK = "127.0.0.1";

/** A login at a server, by an address of a service or by what the server itself was given. */
interface Login {
  readonly place: string;
  readonly apply: string;
  readonly at: string;
  readonly credentials: Pick<Credentials, "user" | "password">;
  readonly database: string;
  /** How it leads there, for people. */
  readonly how: string;
  readonly ofServer?: boolean;
}

/** Logs in at a server as its services would: from their network, with their user and password. */
export class Logins {
  readonly #doors = new Map<string, Promise<LoginAttempts>>();
  #roles: Promise<Role[]> | undefined;

  constructor(
    private readonly session: ServerSession,
    private readonly sql: Queryable,
    private readonly inventory: Inventory,
    private readonly signal: AbortSignal,
  ) {}

  /** Tries an address of a service; undefined where it leads to another server. */
  async knock({ name, container, look }: Service, route: Route): Promise<Check | undefined> {
    const { server } = this.session;
    const { address, pooler, how, databases, viaLoopback } = route;
    if (route.server?.Id !== server.container.Id || address.where.kind === "socket") {
      return undefined;
    }
    const place = `${address.from} of ${name}`;
    if (pooler) {
      const text =
        `${place} ${agreeing(place, "leads", "lead")} through the pooler ${
          pooler.Name.slice(1)
        }, which has users of ` +
        "its own: only env.py tells whether it is let in.";
      return notChecked("login", text);
    }
    const { PGUSER, PGPASSWORD } = look.variables;
    const { user = PGUSER, password = PGPASSWORD } = address;
    // Parts, and what env.py says, need not be all: the app's code may have the rest.
    if (user === undefined || (password === undefined && !address.whole)) return undefined;
    return await this.#try({
      ...{ place, how, apply: `docker compose up -d ${name}`, credentials: { user, password } },
      at: viaLoopback ? LOOPBACK : addressOf(server.container, container),
      database: databases.find((one) => this.#has(one)) ?? databases[0] ?? user,
    });
  }

  /** Whether the server still takes the password that it was made with. */
  async ownPassword(): Promise<Check[]> {
    const { container, credentials } = this.session.server;
    const at = addressOf(container, undefined);
    if (credentials.password === undefined || at === LOOPBACK) return [];
    const answer = await this.#ask(at, credentials, "postgres");
    if (answer.kind !== "refused" || answer.state !== "28P01") return [];
    const about = { place: credentials.from, apply: "", how: "", at, ofServer: true };
    return [await this.#refused({ ...about, credentials, database: "postgres" }, answer)];
  }

  #has(database: string): boolean {
    return this.inventory.databases.some(({ name }) => name === database);
  }

  async #try(login: Login): Promise<Check> {
    const { at, credentials, database, place, how } = login;
    const answer = await this.#ask(at, credentials, database);
    if (answer.kind !== "let-in") return await this.#refused(login, answer);
    const are = agreeing(place, "is", "are");
    const right =
      `${place} ${are} right: ${this.#name} lets "${credentials.user}" into "${database}"`;
    const blind = at === LOOPBACK && await this.#letsEverybodyIn(credentials.user, database);
    return ok("address", `${right} (${how})${blind ? ", whatever the password" : ""}.`);
  }

  get #name(): string {
    return this.session.server.container.Name.slice(1);
  }

  /** On loopback most images ask for no password: then a wrong one is let in as well. */
  async #letsEverybodyIn(user: string, database: string): Promise<boolean> {
    const password = crypto.randomUUID();
    return (await this.#ask(LOOPBACK, { user, password }, database)).kind === "let-in";
  }

  async #refused(
    { at, place, apply, credentials: { user, password }, database, ofServer = false }: Login,
    answer: Exclude<LoginAnswer, { kind: "let-in" }>,
  ): Promise<Check> {
    const own = this.session.server.credentials;
    const known = own.user === user && own.password !== password && own.password !== undefined &&
      (await this.#ask(at, own, "postgres")).kind === "let-in";
    return refusal(answer, {
      ...{ place, apply, user, database, ofServer, admin: own.user, container: this.#name },
      hasPassword: (password ?? "") !== "",
      roles: await (this.#roles ??= listRoles(this.sql)),
      databases: this.inventory.databases.filter(({ mark }) => !mark).map(({ name }) => name),
      rightPassword: known ? own.from : undefined,
    });
  }

  async #ask(at: string, credentials: Login["credentials"], database: string) {
    const door = this.#doors.get(at) ?? LoginAttempts.at(at, this.session, this.signal);
    this.#doors.set(at, door);
    return await (await door).try(credentials, database, this.signal);
  }
}

type Networked = ServerSession["server"]["container"];

/**
 * Where a server is dialled on a network, best one that a service shares with it. From there the
 * rules of pg_hba.conf for the network count, and not those for its own container.
 */
export function addressOf(server: Networked, app: Networked | undefined): string {
  const networks = Object.entries(server.NetworkSettings.Networks)
    .filter(([, { IPAddress }]) => IPAddress !== "");
  const shared = networks.find(([name]) => app && name in app.NetworkSettings.Networks);
  return (shared ?? networks[0])?.[1].IPAddress ?? LOOPBACK;
}

async function listRoles(sql: Queryable): Promise<Role[]> {
  return await sql<Role[]>`
    select rolname as name, rolcanlogin as "mayLogIn",
      coalesce(rolvaliduntil < now(), false) as expired
    from pg_roles`;
}
