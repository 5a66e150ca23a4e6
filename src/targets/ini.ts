import type { Engine } from "../docker/engine.ts";
import { readText } from "./files.ts";
import { parseUrl } from "./url.ts";
import { type Address, RANK } from "./variables.ts";

/** The address, if any, that an `alembic.ini` holds; the template's own `driver://` is none. */
export async function iniAddresses(
  engine: Engine,
  container: { readonly Id: string },
  path: string,
): Promise<Address[]> {
  if (!path.endsWith(".ini")) return [];
  const text = await readText(engine, container.Id, path);
  const url = text === undefined ? undefined : parseUrl(iniUrl(text) ?? "");
  return url
    ? [{
      ...url,
      from: `sqlalchemy.url of ${path}`,
      whole: undefined,
      hostVariable: undefined,
      portVariable: undefined,
      databaseVariable: undefined,
      rank: RANK.inFile,
    }]
    : [];
}

/** `sqlalchemy.url` of the section `[alembic]`, as Python's configparser reads it. */
export function iniUrl(text: string): string | undefined {
  const section = /^\[alembic\][^\n]*\n((?:(?!\[)[^\n]*(?:\n|$))*)/m.exec(text)?.[1];
  const value = /^sqlalchemy\.url\s*[=:]\s*(.*)$/m.exec(section ?? "")?.[1]?.trim();
  // %(name)s stands for what only env.py knows.
  if (!value || /%\(/.test(value)) return undefined;
  return value.replaceAll("%%", "%");
}
