import { homedir } from "node:os";
import { join } from "node:path";
import { CommandFailed, output, run } from "./command.ts";
import { debianMirror, isDebianLike } from "./debian.ts";
import { lockMachine } from "./lock.ts";
import { Unavailable } from "./unavailable.ts";

/** The Debian release whose docker-compose is Compose v2; its program needs no library of it. */
const RELEASE = "trixie";
const HINT = "Install Compose v2 (docs.docker.com/compose/install), then run this again.";
const PLUGIN = "usr/libexec/docker/cli-plugins/docker-compose";

/** Sees to it that `docker compose` works: as it is, else as a plugin from Debian's package. */
export async function ensureCompose(say: (line: string) => void = console.error): Promise<void> {
  if (await hasCompose()) return;
  using _lock = await lockMachine("engine");
  if (await hasCompose()) return;
  if (!await isDebianLike()) throw new Unavailable(`\`docker compose\` is missing. ${HINT}`);
  const plugins = join(Deno.env.get("DOCKER_CONFIG") ?? join(homedir(), ".docker"), "cli-plugins");
  say(`\`docker compose\` is missing: putting Debian ${RELEASE}'s docker-compose in ${plugins}.`);
  try {
    await installPlugin(plugins);
    await output(["docker", "compose", "version"]);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Unavailable(`Debian's docker-compose cannot be had: ${error.message}\n${HINT}`);
  }
}

async function hasCompose(): Promise<boolean> {
  return (await run(["docker", "compose", "version"])).code === 0;
}

async function installPlugin(plugins: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "oakum-compose-" });
  try {
    const unpacked = join(folder, "unpacked");
    await output(["dpkg-deb", "--extract", await download(folder), unpacked]);
    await Deno.mkdir(plugins, { recursive: true });
    const partial = join(plugins, ".docker-compose.partial");
    await Deno.copyFile(join(unpacked, PLUGIN), partial);
    await Deno.chmod(partial, 0o755);
    await Deno.rename(partial, join(plugins, "docker-compose"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Downloads the package with an apt that lives in `folder` alone: the machine's own sources stay as
 * they are, and the signature is checked against the machine's keys as always.
 */
async function download(folder: string): Promise<string> {
  const apt = ["apt-get", ...await privateApt(folder)];
  await output([...apt, "update"]);
  await output([...apt, "download", "docker-compose"], { cwd: folder });
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".deb")) return join(folder, name);
  }
  throw new Error("apt-get download left no package behind.");
}

async function privateApt(folder: string): Promise<string[]> {
  const sources = join(folder, "sources.list");
  await Deno.writeTextFile(sources, `deb ${await debianMirror()} ${RELEASE} main\n`);
  for (const part of ["lists/partial", "cache/archives/partial"]) {
    await Deno.mkdir(join(folder, part), { recursive: true });
  }
  return [
    `Dir::Etc::SourceList=${sources}`,
    "Dir::Etc::SourceParts=/dev/null",
    `Dir::State::Lists=${join(folder, "lists")}`,
    `Dir::Cache=${join(folder, "cache")}`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
}
