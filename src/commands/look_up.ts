import { resolve } from "node:path";
import { parseDatabase } from "../config/reference.ts";
import { loadSettings } from "../config/settings.ts";
import { size } from "../core/sizes.ts";
import { listBackups, listStackBackups } from "../operations/list_backups.ts";
import type { BackupLine, TargetBackups } from "../reports/backups.ts";
import { findApp } from "../targets/find_app.ts";
import { Landscape } from "../targets/landscape.ts";
import { chooseStack, stacksOf } from "../targets/stacks.ts";
import { type Member, Survey } from "../targets/survey.ts";
import type { Stack } from "../targets/target.ts";
import type { Candidate, LookUp, LookUpKind } from "./complete.ts";
import type { BareSession, Session } from "./session.ts";
import { backupDir, openContext, openMigratorOf } from "./stand.ts";

/** Who presses Tab does not wait longer. */
const PATIENCE_MS = 3000;

/** Looks up what the line so far points to: on the disk, at the engine, and in the app. */
export function lookUpFor(bare: BareSession): LookUp {
  return async (kind, given) => {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const signal = AbortSignal.any([bare.signal, late]);
    const looked = sessionFor({ ...bare, signal, emit: () => {} }, given).then(FINDERS[kind]);
    const over = Promise.withResolvers<never>();
    late.addEventListener("abort", () => over.reject(late.reason), { once: true });
    return await Promise.race([looked, over.promise]);
  };
}

const FINDERS: Readonly<Record<LookUpKind, (session: Session) => Promise<readonly Candidate[]>>> = {
  project: projects,
  service: services,
  database: databases,
  backup: backups,
  revision: revisions,
};

/** The settings that the command would have, were it run as it stands. */
async function sessionFor(
  bare: BareSession,
  given: ReadonlyMap<string, string>,
): Promise<Session> {
  const directory = resolve(bare.directory, given.get("directory") ?? ".");
  const flags = {
    project: given.get("project"),
    app: given.get("app"),
    database: parseDatabase(given.get("database") ?? ""),
    config: given.get("config"),
    backupDir: given.get("dir"),
  };
  const settings = await loadSettings({ flags, environment: bare.environment, directory });
  return { ...bare, directory, settings };
}

async function projects(session: Session): Promise<Candidate[]> {
  const { engine } = await openContext(session);
  return stacksOf(await Survey.take(engine))
    .map(({ project, workingDir = "" }) => ({ value: project, text: workingDir }));
}

/** Everything of the stack but its servers. */
async function services(session: Session): Promise<Candidate[]> {
  const { members, servers } = await membersOf(session);
  return byService(members.filter(({ id }) => !servers.has(id)));
}

async function databases(session: Session): Promise<Candidate[]> {
  const { members, servers } = await membersOf(session);
  return byService(members.filter(({ id }) => servers.has(id)));
}

function byService(members: readonly Member[]): Candidate[] {
  return [...new Map(members.map(({ service, state }) => [service, state]))]
    .map(([value, text]) => ({ value, text }));
}

async function membersOf(session: Session) {
  const { engine } = await openContext(session);
  const survey = await Survey.take(engine);
  const { project } = await stackOf(session, survey);
  const members = survey.of(project);
  const details = await survey.details(members.map(({ id }) => id));
  const servers = await new Landscape(engine, survey).serversAmong(details);
  return { members, servers: new Set(servers.map(({ Id }) => Id)) };
}

async function stackOf({ settings }: Session, survey: Survey): Promise<Stack> {
  const all = new Set(survey.members.map(({ project }) => project));
  const projectsWithDatabase = () => Promise.resolve(all);
  const wish = { settings, changesState: false, projectsWithDatabase };
  return (await chooseStack(stacksOf(survey), wish)).stack;
}

/** Without a word to the server: which of its databases is meant stays open. */
async function backups(session: Session): Promise<Candidate[]> {
  const { settings } = session;
  const named = settings.backups.dir.value;
  if (named !== undefined && settings.project.value === undefined) {
    return (await listBackups(named, session.clock.now())).targets.flatMap(backupsOf);
  }
  const { engine } = await openContext(session);
  const stack = await stackOf(session, await Survey.take(engine));
  const dir = await backupDir(session, { stack });
  const { targets } = await listStackBackups(dir, session.clock.now(), stack.project);
  return targets.flatMap(backupsOf);
}

function backupsOf({ target, backups }: TargetBackups): Candidate[] {
  return backups.map((backup) => ({
    value: backup.id,
    text: backupText(target?.database, backup),
  }));
}

function backupText(database: string | undefined, { bytes, state, note }: BackupLine): string {
  const much = bytes === null ? undefined : size(bytes);
  const how = state === "good" ? undefined : state;
  return [database, much, how, note].filter((part) => part !== undefined && part !== null).join(
    ", ",
  );
}

/** Nothing is started for it: an app that does not run is not asked. */
async function revisions(session: Session): Promise<Candidate[]> {
  const { settings, signal } = session;
  const context = await openContext(session);
  const found = await findApp(context, { settings, changesState: false, needsApp: true });
  if (!found?.app.running) return [];
  const running = { image: { kind: "running" } } as const;
  await using app = await openMigratorOf(session, context, found.app, running);
  const { graph } = await app.migrator.read({ database: false }, signal);
  return graph.revisions.toReversed().map(({ id, doc }) => ({ value: id, text: doc }));
}
