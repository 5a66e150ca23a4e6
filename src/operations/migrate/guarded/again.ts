import { shellWord } from "../../../core/shell.ts";
import type { UpgradeRequest } from "./request.ts";

/** What an upgrade was asked for, which every command that goes on from it has to ask for too. */
export interface AskedUpgrade {
  /** Where to, as typed. */
  readonly revision: string;
  readonly upgrade: Pick<UpgradeRequest, "image" | "runs">;
}

/** The upgrade that was asked for, as a command, to which a hint adds what else it takes. */
export function upgradeAgain({ revision, upgrade: { image, runs } }: AskedUpgrade): string {
  const command = upgradeTo(revision);
  return image.id === runs.id ? command : `${command} --image ${shellWord(image.name)}`;
}

/** The upgrade to where somebody typed, as a command. */
export function upgradeTo(revision: string): string {
  return revision === "head" ? "oakum upgrade" : `oakum upgrade ${shellWord(revision)}`;
}
