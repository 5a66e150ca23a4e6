/** Builds the images of the tests and the demo: `deno run -A docker/images.ts [NAME…]`. */
import { createHash } from "node:crypto";
import { baseTag, ensureBase } from "./base.ts";
import { catalogue, type ImageName, imageName, type Recipe, recipeOf } from "./catalogue.ts";
import { output } from "./command.ts";
import { folderHash } from "./folder_hash.ts";
import { lockMachine } from "./lock.ts";
import { hasImage } from "./pull.ts";

const FOLDER = new URL("./images/", import.meta.url);

/** Where progress is told; a line at a time. */
export type Say = (line: string) => void;

/** The tag of an image: it changes with anything that the image is made of. */
export async function imageTag(name: ImageName): Promise<string> {
  const recipe = recipeOf(name);
  const hash = createHash("sha256").update(JSON.stringify(await buildArguments(recipe)));
  hash.update(await folderHash(folderOf(recipe)));
  return `oakum-test/${name}:${hash.digest("hex").slice(0, 12)}`;
}

/** Builds what is missing of the named images and hands back the tag of each. */
export async function ensureImages<Name extends ImageName>(
  names: readonly Name[],
  say: Say = console.error,
): Promise<Record<Name, string>> {
  const tags: Partial<Record<Name, string>> = {};
  for (const name of names) tags[name] = await ensureOnce(name, say);
  return tags as Record<Name, string>;
}

/** Nobody takes an image away while a process works with it. */
const known = new Map<ImageName, Promise<string>>();

function ensureOnce(name: ImageName, say: Say): Promise<string> {
  const ensured = known.get(name) ?? ensureImage(name, say);
  known.set(name, ensured);
  ensured.catch(() => known.delete(name));
  return ensured;
}

async function ensureImage(name: ImageName, say: Say): Promise<string> {
  const recipe = recipeOf(name);
  const tag = await imageTag(name);
  if (await hasImage(tag)) return tag;
  await ensureGround(recipe, say);
  // Two test files that start together must not build the same image twice.
  using _lock = await lockMachine(`image-${name}`);
  if (await hasImage(tag)) return tag;
  const start = performance.now();
  await build(tag, recipe);
  say(`Built ${tag} in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  return tag;
}

/** Sees to it that what an image builds on is there. */
async function ensureGround({ base }: Recipe, say: Say): Promise<void> {
  if (typeof base !== "string") return void await ensureOnce(imageName(base.image), say);
  using _lock = await lockMachine(`base-${base}`);
  await ensureBase(base, say);
}

async function build(tag: string, recipe: Recipe): Promise<void> {
  const args = await buildArguments(recipe);
  await output([
    ...["docker", "build", "--force-rm", "--tag", tag],
    ...Object.entries(args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
    folderOf(recipe).pathname,
  ]);
}

async function buildArguments(recipe: Recipe): Promise<Record<string, string>> {
  const base = typeof recipe.base === "string"
    ? baseTag(recipe.base)
    : await imageTag(imageName(recipe.base.image));
  return { BASE: base, ...recipe.args };
}

function folderOf(recipe: Recipe): URL {
  return new URL(`${recipe.folder}/`, FOLDER);
}

/** Builds what is missing of all images, two at a time: most of a build is waiting for a mirror. */
export async function ensureAllImages(say: Say = console.error): Promise<void> {
  const waiting = Object.keys(catalogue).map(imageName);
  const builder = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) await ensureOnce(name, say);
  };
  await Promise.all([builder(), builder()]);
}

if (import.meta.main) {
  if (Deno.args.length === 0) await ensureAllImages();
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(catalogue);
  const tags = await ensureImages(names.map(imageName));
  for (const [name, tag] of Object.entries(tags)) console.log(`${name} ${tag}`);
}
