import { join } from "node:path";
import { readJournal } from "../../backups/journal_read.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { JOURNAL } from "../../backups/names.ts";
import { targetPath } from "../../backups/target_path.ts";
import type { Revision, RevisionGraph } from "../../migrators/alembic/revisions.ts";
import type { EditedRevision } from "../../reports/revisions.ts";
import { type Application, applications } from "./applications.ts";

/** Whose journal is meant. */
export interface JournalOf {
  readonly dir: string;
  readonly target: TargetName;
}

/** The applied revisions whose files are other ones than oakum applied, oldest first. */
export async function editedRevisions(
  { dir, target }: JournalOf,
  graph: RevisionGraph,
  current: readonly string[],
): Promise<readonly EditedRevision[]> {
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  const known = applications(entries, graph);
  const now = graph.ancestors(current.filter((id) => graph.has(id)), "all");
  return graph.inOrder(now).flatMap((id) => {
    const [revision, application] = [graph.get(id), known.get(id)];
    if (!application || application.sha256 === revision.sha256) return [];
    return [editedSince(revision, application)];
  });
}

function editedSince(
  { id, doc, path, codeSha256 }: Revision,
  application: Application,
): EditedRevision {
  const known = codeSha256 !== undefined && application.codeSha256 !== undefined;
  const what = !known ? "unknown" : codeSha256 === application.codeSha256 ? "layout" : "code";
  return { revision: id, doc, path, appliedAt: application.at, what };
}

/** Those of which nobody can say that only comments and layout changed. */
export function editedInEarnest(edited: readonly EditedRevision[]): readonly EditedRevision[] {
  return edited.filter(({ what }) => what !== "layout");
}

/** Warns before a migration that begins on other files than those which were applied. */
export async function editedWarnings(
  ...where: Parameters<typeof editedRevisions>
): Promise<string[]> {
  return editedInEarnest(await editedRevisions(...where)).map(({ revision, appliedAt }) =>
    `${revision} was applied ${appliedAt}; its file was changed since: what the database has of ` +
    "it may be something else than its file says."
  );
}
