import { OakumError } from "../../core/errors.ts";
import { parseTarget } from "../../migrators/alembic/names.ts";
import { stepsBetween, wayBack } from "../../migrators/alembic/resolve.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import { adviceOn } from "./causes.ts";
import { isThereAlready, locateHint } from "./failure.ts";
import { headsText } from "./picture.ts";
import { errorOf, hasAdvanced, movedBefore, type Stop } from "./stands.ts";

/** The next thing to do after a run that stopped: one command where one mends it. */
export function mend(stop: Stop): string {
  const { end } = stop;
  const verdict = end.begun ? end.verdict : "as-before";
  if (movedBefore(stop)) return "Somebody else migrates it. Look again: oakum status";
  switch (verdict) {
    case "unknown":
      return "See where it stands as soon as the database answers: oakum status";
    case "elsewhere":
      return "Find out who else migrates it, then look again: oakum status";
    case "partly":
      return wayOut(stop);
    default:
      return `${first(stop)}oakum ${stop.step.direction} ${wayOn(stop)}${orBack(stop)}.`;
  }
}

/** What is to be done before the run can go on. */
function first(stop: Stop): string {
  const { end, context } = stop;
  const error = errorOf(end);
  if (context.signal.aborted) return "Go on: ";
  if (error instanceof ProgramFailure) {
    const { kind, sqlstate } = error.failure;
    if (sqlstate === "55P03") {
      return "Wait until that session is done, end it, or give --lock-timeout and --retries; then: ";
    }
    if (sqlstate === "40P01") return "Try again when less is going on: ";
    if (isThereAlready(error.failure)) return `${locateHint(stop.beforeStep.heads)}; then: `;
    const advice = adviceOn(error.failure);
    return advice
      ? `${advice.replace(/\.$/, "")}; then: `
      : MENDS[kind] ?? "Mend the revision, then: ";
  }
  return error instanceof OakumError && error.hint ? `${error.hint} Then: ` : "Mend it, then: ";
}

const MENDS: Readonly<Record<string, string>> = {
  "connection": "See why the app cannot connect (oakum doctor), then: ",
  "env-failed": "Mend env.py, then: ",
  "env-ran-nothing": "Mend env.py, then: ",
  "not-committed": "Mend env.py, then: ",
  "server-restarted": "See why it was, and that it stays up (docker logs), then: ",
  "session": "See what the server said, then: ",
  "wrong-database": "See where the app's address leads (oakum doctor), then: ",
  "wrong-server": "See where the app's address leads (oakum doctor), then: ",
};

/** What was typed; a relative target would now lead further. */
function wayOn({ goal: { typed, heads } }: Stop): string {
  const [only = "base", ...others] = heads;
  return parseTarget(typed).steps === undefined || others.length > 0 ? typed : only;
}

/** Back to where the run began, where the scripts or a backup know a way to exactly that. */
function orBack(stop: Stop): string {
  const { before, graph, step, end, backup } = stop;
  const now = end.begun ? end.now?.heads : stop.beforeStep.heads;
  if (!hasAdvanced(stop) || step.direction === "downgrade" || !now) return "";
  const down = wayBack(graph, stepsBetween(graph, before.heads, now));
  if (down === undefined && backup === null) return "";
  return `; or go back to ${headsText(before.heads)}: oakum rollback`;
}

/** A revision that is half there can be neither applied nor undone. */
function wayOut({ backup, step }: Stop): string {
  return backup
    ? `Back to before this run, with the loss of what was written since: oakum restore ${backup}`
    : `There is no backup of before this run: bring ${step.revision.id} to an end, or take it ` +
      "back, by hand: oakum psql";
}
