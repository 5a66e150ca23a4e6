import { output, run } from "./command.ts";

/** Debian's own suites are signed by its archive key; other vendors' sources are not mirrors of it. */
const DEBIAN_SUITE = /^(bookworm|trixie|stable|testing|sid|forky)$/;
const DEFAULT_MIRROR = "http://deb.debian.org/debian";

/** The Debian mirror that this machine's own apt uses, or Debian's where apt names none. */
export async function debianMirror(folder = "/etc/apt"): Promise<string> {
  for (const text of await aptSources(folder)) {
    const mirror = mirrorIn(text);
    if (mirror) return mirror;
  }
  return DEFAULT_MIRROR;
}

/** The first mirror of a Debian suite in an apt source, one-line or deb822 style. */
export function mirrorIn(text: string): string | undefined {
  for (const line of text.split("\n")) {
    const [, uri, suite] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(https?:\S+)\s+(\S+)/.exec(line) ?? [];
    if (uri && suite && DEBIAN_SUITE.test(suite)) return uri;
  }
  for (const stanza of text.split(/\n\s*\n/)) {
    const uri = /^URIs:\s*(https?:\S+)/mi.exec(stanza)?.[1];
    const suites = /^Suites:\s*(.+)$/mi.exec(stanza)?.[1]?.split(/\s+/) ?? [];
    if (uri && suites.some((suite) => DEBIAN_SUITE.test(suite))) return uri;
  }
}

/** Whether packages are installed with apt here: Debian, Ubuntu and their kin. */
export async function isDebianLike(): Promise<boolean> {
  return Deno.build.os === "linux" && (await run(["apt-get", "--version"])).code === 0;
}

/** What to install, and what only where the release has it as a package of its own. */
export interface Packages {
  readonly needed: readonly string[];
  readonly wherePackaged?: readonly string[];
}

/** Installs Debian packages without their recommendations; root only. */
export async function aptInstall(
  { needed, wherePackaged = [] }: Packages,
  say: (line: string) => void,
): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  say("Running apt-get update.");
  await output(["apt-get", "update"], { env });
  const packages = [...needed];
  for (const name of wherePackaged) {
    if ((await run(["apt-cache", "show", name])).code === 0) packages.push(name);
  }
  say(`Running apt-get install --no-install-recommends ${packages.join(" ")}.`);
  await output(["apt-get", "install", "-y", "--no-install-recommends", ...packages], { env });
}

async function aptSources(folder: string): Promise<string[]> {
  const paths = [`${folder}/sources.list`];
  const parts = `${folder}/sources.list.d`;
  for (const { name } of await listed(parts)) paths.push(`${parts}/${name}`);
  return Promise.all(paths.map((path) => Deno.readTextFile(path).catch(() => "")));
}

async function listed(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
