import { ownGood } from "../../backups/find.ts";
import { listTarget } from "../../backups/list.ts";
import type { DatabaseFacts, Manifest, TargetName } from "../../backups/manifest.ts";
import type { Clock } from "../../core/time.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { checkExtensions, needsRitual, versionsToBeHad } from "../../postgres/extensions.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { Found } from "./findings.ts";
import { refused } from "./server_state.ts";

/** What is to be restored where, and what is known of its like. */
export interface ExtensionsAsked {
  readonly session: ServerSession;
  readonly clock: Clock;
  readonly dir: string;
  readonly target: TargetName;
  readonly extensions: DatabaseFacts["extensions"];
  /** The backup that is restored, where there is one already. */
  readonly manifest?: Manifest;
}

/**
 * Extensions that nobody has tried a restore with: neither is it one of PostgreSQL's own, nor was a
 * backup with it restored and compared in this image, or with the version that this server has. Throws
 * where the server lacks one.
 */
export async function findUntested(sql: Queryable, asked: ExtensionsAsked): Promise<Found[]> {
  const names = asked.extensions.map(({ name }) => name);
  const { missing, untested } = await checkExtensions(sql, names);
  if (missing.length > 0) throw missingExtensions(missing);
  if (untested.length === 0) return [];
  const known = await knownOf(asked);
  const unproved = await unprovedOf(sql, untested, asked, known);
  return unproved.map((name) => ({ rule: "untested-extension", ...saidOf(name, asked, known) }));
}

/** Backups that tell of the database: the one that is restored, and what was taken of it itself. */
async function knownOf(
  { clock, dir, target, manifest }: ExtensionsAsked,
): Promise<readonly Manifest[]> {
  const own = ownGood(await listTarget(dir, target), clock.now()).map((one) => one.manifest);
  return [...manifest ? [manifest] : [], ...own];
}

async function unprovedOf(
  sql: Queryable,
  names: readonly string[],
  { session }: ExtensionsAsked,
  known: readonly Manifest[],
): Promise<string[]> {
  const proved = known.filter(({ verified: { level } }) => level === "restore");
  const here = await versionsToBeHad(sql, names);
  const image = session.server.container.Image;
  const isProved = (name: string) =>
    proved.some(({ database, server, verified }) =>
      database.extensions.some((one) =>
        one.name === name && (
          (verified.imageId ?? server.imageId) === image || one.version === here.get(name)
        )
      )
    );
  return names.filter((name) => needsRitual(name) || !isProved(name));
}

function missingExtensions(missing: readonly string[]) {
  return refused(
    "missing-extension",
    `The server does not have the extensions ${missing.join(", ")} of the backup.`,
    { hint: "Use the image that the backup was made with: its manifest names it." },
  );
}

function saidOf(
  name: string,
  { manifest }: ExtensionsAsked,
  known: readonly Manifest[],
): Pick<Found, "text" | "hint"> {
  if (needsRitual(name)) {
    return {
      text: `The extension "${name}" needs steps that oakum's restore does not take.`,
      hint: "Its own manual says how a database with it is restored.",
    };
  }
  const text = `Nobody has tried yet whether a backup with the extension "${name}" restores here.`;
  // Another try would end as that one did.
  const { notProved } =
    (manifest ? [manifest] : known).find(({ verified, database }) =>
      verified.notProved !== undefined && database.extensions.some((one) => one.name === name)
    )?.verified ?? {};
  if (notProved !== undefined) return { text, hint: `A sandbox cannot prove it: ${notProved}.` };
  const prove = manifest
    ? `oakum verify --restore ${manifest.id}`
    : "oakum backup --verify restore";
  return {
    text,
    hint: `To try it in a sandbox, after which nobody asks any more: ${prove}.`,
  };
}
