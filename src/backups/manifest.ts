import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.iso.datetime();
const bytes = z.number().int().nonnegative();
/** A name beside the manifest: never a path. */
const fileName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/);

const dataFile = z.strictObject({ file: fileName, bytes, sha256 });

const targetName = z.strictObject({
  project: z.string(),
  service: z.string(),
  database: z.string(),
});

const server = z.strictObject({
  /** As `server_version` says, such as `17.6 (Debian 17.6-1)`. */
  version: z.string(),
  /** As `server_version_num` says, such as 170006. */
  versionNum: z.number().int(),
  /** Version of the pg_dump that wrote the dump. */
  pgDump: z.string(),
  /** The database container's image: name as configured, and content id. */
  image: z.string(),
  imageId: z.string(),
  /** What `initdb` gave the cluster, as text; null where this user may not read it. */
  systemIdentifier: z.string().regex(/^\d+$/).nullable().optional(),
});

/** Where a backup came from that was not taken of the target itself. */
const adopted = z.strictObject({
  /** The name of the file that was loaded. */
  file: z.string(),
  /** When that was written, as it says itself; only a date where it says no more, null where nothing. */
  writtenAt: instant.or(z.iso.date()).nullable(),
});

const setting = z.strictObject({
  /** The role the setting is for, or null where it is for everyone. */
  role: z.string().nullable(),
  /** `name=value` as `pg_db_role_setting.setconfig` holds it. */
  setting: z.string(),
});

