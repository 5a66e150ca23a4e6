import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { SettingFlags } from "../config/settings.ts";
import type { Verb, VerbOptions } from "./verbs.ts";

/** The flags of a verb that are settings too; the global ones are added to them. */
export type VerbFlags = Pick<SettingFlags, "backupDir" | "verify" | "lockTimeout" | "x">;

/** What a verb's file needs: it only parses, and hands its options on. */
export interface Deps {
  /** Does the verb's work; throws where it fails. */
  run<V extends Verb>(
    verb: V,
    options: VerbOptions[V],
    command: CommandUnknownOpts,
    flags?: VerbFlags,
  ): Promise<void>;
}
