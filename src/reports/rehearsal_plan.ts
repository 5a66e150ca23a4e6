import type { TargetName } from "../backups/manifest.ts";
import type { AppTrial, RehearsalData } from "./rehearsal.ts";

/** What a rehearsal is about to do. */
export interface RehearsalPlan {
  readonly kind: "rehearsal-plan";
  readonly target: TargetName;
  readonly app: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** In the order in which they are applied. */
  readonly revisions: readonly {
    readonly revision: string;
    readonly doc: string;
    /** Path of its file in the repository, where it is there; else in the app's container. */
    readonly file: string;
  }[];
  readonly data: RehearsalData;
  readonly image: { readonly name: string; readonly id: string };
  /** What is tried of the app on the new schema. */
  readonly trials: readonly Pick<AppTrial, "what" | "command">[];
  /** Other services that the sandbox has, too. */
  readonly services: readonly string[];
  /** Milliseconds that one step may take. */
  readonly timeoutMs: number;
  /** Sentences on what is to be known before. */
  readonly warnings: readonly string[];
}
