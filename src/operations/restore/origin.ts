import { join } from "node:path";
import { manifestName } from "../../backups/names.ts";
import { otherWriters } from "../../backups/other_writers.ts";
import { isOwn } from "../../backups/own.ts";
import { targetPath } from "../../backups/target_path.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { beyondAnOwner } from "../../postgres/unowned.ts";
import { realPath } from "../../targets/folder.ts";
import { stackOwner } from "../../targets/stack_owner.ts";
import type { Found } from "./findings.ts";
import type { RestoreRequest } from "./request.ts";
import type { ServerState } from "./server_state.ts";

/** The rule under which a foreign dump is loaded with all the rights that oakum has itself. */
export const DUMP_CODE = "dump-code";

/** How far a backup's content is trusted on the server that it is to be loaded on. */
export interface Trust {
  /** Why it is loaded with the rights of an ordinary owner, as a sentence; undefined where it is not. */
  readonly limited: string | undefined;
  /** What speaks against that. */
  readonly findings: readonly Found[];
}

/**
 * What oakum took of this very server was on it before, so its code is loaded as it was there. What
 * came from elsewhere is loaded by a role that can do no more than an ordinary owner, unless somebody
 * agrees to more by name.
 */
export async function judgeOrigin(
  sql: Queryable,
  request: RestoreRequest,
  server: ServerState & { readonly container: ContainerDetail },
): Promise<Trust> {
  const why = await whyForeign(sql, request) ?? await whyDoubtful(request, server.container);
  if (why === undefined) return { limited: undefined, findings: [] };
  const limited = request.allow.includes(DUMP_CODE) ? undefined : why;
  if (!server.superuser) return { limited, findings: [noRole(why, server.user)] };
  const beyond = await beyondAnOwner(sql, request.backup.manifest);
  return { limited, findings: beyond.length === 0 ? [] : [tooMuch(why, beyond)] };
}

/** Whoever can write in a folder can write any manifest there, which then says what they like. */
async function whyDoubtful(
  { backup: { id, folder, manifest }, taken }: RestoreRequest,
  container: ContainerDetail,
): Promise<string | undefined> {
  if (taken) return undefined;
  const trusted = await stackOwner(container);
  for (const name of [manifestName(id), manifest.dump.file]) {
    const others = await otherWriters(join(folder, name), trusted);
    if (others !== undefined) return `${others}, so that others can have written it.`;
  }
}

/** This tells apart, it proves nothing. */
async function whyForeign(
  sql: Queryable,
  { backup: { manifest, folder }, target, dir }: RestoreRequest,
): Promise<string | undefined> {
  if (!isOwn(manifest)) return "It was adopted from another tool's file.";
  const of = manifest.target;
  const same = of.project === target.project && of.service === target.service &&
    of.database === target.database;
  if (!same) return "It is of another database.";
  if (await realPath(folder) !== await realPath(targetPath(dir, target))) {
    return "It lies in another folder than the backups of this database.";
  }
  const { systemIdentifier } = manifest.server;
  if (!systemIdentifier) return "It does not say which server it was taken of.";
  const here = await identifierOf(sql);
  if (here === undefined) return "Its server cannot be told from others without more rights.";
  if (systemIdentifier !== here) return "It was taken of another server.";
}

async function identifierOf(sql: Queryable): Promise<string | undefined> {
  const [row] = await sql<{ may: boolean }[]>`
    select has_function_privilege('pg_control_system()', 'execute') as may`;
  if (!row?.may) return undefined;
  const [control] = await sql<{ id: string }[]>`
    select system_identifier::text as id from pg_control_system()`;
  return control?.id;
}

function tooMuch(why: string, beyond: readonly string[]): Found {
  const shown = beyond.slice(0, 5).join(", ");
  const more = beyond.length > 5 ? ` and ${beyond.length - 5} more` : "";
  return {
    rule: DUMP_CODE,
    text:
      `${why} So it is loaded with the rights of an ordinary owner, who cannot make all that it ` +
      `has: ${shown}${more}.`,
    hint: MEANING,
  };
}

function noRole(why: string, user: string): Found {
  return {
    rule: DUMP_CODE,
    text:
      `${why} Code in it would run with the rights of the user "${user}", who is no superuser ` +
      "and cannot make a role that has less.",
    hint:
      "Give oakum a superuser; then the dump is loaded by a role that can do nothing outside its " +
      `database. ${MEANING}`,
  };
}

/** What somebody agrees to. */
export const MEANING =
  "With the consent below, all of it is loaded with the rights that oakum has itself: code in it can " +
  "then do whatever a superuser can, in every database of this server and in its container. Give it " +
  "only where you trust whoever made the dump with all of that.";
