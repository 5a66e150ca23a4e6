import assert from "node:assert/strict";
import { join } from "node:path";
import { OakumError } from "../../../src/core/errors.ts";
import type { Clock } from "../../../src/core/time.ts";
import { prepareFolder } from "../../../src/backups/folder.ts";
import { type LockedFolder, lockFolder } from "../../../src/backups/lock.ts";
import type { Manifest, TargetName } from "../../../src/backups/manifest.ts";
import { type DumpFacts, openDump } from "../../../src/backups/write.ts";

export const TARGET: TargetName = { project: "shop", service: "store", database: "shop" };

/** A test whose files and timers must all be closed when it ends. */
export function obligation(name: string, fn: () => Promise<void> | void): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true });
}

/** A folder that goes with the test. */
export async function tempDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "oakum-store-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A file system of its own; fails, rather than skips, where this user may not mount one. */
export async function tmpfs(bytes: number) {
  const path = await Deno.makeTempDir({ prefix: "oakum-tmpfs-" });
  await run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path);
  return {
    path,
    makeReadOnly: () => run("mount", "-o", "remount,ro", path),
    async [Symbol.asyncDispose]() {
      // A process that another test is just starting may have a copy of a file that was open there.
      await run("umount", "--lazy", path);
      await Deno.remove(path);
    },
  };
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  assert.ok(success, `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

export function clockAt(instant: string): Clock {
  return { now: () => new Date(instant) };
}

/** The folder of `TARGET` below `dir`, locked. */
export async function lockTarget(dir: string, name = "r1"): Promise<LockedFolder> {
  const clock = clockAt("2026-11-22T14:39:14Z");
  return await lockFolder(await prepareFolder(dir, TARGET), {
    run: name,
    command: "backup",
    pid: Deno.pid,
    clock,
  });
}

/** Facts of a small healthy database. */
export function facts(changes: Partial<DumpFacts> = {}): DumpFacts {
  return {
    oakum: "0.1.0",
    takenAt: "2026-11-22T14:39:14Z",
    finishedAt: "2026-11-22T14:39:20Z",
    reason: null,
    target: TARGET,
    server: {
      version: "17.6 (Debian 17.6-1)",
      versionNum: 170006,
      pgDump: "17.6",
      image: "postgres:17",
      imageId: "sha256:" + "a".repeat(64),
    },
    database: {
      bytes: 30_000_000,
      owner: "shop",
      acl: null,
      encoding: "UTF8",
      collate: "C.UTF-8",
      ctype: "C.UTF-8",
      localeProvider: "c",
      locale: null,
      icuRules: null,
      collationVersion: null,
      connectionLimit: -1,
      comment: 'Größe ✓ "quoted" \u0001',
      tablespace: "pg_default",
      settings: [{ role: null, setting: "search_path=a, b" }],
      extensions: [{ name: "citext", version: "1.6", schema: "public" }],
      roles: ["shop"],
      tablespaces: ["pg_default"],
    },
    migrations: {
      tool: "alembic",
      table: { schema: "public", name: "alembic_version" },
      revisions: ["4f1c09ab27de"],
    },
    tables: [
      { schema: "public", name: "bids", rows: 900 },
      { schema: "public", name: "users", rows: 100 },
    ],
    sequences: [{ schema: "public", name: "bids_id_seq", last: "900" }],
    largeObjects: 0,
    fingerprint: { sha256: "b".repeat(64), rows: [["table", "public.bids", "r"]] },
    verified: { level: "read", at: "2026-11-22T14:39:19Z" },
    suspect: [],
    pinned: null,
    restoreCommand: "createdb shop2 && pg_restore -d shop2 db_backup_20261122_143914.dump",
    ...changes,
  };
}

/** A manifest of the test database; nothing on a disk. */
export function manifestOf(id: string, changes: Partial<Manifest> = {}): Manifest {
  const dump = { file: `${id}.dump`, bytes: 1_000_000, sha256: "c".repeat(64) };
  return {
    manifest: 1,
    id,
    ...facts(),
    dump: { ...dump, format: "custom", compression: "zstd:1" },
    globals: { file: `${id}.globals.sql`, bytes: 100, sha256: "d".repeat(64) },
    ...changes,
  };
}

/** What a backup in a test is made of. */
export interface Sample {
  /** RFC 3339. */
  readonly takenAt?: string;
  readonly content?: string;
  readonly globals?: string | null;
  readonly facts?: Partial<DumpFacts>;
}

/** Publishes a small backup, as an operation would, and returns its manifest. */
export async function store(folder: LockedFolder, sample: Sample = {}): Promise<Manifest> {
  const takenAt = sample.takenAt ?? "2026-11-22T14:39:14Z";
  await using dump = await openDump(folder, {
    takenAt: new Date(takenAt),
    format: "custom",
    compression: "zstd:1",
  });
  await dump.write(bytes(sample.content ?? `PGDMP ${takenAt}`));
  await dump.finish();
  const globals = sample.globals === undefined ? "CREATE ROLE shop;\n" : sample.globals;
  if (globals !== null) await dump.writeGlobals(bytes(globals));
  return await dump.publish(facts({ ...sample.facts, takenAt }));
}

/** For sweeps that must get rid of everything. */
export function neverLeft(_file: string, why: unknown): never {
  throw why;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Every name below a folder, sorted. */
export async function namesIn(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.map((entry) => entry.name).toSorted();
}

/** Asserts that a promise is rejected with an `OakumError` of this code; returns it. */
export async function rejected(promise: Promise<unknown>, code: string): Promise<OakumError> {
  let found: unknown;
  await promise.then(() => assert.fail(`no error, where "${code}" was expected`), (thrown) => {
    found = thrown;
  });
  assert.ok(found instanceof OakumError, `expected "${code}", got ${found}`);
  assert.equal(found.code, code, found.message);
  return found;
}

/** Replaces one of Deno's file functions for a while: a file system that behaves in an odd way. */
export function replaced<Name extends "link" | "remove" | "rename" | "open" | "lstat">(
  name: Name,
  fn: typeof Deno[Name],
): Disposable {
  const original = Deno[name];
  Deno[name] = fn;
  return {
    [Symbol.dispose]: () => {
      Deno[name] = original;
    },
  };
}

/** An error as the system reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code} (injected)`), { code });
}

/** Where the test database's backups lie below a backup folder. */
export function shopFolder(dir: string): string {
  return join(dir, "shop", "store.shop");
}
