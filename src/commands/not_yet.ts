import { OakumError } from "../core/errors.ts";

/** Refuses options that this version parses and cannot do: ignoring one would be a lie. */
export function refuseNotYet(given: Readonly<Record<string, boolean>>): void {
  const names = Object.entries(given).filter(([, isGiven]) => isGiven).map(([name]) => name);
  if (names.length === 0) return;
  throw new OakumError(
    "not-in-this-version",
    "usage",
    `This version of oakum cannot do ${names.join(" and ")} yet.`,
    { hint: "Nothing was done. Run the command without it.", data: { options: names } },
  );
}
