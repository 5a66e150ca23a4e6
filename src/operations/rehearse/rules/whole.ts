import type { RevisionGraph } from "../../../migrators/alembic/revisions.ts";
import type { AppTrial, ModelDrift } from "../../../reports/rehearsal.ts";
import { printable } from "../../../core/printable.ts";
import { duration } from "../../../core/time.ts";
import { ended } from "./failures.ts";
import { listed } from "./numbers.ts";
import type { RuleSettings } from "./settings.ts";
import type { Draft } from "./scene.ts";

/** What is judged once for a rehearsal. */
export interface WholeContext {
  readonly settings: RuleSettings;
  /** Rules that the command line accepts by name. */
  readonly allowed: ReadonlySet<string>;
  readonly graph: RevisionGraph;
  /** What the database was at. */
  readonly from: readonly string[];
  /** The revisions that were rehearsed. */
  readonly pending: readonly string[];
  readonly drift: ModelDrift | null;
  readonly trials: readonly AppTrial[];
}

/** Two heads that grew from one revision: `upgrade head` does not know which is meant. */
export function judgeHeads({ graph }: WholeContext): Draft[] {
  const heads = graph.heads("all");
  if (heads.length < 2) return [];
  const common = graph.commonAncestors(heads);
  // Branches with a base or a label of their own are meant to stay apart.
  if (common.length === 0 || heads.every((head) => isLabelled(graph, head))) return [];
  const named = heads.map((head) => `${head} (${graph.get(head).doc || "no docstring"})`);
  return [{
    rule: "several-heads",
    text: `There are ${heads.length} heads since ${listed(common)}: ${listed(named)}. ` +
      "`alembic upgrade head` refuses, so the next deployment breaks.",
    fix: `oakum merge ${heads.join(" ")} -m "merge heads"`,
  }];
}

function isLabelled(graph: RevisionGraph, head: string): boolean {
  return [...graph.ancestors([head], "down")].some((id) => graph.get(id).labels.length > 0);
}

/** A revision from a branch that was merged late: elsewhere the order was another one. */
export function judgeSequence({ graph, from, pending }: WholeContext): Draft[] {
  const applied = graph.ancestors(from.filter((id) => graph.has(id)), "all");
  return pending.flatMap((id) => {
    const { created } = graph.get(id);
    if (created === undefined || Number.isNaN(Date.parse(created))) return [];
    const before = graph.ancestors([id], "all");
    const newer = [...applied].filter((other) =>
      !before.has(other) && Date.parse(graph.get(other).created ?? "") > Date.parse(created)
    );
    if (newer.length === 0) return [];
    return [{
      rule: "out-of-order" as const,
      text: `${id} is pending, and was written before ${listed(newer)}, which ${
        newer.length === 1 ? "is" : "are"
      } applied here already: other databases had them in another order.`,
      fix:
        "# Where both touch the same table, let the younger one follow the older: down_revision.",
    }];
  });
}

/** Models that ask for another schema than the revisions make. */
export function judgeDrift({ drift }: WholeContext): Draft[] {
  if (!drift) return [];
  if (drift.unknown !== null) {
    const text = `The models could not be compared with the schema: ${ended(drift.unknown)}`;
    return [{ rule: "model-unknown", text }];
  }
  if (drift.fresh.length === 0) return [];
  // The file holds what is known already, too. A name with a line of its own must stay a remark.
  const drops = [...drift.fresh, ...drift.known].map(printable)
    .filter((operation) => /^remove (column|table)\b/.test(operation));
  const read = drops.length > 0
    ? `# Read the file before it is applied: it would drop data (${listed(drops, 4)}).`
    : "# Read the file before it is applied.";
  return [{
    rule: "model-drift",
    text: `After all revisions the schema is not what the models ask for: ${listed(drift.fresh)}.`,
    fix: `${read}\noakum revision --autogenerate -m "what the models ask for"`,
  }];
}

/** The app on the new schema. */
export function judgeTrials({ trials }: WholeContext): Draft[] {
  return trials.filter(({ ok }) => !ok).map(({ what, command, exitCode, tookMs, output }) => {
    const last = output.trim().split("\n").at(-1) ?? "";
    const said = last === "" ? "" : ` Its last line: ${last}`;
    const ending = exitCode === null ? "did not end" : `ended with exit code ${exitCode}`;
    return what === "run"
      ? {
        rule: "app-command-fails" as const,
        text: `\`${command}\` ${ending} after ${duration(tookMs)} on the new schema.${said}`,
      }
      : {
        rule: "app-unhealthy" as const,
        text: `The app did not become healthy on the new schema within ${duration(tookMs)}: ` +
          `\`${command}\`.${said}`,
      };
  });
}
