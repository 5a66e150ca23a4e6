/**
 * The files that take longest, longest first. They begin first: one of them at the end would leave
 * all but one of the machine's cores idle. The others follow by name.
 */
export const SLOWEST: readonly string[] = [
  "tests/docker/rehearse_bad.test.ts",
  "tests/docker/rehearse_unmoved.test.ts",
  "tests/docker/rollback.test.ts",
  "tests/docker/rehearse_apps.test.ts",
  "tests/docker/rehearse_servers.test.ts",
  "tests/docker/rehearse_isolated.test.ts",
  "tests/docker/rollback_trouble.test.ts",
  "tests/docker/rehearse_luck.test.ts",
  "tests/docker/rehearse_good.test.ts",
  "tests/docker/rehearse_failing.test.ts",
  "tests/docker/locate.test.ts",
  "tests/docker/unwritten_stack.test.ts",
  "tests/docker/pairwise.test.ts",
  "tests/cli/json_guarded.test.ts",
  "tests/docker/instead_of.test.ts",
  "tests/docker/migrate_kill.test.ts",
  "tests/faults/foreign.test.ts",
  "tests/docker/migrate_lost.test.ts",
  "tests/docker/foreign.test.ts",
  "tests/docker/migrate_apps.test.ts",
  "tests/faults/backup_signals.test.ts",
  "tests/faults/restore_signals.test.ts",
  "tests/faults/damaged.test.ts",
  "tests/docker/alembic/versions.test.ts",
  "tests/cli/json.test.ts",
  "tests/faults/proof_signals.test.ts",
  "tests/docker/verbs_command.test.ts",
  "tests/docker/migrate_failures.test.ts",
];
