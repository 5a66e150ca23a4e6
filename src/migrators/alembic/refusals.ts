import { OakumError } from "../../core/errors.ts";
import { branchesOf, branchSentences } from "./branches.ts";
import type { Revision, RevisionGraph } from "./revisions.ts";

/** A revision as sentences name it: id and message. */
export function described(revision: Revision): string {
  return revision.doc ? `${revision.id} (${revision.doc})` : revision.id;
}

/** No revision and no label is called that. */
export function noSuchRevision(
  name: string,
  label: string | undefined,
  suggestions: readonly string[],
): OakumError {
  const where = label === undefined ? "" : ` on branch "${label}"`;
  const hint = suggestions.length > 0
    ? `Did you mean ${suggestions.join(" or ")}?`
    : "oakum history lists the revisions.";
  return new OakumError(
    "unknown-revision",
    "notFound",
    `There is no revision or branch "${name}"${where}.`,
    { hint, data: { name, suggestions } },
  );
}

/** More than one revision fits. */
export function ambiguous(
  text: string,
  candidates: readonly Revision[],
  why: string,
): OakumError {
  return new OakumError("ambiguous-revision", "notFound", `"${text}" is ambiguous: ${why}.`, {
    hint: `Name one of them: ${candidates.map(described).join(", ")}.`,
    data: { target: text, candidates: candidates.map((revision) => revision.id) },
  });
}

/** `head` was asked for, and there are several. */
export function severalHeads(
  graph: RevisionGraph,
  heads: readonly string[],
  label: string | undefined,
): OakumError {
  const names = heads.map((id) => described(graph.get(id))).join(" and ");
  const branches = branchesOf(graph, heads);
  const where = label === undefined ? "" : ` on branch "${label}"`;
  const lines = [
    `There are ${heads.length} heads${where}: ${names}.`,
    ...branches ? branchSentences(branches) : [],
  ];
  return new OakumError("several-heads", "notFound", lines.join("\n"), {
    hint: `Join them with "oakum merge ${heads.join(" ")}", name one of them, or say "heads" ` +
      "for all.",
    data: {
      heads,
      commonAncestors: graph.commonAncestors(heads),
      branches: branches?.branches ?? [],
      conflicts: branches?.conflicts ?? [],
    },
  });
}

/** The database is at a revision that these scripts do not have. */
export function unknownCurrent(unknown: readonly string[]): OakumError {
  const long = unknown.some((id) => id.length > 32);
  return new OakumError(
    "unknown-current-revision",
    "refused",
    `The database is at revision ${unknown.join(", ")}, which the scripts do not have.`,
    {
      hint:
        `${long ? TOO_LONG : NO_FILE} Where the schema belongs, and the oakum stamp that says ` +
        "so: oakum doctor --locate",
      data: { unknown },
    },
  );
}

const TOO_LONG = "The version table holds more than 32 characters: was it written by hand?";
const NO_FILE =
  "Does the app run an image that is older than the schema? Start the newer one, or name it: " +
  "--image. Was the revision's file deleted? Bring it back.";

/** A relative target leads beyond the first or the last revision. */
export function tooFar(text: string, from: string | undefined): OakumError {
  return new OakumError(
    "too-far",
    "notFound",
    `"${text}" leads past the end of the history from ${from ?? "base"}.`,
    { hint: "oakum history shows how far it goes.", data: { target: text, from: from ?? null } },
  );
}

/** The sign of a relative target does not fit the command. */
export function wrongWay(text: string, verb: "upgrade" | "downgrade"): OakumError {
  const other = verb === "upgrade" ? "downgrade" : "upgrade";
  return new OakumError(
    "wrong-way",
    "usage",
    `"${text}" is no target for ${verb}: it counts the other way from where the database is.`,
    { hint: `Did you mean oakum ${other} ${text}?`, data: { target: text } },
  );
}

/** A stamp names where the database is; it does not move it. */
export function relativeStamp(text: string): OakumError {
  return new OakumError("relative-stamp", "usage", `"${text}" is no target for stamp.`, {
    hint: "Name a revision, a branch@head, head, heads or base.",
    data: { target: text },
  });
}

/** A relative target from where the database is, which is on more than one branch. */
export function severalBranches(
  graph: RevisionGraph,
  text: string,
  starts: readonly string[],
): OakumError {
  return ambiguous(text, starts.map((id) => graph.get(id)), "the database is on several branches");
}

/** Something is counted from one revision, and there are several. */
export function noStart(
  graph: RevisionGraph,
  text: string,
  ids: readonly string[],
): OakumError {
  const named = ids.map((id) => graph.get(id));
  return ambiguous(text, named, `it counts to or from ${ids.length} revisions`);
}

/** The target of a downgrade is not applied, and nothing above it is. */
export function notApplied(revision: Revision, current: readonly string[]): OakumError {
  return new OakumError(
    "not-applied",
    "refused",
    `Revision ${described(revision)} is not applied, so there is nothing to undo above it.`,
    {
      hint: `The database is at ${current.join(", ") || "base"}.`,
      data: { revision: revision.id, current },
    },
  );
}

/** The branch that a downgrade is limited to has no part above its target. */
export function branchElsewhere(branch: string, to: string | undefined): OakumError {
  return new OakumError(
    "not-on-branch",
    "notFound",
    `Branch "${branch}" does not start above ${to ?? "base"}.`,
    { hint: "oakum history shows the branches.", data: { branch, revision: to ?? null } },
  );
}
