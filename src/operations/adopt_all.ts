import { readWrittenAt } from "../backups/written_at.ts";
import { targetPath } from "../backups/target_path.ts";
import { rfc3339 } from "../core/time.ts";
import type { Adopted, AdoptFailure, AdoptPlan, AdoptReport } from "../reports/adopt.ts";
import { adopt, type AdoptRequest } from "./adopt.ts";
import { recogniseWhole } from "./adopt/recognise.ts";
import type { Context } from "./context.ts";
import { failureOfOne } from "./one_of_many.ts";

/** Which files are adopted, and as whose backups. */
export interface AdoptAllRequest extends Omit<AdoptRequest, "path"> {
  /** Absolute paths. */
  readonly paths: readonly string[];
  readonly dryRun: boolean;
}

/** Adopts each file; one that cannot be adopted keeps no other from it, but a single one throws. */
export async function adoptAll(context: Context, request: AdoptAllRequest): Promise<AdoptReport> {
  const { paths, dryRun } = request;
  const adopted: Adopted[] = [];
  const planned: AdoptPlan[] = [];
  const failed: AdoptFailure[] = [];
  for (const path of paths) {
    try {
      if (dryRun) planned.push(await planAdoption(context, path, request));
      else adopted.push(await adopt(context, { otherName: true, ...request, path }));
    } catch (error) {
      if (paths.length === 1) throw error;
      context.signal.throwIfAborted();
      const about = { what: `${path} is not adopted`, verb: "adopt", emit: context.emit };
      failed.push({ file: path, ...failureOfOne(error, about) });
    }
  }
  return { kind: "adopt", adopted, planned, failed };
}

/** What an adoption would make of a file, as far as the file itself says it. */
async function planAdoption(
  { signal, clock }: Context,
  path: string,
  { dir, target }: AdoptAllRequest,
): Promise<AdoptPlan> {
  const { kind, scope, bytes, whole, doubt } = await recogniseWhole(path, signal);
  const writtenAt = await readWrittenAt(path, clock.now());
  const takenAt = writtenAt && rfc3339(new Date(writtenAt));
  const folder = targetPath(dir, target);
  return { file: path, format: kind, scope, bytes, whole, doubt, takenAt, writtenAt, folder };
}
