import type { Check, Location } from "../../reports/doctor.ts";
import { headsText } from "../migrate/picture.ts";
import { ok, trouble } from "./checks.ts";

const MOST = 10;
const NAME = "place";

/** Where the schema belongs, beside what the version table says. */
export function checkFoundPlace(place: Location): Check {
  const said = `The version table says ${headsText(place.current)}.`;
  const text = [found(place), ...place.verdict === "in-step" ? [] : [said], ...replayed(place)];
  const mend = mendOf(place);
  return mend === null ? ok(NAME, text.join(" ")) : trouble(NAME, text.join(" "), mend);
}

function found({ verdict, by, candidates, besides }: Location): string {
  const [first] = candidates;
  const names = candidates.map(({ text }) => text);
  const which = names.length > 1
    ? `${names.join(" or ")}, which no schema tells apart`
    : names.join();
  const alone = listed(besides);
  switch (verdict) {
    case "in-step":
      return `The schema is that of ${which}, as the version table says.`;
    case "equal":
      return by === "journal"
        ? `The schema is exactly what oakum left at ${which}.`
        : `The schema is that of ${which}.`;
    case "besides":
      return `The schema is that of ${which}, and has besides what no revision makes: ${alone}.`;
    case "nearest": {
      const unlike = first?.differences ?? [];
      const differs = unlike.length > 0 ? `; what differs: ${listed(unlike)}` : "";
      const more = besides.length > 0 ? ` It has besides what no revision makes: ${alone}.` : "";
      return `The schema is nearest to that of ${which}${differs}.${more}`;
    }
  }
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

function mendOf({ verdict, stamps, left }: Location): string | null {
  const stamp = stamps.join(", or ");
  switch (verdict) {
    case "in-step":
      return null;
    case "equal":
      return stamp;
    case "besides":
      return stamp ||
        "The version table is right; drop what nobody needs, or write a revision for it.";
    case "nearest":
      if (left.length > 0) {
        return "See why the revisions do not run on an empty database, and look again once they do: " +
          "oakum rehearse --from-empty";
      }
      return stamp
        ? `If what differs is meant, or is mended: ${stamp}`
        : "No revision is nearer than the version table's: mend what differs, or write a revision.";
  }
}

function listed(texts: readonly string[]): string {
  const more = texts.length - MOST;
  return texts.slice(0, MOST).join("; ") + (more > 0 ? `; and ${more} more` : "");
}
