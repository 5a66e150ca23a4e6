import type { AdoptOptions } from "./adopt.ts";
import type { BackupOptions } from "./backup.ts";
import type { BackupsOptions } from "./backups.ts";
import type { CheckOptions } from "./check.ts";
import type { CompleteOptions, CompletionOptions } from "./completion.ts";
import type { ConfigRulesOptions, ConfigSchemaOptions } from "./config.ts";
import type { CurrentOptions } from "./current.ts";
import type { DoctorOptions } from "./doctor.ts";
import type { HeadsOptions } from "./heads.ts";
import type { HistoryOptions } from "./history.ts";
import type { InitOptions } from "./init.ts";
import type { MergeOptions } from "./merge.ts";
import type { MigrationOptions } from "./migration_command.ts";
import type { PinOptions } from "./pin.ts";
import type { PsqlOptions } from "./psql.ts";
import type { RehearseOptions } from "./rehearse.ts";
import type { RestoreOptions } from "./restore.ts";
import type { RevisionOptions } from "./revision.ts";
import type { RollbackOptions } from "./rollback.ts";
import type { ShowOptions } from "./show.ts";
import type { StampOptions } from "./stamp.ts";
import type { StatusOptions } from "./status.ts";
import type { VerifyOptions } from "./verify.ts";

/** Every verb with the options that its file parses. */
export interface VerbOptions {
  readonly status: StatusOptions;
  readonly current: CurrentOptions;
  readonly history: HistoryOptions;
  readonly heads: HeadsOptions;
  readonly show: ShowOptions;
  readonly check: CheckOptions;
  readonly revision: RevisionOptions;
  readonly merge: MergeOptions;
  readonly stamp: StampOptions;
  readonly rehearse: RehearseOptions;
  readonly upgrade: MigrationOptions;
  readonly downgrade: MigrationOptions;
  readonly rollback: RollbackOptions;
  readonly backup: BackupOptions;
  readonly backups: BackupsOptions;
  readonly restore: RestoreOptions;
  readonly verify: VerifyOptions;
  readonly pin: PinOptions;
  readonly adopt: AdoptOptions;
  readonly psql: PsqlOptions;
  readonly doctor: DoctorOptions;
  readonly init: InitOptions;
  readonly completion: CompletionOptions;
  readonly "config rules": ConfigRulesOptions;
  readonly "config schema": ConfigSchemaOptions;
  readonly __complete: CompleteOptions;
}

/** The name of a verb. */
export type Verb = keyof VerbOptions;

/** Verbs that may run long: with `--json` their events come first, in a log their steps are told. */
export const LONG_VERBS: ReadonlySet<Verb> = new Set<Verb>([
  "adopt",
  "backup",
  "downgrade",
  "rehearse",
  "restore",
  "rollback",
  "upgrade",
  "verify",
]);

/** Verbs that work without settings, also where `oakum.yaml` is broken. */
export const BARE_VERBS = [
  "__complete",
  "completion",
  "config rules",
  "config schema",
  "init",
] as const;

/** One of `BARE_VERBS`. */
export type BareVerb = typeof BARE_VERBS[number];
