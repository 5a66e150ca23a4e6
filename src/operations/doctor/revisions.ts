import { shellWord } from "../../core/shell.ts";
import { count } from "../../core/time.ts";
import { branchesOf, branchSentences } from "../../migrators/alembic/branches.ts";
import { upgradeSteps } from "../../migrators/alembic/resolve.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import type { Check } from "../../reports/doctor.ts";
import type { EditedRevision } from "../../reports/revisions.ts";
import { ok, trouble, warning } from "./checks.ts";
import { UNVERSIONED } from "./place.ts";

/** Whether the revisions end in one head; where not, how they part and what is in conflict. */
export function checkHeads(graph: RevisionGraph): Check {
  const heads = graph.heads();
  const branches = branchesOf(graph, heads);
  if (!branches) {
    return ok("several-heads", `The revisions have one head, ${heads[0] ?? "none yet"}.`);
  }
  const found = `The revisions have ${heads.length} heads: ${heads.join(", ")}.`;
  const text = [found, ...branchSentences(branches)].join(" ");
  return trouble("several-heads", text, branches.merge);
}

/** Whether the files of applied revisions are those that oakum applied. */
export function checkEdited(edited: readonly EditedRevision[]): Check[] {
  const checks = edited.filter(({ what }) => what !== "layout").map(editedCheck);
  if (checks.length > 0) return checks;
  const [anew, but] = [edited.length, "comments and layout alone"];
  const more = anew > 0 ? ` In ${count(anew, "file")} ${but} changed.` : "";
  return [ok("edited-revision", `No file of a revision that oakum applied was changed.${more}`)];
}

function editedCheck({ revision, doc, path, appliedAt }: EditedRevision): Check {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return warning(
    "edited-revision",
    `${doc ? `${revision} (${doc})` : revision} was applied ${appliedAt}; its file was changed ` +
      "since, so what the database has of it may be something else.",
    `See what: git log -p -- ${
      shellWord(`*${name}`)
    }; put it back, and make the change a revision ` +
      "of its own: oakum revision -m TEXT",
  );
}

/** What is to be known of an app where its database stands. */
export interface StandingApp {
  readonly service: string;
  /** The image that its tag names by now, where it runs another one. */
  readonly newerImage: string | undefined;
  /** Whether it is looked for where the schema belongs: then the answer follows, and no advice to. */
  readonly locates: boolean;
}

/** Where the database stands: at the heads, behind them, or where the scripts know nothing of. */
export function checkPlace(
  graph: RevisionGraph,
  current: readonly string[],
  app: StandingApp,
  hasTables: boolean,
): Check[] {
  const at = current.join(", ") || "base";
  const unknown = current.filter((id) => !graph.has(id));
  if (unknown.length > 0) return [unknownRevision(unknown, app)];
  const known = ok("unknown-revision", `The scripts have the database's revision, ${at}.`);
  const pending = upgradeSteps(graph, "heads", current);
  if (pending.length === 0) return [known, ok("behind", "The database is at every head.")];
  if (hasTables && current.length === 0) return [known, madeElsewhere(pending.length)];
  const next = pending[0]!.revision;
  return [
    known,
    trouble(
      "behind",
      `The database is ${count(pending.length, "revision")} behind, at ${at}; the next is ` +
        `${next.id} (${next.doc}).`,
      "oakum upgrade",
    ),
  ];
}

/** To apply the first revision would make what is there already. */
function madeElsewhere(pending: number): Check {
  return trouble(
    "tables-without-version",
    `${UNVERSIONED} ${count(pending, "revision")} would be applied to them from the first one on.`,
    "Find out which revision they are of, and how to say so: oakum doctor --locate; where none of " +
      "them is the revisions': oakum upgrade",
  );
}

function unknownRevision(unknown: readonly string[], app: StandingApp): Check {
  const text = `The database is at ${unknown.join(", ")}, which the scripts of ${app.service} ` +
    "do not have: it is ahead of them, or the file was deleted.";
  const mend = app.newerImage
    ? `${app.newerImage} is newer and may have it: oakum history --new-image; then ` +
      `docker compose up -d ${app.service}`
    : app.locates
    ? "Start the image that has it, or bring the file back; else see below where the schema belongs."
    : "Start the image that has it, bring the file back, or find out where the schema belongs: " +
      "oakum doctor --locate";
  return trouble("unknown-revision", text, mend);
}
