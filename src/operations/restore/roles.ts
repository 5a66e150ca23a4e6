import { join } from "node:path";
import type { Queryable } from "../../postgres/connection.ts";
import { parseGlobals, type RoleDefinition } from "../../postgres/globals.ts";
import { missingRoles } from "../../postgres/roles.ts";
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
    ? await Deno.readTextFile(join(folder, manifest.globals.file))
    : "";
  const known = parseGlobals(script);
  const toCreate = missing.map((name) => {
    const { login = false, powers = [] } = known.get(name) ?? {};
    return { name, login, leftOut: powers };
  });
  if (!request.createRoles) throw missingError(toCreate);
  return { toCreate, known };
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
  return roles.filter(({ leftOut }) => leftOut.length > 0).map(({ name, leftOut }) =>
    `The role "${name}" was ${leftOut.join(", ")} and is created without that.`
  );
}
