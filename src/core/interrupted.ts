import { OakumError } from "./errors.ts";

/**
 * The interruption that ended some work, with where things stand now; nothing where something else
 * ended it. Ctrl-C at a question is thrown, and aborts no signal.
 */
export function interruptedWith(
  error: unknown,
  signal: AbortSignal,
  standing: string,
): OakumError | undefined {
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (!(cause instanceof OakumError) || cause.outcome !== "interrupted") return undefined;
  const { code, message, data, hint } = cause;
  const detail = { data, cause: error, ...(hint === undefined ? {} : { hint }) };
  return new OakumError(code, "interrupted", `${message} ${standing}`.trim(), detail);
}

/**
 * Waits for some work; where it is interrupted, the error says where things stand then. Where that is
 * not known, what the work threw is thrown on.
 */
export async function sayingWhere<T>(
  signal: AbortSignal,
  standing: () => string | undefined,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const where = standing();
    throw where === undefined ? error : interruptedWith(error, signal, where) ?? error;
  }
}
