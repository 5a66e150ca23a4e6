import type { Branches } from "../migrators/alembic/branches.ts";
import type { ModelChange, PossibleRename } from "./check.ts";
import type { RevisionName } from "./revisions.ts";

/** A new revision's file. */
export interface NewFile {
  readonly revision: string;
  /** Where it belongs in the app's container. */
  readonly container: string;
  /** Where it is on this machine, or would be. */
  readonly path: string;
  /**
   * `mounted` in a folder that the app's container has mounted; `source` in the folder that its
   * image was built from; `copied` in the stack's folder, where nobody looks for it yet.
   */
  readonly place: "mounted" | "source" | "copied";
  /** Whether the app's container has it already. */
  readonly visible: boolean;
}

/** What `revision` and `merge` made. */
export interface RevisionReport {
  readonly kind: "revision";
  readonly verb: "revision" | "merge";
  readonly app: string;
  /** False for a plan. */
  readonly written: boolean;
  readonly files: readonly NewFile[];
  /** What a merge joins, and the newest revisions that all of them go back to. */
  readonly joins: readonly RevisionName[];
  readonly commonAncestors: readonly RevisionName[];
  /** What is on each branch that a merge joins, and what is in conflict; null for a revision. */
  readonly branches: Branches | null;
  /** What autogenerate put into it; null without. */
  readonly changes: readonly ModelChange[] | null;
  readonly renames: readonly PossibleRename[];
  /** Sentences on what to know, and to do next. */
  readonly notes: readonly string[];
}
