import { Command, Option } from "@commander-js/extra-typings";
import { ON_FAILURE } from "../config/levels.ts";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import {
  allowOption,
  dryRunOption,
  imageChoice,
  imageOption,
  lockTimeoutOption,
  newImageOption,
  retriesOption,
  safetyBackupOption,
  xOption,
} from "./shared_options.ts";
import { filled, webAddresses } from "./values.ts";

/** `oakum upgrade`. */
export function upgradeCommand(deps: Deps) {
  const command = new Command("upgrade")
    .summary("apply pending revisions, rehearsed and with a backup first")
    .description(
      "Applies pending revisions one at a time, each checked from a second connection. Rehearses " +
        "them on a copy and takes a backup first, as the guard says; says what it will do, and " +
        "where it stands if a step fails. Exits with 9 where all is applied and the app is not " +
        "well afterwards: nothing is taken back then; and where --dry-run finds that it would be " +
        "refused.",
    )
    .argument("[rev]", "where to: an identifier, head, +1, label@head", filled, "head")
    .addOption(rehearsalOption())
    .addOption(allowOption("data-lost"))
    .addOption(onFailureOption())
    .addOption(healthOption())
    .addOption(xOption())
    .addOption(lockTimeoutOption())
    .addOption(retriesOption())
    .addOption(safetyBackupOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .addOption(dryRunOption())
    .action((revision, { x, lockTimeout, ...given }, self) => {
      const { rehearsal, allow = [], onFailure, health = [], ...common } = given;
      const { retries, backup, dryRun = false } = common;
      const choices = { rehearsal, allow, onFailure, health };
      const options = { revision, retries, backup, dryRun, ...choices, ...imageChoice(common) };
      return deps.run("upgrade", options, self, { x, lockTimeout });
    });
  addExamples(command, [
    ["oakum upgrade", "everything that is pending"],
    ["oakum upgrade +1", "one revision"],
    ["oakum upgrade --dry-run", "the plan and the checklist only"],
    ["oakum upgrade --new-image", "with the migrations of a newly built image"],
    ["oakum upgrade --allow rewrite-over", "past a finding that is accepted"],
  ]);
  return command;
}

const rehearsalOption = () =>
  new Option("--rehearsal <when>", "whether it is rehearsed first; auto: as the guard says")
    .choices(["auto", "none"] as const).default("auto" as const);

const onFailureOption = () =>
  new Option("--on-failure <way>", "where one fails: stop there, the default, or go back")
    .choices(ON_FAILURE);

const healthOption = () =>
  new Option("--health <url>", "must answer afterwards; repeatable").argParser(webAddresses);
