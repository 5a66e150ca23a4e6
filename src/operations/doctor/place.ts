import type { Check, Location, PossiblePlace } from "../../reports/doctor.ts";
import { headsText, sameHeads } from "../migrate/picture.ts";
import { ok, trouble, warning } from "./checks.ts";

const MOST = 10;
const NAME = "place";

/**
 * Where the schema belongs, beside what the version table says. That the version table may well be
 * right is no trouble.
 */
export function checkFoundPlace(place: Location): Check {
  const text = [...textOf(place), ...place.made].join(" ");
  if (place.verdict === "in-step") return ok(NAME, text);
  if (place.verdict !== "not-known") {
    return isRight(place)
      ? warning(NAME, text, whileRight(place))
      : trouble(NAME, text, mendOf(place));
  }
  return isRight(place) ? ok(NAME, text) : warning(NAME, text, REPLAY);
}

/** Whether nothing speaks against the version table. */
function isRight({ candidates, current }: Location): boolean {
  return candidates.some(({ heads }) => sameHeads(heads, current));
}

function textOf(place: Location): string[] {
  const { verdict, current, tablesWithoutVersion } = place;
  if (verdict === "not-known") {
    return [`The version table says ${headsText(current)}.`, ...replayed(place), besideIt(place)];
  }
  const said = tablesWithoutVersion ? UNVERSIONED : `The version table says ${headsText(current)}.`;
  if (verdict === "in-step") return [found(place), ...replayed(place)];
  return tablesWithoutVersion
    ? [said, found(place), ...replayed(place)]
    : [found(place), said, ...replayed(place)];
}

/** What tables without a version are, for people. */
export const UNVERSIONED =
  "There are tables, and no version that says which revision they are of: the app " +
  "makes its own (such as by create_all), or they were loaded without it.";

function besideIt({ candidates, current, besides }: Location): string {
  const others = candidates.filter(({ heads }) => !sameHeads(heads, current));
  const unlike = unlikeOf(others[0], besides);
  if (others.length < candidates.length) {
    return `The schema is that of ${names(others)}; ${headsText(current)} may look the same, ` +
      "so nothing speaks against the version table.";
  }
  return `So its schema is not known. It is nearest to that of ${names(others)}; what differs, ` +
    `which may be what was not replayed: ${listed(unlike)}.`;
}

function names(candidates: readonly PossiblePlace[]): string {
  return candidates.map(({ text }) => text).join(" or ");
}

function unlikeOf(place: PossiblePlace | undefined, besides: readonly string[]): string[] {
  const { reordered = [], differences = [] } = place ?? {};
  return [...orderOf(reordered), ...differences, ...besides];
}

function orderOf(reordered: readonly string[]): string[] {
  return reordered.length > 0 ? [`the order of the columns of ${listed(reordered, ", ")}`] : [];
}

function found(place: Location): string {
  const { verdict, by, candidates, besides } = place;
  const [first] = candidates;
  const which = candidates.length > 1
    ? `${names(candidates)}, which no schema tells apart`
    : names(candidates);
  const alone = listed(besides);
  const order = first && first.reordered.length > 0 ? ` but for ${orderOf(first.reordered)}` : "";
  switch (verdict) {
    case "besides":
      return `The schema is that of ${which}${order}, and has besides what no revision makes: ${alone}.`;
    case "nearest":
    case "not-known": {
      const unlike = unlikeOf(first, []);
      const more = besides.length > 0 ? ` It has besides what no revision makes: ${alone}.` : "";
      if (first && isAlmost(first)) {
        return `The schema is that of ${which} but for ${listed(unlike)}.${more}`;
      }
      const differs = unlike.length > 0 ? `; what differs: ${listed(unlike)}` : "";
      return `The schema is nearest to that of ${which}${differs}.${more}`;
    }
    default: {
      const said = verdict === "in-step" ? ", as the version table says" : "";
      return by === "journal"
        ? `The schema is exactly what oakum left at ${which}${said}.`
        : `The schema is that of ${which}${order}${said}.`;
    }
  }
}

/** Whether the same things are there, and only what they are made of differs. */
function isAlmost({ differences, sameObjects }: PossiblePlace): boolean {
  return differences.length > 0 && sameObjects;
}

function replayed({ failures, left }: Location): string[] {
  const failed = failures.map(({ revision, message }) =>
    `Revision ${revision} could not be replayed: ${message.replace(/\.$/, "")}.`
  );
  const others = left.filter((id) => !failures.some(({ revision }) => revision === id));
  return others.length === 0
    ? failed
    : [...failed, `So nobody looked at ${listed(others)} either.`];
}

const REPLAY =
  "See why the revisions do not run on an empty database, and look again once they do: " +
  "oakum rehearse --from-empty";

/** What else there is to do where the version table names the right place. */
function whileRight({ verdict, left, current }: Location): string {
  if (verdict === "besides" && current.length === 0) {
    return "Nothing of what the revisions make is there: oakum upgrade applies them beside it.";
  }
  if (verdict === "besides") {
    return "The version table is right. Write a revision for what is there besides, or leave it.";
  }
  return left.length > 0
    ? REPLAY
    : "No revision is nearer than the version table's: mend what differs, or write a revision.";
}

function mendOf(place: Location): string {
  const { verdict, stamps, left, failures, candidates, tablesWithoutVersion } = place;
  const [stamp, ...others] = stamps;
  if (left.length > 0) return unseen(failures[0]?.revision ?? left[0]!);
  if (stamp === undefined) {
    return "These revisions did not make what is there: is it the right database, and the right app? " +
      "See oakum status.";
  }
  if (others.length > 0) return choiceOf(candidates, stamps);
  const proved = verdict !== "nearest" || tablesWithoutVersion && candidates.every(isAlmost);
  return proved ? stamp : `If what differs is meant, or is mended: ${stamp}`;
}

/** A revision that changes no schema shows in the data alone. */
function choiceOf(candidates: readonly PossiblePlace[], stamps: readonly string[]): string {
  const shows = [...new Set(candidates.flatMap(({ heads }) => heads))].map((id) =>
    `oakum show ${id}`
  );
  return `Only the data tells which was applied last: see what each does (${shows.join("; ")}), ` +
    `then say it: ${stamps.join(", or ")}`;
}

function unseen(revision: string): string {
  return `No stamp is safe before it is known whether ${revision} was applied: see what it does ` +
    `(oakum show ${revision}) and whether the data has it. Why it does not run on an empty ` +
    "database: oakum rehearse --from-empty";
}

function listed(texts: readonly string[], between = "; "): string {
  const more = texts.length - MOST;
  return texts.slice(0, MOST).join(between) + (more > 0 ? `${between}and ${more} more` : "");
}
