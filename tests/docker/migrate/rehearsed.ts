import type { RehearsalReport } from "../../../src/reports/rehearsal.ts";
import type { UpgradeRequest } from "../../../src/operations/migrate/guarded/request.ts";
import { rehearsal, revision } from "../../unit/operations/rehearsals.ts";
import type { RevisionFile } from "./project.ts";
import { journalOf, type Scene, type Shop } from "./shop.ts";

const IMAGE = { name: "shop:1", id: "sha256:1" };

/**
 * What a rehearsal of these revisions sees: they are applied to a database of their own, and what the
 * journal says of its schema is what the rehearsal says.
 */
export async function rehearsedBeside(
  shop: Shop,
  revisions: readonly RevisionFile[],
  scene: Scene,
): Promise<RehearsalReport> {
  await using beside = await shop.scene(revisions);
  const { error } = await beside.run();
  if (error) throw error;
  const entries = await journalOf(beside);
  const steps = entries.flatMap((intent) => {
    const outcome = entries.find((entry) => entry.kind === "outcome" && entry.id === intent.id);
    return intent.kind === "intent" && outcome
      ? [{ intent: intent.data, after: outcome.data }]
      : [];
  });
  return rehearsal({
    target: { project: "shop", service: "db", database: scene.database.name },
    to: steps.at(-1)!.intent["to"] as string[],
    image: IMAGE,
    scripts: await scene.scripts(),
    fingerprint: String(steps[0]!.intent["fingerprint"]),
    rehearsedAt: new Date().toISOString(),
    revisions: steps.map(({ intent, after }) =>
      revision(String(intent["revision"]), {
        sha256: String(intent["sha256"]),
        fingerprintBefore: String(intent["fingerprint"]),
        fingerprintAfter: String(after["fingerprint"]),
      })
    ),
  });
}

/** The same, on a backup that was taken of the scene's database: as an upgrade finds it kept. */
export async function rehearsedOnBackup(
  shop: Shop,
  revisions: readonly RevisionFile[],
  scene: Scene,
): Promise<RehearsalReport> {
  const report = await rehearsedBeside(shop, revisions, scene);
  const { manifest } = await scene.backUp();
  const { id: name, takenAt, database: { bytes } } = manifest;
  return { ...report, data: { source: "backup", name, takenAt, bytes } };
}

/** An upgrade that is rehearsed by a function; `times` counts how often it was. */
export function guardedBy(
  shop: Shop,
  rehearse: () => Promise<RehearsalReport> | RehearsalReport,
  given: Partial<UpgradeRequest> = {},
): { readonly upgrade: UpgradeRequest; readonly times: () => number } {
  let times = 0;
  const counted = async () => {
    times++;
    return await rehearse();
  };
  return {
    times: () => times,
    upgrade: {
      rehearsal: { rehearse: counted, settings: "set", run: undefined },
      whyNotRehearsed: "",
      allow: [],
      onFailure: "stop",
      health: [],
      container: { id: shop.app.name, name: shop.app.name, running: true },
      image: IMAGE,
      runs: IMAGE,
      by: "ada",
      services: ["web"],
      ...given,
    },
  };
}
