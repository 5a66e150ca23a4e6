import { OakumError } from "../../core/errors.ts";
import { needsRitual } from "../../postgres/extensions.ts";
import { saysUnreachable } from "../../postgres/outside.ts";
import { Sandbox } from "../../postgres/sandbox.ts";
import { ServerSession } from "../../postgres/session.ts";
import { SpaceWatch } from "../../postgres/space.ts";
import type { Context } from "../context.ts";
import { compareRestored } from "../restore/compare.ts";
import {
  createBackupRoles,
  loadBackup,
  type OpenSandbox,
  requireSandboxRoom,
  type SeenBackup,
  wishOf,
} from "../sandbox/load_backup.ts";

/** What a restore in a sandbox came to. */
export interface Proof {
  /** What is wrong with the backup, in sentences; none where nothing is. */
  readonly findings: readonly string[];
  /** Why it is not proved, or not all of it, though nothing is wrong with it. */
  readonly notProved?: string;
}

/**
 * Restores a backup in a sandbox server and compares it with its manifest: dumps exist that read
 * without a fault and do not restore. `real` is a session to the server that it is of. Throws where
 * the sandbox itself cannot be had.
 */
export async function proveByRestore(
  context: Context,
  real: ServerSession,
  backup: SeenBackup,
): Promise<Proof> {
  const { engine, runId, signal, emit } = context;
  const { database, dump } = backup.manifest;
  emit({ type: "step", step: "sandbox", text: "Starting a sandbox server" });
  const wish = await wishOf(real, backup, nameOf(backup));
  await using sandbox = await Sandbox.start(engine, real.server, runId, signal, wish);
  await requireSandboxRoom(sandbox, { bytes: database.bytes, dump: dump.bytes });
  await using watch = new SpaceWatch(sandbox, sandbox.folders);
  const stop = AbortSignal.any([signal, watch.signal]);
  const work = async () => {
    await using session = await ServerSession.open(engine, sandbox.access, `${runId}s`, stop);
    await createBackupRoles(context, session, backup, stop);
    const proof = await loadAndCompare(context, { sandbox, session }, backup, stop);
    await sandbox.empty();
    return proof;
  };
  const { extensions } = database;
  return await sandbox.use(work, stop).then(
    (proof) => excused(proof, extensions),
    (error) => judged(error, sandbox, extensions),
  );
}

type Extensions = SeenBackup["manifest"]["database"]["extensions"];

/** What oakum does not restore as its extension wants it says nothing against the backup. */
export function excused(proof: Proof, extensions: Extensions): Proof {
  const ritual = extensions.find(({ name }) => needsRitual(name));
  if (!ritual || proof.findings.length === 0) return proof;
  const why = `The extension ${ritual.name} needs steps that a plain restore does not take`;
  return { findings: [], notProved: `${why}: ${proof.findings[0]!.replace(/\.$/, "")}` };
}

/** A failure that says something against the backup, or only that this is no place to prove it. */
export function judged(error: unknown, { notLoaded }: Sandbox, extensions: Extensions): Proof {
  const loaded = !(error instanceof OakumError) || error.code !== "load-failed";
  if (loaded) return { findings: findingsOf(error) };
  const why = whyNotProvable(error, notLoaded);
  if (why === undefined) return excused({ findings: findingsOf(error) }, extensions);
  const said = error.message.replace(/\.$/, "");
  return { findings: [], notProved: `${why}: ${said}` };
}

function whyNotProvable(
  { message, data }: OakumError,
  notLoaded: readonly string[],
): string | undefined {
  if (notLoaded.length > 0 && /shared_preload_libraries|unrecognized configuration/.test(message)) {
    return `A sandbox's server does not start with ${notLoaded.join(", ")}`;
  }
  if (saysUnreachable(String(data["error"]))) return "It reads what a sandbox cannot reach";
}

/** What the load says against the backup; anything else says something about the sandbox. */
export function findingsOf(error: unknown): string[] {
  if (!(error instanceof OakumError) || !FINDINGS.has(error.code)) throw error;
  const { message, hint } = error;
  const said = message.endsWith(".") ? message : `${message}.`;
  return [hint ? `${said} ${hint}` : said];
}

const FINDINGS = new Set(["load-failed", "dump-damaged", "globals-failed", "globals-damaged"]);

/** A sandbox has a database of the name "postgres" already. */
function nameOf({ manifest: { target: { database } } }: SeenBackup): string {
  return database === "postgres" ? "restored" : database;
}

async function loadAndCompare(
  context: Context,
  open: OpenSandbox,
  backup: SeenBackup,
  signal: AbortSignal,
): Promise<Proof> {
  await loadBackup(context, open, backup, nameOf(backup), signal);
  return await compareCopy(context, open.session, backup, nameOf(backup), signal);
}

/** Compares a copy in a sandbox with its backup. */
export async function compareCopy(
  { emit }: Pick<Context, "emit">,
  session: ServerSession,
  { manifest }: SeenBackup,
  name: string,
  signal: AbortSignal,
): Promise<Proof> {
  emit({ type: "step", step: "compare", text: "Comparing it with the manifest" });
  const total = manifest.tables.length;
  const { data, schema, unfilled } = await compareRestored(session.sql(name), manifest, {
    rights: true,
    signal,
    onTable: ({ schema, name }, done) =>
      emit({
        type: "progress",
        step: "compare",
        item: `${schema}.${name}`,
        done,
        total,
        unit: "tables",
      }),
  });
  const findings = [...data, ...schema].map((text) => `After a restore, ${text}.`);
  return unfilled.length > 0 ? { findings, notProved: unfilledText(unfilled) } : { findings };
}

function unfilledText(views: readonly string[]): string {
  return `Materialized views read what a sandbox cannot reach: ${views.join(", ")}. All else was ` +
    "restored and compared";
}
