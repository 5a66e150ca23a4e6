import type { ContainerDetail } from "../../docker/shapes.ts";
import type { Check } from "../../reports/doctor.ts";
import { notChecked, ok, trouble, warning } from "./checks.ts";

type Mount = ContainerDetail["Mounts"][number];

const NAME = "data-volume";
/** The name that Docker gives to a volume for which nobody has one. */
const ANONYMOUS = /^[0-9a-f]{64}$/;
/** Where images keep a cluster, or keep it below. */
const FOR_DATA = /^\/var\/lib\/(postgresql|pgsql|postgres)(\/|$)|\/(pgdata|pg_data)(\/|$)/i;

/**
 * Whether the cluster lies in a volume that was mounted for it. An image may keep it elsewhere than
 * the one before did, as the official one does since PostgreSQL 18: then it lies in a volume without
 * a name, which `docker compose down` parts from the stack.
 */
export function checkDataVolume(
  { Mounts }: Pick<ContainerDetail, "Mounts">,
  data: string | undefined,
): Check {
  if (data === undefined) {
    return notChecked(NAME, "In which folder the server keeps its data, it does not say.");
  }
  const kept = Mounts.filter(isKept);
  const holder = kept.find(({ Destination }) => isWithin(data, Destination));
  if (holder) return ok(NAME, `The data lies in ${wordsOf(holder)}.`);
  const beside = kept.find(({ Destination }) => FOR_DATA.test(`${Destination}/`));
  if (!beside) {
    const text =
      "No volume with a name is mounted for the data: `docker compose down` would part " +
      "the stack from its database.";
    return warning(NAME, text, `Where it is to stay, mount a volume at ${placeFor(data)}.`);
  }
  return trouble(
    NAME,
    `The server keeps its data in ${data}, which is not in ${wordsOf(beside)}: ` +
      "`docker compose down` would part the stack from its database.",
    `Take a backup first: oakum backup. Then mount the volume at ${
      placeFor(data)
    } in compose.yaml, ` +
      "start the server anew, and bring the data back: oakum restore latest",
  );
}

/** A bind mount, or a volume that somebody gave a name. */
function isKept({ Type, Name }: Mount): boolean {
  return Type === "bind" || Type === "volume" && !ANONYMOUS.test(Name ?? "");
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`);
}

function wordsOf({ Type, Name, Source, Destination }: Mount): string {
  const what = Type === "volume" ? `the volume "${Name}"` : `the folder ${Source}`;
  return `${what} that is mounted at ${Destination}`;
}

/** The official image since 18: `/var/lib/postgresql/18/docker` belongs below one volume. */
function placeFor(data: string): string {
  return /^(\/var\/lib\/postgresql)\/\d+\/docker$/.exec(data)?.[1] ?? data;
}
