import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { contradiction, dirOption } from "./shared_options.ts";
import { filled } from "./values.ts";

/** What `verify` takes. */
export interface VerifyOptions {
  /** A name, `latest`, or `all` of them. */
  readonly backups: { readonly kind: "one"; readonly backup: string } | { readonly kind: "all" };
  /** Whether each is restored and compared, not only read. */
  readonly restore: boolean;
}

/** `oakum verify`. */
export function verifyCommand(deps: Deps) {
  return new Command("verify")
    .summary("prove a backup: checksum and full read, or a restore")
    .description(
      "Compares a backup with its checksum and reads all of it; with --restore, loads it into a " +
        "throwaway database and compares that with the manifest. Exits with 9 where it fails.",
    )
    .argument("[backup]", "a name, latest, or a file (default: latest)", filled)
    .addOption(dirOption())
    .option("--restore", "restore it in a sandbox, too, and compare")
    .option("--all", "every backup of the database")
    .action((backup, { dir, restore = false, all }, self) => {
      if (all && backup !== undefined) contradiction(self, "--all takes no backup");
      const backups = all
        ? { kind: "all" } as const
        : { kind: "one", backup: backup ?? "latest" } as const;
      return deps.run("verify", { backups, restore }, self, { backupDir: dir });
    });
}
