/** oakum's version; `deno.json` says the same. */
export const VERSION = "0.1.0";

/** The commit a binary was compiled from, or `source`: the compile task embeds `OAKUM_COMMIT`. */
export const COMMIT = Deno.env.get("OAKUM_COMMIT") || "source";
