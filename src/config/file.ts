import { dirname, join, resolve } from "node:path";
import { messageOf, OakumError } from "../core/errors.ts";
import { readYaml } from "./document.ts";
import { type Place, type Problem, problemsOf } from "./problems.ts";
import { type ConfigFile, configSchema, settingsAt } from "./schema.ts";

/** What oakum's settings file is called; the first is the one that oakum writes. */
export const CONFIG_NAMES = ["oakum.yaml", "oakum.yml"] as const;

/** A settings file that was read and found good. */
export interface ReadConfig {
  /** Absolute path. */
  readonly path: string;
  readonly config: ConfigFile;
  /** The line of a key such as `backups.dir`. */
  readonly line: (key: string) => number | undefined;
}

const LARGEST = 1_000_000;
const RULES = ["rehearsal", "rules"] as const;

/** The nearest `oakum.yaml` in the folder or in one above it; nothing where there is none. */
export async function findConfig(folder: string): Promise<string | undefined> {
  for (let at = resolve(folder);; at = dirname(at)) {
    for (const name of CONFIG_NAMES) {
      const path = join(at, name);
      if (await isFile(path)) return path;
    }
    if (at === dirname(at)) return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw unreadable(path, error);
  }
}

/** What is wrong with one of `rehearsal.rules`, in words that follow its name. */
export type RuleTrouble = (rule: string, setting: string) => string | undefined;

/**
 * Reads and checks a settings file; every problem in it is named at once. Which rules there are is
 * known above, and is asked only where some are set.
 */
export async function readConfig(
  path: string,
  troubleOf?: () => Promise<RuleTrouble>,
): Promise<ReadConfig> {
  const document = await readYaml(await textOf(path));
  if ("problems" in document) throw unusable(path, document.problems);
  const { content, line } = document;
  const parsed = configSchema.safeParse(content);
  const place = { line, known: settingsAt, value: (at: Path) => valueAt(content, at) };
  const problems = [
    ...problemsOf(parsed.error?.issues ?? [], place),
    ...await ruleProblems(place, troubleOf),
  ];
  if (!parsed.success || problems.length > 0) throw unusable(path, problems);
  if (parsed.data.backups?.encrypt) throw encryptionMissing(path);
  return { path, config: parsed.data, line: (key) => line(key.split(".")) };
}

type Path = readonly PropertyKey[];

function valueAt(content: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => Object(at)[key], content);
}

async function ruleProblems(
  { value, line }: Place,
  troubleOf?: () => Promise<RuleTrouble>,
): Promise<Problem[]> {
  const rules = Object.entries(Object(value(RULES)))
    .filter(([, setting]) => typeof setting === "string" || typeof setting === "number");
  if (rules.length === 0 || !troubleOf) return [];
  const trouble = await troubleOf();
  return rules.flatMap(([rule, setting]) => {
    const text = trouble(rule, String(setting));
    const problem = { key: `rehearsal.rules.${rule}`, line: line([...RULES, rule]) };
    return text === undefined ? [] : [{ ...problem, text }];
  });
}

async function textOf(path: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size > LARGEST) throw new Error(`it has ${size} bytes, more than settings can have`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): OakumError {
  return new OakumError(
    "config-unreadable",
    "usage",
    `The settings in "${path}" cannot be read: ${messageOf(cause)}.`,
    { hint: "Check the path, its permissions, and that it is UTF-8 text.", data: { file: path } },
  );
}

function unusable(path: string, problems: readonly Problem[]): OakumError {
  const lines = problems.map(({ key, line, text }) => {
    const place = line === undefined ? path : `${path}:${line}`;
    return `${place}: ${key ? `"${key}" ` : ""}${text}`;
  });
  return new OakumError("config-invalid", "usage", lines.join("\n"), {
    hint: "`oakum config schema` prints all settings, for editors that complete and check them.",
    data: { file: path, problems },
  });
}

/** A file that asks for encryption must never lead to a backup in the clear. */
function encryptionMissing(path: string): OakumError {
  return new OakumError(
    "encryption-missing",
    "usage",
    `"${path}" asks for encrypted backups ("backups.encrypt"), which this version cannot make.`,
    { hint: "Remove the setting to take backups that are not encrypted.", data: { file: path } },
  );
}
