import { OakumError } from "../../core/errors.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import type { Expectation, Migrator } from "../../migrators/migrator.ts";
import { carryOver } from "../../postgres/carry.ts";
import {
  type ClusterRoles,
  newRoles,
  putRolesBack,
  readClusterRoles,
  withoutRole,
} from "../../postgres/cluster_roles.ts";
import type { Sql } from "../../postgres/connection.ts";
import { inTemplate } from "../../postgres/maintenance.ts";
import { type DatabaseProperties, readProperties } from "../../postgres/properties.ts";
import type { Sandbox } from "../../postgres/sandbox.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { execute } from "../../postgres/statement.ts";
import type { Clone, CloneWish } from "../../targets/clone.ts";
import type { Context } from "../context.ts";
import { readExpectation } from "../migrate/read_both.ts";
import { type Elsewhere, readElsewhere } from "./lost_elsewhere.ts";
import type { MadeFirst } from "./made_first.ts";
import { type ServiceClone, startServices } from "./services.ts";

/** What is kept of a copy. */
interface Kept {
  /** What it held beside its tables; undefined where the whole database is kept as a second one. */
  readonly elsewhere: Elsewhere | undefined;
  // Both lie outside of the database.
  readonly properties: DatabaseProperties;
  readonly roles: ClusterRoles;
}

/** What is asked for was not kept, since nobody thought that it would be. */
export class DataNotKept extends Error {
  override readonly name = "DataNotKept";
}

/** What a copy is made of. */
export interface CopyParts {
  readonly session: ServerSession;
  readonly sandbox: Sandbox;
  /** Its name is that of the real database: the app dials it. */
  readonly database: string;
  readonly migrator: Migrator;
  readonly app: Clone;
  /** The app's container as it would be: the image that is rehearsed. */
  readonly as: ContainerDetail;
  /** What else is cloned into the sandbox is cloned with. */
  readonly cloneWish: CloneWish;
  readonly properties: DatabaseProperties;
  readonly runId: string;
  /** Aborts with the run, and where Docker's disk runs full. */
  readonly signal: AbortSignal;
}

/**
 * A database's data in a server that reaches nothing, with a clone of the app that reaches nothing
 * else. Everything in it may be broken.
 */
export class Copy implements AsyncDisposable {
  readonly session: ServerSession;
  readonly sandbox: Sandbox;
  readonly database: string;
  readonly migrator: Migrator;
  readonly app: Clone;
  readonly as: ContainerDetail;
  readonly signal: AbortSignal;
  /** What an empty one was given beside the revisions. */
  madeFirst: MadeFirst | undefined;
  readonly #parts: CopyParts;
  readonly #resources: AsyncDisposableStack;
  readonly #pools = new Map<string, Sql>();
  #reader: Sql | undefined;
  /** The database that the state before a step is kept in. */
  readonly #keptName: string;
  #kept: Kept | undefined;

  constructor(parts: CopyParts, resources: AsyncDisposableStack) {
    ({
      session: this.session,
      sandbox: this.sandbox,
      database: this.database,
      migrator: this.migrator,
      app: this.app,
      as: this.as,
      signal: this.signal,
    } = parts);
    this.#parts = parts;
    this.#keptName = this.database === "oakum_kept" ? "oakum_before" : "oakum_kept";
    this.#resources = resources;
  }

  /** Connections to the copy; ended by whatever takes its place, and replaced where one was lost. */
  sql(): Sql {
    return this.#pool(this.database, 4);
  }

  /**
   * One connection to the copy for those who read its catalogs, one after the other; ended by whatever
   * takes its place. To open one for each would cost a process in the sidecar each time.
   */
  reader(): Sql {
    const open = this.#reader;
    if (open && !this.session.isLost(open)) return open;
    return this.#reader = this.session.sql(this.database, { max: 1 });
  }

  /** Connections to the state that is kept, which must hold the data. */
  keptSql(): Sql {
    this.#requireData();
    return this.#pool(this.#keptName, 2);
  }

  /** What was beside the tables, where that alone is kept. */
  get keptElsewhere(): Elsewhere | undefined {
    return this.#kept?.elsewhere;
  }

  #requireData(): Kept {
    if (!this.#kept || this.#kept.elsewhere) throw new DataNotKept("the data was not kept");
    return this.#kept;
  }

  /** What must be so on every connection that the app opens: this very copy. */
  async expect(): Promise<Expectation> {
    return { ...await readExpectation(this.sql()), sandbox: this.sandbox.mark };
  }

