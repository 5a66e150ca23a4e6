import type { ContainerDetail } from "../docker/shapes.ts";
import type { ServerAccess } from "../postgres/access.ts";

/** One Compose project on the engine. */
export interface Stack {
  readonly project: string;
  /** The folder of its compose file; undefined where the containers do not say. */
  readonly workingDir: string | undefined;
}

/** One database in one server of a stack. */
export interface DatabaseTarget {
  readonly service: string;
  readonly server: ServerAccess;
  readonly name: string;
}

/** The service that has the migration tool, and the container of it that oakum works in. */
export interface AppTarget {
  readonly service: string;
  readonly container: ContainerDetail;
  /** Services and replicas that run the same image and scripts: `web`, `worker`, `beat`. */
  readonly sameAs: readonly string[];
}

/** What a command works on. */
export interface Target {
  readonly stack: Stack;
  readonly database: DatabaseTarget;
  /** Undefined where no service of the stack has a migration tool that leads to the database. */
  readonly app: AppTarget | undefined;
  /** Where each value came from, such as `database.name` → `POSTGRES_DB of shop-db-1`. */
  readonly origins: ReadonlyMap<string, string>;
}
