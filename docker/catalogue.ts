/** A Debian release that images are made from. */
export type Release = "bookworm" | "trixie";

/** What one image is made of: a folder below `docker/images`, what it builds on, its arguments. */
export interface Recipe {
  readonly folder: string;
  readonly base: Release | { readonly image: string };
  readonly args?: Readonly<Record<string, string>>;
}

/** Every image of the tests and the demo, by name. */
export const catalogue = {
  "postgres17": { folder: "postgres", base: "trixie", args: { PG_MAJOR: "17" } },
  "postgres15": { folder: "postgres", base: "bookworm", args: { PG_MAJOR: "15" } },
  "app": { folder: "app", base: "trixie" },
} as const satisfies Record<string, Recipe>;

/** A name in the catalogue. */
export type ImageName = keyof typeof catalogue;

/** The recipe of a name, in its general shape. */
export function recipeOf(name: ImageName): Recipe {
  return catalogue[name];
}

/** The catalogue's name for a text, or an error that lists them all. */
export function imageName(text: string): ImageName {
  if (Object.hasOwn(catalogue, text)) return text as ImageName;
  throw new Error(
    `There is no image "${text}": the catalogue has ${Object.keys(catalogue).join(", ")}.`,
  );
}
