import type { SandboxMark } from "../core/sandbox_mark.ts";
import type { CheckReply, FailureReply, FilesReply, LineReply } from "./alembic/replies.ts";
import type { RevisionGraph } from "./alembic/revisions.ts";

/** Where a database stands, as the app's own migration tool sees it. */
export interface MigrationDatabase {
  /** What the version table holds; empty before the first revision. */
  readonly heads: readonly string[];
  readonly versionTable: {
    /** As env.py says; null leaves it to the search path. */
    readonly schema: string | null;
    readonly name: string;
    /** The schema that it is in, or would be made in; null where there is none. */
    readonly foundIn: string | null;
  };
  readonly hasVersionTable: boolean;
  readonly driver: string;
  /** env.py begins a transaction before Alembic does: what Alembic does may never be committed. */
  readonly externalTransaction: boolean;
  /** Where env.py connects to, without the password. */
  readonly address: {
    readonly host: string | null;
    readonly port: number | null;
    readonly database: string | null;
    readonly user: string | null;
  };
}

/** A migration project as it is in the app's container. */
export interface MigrationProject {
  readonly tool: "alembic";
  /** Versions of the tool, of SQLAlchemy and of Python. */
  readonly versions: { readonly tool: string; readonly library: string; readonly python: string };
  /** Paths in the container. */
  readonly config: string;
  readonly section: string;
  readonly workingDir: string;
  readonly scripts: string;
  /** Over every file below that folder, and those elsewhere that revisions import; no libraries. */
  readonly scriptsSha256: string;
  readonly folders: readonly { readonly path: string; readonly writable: boolean }[];
  readonly graph: RevisionGraph;
  /** A pooler is in between, which can hold neither a session's settings nor its locks. */
  readonly pooled: boolean;
  /** One a database or tenant that env.py leads to; empty where it could not be asked. */
  readonly databases: readonly MigrationDatabase[];
  /** Why the databases could not be asked. */
  readonly databaseError: FailureReply | undefined;
}

/** What must be so on every connection that the app's tool opens, or nothing is run. */
export interface Expectation {
  readonly database: string;
  /** `pg_postmaster_start_time()` in microseconds since 1970. */
  readonly serverStarted: string;
  /** What the copy's server alone has, where it must be a copy; undefined where it must be none. */
  readonly sandbox?: SandboxMark;
}

/** How much of a project is read. */
export interface ReadOptions {
  /** Also what env.py leads to. */
  readonly database: boolean;
  /** Where that must be, or nothing of the app's is run there. */
  readonly expect?: Expectation;
}

/** One exact move of the version table. */
export interface StepOrder {
  readonly move: { readonly upgrade: string } | { readonly downgrade: string } | {
    readonly stamp: readonly string[];
  };
  /** What the version table must hold before. */
  readonly heads: readonly string[];
  readonly lockTimeoutMs: number;
  readonly expect: Expectation;
  /** Also tells which locks each statement takes: one more question to the server for each. */
  readonly measure?: boolean;
}

/** What the tool tells while a step runs. */
export type StepEvent = LineReply;

/** What a new revision file is to be. */
export interface RevisionOrder {
  readonly message: string;
  readonly autogenerate: boolean;
  readonly head: string | undefined;
  readonly splice: boolean;
  readonly branchLabel: string | undefined;
  readonly versionPath: string | undefined;
  readonly revId: string | undefined;
  readonly dependsOn: readonly string[];
  /** Where the models are to be compared; undefined without autogenerate. */
  readonly expect: Expectation | undefined;
}

/** What a merge of heads is to be. */
export interface MergeOrder {
  readonly revisions: readonly string[];
  readonly message: string | undefined;
  readonly branchLabel: string | undefined;
  readonly revId: string | undefined;
}

/** A comparison of models and database, which itself writes nothing. */
export type Compared<T> = T & {
  /** Why env.py had to be let write: the statement of its own that a read-only run refused. */
  readonly writing: FailureReply | undefined;
};

/** A migration tool in the app's container; Alembic is the first. */
export interface Migrator {
  readonly tool: "alembic";
  /** What its sessions are called on the server: `application_name` in pg_stat_activity. */
  readonly application: string;
  /** The interpreter that has the tool, in the app's container. */
  readonly python: string;
  /** Reads the project; writes nothing. */
  read(options: ReadOptions, signal: AbortSignal): Promise<MigrationProject>;
  /** Moves exactly one step; answers with the heads after it. Throws a `ProgramFailure`. */
  step(
    order: StepOrder,
    onEvent: (event: StepEvent) => void,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Makes new revision files, which are handed back and not written anywhere. */
  revision(order: RevisionOrder, signal: AbortSignal): Promise<Compared<FilesReply>>;
  merge(order: MergeOrder, signal: AbortSignal): Promise<FilesReply>;
  /** Compares the app's models with the database. */
  drift(expect: Expectation, signal: AbortSignal): Promise<Compared<CheckReply>>;
}
