import type { BareSession, Result, Session } from "./session.ts";
import type { BareVerb, Verb, VerbOptions } from "./verbs.ts";

/** The work of one verb: its options in, a report out. */
export type VerbWork<V extends Verb> = (
  session: V extends BareVerb ? BareSession : Session,
  options: VerbOptions[V],
) => Promise<Result>;

/** The work of the verbs, each loaded only where it is needed: help must not wait for Docker. */
export type Work = { readonly [V in Verb]?: () => Promise<VerbWork<V>> };

/** What every verb does. */
export const WORK: Work = {
  adopt: async () => (await import("./adopt_work.ts")).adoptWork,
  backup: async () => (await import("./backup_work.ts")).backupWork,
  backups: async () => (await import("./backups_work.ts")).backupsWork,
  check: async () => (await import("./check_work.ts")).checkWork,
  current: async () => (await import("./current_work.ts")).currentWork,
  doctor: async () => (await import("./doctor_work.ts")).doctorWork,
  downgrade: async () => (await import("./migrate_work.ts")).downgradeWork,
  heads: async () => (await import("./heads_work.ts")).headsWork,
  history: async () => (await import("./history_work.ts")).historyWork,
  merge: async () => (await import("./revision_work.ts")).mergeWork,
  pin: async () => (await import("./pin_work.ts")).pinWork,
  psql: async () => (await import("./psql_work.ts")).psqlWork,
  rehearse: async () => (await import("./rehearse_work.ts")).rehearseWork,
  restore: async () => (await import("./restore_work.ts")).restoreWork,
  revision: async () => (await import("./revision_work.ts")).revisionWork,
  rollback: async () => (await import("./rollback_work.ts")).rollbackWork,
  show: async () => (await import("./show_work.ts")).showWork,
  stamp: async () => (await import("./stamp_work.ts")).stampWork,
  status: async () => (await import("./status_work.ts")).statusWork,
  upgrade: async () => (await import("./migrate_work.ts")).upgradeWork,
  verify: async () => (await import("./verify_work.ts")).verifyWork,
  completion: async () => (await import("./completion_work.ts")).completionWork,
  __complete: async () => (await import("./completion_work.ts")).completeWork,
  "config rules": async () => (await import("./config_work.ts")).configRulesWork,
  "config schema": async () => (await import("./config_work.ts")).configSchemaWork,
  init: async () => (await import("./init_work.ts")).initWork,
};
