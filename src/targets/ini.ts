import type { Engine } from "../docker/engine.ts";
import { readText } from "./files.ts";
import { type DatabaseUrl, parseUrl } from "./url.ts";
import { type Address, RANK } from "./variables.ts";

/** The addresses that an `alembic.ini` holds; the template's own `driver://` is none. */
export async function iniAddresses(
  engine: Engine,
  container: { readonly Id: string },
  path: string,
  section: string | undefined,
): Promise<Address[]> {
  if (!path.endsWith(".ini")) return [];
  const text = await readText(engine, container.Id, path) ?? "";
  const own = iniUrl(text, section);
  // Without [alembic] each section is run by its name, and any of them may lead to the database.
  const urls = own === undefined && section === undefined
    ? sectionsOf(text).map((name) => iniUrl(text, name))
    : [own];
  return urls.flatMap((url) => {
    const address = parseUrl(url ?? "");
    return address ? [inFile(address, path)] : [];
  });
}

function inFile(address: DatabaseUrl, path: string): Address {
  return {
    ...address,
    from: `sqlalchemy.url of ${path}`,
    whole: undefined,
    hostVariable: undefined,
    portVariable: undefined,
    databaseVariable: undefined,
    rank: RANK.inFile,
  };
}

function sectionsOf(text: string): string[] {
  return Array.from(text.matchAll(/^\[([^\]\n]+)\]/gm), ([, name]) => name!);
}

/** `sqlalchemy.url` of a section, as Python's configparser reads it. */
export function iniUrl(text: string, section = "alembic"): string | undefined {
  const start = text.split("\n").findIndex((line) => line.startsWith(`[${section}]`));
  const lines = start < 0 ? [] : text.split("\n").slice(start + 1);
  const end = lines.findIndex((line) => line.startsWith("["));
  const own = lines.slice(0, end < 0 ? undefined : end).join("\n");
  const value = /^sqlalchemy\.url\s*[=:]\s*(.*)$/m.exec(own)?.[1]?.trim();
  // %(name)s stands for what only env.py knows.
  if (!value || /%\(/.test(value)) return undefined;
  return value.replaceAll("%%", "%");
}
