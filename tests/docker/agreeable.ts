import type { Ask } from "../../src/core/ask.ts";

/** A person who agrees to everything. */
export const agreeable: Ask = {
  confirm: () => Promise.resolve(),
  typeName: () => Promise.resolve(),
  choose: (_question, choices, fallback) => Promise.resolve(fallback ?? choices[0]!.value),
};
