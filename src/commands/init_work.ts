import { GUARDS } from "../config/levels.ts";
import { type ConfigFacts, configText, writeConfig } from "../config/write.ts";
import type { InitOptions } from "./init.ts";
import type { BareSession, Result } from "./session.ts";

/** What is known of the stack; the flags say it, and discovery where it is plugged in. */
export type FindFacts = (session: BareSession) => Promise<Omit<ConfigFacts, "guard">>;

const GUARD_TEXTS = {
  full: "full: the strongest that oakum has, for data that must not be lost",
  backup: "backup: a backup before each change",
  none: "none: nothing, for a database that may be lost",
} as const;

/** `init`: writes `oakum.yaml` from what is known, and asks for the guard. */
export async function initWork(
  session: BareSession,
  { guard, dryRun }: InitOptions,
  findFacts: FindFacts = factsOfFlags,
): Promise<Result> {
  const facts = await findFacts(session);
  const choices = GUARDS.map((value) => ({ value, text: GUARD_TEXTS[value] }));
  const question = { text: "What should oakum do before it changes this database?" };
  const chosen = guard ?? await session.ask.choose(question, choices, "full");
  const text = configText({ ...facts, guard: chosen });
  const path = dryRun ? undefined : await writeConfig(session.directory, text);
  return {
    report: { file: path ?? null, guard: chosen, text },
    text: (page) => page.line(path === undefined ? text.trimEnd() : `Wrote ${path}`),
  };
}

function factsOfFlags({ globals }: BareSession): Promise<Omit<ConfigFacts, "guard">> {
  const { project, app, database } = globals;
  return Promise.resolve({
    project,
    app: app === undefined ? undefined : { service: app },
    database,
  });
}
