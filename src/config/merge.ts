import { dirname, join, resolve } from "node:path";
import { type Environment, parsedBy, VARIABLES, wordOf } from "./environment.ts";
import type { ReadConfig } from "./file.ts";
import { GUARDS, VERIFY_LEVELS } from "./levels.ts";
import { first, mapped, type Maybe, Origins } from "./origins.ts";
import {
  DATABASE_REFERENCE,
  parseDatabase,
  PROJECT_NAME,
  PROJECT_NAME_WORDS,
} from "./reference.ts";
import { rehearsalSettings, upgradeSettings } from "./merge_migrations.ts";
import type {
  AppSettings,
  DatabaseSettings,
  SettingFlags,
  Settings,
  SettingsInput,
} from "./settings.ts";
import type { Setting } from "./source.ts";

/** Flags > environment > file > defaults, each value with its source. */
export function mergeSettings(
  { flags, environment, directory }: SettingsInput,
  file: ReadConfig | undefined,
): Omit<Settings, "warnings"> {
  const from = new Origins(environment, file);
  const { project, guard, backups } = file?.config ?? {};
  return {
    directory,
    file: file?.path,
    project: first([
      from.flag("--project", flags.project),
      from.variable(VARIABLES.project, parsedBy(projectName, PROJECT_NAME_WORDS)),
      from.setting("project", project),
    ], undefined),
    app: appSettings(from, flags),
    database: databaseSettings(from, flags),
    guard: first([
      from.variable(VARIABLES.guard, wordOf(GUARDS)),
      from.setting("guard", guard),
    ], "full"),
    backups: {
      dir: backupFolder(from, flags, directory),
      verify: first([
        from.flag("--verify", flags.verify),
        from.variable(VARIABLES.verify, wordOf(VERIFY_LEVELS)),
        from.setting("backups.verify", backups?.verify),
      ], "read"),
    },
    upgrade: upgradeSettings(from, flags),
    rehearsal: rehearsalSettings(from),
  };
}

function appSettings(from: Origins, flags: SettingFlags): AppSettings {
  const { service, workdir, alembic, name, x } = from.file?.config.app ?? {};
  const chosen = first(
    [
      from.flag("--app", flags.app),
      from.variable(VARIABLES.app, String),
      from.setting("app.service", service),
    ],
    undefined,
  );
  // What the file says of one app must not be taken for another that a flag names.
  const same = service === undefined || chosen.value === service;
  const own = <T>(key: string, value: T | undefined): Setting<T | undefined> =>
    first([same ? from.setting(key, value) : undefined], undefined);
  return {
    service: chosen,
    workdir: own("app.workdir", workdir),
    alembic: own("app.alembic", alembic),
    name: own("app.name", name),
    x: arguments_(same ? from.setting("app.x", x) : undefined, from.flag("-x", flags.x)),
  };
}

function arguments_(
  inFile: Maybe<readonly string[]>,
  given: Maybe<readonly string[]>,
): Setting<readonly string[]> {
  const value = [...inFile?.value ?? [], ...given?.value ?? []];
  return { value, source: given?.source ?? inFile?.source ?? { kind: "default" } };
}

function databaseSettings(from: Origins, flags: SettingFlags): DatabaseSettings {
  const { service, name, user } = from.file?.config.database ?? {};
  const reference = from.flag("--database", flags.database) ??
    from.variable(VARIABLES.database, parsedBy(parseDatabase, DATABASE_REFERENCE));
  const chosen = first(
    [mapped(reference, (given) => given.service), from.setting("database.service", service)],
    undefined,
  );
  const same = service === undefined || chosen.value === service;
  return {
    service: chosen,
    name: first(
      [
        mapped(reference, (given) => given.name),
        same ? from.setting("database.name", name) : undefined,
      ],
      undefined,
    ),
    user: first([same ? from.setting("database.user", user) : undefined], undefined),
  };
}

/** Relative to where it is said: the folder oakum looks from, or the file's own. */
function backupFolder(
  from: Origins,
  flags: SettingFlags,
  directory: string,
): Setting<string | undefined> {
  const beside = from.file && dirname(from.file.path);
  const inFile = from.setting("backups.dir", from.file?.config.backups?.dir);
  return first([
    mapped(from.flag("--dir", flags.backupDir), (path) => resolve(directory, path)),
    from.variable(VARIABLES.backupDir, (path) => resolve(directory, path)),
    mapped(inFile, (path) => resolve(beside ?? directory, fromHome(path, from.environment))),
  ], beside && join(beside, "backups"));
}

/** No shell reads `~` in a file, and a folder of that name is not what anyone means. */
function fromHome(path: string, environment: Environment): string {
  const home = environment("HOME");
  return home && /^~(\/|$)/.test(path) ? join(home, path.slice(1)) : path;
}

function projectName(text: string): string | undefined {
  return PROJECT_NAME.test(text) ? text : undefined;
}
