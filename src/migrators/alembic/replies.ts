import { z } from "zod";

/** What upgrade() or downgrade() of a revision file is made of, as far as its text tells. */
export const functionKind = z.enum(["code", "empty", "raises", "missing"]);

/** What an upgrade does to a table, as far as the text of its file tells. */
export const touched = z.object({
  /** As the file has it: with its schema where that is said. */
  table: z.string(),
  column: z.string().nullable(),
  verb: z.enum([
    ...["create", "drop", "rename", "change", "index", "constraint", "comment", "rows"] as const,
    ...["add column", "drop column", "change column"] as const,
  ]),
  /** It stands in SQL, of which only the first words are read. */
  sql: z.boolean(),
});

/** A revision file as the probe read it. */
export const revisionReply = z.object({
  id: z.string().min(1),
  down: z.array(z.string()),
  depends_on: z.array(z.string()),
  /** `depends_on` with branch labels replaced by ids. */
  resolved_depends_on: z.array(z.string()),
  /** Branch labels that this file declares. */
  labels: z.array(z.string()),
  /** Branch labels of the branch that it is on. */
  branches: z.array(z.string()),
  head: z.boolean(),
  base: z.boolean(),
  branch_point: z.boolean(),
  merge_point: z.boolean(),
  /** The beginning of its docstring, which may be of several lines. */
  doc: z.string().transform((text) => text.replaceAll(/\s+/g, " ").trim()),
  /** The file's whole docstring. */
  docstring: z.string(),
  /** The text after `Create Date:` in its docstring. */
  created: z.string().nullable(),
  /** In the container. */
  path: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the code alone: comments, docstrings and layout do not count. Null where it is no Python. */
  code_sha256: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
  upgrade: functionKind,
  downgrade: functionKind,
  /** It speaks of `autocommit_block`: a failure may leave half of it behind. */
  autocommit: z.boolean(),
  /** Null where there is one head, and for a file that is no Python. */
  touches: z.object({
    touched: z.array(touched),
    /** Whether nothing was left unread, such as SQL that is put together at run time. */
    whole: z.boolean(),
  }).nullable(),
  /** As far as its text tells, it adds what holds no data yet and its downgrade takes that away. */
  adds_only: z.boolean(),
  /** Names of schemas, extensions and roles that its text speaks of making, in small letters. */
  makes: z.array(z.string()),
});

/** Why a program failed; see the README of the programs for the kinds. */
export const failureReply = z.object({
  kind: z.string(),
  class: z.string().nullable(),
  /** Why, in a word, as far as the exception tells; `data` has the values that belong to it. */
  cause: z.string().nullable(),
  /** One line, the server's own where it was the server that refused. */
  message: z.string(),
  sqlstate: z.string().nullable(),
  detail: z.string().nullable(),
  hint: z.string().nullable(),
  /** The statement that failed, without its parameters. */
  sql: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  traceback: z.string().nullable(),
  /** The line of the project that did it, in the container. */
  file: z.string().nullable(),
  line: z.number().int().nullable(),
  function: z.string().nullable(),
  source: z.string().nullable(),
});

const address = z.object({
  host: z.string().nullable(),
  port: z.number().int().nullable(),
  database: z.string().nullable(),
  user: z.string().nullable(),
  /** `?host=` of the address: a folder of sockets, or several hosts. */
  query_host: z.string().nullable(),
  query_port: z.string().nullable(),
});

/** One database, or tenant, that env.py configured. */
export const contextReply = z.object({
  version_table: z.string(),
  version_table_schema: z.string().nullable(),
  /** The schema that it is in, or would be made in: without one the search path decides. */
  version_table_found_in: z.string().nullable(),
  has_version_table: z.boolean(),
  heads: z.array(z.string()),
  dialect: z.string(),
  driver: z.string(),
  is_async: z.boolean(),
  address,
  transactional_ddl: z.boolean(),
  transaction_per_migration: z.boolean(),
  /** env.py had begun a transaction of its own before it configured Alembic. */
  external_transaction: z.boolean(),
});

/** What `probe` found. */
export const probeReply = z.object({
  alembic: z.string(),
  sqlalchemy: z.string(),
  python: z.string(),
  executable: z.string(),
  config: z.string(),
  name: z.string(),
  /** Sections of the same file with scripts of their own. */
  passed_over: z.array(z.string()),
  /** Arguments in the container's command whose values only its shell knows. */
  unknown_x: z.array(z.string()),
  working_dir: z.string(),
  python_path: z.array(z.string()),
  script_location: z.string(),
  /** Over every file below it. */
  scripts_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  versions: z.array(z.object({ path: z.string(), writable: z.boolean(), exists: z.boolean() })),
  file_template: z.string(),
  sourceless: z.boolean(),
  heads: z.array(z.string()),
  bases: z.array(z.string()),
  revisions: z.array(revisionReply),
  databases: z.array(contextReply).optional(),
  database_error: failureReply.optional(),
});

