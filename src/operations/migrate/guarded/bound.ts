import { OakumError } from "../../../core/errors.ts";
import type { Step } from "../../../migrators/alembic/resolve.ts";
import type { MigrationProject } from "../../../migrators/migrator.ts";
import {
  differenceText,
  type Fingerprint,
  schemaDifferences,
} from "../../../postgres/fingerprint.ts";

const MOST = 8;

/** Refuses a schema that is another one than that which the plan was made for. */
export function requireSameSchema(planned: Fingerprint, now: Fingerprint): void {
  if (planned.sha256 === now.sha256) return;
  const differences = schemaDifferences(planned, now).map(differenceText);
  const more = differences.length - MOST;
  const lines = [
    "The schema was changed after the plan was made, so what was planned may not fit it any more:",
    ...differences.slice(0, MOST).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    "Nothing was changed.",
  ];
  throw new OakumError("schema-changed", "refused", lines.join("\n"), {
    hint: "If that was meant, try again: what is pending is then planned and rehearsed anew.",
    data: { differences },
  });
}

/** Refuses files that are others than those which were planned and rehearsed. */
export function requireSameFiles(
  steps: readonly Step[],
  planned: MigrationProject,
  now: MigrationProject,
  again: string,
): void {
  const changed = steps.filter(({ revision: { id, sha256 } }) =>
    !now.graph.has(id) || now.graph.get(id).sha256 !== sha256
  ).map(({ revision: { id } }) => id);
  if (changed.length === 0 && planned.scriptsSha256 === now.scriptsSha256) return;
  const what = changed.length > 0
    ? `these revisions were edited: ${changed.join(", ")}`
    : `a file was edited that lies in ${now.scripts}, or that revisions import`;
  throw new OakumError(
    "files-changed",
    "refused",
    `After the rehearsal ${what}.\nNothing was changed.`,
    {
      hint:
        "Try again: they are then rehearsed as they are now. Where the app itself writes files " +
        `there: ${again} --rehearsal none`,
      data: { revisions: changed },
    },
  );
}
