import { resolve } from "node:path";
import { OakumError } from "../core/errors.ts";
import type { WarningEvent } from "../core/events.ts";
import { type Environment, VARIABLES } from "./environment.ts";
import { findConfig, type ReadConfig, readConfig, type RuleTrouble } from "./file.ts";
import type { Guard, OnFailure, VerifyLevel } from "./levels.ts";
import { mergeSettings } from "./merge.ts";
import type { DatabaseReference } from "./reference.ts";
import { type ConfigFile, UNUSED_KEYS } from "./schema.ts";
import type { Setting } from "./source.ts";

/** Everything that can be set, each value with where it came from. */
export interface Settings {
  /** The folder that oakum looks from, absolute: `-C`, else the current one. */
  readonly directory: string;
  /** The `oakum.yaml` that was read. */
  readonly file: string | undefined;
  /** The Compose project; undefined is found by folder. */
  readonly project: Setting<string | undefined>;
  readonly app: AppSettings;
  readonly database: DatabaseSettings;
  readonly guard: Setting<Guard>;
  readonly backups: {
    /** Absolute; undefined is `backups/` in the stack's own folder. */
    readonly dir: Setting<string | undefined>;
    readonly verify: Setting<VerifyLevel>;
  };
  readonly upgrade: {
    /** Milliseconds. */
    readonly lockTimeout: Setting<number>;
    /** Addresses that must answer afterwards. */
    readonly health: Setting<readonly string[]>;
    readonly onFailure: Setting<OnFailure>;
  };
  readonly rehearsal: RehearsalSettings;
  /** What is odd about the settings, to be shown. */
  readonly warnings: readonly WarningEvent[];
}

/** Where the migration tool is; undefined is found out. */
export interface AppSettings {
  readonly service: Setting<string | undefined>;
  readonly workdir: Setting<string | undefined>;
  readonly alembic: Setting<string | undefined>;
  readonly name: Setting<string | undefined>;
  /** The file's, then the flags': where a key is given twice, `env.py` takes the later one. */
  readonly x: Setting<readonly string[]>;
}

/** Where the database is; undefined is found out. */
export interface DatabaseSettings {
  readonly service: Setting<string | undefined>;
  readonly name: Setting<string | undefined>;
  readonly user: Setting<string | undefined>;
}

/** How a migration is tried on a copy. */
export interface RehearsalSettings {
  /** What each rule is set to, as written; which rules there are is not known here. */
  readonly rules: Setting<Readonly<Record<string, string>>>;
  /** A command that the app runs on the migrated copy. */
  readonly run: Setting<string | undefined>;
  /** Variables that are laid over the clone's; they may hold secrets. */
  readonly environment: Setting<Readonly<Record<string, string>>>;
  /** Services that are cloned beside the app. */
  readonly services: Setting<readonly string[]>;
  /** Bytes that the copy's server may take; undefined is oakum's own measure. */
  readonly memory: Setting<number | undefined>;
  /** Absolute paths of folders in the app's container. */
  readonly writable: Setting<readonly string[]>;
  /** Milliseconds that one step may take. */
  readonly timeout: Setting<number>;
}

/** What flags say; they win over everything else. */
export interface SettingFlags {
  readonly project?: string | undefined;
  readonly app?: string | undefined;
  readonly database?: DatabaseReference | undefined;
  /** Path of the settings file. */
  readonly config?: string | undefined;
  readonly backupDir?: string | undefined;
  readonly verify?: VerifyLevel | undefined;
  /** Milliseconds. */
  readonly lockTimeout?: number | undefined;
  readonly x?: readonly string[] | undefined;
}

/** What settings are made of. */
export interface SettingsInput {
  readonly flags: SettingFlags;
  readonly environment: Environment;
  /** Absolute. */
  readonly directory: string;
  /** Loads what judges the rules in the file; undefined: they are taken as they are. */
  readonly ruleTrouble?: () => Promise<RuleTrouble>;
}

/** Flags, environment, `oakum.yaml` and defaults as one value; labels come with discovery. */
export async function loadSettings(input: SettingsInput): Promise<Settings> {
  await demandFolder(input.directory);
  const file = await configOf(input);
  const merged = mergeSettings(input, file);
  return { ...merged, warnings: file ? unusedWarnings(file) : [] };
}

async function configOf({ flags, environment, directory, ruleTrouble }: SettingsInput) {
  const named = flags.config ?? (environment(VARIABLES.config)?.trim() || undefined);
  const path = named === undefined ? await findConfig(directory) : resolve(directory, named);
  return path === undefined ? undefined : await readConfig(path, ruleTrouble);
}

async function demandFolder(path: string): Promise<void> {
  const isFolder = await Deno.stat(path).then((stat) => stat.isDirectory, () => false);
  if (isFolder) return;
  throw new OakumError("folder-missing", "usage", `"${path}" is not a folder that can be read.`, {
    data: { folder: path },
  });
}

function unusedWarnings({ path, config, line }: ReadConfig): WarningEvent[] {
  return UNUSED_KEYS.filter((key) => isSet(config, key)).map((key) => ({
    type: "warning",
    code: "setting-unused",
    text: `${path}:${line(key) ?? 1}: "${key}" is not used by this version of oakum.`,
  }));
}

function isSet(config: ConfigFile, key: string): boolean {
  return key.split(".").reduce<unknown>((at, part) => Object(at)[part], config) !== undefined;
}
