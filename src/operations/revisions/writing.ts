import type { FailureReply } from "../../migrators/alembic/replies.ts";
import { failureLines } from "../migrate/failure.ts";

/** That env.py writes on its own, where a comparison could not be read-only for it. */
export function writingNotes(writing: FailureReply | undefined): string[] {
  if (!writing) return [];
  const [place = writing.message] = failureLines(writing);
  return [`env.py writes to the database whenever it runs, so this was not read-only: ${place}`];
}