/** An operation of autogenerate: `kind` is Alembic's name, `text` is for people. */
export const operationReply = z.object({
  kind: z.string(),
  table: z.string().nullable(),
  column: z.string().nullable(),
  text: z.string(),
});

const comparison = {
  operations: z.array(operationReply),
  /** A drop and an add that may be one thing under two names. */
  renames: z.array(z.object({
    kind: z.enum(["column", "table"]),
    table: z.string().nullable(),
    from: z.string(),
    to: z.string(),
  })),
};

/** What `commands` made of `check`. */
export const checkReply = z.object(comparison);

/** What `commands` made of `revision` and `merge`: the files are not written yet. */
export const filesReply = z.object({
  ...comparison,
  revisions: z.array(z.string()),
  files: z.array(z.object({
    /** Where the file belongs, in the container. */
    path: z.string(),
    content: z.string(),
    folder_exists: z.boolean(),
    folder_writable: z.boolean(),
    folder_uid: z.number().int().nullable(),
    folder_gid: z.number().int().nullable(),
  })),
});

/** What `step` leaves: the version table after it, or the SQL that was asked for. */
export const stepReply = z.union([
  z.object({ heads: z.array(z.string()) }),
  z.object({ sql: z.string() }),
]);

const statement = z.object({
  sql: z.string(),
  ms: z.number(),
  autocommit: z.boolean(),
  /** The line of a revision that sent it, in the container; null for what others sent. */
  file: z.string().nullable(),
  line: z.number().int().nullable(),
});

/** The backend of the connection; null where it was not opened as others are. */
const pid = z.number().int().nullable();

const relationLock = z.object({
  oid: z.number().int(),
  /** `schema.name`, as it is called now; null where it was dropped. */
  relation: z.string().nullable(),
  /** As in pg_class. */
  relkind: z.string().nullable(),
  /** As in pg_locks. */
  mode: z.string(),
});

/** A line of a program; `at` counts seconds from its start. The last is `result` or `failed`. */
export const lineReply = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("connect"),
    at: z.number(),
    database: z.string(),
    /** The backend's, for pg_stat_activity and pg_blocking_pids. */
    pid: z.number().int(),
    version: z.number().int(),
    /** pg_postmaster_start_time(), in microseconds since 1970. */
    server_started: z.string(),
    system_identifier: z.string().nullable(),
    setting: z.string().nullable(),
    /** Something between the app and the server answered in the server's place. */
    pooled: z.boolean(),
    /** As read back from the server. */
    settings: z.record(z.string(), z.string()),
  }),
  z.object({ event: z.literal("begin"), at: z.number(), external_transaction: z.boolean() }),
  /** A statement that takes long, told about once a second; or that somebody should watch. */
  statement.extend({ event: z.literal("running"), at: z.number() }),
  /** A statement that is done; repeats in a row, with whatever values, are one line. */
  statement.extend({
    event: z.literal("statement"),
    at: z.number(),
    pid,
    /** When the first of them began, in seconds like `at`. */
    began: z.number(),
    rows: z.number().int(),
    count: z.number().int(),
    /** Locks that its transaction has since; null where that was not asked, or cannot be. */
    locks: z.array(relationLock).nullable(),
  }),
  /** A revision is at work in Python: no statement runs. */
  z.object({
    event: z.literal("working"),
    at: z.number(),
    file: z.string(),
    line: z.number().int(),
  }),
  /** The version table was written, in a transaction that is still open. */
  z.object({ event: z.literal("version"), at: z.number(), heads: z.array(z.string()) }),
  /** A COMMIT is about to be sent. */
  z.object({ event: z.literal("commit"), at: z.number(), pid }),
  z.object({ event: z.literal("rollback"), at: z.number(), pid }),
  z.looseObject({ event: z.literal("result"), at: z.number() }),
  z.object({ event: z.literal("failed"), at: z.number(), error: failureReply }),
]);

/** The same of a Python that stays, with what `programs/serve.py` says before and after each program. */
export const servedLine = z.discriminatedUnion("event", [
  ...lineReply.options,
  z.object({ event: z.literal("taken"), at: z.number() }),
  z.object({ event: z.literal("ready"), at: z.number() }),
]);

export type Touched = z.infer<typeof touched>;
export type RevisionReply = z.infer<typeof revisionReply>;
export type FailureReply = z.infer<typeof failureReply>;
export type ContextReply = z.infer<typeof contextReply>;
export type ProbeReply = z.infer<typeof probeReply>;
export type FilesReply = z.infer<typeof filesReply>;
export type CheckReply = z.infer<typeof checkReply>;
export type ServedLine = z.infer<typeof servedLine>;
export type LineReply = z.infer<typeof lineReply>;
