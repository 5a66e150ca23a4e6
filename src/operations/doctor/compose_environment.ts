import { dirname, resolve } from "node:path";
import util from "node:util";
import { z } from "zod";
import { readYaml } from "../../config/document.ts";

/** Variables that a service should have by its compose files; values are secrets. */
export type Expected = ReadonlyMap<string, Readonly<Record<string, string>>>;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const envFile = z.union([
  z.string(),
  z.object({ path: z.string() }).transform(({ path }) => path),
]);
const service = z.object({
  environment: z.union([z.array(z.string()), z.record(z.string(), scalar)]).nullish(),
  env_file: z.union([envFile.transform((one) => [one]), z.array(envFile)]).nullish(),
});
const composeFile = z.object({ services: z.record(z.string(), z.unknown()) });

/** Reads a file's text; undefined where it cannot be read. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** Variables that a file states; one that is undefined is stated, but nobody knows as what. */
export type Stated = Readonly<Record<string, string | undefined>>;

/**
 * Reads `.env` or an `env_file`. Compose expands `$NAME` in its values, save in single quotes, which
 * are gone once it is read: a value with a dollar is known to nobody here.
 */
export function statedIn(text: string): Stated {
  return Object.fromEntries(
    Object.entries(util.parseEnv(text)).map(([name, value]) =>
      [name, value?.includes("$") ? undefined : value] as const
    ),
  );
}

/**
 * What the compose files and `.env` give to each service by now. What they do not say, since it comes
 * from the shell or from a file that is not there, is left out, as are services that are not theirs.
 */
export async function expectedEnvironments(
  files: readonly string[],
  dotenv: Stated,
  read: ReadText,
): Promise<Expected> {
  const expected = new Map<string, Record<string, string>>();
  for (const file of files) {
    const text = await read(file);
    const parsed = composeFile.safeParse(text === undefined ? undefined : await content(text));
    for (const [name, value] of Object.entries(parsed.data?.services ?? {})) {
      const { environment, env_file } = service.safeParse(value).data ?? {};
      const known = { ...expected.get(name) };
      for (const path of env_file ?? []) {
        const at = interpolated(path, dotenv);
        const stated = statedIn(at && await read(resolve(dirname(file), at)) || "");
        for (const [variable, said] of Object.entries(stated)) set(known, variable, said);
      }
      for (const [variable, template] of templates(environment)) {
        // A name without a value is handed on from `.env` or from the shell.
        const said = template === undefined ? dotenv[variable] : interpolated(template, dotenv);
        set(known, variable, said);
      }
      expected.set(name, known);
    }
  }
  return expected;
}

function set(known: Record<string, string>, variable: string, said: string | undefined): void {
  if (said === undefined) delete known[variable];
  else known[variable] = said;
}

async function content(text: string): Promise<unknown> {
  const document = await readYaml(text);
  return "content" in document ? document.content : undefined;
}

type Environment = z.infer<typeof service>["environment"];

function templates(environment: Environment): [name: string, template: string | undefined][] {
  if (!environment) return [];
  if (!Array.isArray(environment)) {
    const text = (value: z.infer<typeof scalar>) => value === null ? undefined : String(value);
    return Object.entries(environment).map(([name, value]) => [name, text(value)]);
  }
  return environment.map((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
  });
}

const VARIABLE = /\$(?:\$|\{(\w+)(?:(:?[-+?])([^{}]*))?\}|(\w+))/g;

/** `$NAME`, `${NAME:-default}` and its like, as Compose reads them; undefined where one is unknown. */
export function interpolated(
  template: string,
  dotenv: Stated,
): string | undefined {
  let unknown = false;
  const text = template.replaceAll(VARIABLE, (whole, braced, operator, word, bare) => {
    if (whole === "$$") return "$";
    const stated = Object.hasOwn(dotenv, braced ?? bare);
    const value = stated ? dotenv[braced ?? bare] : undefined;
    if (stated && value === undefined) unknown = true;
    const there = value !== undefined && (value !== "" || !operator?.startsWith(":"));
    if (operator?.endsWith("+")) return there ? word : "";
    if (there) return value;
    if (operator?.endsWith("-")) return word;
    unknown = true;
    return "";
  });
  // A default within a default is not followed.
  return unknown || /\$\{/.test(text) ? undefined : text;
}
