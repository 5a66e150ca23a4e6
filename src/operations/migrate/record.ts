import type { OpenStep } from "../../backups/journal.ts";
import { messageOf } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import type { Picture } from "./picture.ts";

/** Writes into the journal how a move ended; what cannot be written is found out by the next run. */
export async function recordOutcome(
  { emit }: Context,
  intent: OpenStep,
  ok: boolean,
  { heads, fingerprint }: Picture,
): Promise<void> {
  const data = { heads: [...heads], fingerprint: fingerprint.sha256 };
  await intent.end(ok, data).catch((error) => {
    const text = `The journal could not be written: ${messageOf(error)}`;
    emit({ type: "warning", code: "journal-not-written", text });
  });
}
