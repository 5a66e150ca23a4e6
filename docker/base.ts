import { createHash } from "node:crypto";
import { output, run } from "./command.ts";
import type { Release } from "./catalogue.ts";
import { aptInstall, debianMirror, isDebianLike } from "./debian.ts";
import { lockMachine } from "./lock.ts";
import { pull } from "./pull.ts";
import { Unavailable } from "./unavailable.ts";

const RECIPE_LABEL = "oakum-test.recipe";
const LOCAL_CERTIFICATES = "/usr/local/share/ca-certificates";

/** What Debian's slim images leave out too. */
const SLIM = [
  "path-exclude=/usr/share/doc/*",
  "path-exclude=/usr/share/info/*",
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/locale/*",
  "path-include=/usr/share/locale/locale.alias",
];

/** Testing's list of packages is often not renewed in time, and stays so inside of its images. */
const STALE = `Acquire::Check-Valid-Until "false"`;

/** Certificates that this machine trusts beyond Debian's: images made here must trust them too. */
const TRUST = [
  `mkdir -p "$1${LOCAL_CERTIFICATES}"`,
  `cp ${LOCAL_CERTIFICATES}/*.crt "$1${LOCAL_CERTIFICATES}" 2>/dev/null || :`,
  `chroot "$1" update-ca-certificates`,
].join("; ");

/** The tag of a release's base image, the same on a machine with a registry and without one. */
export function baseTag(release: Release): string {
  return `debian:${release}-slim`;
}

/** Sees to it that the base image of a release exists: as it is, pulled, or made from packages. */
export async function ensureBase(release: Release, say: (line: string) => void): Promise<string> {
  const tag = baseTag(release);
  const recipe = await recipeHash(release);
  const made = await madeBy(tag);
  if (made === "" || made === recipe) return tag;
  const refusal = made === undefined ? await pull(tag) : "made here, of other ingredients";
  if (refusal === undefined) return tag;
  say(`Making ${tag} from Debian's packages, since it cannot be pulled: ${refusal}`);
  await ensureBootstrapper(tag, refusal, say);
  await makeBase(release, recipe);
  return tag;
}

async function ensureBootstrapper(
  tag: string,
  refusal: string,
  say: (line: string) => void,
): Promise<void> {
  using _lock = await lockMachine("mmdebstrap");
  if ((await run(["mmdebstrap", "--version"])).code === 0) return;
  if (Deno.uid() === 0 && await isDebianLike()) {
    return await aptInstall({ needed: ["mmdebstrap"] }, say);
  }
  throw new Unavailable(
    `${tag} cannot be pulled (${refusal}), and only root on a Debian-like machine can make it. ` +
      `Pull it, or load it with \`docker load\`, then run this again.`,
  );
}

/** The recipe that an image here was made by: "" for a pulled one, nothing where it is missing. */
async function madeBy(tag: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${RECIPE_LABEL}"}}`;
  const { code, stdout } = await run(["docker", "image", "inspect", "--format", format, tag]);
  return code === 0 ? stdout.trim().replace("<no value>", "") : undefined;
}

async function makeBase(release: Release, recipe: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "oakum-base-" });
  try {
    const tar = `${folder}/${release}.tar`;
    await output(await bootstrapCommand(release, tar));
    await output(["docker", "import", "--change", 'CMD ["bash"]'].concat(
      ["--change", `LABEL ${RECIPE_LABEL}=${recipe}`, tar, baseTag(release)],
    ));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function bootstrapCommand(release: Release, tar: string): Promise<string[]> {
  return [
    "mmdebstrap",
    "--variant=minbase",
    "--include=ca-certificates",
    ...SLIM.map((option) => `--dpkgopt=${option}`),
    ...release === "forky" ? [`--aptopt=${STALE}`] : [],
    `--customize-hook=${TRUST}`,
    release,
    tar,
    await debianMirror(),
  ];
}

/** Changes when the recipe does, or the certificates that this machine trusts. */
async function recipeHash(release: Release): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([release, SLIM, TRUST]));
  for (const file of await certificateFiles()) hash.update(await Deno.readFile(file));
  return hash.digest("hex").slice(0, 12);
}

async function certificateFiles(): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(LOCAL_CERTIFICATES));
    return entries.filter(({ isFile, name }) => isFile && name.endsWith(".crt"))
      .map(({ name }) => `${LOCAL_CERTIFICATES}/${name}`).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
