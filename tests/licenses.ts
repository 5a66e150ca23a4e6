/**
 * Writes THIRD_PARTY_LICENSES.md from the npm packages that oakum is compiled with: `deno task
 * licenses`. Most licences ask for their text to go where the program goes.
 */
import { z } from "zod";

const ROOT = new URL("../", import.meta.url);
/** Where the text is kept. */
export const LICENSES_FILE = new URL("THIRD_PARTY_LICENSES.md", ROOT);

/** Dependencies that only the tests and the type checker have. */
const DEVELOPMENT = /^(fast-check|@types\/.*|undici-types)$/;
const NOTICE_FILE = /^(licen[cs]e|copying|notice)/i;
const COPYRIGHT = /^\W*(copyright\W+(c\W+|©\s*)?(\d{4}|.*\b\d{4}\b)|\(c\) \d{4}).*$/i;

const settings = z.object({ imports: z.record(z.string(), z.string()) });
const infoShape = z.object({
  npmPackages: z.record(
    z.string(),
    z.object({
      name: z.string(),
      version: z.string(),
      dependencies: z.array(z.string()),
      localPath: z.string(),
    }),
  ),
});
const packageShape = z.object({
  license: z.string().optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
});

type Packages = z.infer<typeof infoShape>["npmPackages"];

interface Notice {
  readonly name: string;
  readonly license: string;
  /** Who holds the rights, as the package says it. */
  readonly holders: readonly string[];
  /** The licence's text without those lines. */
  readonly text: string;
}

/** The whole file, the same for the same lock file. */
export async function licensesText(): Promise<string> {
  const packages = await lockedPackages();
  const names = reachable(packages, await directDependencies());
  const notices = await Promise.all(names.map((name) => noticeOf(packages, name)));
  const sections = Object.values(Object.groupBy(notices, ({ text }) => normal(text)));
  return [
    "# Licences of what oakum is made with",
    "",
    "The compiled program holds the Deno runtime (MIT, © the Deno authors, with the notices of V8 and",
    "of its own dependencies) and these npm packages. Written by `deno task licenses`.",
    "",
    table(notices),
    ...sections.map((group) => section(group ?? [])),
  ].join("\n");
}

async function lockedPackages(): Promise<Packages> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--quiet", new URL("main.ts", ROOT).pathname],
    cwd: ROOT,
  }).output();
  return infoShape.parse(JSON.parse(new TextDecoder().decode(stdout))).npmPackages;
}

async function directDependencies(): Promise<string[]> {
  const text = await Deno.readTextFile(new URL("deno.json", ROOT));
  const { imports } = settings.parse(JSON.parse(text));
  return Object.values(imports).map((specifier) => specifier.replace(/^npm:/, ""));
}

/** The ids of the given packages and of all that these need, without those of development. */
function reachable(packages: Packages, direct: readonly string[]): string[] {
  // A package with peers has them behind its version, after an underscore.
  const roots = Object.keys(packages).filter((id) =>
    direct.includes(id.replace(/(?<=@\d[^@]*)_.*/, ""))
  );
  const found = new Set<string>();
  const visit = (id: string) => {
    const package_ = packages[id];
    if (!package_ || found.has(id) || DEVELOPMENT.test(package_.name)) return;
    found.add(id);
    package_.dependencies.forEach(visit);
  };
  roots.forEach(visit);
  return [...found].sort();
}

async function noticeOf(packages: Packages, id: string): Promise<Notice> {
  const found = packages[id];
  if (!found) throw new Error(`${id} is not in the lock file.`);
  const folder = found.localPath;
  const manifest = packageShape.parse(
    JSON.parse(await Deno.readTextFile(`${folder}/package.json`)),
  );
  const license = manifest.license ?? manifest.licenses?.map(({ type }) => type).join(" OR ");
  const lines = (await noticeText(folder)).split(/\r?\n/);
  return {
    name: `${found.name} ${found.version}`,
    license: license ?? "see below",
    holders: lines.filter((line) => COPYRIGHT.test(line)).map((line) => line.trim()),
    text: lines.filter((line) => !COPYRIGHT.test(line)).join("\n").trim(),
  };
}

async function noticeText(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && NOTICE_FILE.test(name)) texts.push(await Deno.readTextFile(`${folder}/${name}`));
  }
  return texts.sort().join("\n\n");
}

function normal(text: string): string {
  return text.replace(/^\W*(the )?(mit|isc) license\W*(\(mit\))?/i, "").replace(/\W+/g, " ").trim()
    .toLowerCase();
}

function table(notices: readonly Notice[]): string {
  const rows = notices.map(({ name, license }) => `| ${name} | ${license} |`);
  return ["| package | licence |", "| --- | --- |", ...rows, ""].join("\n");
}

function section(notices: readonly Notice[]): string {
  const [first] = notices;
  if (!first || first.text === "") return nameOnly(notices);
  const holders = [...new Set(notices.flatMap((notice) => notice.holders))];
  return [
    `## ${notices.map(({ name }) => name).join(", ")}`,
    "",
    "```text",
    ...holders,
    ...(holders.length > 0 ? [""] : []),
    first.text,
    "```",
    "",
  ].join("\n");
}

function nameOnly(notices: readonly Notice[]): string {
  const list = notices.map(({ name, license }) => `${name} (${license})`).join(", ");
  return `## Without a text of their own\n\n${list}: the licence is named in package.json.\n`;
}

if (import.meta.main) await Deno.writeTextFile(LICENSES_FILE, await licensesText());
