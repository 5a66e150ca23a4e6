import { OakumError } from "../../core/errors.ts";
import { downgradeSteps, type Step, upgradeSteps } from "../../migrators/alembic/resolve.ts";
import type { MigratedStep, MigrationPlan } from "../../reports/migration.ts";
import type { MigrationRequest } from "../migrate.ts";
import type { BothSides } from "./read_both.ts";

/**
 * Resolves what was typed to exact revisions, and says what is to be known of each beside what is
 * known already.
 */
export function planMigration(
  { project, state: { externalTransaction }, heads }: BothSides,
  request: MigrationRequest,
  known: readonly string[],
): { plan: MigrationPlan; steps: readonly Step[] } {
  const { direction, revision, target, app, lockTimeoutMs } = request;
  const resolve = direction === "upgrade" ? upgradeSteps : downgradeSteps;
  const steps = resolve(project.graph, revision, heads);
  for (const step of steps) refuseImpossible(step);
  const plan: MigrationPlan = {
    kind: "migration-plan",
    direction,
    target,
    app,
    from: heads,
    to: steps.at(-1)?.headsAfter ?? heads,
    steps: describeSteps(steps),
    backup: request.backup
      ? { taken: true, why: "A backup is taken first." }
      : { taken: false, why: request.whyNoBackup },
    lockTimeoutMs,
    warnings: [...known, ...steps.flatMap((step) => warningsOf(step, externalTransaction))],
  };
  return { plan, steps };
}

/** The steps of a run before it has begun. */
export function describeSteps(steps: readonly Step[]): MigratedStep[] {
  return steps.map(({ revision: { id, doc, path } }) => ({
    revision: id,
    doc,
    file: path,
    state: "pending",
    tookMs: null,
    tries: 0,
  }));
}

function refuseImpossible({ direction, revision }: Step): void {
  const kind = revision[direction];
  if (kind !== "missing" && kind !== "raises") return;
  throw new OakumError(
    `no-${direction}`,
    "refused",
    `Revision ${revision.id} cannot be ${direction === "upgrade" ? "applied" : "undone"}: its ` +
      `${direction}() ${kind === "missing" ? "is missing" : "raises an error by design"}.`,
    {
      hint: direction === "downgrade"
        ? "Go back to before the last upgrade with its backup: oakum rollback --via restore; " +
          "what that would lose: oakum rollback --dry-run"
        : `Mend ${revision.path}.`,
      data: { revision: revision.id, file: revision.path },
    },
  );
}

function warningsOf({ direction, revision }: Step, externalTransaction: boolean): string[] {
  const warnings: string[] = [];
  if (revision[direction] === "empty") {
    warnings.push(
      `${revision.id} has an empty ${direction}(): it changes nothing but the version.`,
    );
  }
  if (revision.autocommit && externalTransaction) {
    warnings.push(
      `${revision.id} uses autocommit_block, which Alembic refuses: env.py runs SQL before ` +
        "context.begin_transaction().",
    );
  } else if (revision.autocommit) {
    warnings.push(
      `${revision.id} uses autocommit_block: what it commits before a failure stays.`,
    );
  }
  return warnings;
}
