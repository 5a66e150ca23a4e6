import type { MigrationState } from "../../backups/manifest.ts";
import type { MigrationProject } from "../../migrators/migrator.ts";

/**
 * Where a database stands by the app's own version table. Several apps and sections have one each;
 * where the one that was found is not of these scripts, env.py alone knows which it is. Of what it
 * cannot be asked about, the first answer stays.
 */
export async function ownState(
  { graph }: Pick<MigrationProject, "graph">,
  state: MigrationState | null,
  ask: () => Promise<Pick<MigrationProject, "databases"> | string>,
): Promise<MigrationState | null> {
  if (state === null || state.revisions.every((id) => graph.has(id))) return state;
  const asked = await ask();
  const first = typeof asked === "string" ? undefined : asked.databases[0];
  return first ? { ...state, revisions: [...first.heads] } : state;
}