  /** Starts clones of services beside the app's; they end with the copy. */
  async startServices(context: Context, services: readonly ServiceClone[]): Promise<void> {
    await startServices(context, services, this.#parts.cloneWish, this.#resources);
  }

  /** Keeps the copy as it is now, in the place of what was kept before; the data if it is wanted. */
  async keep({ data }: { readonly data: boolean }): Promise<void> {
    const elsewhere = data ? undefined : await readElsewhere(this.reader(), this.signal);
    await this.#end(this.#keptName);
    this.#kept = await inTemplate(this.session, async (sql) => {
      await execute(sql, "drop database if exists %I", this.#keptName);
      if (data) await this.#duplicate(sql);
      const properties = await readProperties(sql, this.database) ?? this.#parts.properties;
      return { elsewhere, properties, roles: await readClusterRoles(sql) };
    });
  }

  async #duplicate(sql: Sql): Promise<void> {
    await this.#end(this.database);
    const fast = (this.session.facts.major ?? 0) >= 15 ? " strategy file_copy" : "";
    await this.#alone(sql, async () => {
      await execute(sql, `create database %I template %I${fast}`, this.#keptName, this.database);
    });
  }

  /** Drops a role with the rights that it has, here and in what is kept; false where it owns something. */
  async dropRole(name: string): Promise<boolean> {
    const [owned] = await this.sql()`
      select from pg_shdepend d join pg_roles r on r.oid = d.refobjid
      where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o' and r.rolname = ${name} limit 1`;
    if (owned) return false;
    const kept = this.#kept && !this.#kept.elsewhere ? [this.keptSql()] : [];
    // Settings, too, which would keep it.
    for (const sql of [this.sql(), ...kept]) await execute(sql, "drop owned by %I", name);
    await execute(this.sql(), "drop role %I", name);
    if (this.#kept) this.#kept = { ...this.#kept, roles: withoutRole(this.#kept.roles, name) };
    return true;
  }

  /** Roles of the server that were not there when the copy was kept. */
  async newRoles(): Promise<string[]> {
    if (!this.#kept) return [];
    return newRoles(this.#kept.roles, await readClusterRoles(this.sql()));
  }

  /** A template may have no sessions, and services of the app's that run beside it come back. */
  async #alone(sql: Sql, work: () => Promise<void>): Promise<void> {
    await execute(sql, "alter database %I allow_connections false", this.database);
    try {
      await sql`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = ${this.database}`;
      await work();
    } finally {
      await execute(sql, "alter database %I allow_connections true", this.database);
    }
  }

  /** Makes the copy what it was when it was kept with its data; nothing is kept any more. */
  async goBack(): Promise<void> {
    const kept = this.#requireData();
    await this.#end(this.#keptName);
    await this.#end(this.database);
    await inTemplate(this.session, async (sql) => {
      await execute(sql, "drop database %I with (force)", this.database);
      await execute(sql, "alter database %I rename to %I", this.#keptName, this.database);
      await putRolesBack(sql, kept.roles);
      await carryOver(sql, kept.properties, this.database);
    });
    this.#kept = undefined;
  }

  /** Makes the copy what another database of its server is; what is kept stays. */
  async become(other: string): Promise<void> {
    await this.#end(this.database);
    await inTemplate(this.session, async (sql) => {
      await execute(sql, "drop database if exists %I with (force)", this.database);
      await execute(sql, "create database %I template %I", this.database, other);
      await carryOver(sql, this.#parts.properties, this.database);
    });
  }

  /**
   * Does something with it, which fails as itself, or because of the sandbox: one that is gone or
   * full says nothing about a migration.
   */
  async use<T>(work: () => Promise<T>): Promise<T> {
    return await this.sandbox.use(() => work().catch(copyOfTheApp), this.signal);
  }

  #pool(database: string, max: number): Sql {
    const open = this.#pools.get(database);
    if (open && !this.session.isLost(open)) return open;
    const sql = this.session.sql(database, { max });
    this.#pools.set(database, sql);
    return sql;
  }

  async #end(database: string): Promise<void> {
    const ending = [this.#pools.get(database)];
    this.#pools.delete(database);
    if (database === this.database) {
      ending.push(this.#reader);
      this.#reader = undefined;
    }
    await Promise.all(ending.map((sql) => sql?.end({ timeout: 5 })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox.empty();
    await this.#resources[Symbol.asyncDispose]();
  }
}

/** What is said of the app's container is said of a copy of it: the real one goes on. */
function copyOfTheApp(error: unknown): never {
  if (!(error instanceof OakumError) || error.code !== "app-stopped") throw error;
  throw new OakumError(
    "clone-lost",
    "failed",
    "The copy of the app's container ended while Python worked in it.",
    {
      hint: "Perhaps it had too little memory: rehearsal.memory in oakum.yaml. " +
        "Nothing of yours was touched.",
      cause: error,
    },
  );
}
