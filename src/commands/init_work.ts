import { type Guard, GUARDS } from "../config/levels.ts";
import { configText, requireNoConfig, writeConfig } from "../config/write.ts";
import type { InitOptions } from "./init.ts";
import { findFacts, type FoundFacts } from "./init_facts.ts";
import type { BareSession, Result } from "./session.ts";

const GUARD_TEXTS = {
  full: "full: a rehearsal on a copy and a backup, for data that must not be lost",
  backup: "backup: a backup before each change",
  none: "none: nothing, for a database that may be lost",
} as const;

/** `init`: finds what there is, asks for the guard, and writes `oakum.yaml`. */
export async function initWork(
  session: BareSession,
  { guard, dryRun }: InitOptions,
): Promise<Result> {
  if (!dryRun) await requireNoConfig(session.directory);
  const facts = await findFacts(session);
  const chosen = guard ?? await askForGuard(session, facts);
  const text = configText({ ...facts, guard: chosen });
  const path = dryRun ? undefined : await writeConfig(session.directory, text);
  const { app, database } = facts;
  const project = facts.project ?? facts.folderProject;
  return {
    report: {
      kind: "init",
      file: path ?? null,
      found: {
        project: project ?? null,
        app: app?.service ?? null,
        database: database ? { service: database.service, name: database.name ?? null } : null,
      },
      guard: chosen,
      text,
    },
    text: (page) => page.verbatim(path === undefined ? text.trimEnd() : `Wrote ${path}`),
  };
}

async function askForGuard({ ask, emit }: BareSession, facts: FoundFacts): Promise<Guard> {
  emit({ type: "note", text: foundText(facts) });
  const choices = GUARDS.map((value) => ({ value, text: GUARD_TEXTS[value] }));
  const question = { text: "What should oakum do before it changes this database?" };
  return await ask.choose(question, choices, "full");
}

/** Which database the question is about. */
function foundText({ project, folderProject, app, database }: FoundFacts): string {
  const stack = project ?? folderProject;
  if (stack === undefined) return "No stack was found.";
  const where = database
    ? `${database.name === undefined ? "" : `${database.name} in `}${database.service}`
    : "none found";
  return `Stack ${stack}: app ${app?.service ?? "none found"}, database ${where}.`;
}