/** What `pg_database` says and a restore without `--create` would lose. */
const database = z.strictObject({
  bytes,
  owner: z.string(),
  /** `datacl` items as text; null is PostgreSQL's own default. */
  acl: z.array(z.string()).nullable(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** `c` libc, `i` ICU, `b` builtin. */
  localeProvider: z.string(),
  locale: z.string().nullable(),
  icuRules: z.string().nullable(),
  collationVersion: z.string().nullable(),
  connectionLimit: z.number().int(),
  comment: z.string().nullable(),
  tablespace: z.string(),
  settings: z.array(setting),
  extensions: z.array(
    z.strictObject({ name: z.string(), version: z.string(), schema: z.string() }),
  ),
  /** Roles that own, may or may not do something in it, without PostgreSQL's own. */
  roles: z.array(z.string()),
  /** Tablespaces that hold something of it, its default one among them. */
  tablespaces: z.array(z.string()),
});

const tableRows = z.strictObject({ schema: z.string(), name: z.string(), rows: bytes });

const sequenceValue = z.strictObject({
  schema: z.string(),
  name: z.string(),
  /** `last_value` as text, since it may exceed what a JSON number holds; null before first use. */
  last: z.string().nullable(),
});

/** One normalised line of a schema's description: kind, identity, definition. */
export const fingerprintRow = z.tuple([z.string(), z.string(), z.string()]);

const fingerprint = z.strictObject({
  /** SHA-256 over the rows whose kind has no `~`. */
  sha256,
  rows: z.array(fingerprintRow),
});

const thing = z.strictObject({
  /** Type, names and arguments as `pg_get_object_address` takes them. */
  type: z.string(),
  names: z.array(z.string()),
  args: z.array(z.string()).optional(),
  /** Where it is a column's rights that are told. */
  column: z.string().optional(),
  /** Missing where it is the one that most belongs to. */
  owner: z.string().optional(),
  /** `aclitem`s as text; missing where nobody has set any. */
  acl: z.array(z.string()).optional(),
  /** The extension that it belongs to, or "" for PostgreSQL itself; missing for the database's own. */
  of: z.string().optional(),
});

/** Who owns what and may do what with it, as data: what a dump says of it is SQL. */
export const ownershipSchema = z.strictObject({
  /** The role that most belongs to; null where there is nothing. */
  owner: z.string().nullable(),
  things: z.array(thing),
  /** Default privileges: of which role, in which schema, on which type of object. */
  defaults: z.array(z.strictObject({
    role: z.string(),
    schema: z.string().nullable(),
    type: z.string(),
    acl: z.array(z.string()),
  })),
});

const migrations = z.strictObject({
  tool: z.literal("alembic"),
  /** Schema and name of the version table. */
  table: z.strictObject({ schema: z.string(), name: z.string() }),
  /** Current heads, sorted; empty where nothing is applied. */
  revisions: z.array(z.string()),
});

const transactions = z.strictObject({
  /** Of the database as the server knows it: one that was restored has another. */
  databaseOid: z.string().regex(/^\d+$/),
  /** Those that were over at the backup's instant, as `pg_snapshot` writes it. */
  snapshot: z.string().regex(/^\d+:\d+:[\d,]*$/),
});

const verification = z.strictObject({
  /** `none` not read back, `read` hash and a full read, `restore` restored and compared. */
  level: z.enum(["none", "read", "restore"]),
  at: instant.nullable(),
  /** Content id of the image that it was restored in. */
  imageId: z.string().optional(),
  /** Why a restore in a sandbox cannot prove it, or not all of it: nothing that is wrong with it. */
  notProved: z.string().optional(),
});

/** The JSON beside a dump: everything needed to judge and restore it, also without oakum. */
export const manifestSchema = z.strictObject({
  manifest: z.literal(1),
  oakum: z.string(),
  /** The stem of the backup's file names, such as `db_backup_20261122_143914`. */
  id: fileName,
  /** The instant of the snapshot. */
  takenAt: instant,
  finishedAt: instant,
  /** Why oakum took it by itself, such as `before upgrade 4f1c09ab`; null where a person asked. */
  reason: z.string().nullable(),
  /** What the person who took it wrote on it. */
  note: z.string().min(1).optional(),
  /** Missing where oakum took it of the target itself. */
  adopted: adopted.optional(),
  target: targetName,
  dump: dataFile.extend({
    format: z.enum(["custom", "plain"]),
    /** `zstd:1`, `gzip:1` or `none`. */
    compression: z.string(),
  }),
  /** Roles and their settings from `pg_dumpall --globals-only`; null where rights did not suffice. */
  globals: dataFile.nullable(),
  server,
  database,
  migrations: migrations.nullable(),
  tables: z.array(tableRows),
  sequences: z.array(sequenceValue),
  largeObjects: z.number().int().nonnegative(),
  fingerprint,
  /** Tells what was written since, in the very database that was backed up. */
  transactions: transactions.optional(),
  /** Missing in backups of older versions. */
  ownership: ownershipSchema.optional(),
  verified: verification,
  /** Why the backup looks like a collapse of the one before it; empty where it does not. */
  suspect: z.array(z.string()),
  /** Kept whatever the policy says; the note is the person's. */
  pinned: z.strictObject({ at: instant, note: z.string() }).nullable(),
  /** Restores the dump with stock tools into a new database. */
  restoreCommand: z.string(),
});

/** What a manifest says, without its seal. */
export type Manifest = z.infer<typeof manifestSchema>;
/** Where a backup came from that was not taken of the target itself. */
export type AdoptedFrom = z.infer<typeof adopted>;
/** What `pg_database` says of the dumped database. */
export type DatabaseFacts = z.infer<typeof database>;
/** One line of a schema's description: kind, identity, definition. */
export type FingerprintRow = z.infer<typeof fingerprintRow>;
/** The project, service and database that a backup is of. */
export type TargetName = z.infer<typeof targetName>;
/** Who owns what and may do what with it. */
export type Ownership = z.infer<typeof ownershipSchema>;
/** Rows of one table at the snapshot. */
export type TableRows = z.infer<typeof tableRows>;
/** Where one sequence stood at the snapshot. */
export type SequenceValue = z.infer<typeof sequenceValue>;
/** The migration tool's state at the snapshot. */
export type MigrationState = z.infer<typeof migrations>;
