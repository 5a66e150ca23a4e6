import type { Emit } from "../core/events.ts";
import { messageOf, OakumError } from "../core/errors.ts";
import { asLost } from "../core/lost.ts";

/** Why one of several could not be done. */
export interface FailureOfOne {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * What went wrong with one of many, told at once: it must not cost the others, nor their report, also
 * where it is a defect. `what` is half a sentence, such as `shop: db/shop is not backed up`.
 */
export function failureOfOne(
  error: unknown,
  { what, verb, emit }: { readonly what: string; readonly verb: string; readonly emit: Emit },
): FailureOfOne {
  const known = asLost(error);
  const message = messageOf(known);
  const unexpected = { code: "unexpected", hint: `See more: oakum ${verb} --verbose` };
  const { code, hint } = known instanceof OakumError ? known : unexpected;
  const text = `${what}: ${message}`;
  emit({ type: "warning", code, text, ...(hint === undefined ? {} : { hint }) });
  return { code, message, hint: hint ?? null };
}
