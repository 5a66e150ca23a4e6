import { OakumError } from "../core/errors.ts";

/** Looks a variable of the environment up. */
export type Environment = (name: string) => string | undefined;

/** The variables that settings are read from. */
export const VARIABLES = {
  config: "OAKUM_CONFIG",
  project: "COMPOSE_PROJECT_NAME",
  app: "OAKUM_APP",
  database: "OAKUM_DATABASE",
  guard: "OAKUM_GUARD",
  backupDir: "OAKUM_BACKUP_DIR",
  verify: "OAKUM_VERIFY",
  lockTimeout: "OAKUM_LOCK_TIMEOUT",
  health: "OAKUM_HEALTH",
  onFailure: "OAKUM_ON_FAILURE",
  rehearsalRun: "OAKUM_REHEARSAL_RUN",
  rehearsalMemory: "OAKUM_REHEARSAL_MEMORY",
  rehearsalTimeout: "OAKUM_REHEARSAL_TIMEOUT",
} as const;

/** Reads a variable that must be one of some words; a guess could be the one that guards nothing. */
export function wordOf<T extends string>(words: readonly T[]) {
  return (value: string, name: string): T => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw badVariable(name, value, words.join(", "));
  };
}

/** Reads a variable by a parser that hands back nothing for what it cannot read. */
export function parsedBy<T>(parse: (text: string) => T | undefined, accepted: string) {
  return (value: string, name: string): T => {
    const parsed = parse(value);
    if (parsed === undefined) throw badVariable(name, value, accepted);
    return parsed;
  };
}

function badVariable(name: string, value: string, accepted: string): OakumError {
  const message = `The variable ${name} is "${value}"; accepted is ${accepted}.`;
  return new OakumError("environment-invalid", "usage", message, { data: { name, value } });
}
