import { createHash } from "node:crypto";
import { posix } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { requireContainer } from "../../docker/engine.ts";
import type { CommandHost } from "../../docker/run.ts";
import type { FilesReply } from "../../migrators/alembic/replies.ts";
import type { MigrationProject, Migrator } from "../../migrators/migrator.ts";
import type { NewFile, RevisionReport } from "../../reports/revision_file.ts";
import type { Context } from "../context.ts";
import { explained } from "../migrate/failure.ts";
import { readFile } from "../../targets/files.ts";
import { landingOf, type ScriptFile } from "./landing.ts";
import type { Owner } from "./owner.ts";
import { writeBeside } from "./write.ts";

/** Where new files go, and for whom. */
export interface Place {
  /** The app's service, for sentences. */
  readonly app: string;
  /** Where files go that no mounted folder takes: the stack's folder, else the current one. */
  readonly root: string;
  /** Whom root works for: the person behind sudo. */
  readonly person: Owner | undefined;
  readonly dryRun: boolean;
}

/** The app's tool and the container that it runs in. */
export interface Tool {
  readonly migrator: Migrator;
  readonly host: CommandHost;
}

/** What a run of the tool made. */
export interface Made {
  readonly project: MigrationProject;
  readonly reply: FilesReply;
}

/** Writes the files that the tool made to this machine, or says where they would go. */
export async function placeFiles(
  context: Context,
  { migrator, host }: Tool,
  { project, reply }: Made,
  { app, root, person, dryRun }: Place,
): Promise<Pick<RevisionReport, "files" | "written" | "notes">> {
  const { engine, runId: run, emit } = context;
  const { Mounts: mounts } = await requireContainer(engine, host.id);
  const anchors = await anchorsOf(host, project);
  const files: NewFile[] = [];
  for (const [at, { path: container, content }] of reply.files.entries()) {
    const around = { project, anchors, mounts, engineAddress: engine.address, root };
    const landing = await landingOf(container, around);
    if (!dryRun) {
      emit({ type: "step", step: "write", text: `Writing ${landing.path}` });
      await writeBeside(landing.path, content, { run, person });
    }
    const revision = reply.revisions[at] ?? "";
    files.push({ revision, container, ...landing, visible: false });
  }
  const looked = dryRun ? { files, notes: [] } : await lookBack(context, migrator, files);
  const seen = dryRun ? [] : unseen(looked.files, app);
  const notes = [...looked.notes, ...seen, ...placeNotes(files, app, engine.address)];
  return { files: looked.files, written: !dryRun, notes };
}

/** Before the first revision only these tell the scripts' folder from another. */
async function anchorsOf(
  { engine, id }: CommandHost,
  { scripts }: MigrationProject,
): Promise<ScriptFile[]> {
  const path = posix.join(scripts, "env.py");
  const file = await readFile(engine, id, path);
  return file ? [{ path, sha256: createHash("sha256").update(file.data).digest("hex") }] : [];
}

/** Whether the app's container sees the files, and can read its revisions with them. */
async function lookBack({ signal }: Context, migrator: Migrator, files: readonly NewFile[]) {
  if (!files.some(({ place }) => place === "mounted")) return { files, notes: [] };
  try {
    const reading = migrator.read({ database: false }, signal);
    const { graph } = await explained("Reading the revisions with the new one", reading);
    const seen = files.map((file) => ({ ...file, visible: graph.has(file.revision) }));
    return { files: seen, notes: [] };
  } catch (error) {
    signal.throwIfAborted();
    return { files, notes: [messageOf(error)] };
  }
}

function unseen(files: readonly NewFile[], app: string): string[] {
  return files.some(({ place, visible }) => place === "mounted" && !visible)
    ? [`The container of ${app} does not see it: what is mounted there is another folder.`]
    : [];
}

function placeNotes(files: readonly NewFile[], app: string, address: string): string[] {
  const notes: string[] = [];
  if (files.some(({ place }) => place !== "mounted")) {
    notes.push(`${app} has it once its image is built anew: docker compose build ${app}`);
  }
  if (files.some(({ place }) => place === "copied")) {
    const where = address.startsWith("unix:")
      ? "No folder here holds the revisions that the image has"
      : `No folder here holds the revisions of ${app}, which runs at ${address}`;
    notes.push(`${where}: put the file beside them.`);
  }
  return notes;
}
