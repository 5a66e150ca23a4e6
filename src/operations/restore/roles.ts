import { join } from "node:path";
import { LONGEST, readSmallText } from "../../backups/open_file.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { parseGlobals, type RoleDefinition } from "../../postgres/globals.ts";
import { missingRoles, unsettable } from "../../postgres/roles.ts";
import type { RoleToCreate } from "../../reports/restore.ts";
import type { RestoreRequest } from "./request.ts";
import { refused } from "./server_state.ts";

/** Roles that a restore needs and the server lacks. */
export interface RolesNeeded {
  readonly toCreate: readonly RoleToCreate[];
  /** What the backup's globals say of its roles; holds secrets. */
  readonly known: ReadonlyMap<string, RoleDefinition>;
}

/** Finds the roles that are missing, and refuses where nobody agreed to their creation. */
export async function findRoles(sql: Queryable, request: RestoreRequest): Promise<RolesNeeded> {
  const { manifest, folder } = request.backup;
  const needed = request.owner
    ? [...manifest.database.roles, manifest.database.owner]
    : manifest.database.roles;
  const missing = await missingRoles(sql, [...new Set(needed)]);
  if (missing.length === 0) return { toCreate: [], known: new Map() };
  const script = manifest.globals
    ? await readSmallText(join(folder, manifest.globals.file), LONGEST.globals)
    : "";
  const all = parseGlobals(script);
  const described = missing.flatMap((name) => all.get(name) ?? []);
  const names = described.flatMap(({ settings }) => settings.map(({ name }) => name));
  const forbidden = new Set(await unsettable(sql, names));
  const toCreate = missing.map((name) => describe(name, all.get(name), forbidden));
  if (!request.createRoles) throw missingError(toCreate);
  const known = described.map((role) => ({
    ...role,
    settings: role.settings.filter(({ name }) => !forbidden.has(name)),
  }));
  return { toCreate, known: new Map(known.map((role) => [role.name, role])) };
}

/** A setting that only a superuser may choose is a power, too. */
function describe(
  name: string,
  role: RoleDefinition | undefined,
  forbidden: ReadonlySet<string>,
): RoleToCreate {
  const { login = false, powers = [], settings = [] } = role ?? {};
  const left = settings.filter((setting) => forbidden.has(setting.name));
  return { name, login, leftOut: powers, settingsLeftOut: left.map((setting) => setting.name) };
}

function missingError(roles: readonly RoleToCreate[]): Error {
  const list = roles.map(({ name, login }) => `"${name}"${login ? " (may log in)" : ""}`);
  return refused("missing-roles", `The server lacks roles of the backup: ${list.join(", ")}.`, {
    hint: "To have them created as they were, without powers over the server: --create-roles",
    data: { roles },
  });
}

/** Sentences on powers that a created role does not get back. */
export function leftOutWarnings(roles: readonly RoleToCreate[]): string[] {
  return roles.flatMap(({ name, leftOut, settingsLeftOut }) => [
    ...leftOut.length === 0
      ? []
      : [`The role "${name}" was ${leftOut.join(", ")} and is created without that.`],
    ...settingsLeftOut.length === 0 ? [] : [
      `The role "${name}" is created without its settings of ${settingsLeftOut.join(", ")}, ` +
      "which it could not choose for itself on this server.",
    ],
  ]);
}
