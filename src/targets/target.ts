import type { ContainerDetail } from "../docker/shapes.ts";
import type { ServerAccess } from "../postgres/access.ts";
import type { Inventory } from "./inventory.ts";
import type { Route } from "./routes.ts";
import type { Sighting } from "./sightings.ts";

/** One Compose project on the engine. */
export interface Stack {
  readonly project: string;
  /** The folder of its compose file; undefined where the containers do not say. */
  readonly workingDir: string | undefined;
  /** The same as its labels have it, where that is a path of Windows. */
  readonly windowsDir?: string | undefined;
  /** The compose files that it was started from, as the containers say. */
  readonly configFiles: readonly string[];
  /** Whether any container of it runs. */
  readonly running: boolean;
}

/** One database in one server of a stack. */
export interface DatabaseTarget {
  readonly service: string;
  /** The server's project, where it is another than the app's; undefined is no Compose project. */
  readonly project: string | undefined;
  readonly server: ServerAccess;
  readonly name: string;
  /** What the user that oakum connects as may do; what it may not is for preflight to say. */
  readonly rights: Rights;
  /** A server that follows another one: shown, never migrated or restored. */
  readonly inRecovery: boolean;
}

/** What the user that oakum connects as may do on the server. */
export interface Rights {
  readonly user: string;
  readonly superuser: boolean;
  /** `CREATE DATABASE`, which a restore needs. */
  readonly createDatabase: boolean;
  /** `CREATE ROLE`, which missing roles need. */
  readonly createRole: boolean;
  /** Roles with their passwords, for complete globals. */
  readonly readPasswords: boolean;
  /** `pg_terminate_backend` on everyone's sessions. */
  readonly endSessions: boolean;
  /** Whether the database is its own, or its role's: ALTER, RENAME and DROP. */
  readonly ownsDatabase: boolean;
  /** Both renames of the swap. */
  readonly rename: boolean;
}

/** The service that has the migration tool, and the container of it that oakum works in. */
export interface AppTarget {
  readonly service: string;
  readonly container: ContainerDetail;
  /** Whether commands can be run in it; else a one-off container serves (`OneOff`). */
  readonly running: boolean;
  /** Services and replicas that run the same image and scripts: `web`, `worker`, `beat`. */
  readonly sameAs: readonly string[];
  /** The migration tool as it was seen; undefined where nobody could look. */
  readonly sighting: Sighting | undefined;
  /** What the services of `sameAs` are started with: one of them may run the migrations. */
  readonly otherCommands: readonly (readonly string[])[];
  /** How its address leads to the database; undefined where a label or a flag alone says so. */
  readonly route: Route | undefined;
  /** What a command in it must be given to see what the app's main process sees; secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** `uid:gid` and folder of the main process; undefined leaves the container's own. */
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  /** Variables that lead it past a pooler to the server; undefined where there is none. */
  readonly pastPooler: PastPooler | undefined;
  readonly newerImage: NewerImage | undefined;
}

/** How an app is led past a pooler, whose sessions cannot hold settings and locks. */
export interface PastPooler {
  readonly pooler: string;
  /** The server as the app can dial it; undefined where they share no network. */
  readonly endpoint: { readonly host: string; readonly port: number } | undefined;
  /** Undefined where the address comes from no variable; values are secrets. */
  readonly environment: Readonly<Record<string, string>> | undefined;
}

/** An image that a service's tag names, and that its container does not run. */
export interface NewerImage {
  readonly tag: string;
  readonly id: string;
  /** RFC 3339, as the engine says. */
  readonly created: string;
}

/** What a command works on. */
export interface Target {
  readonly stack: Stack;
  readonly database: DatabaseTarget;
  /** Undefined where no service of the stack has a migration tool that leads to the database. */
  readonly app: AppTarget | undefined;
  /** Everything that is in the server: other databases, those that oakum made. */
  readonly inventory: Inventory;
  /** Where each value came from, such as `database.name` → `POSTGRES_DB of shop-db-1`. */
  readonly origins: ReadonlyMap<string, string>;
}
