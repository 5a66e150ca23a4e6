import type { OpenStep } from "../../backups/journal.ts";
import type { Picture } from "./picture.ts";

/** Writes into the journal how a move ended; what cannot be written is found out by the next run. */
export async function recordOutcome(
  intent: OpenStep,
  ok: boolean,
  { heads, fingerprint }: Picture,
): Promise<void> {
  await intent.tryEnd(ok, { heads: [...heads], fingerprint: fingerprint.sha256 });
}
