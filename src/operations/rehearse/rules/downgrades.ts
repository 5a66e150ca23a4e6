import { lossText } from "../../../reports/data_loss.ts";
import { isTold, lostForGood } from "./data.ts";
import { ended, failureText } from "./failures.ts";
import { dropLeft, takeBack } from "./fixes/left.ts";
import { fixOfFailure } from "./fixes/failure.ts";
import { listed } from "./numbers.ts";
import type { DataLoss, TracedStatement } from "../../../reports/rehearsal.ts";
import type { Draft, Scene } from "./scene.ts";
import { partsOf } from "./sql/names.ts";
import { parseStatement, wordsOf } from "./sql/statement.ts";

/** Whether the upgrade can be undone, and made again after that. */
export function judgeDowngrade(scene: Scene): Draft[] {
  const { revision, context } = scene;
  if (!changesSomething(scene)) return [];
  switch (context.revision.downgrade) {
    case "missing":
      return [undone("downgrade-missing", scene, "There is no downgrade(): it cannot be undone.")];
    case "empty":
      return judgeEmpty(scene);
    case "raises":
      return [undone("downgrade-raises", scene, "The downgrade refuses: it only raises an error.")];
    default:
      return revision.downgrade.verdict === "not-tried"
        ? []
        : [...judgeRun(scene), ...judgeAgain(scene)];
  }
}

/** A merge, or a revision that only marks a place, has nothing to be undone. */
function changesSomething({ revision }: Scene): boolean {
  const { fingerprintBefore, fingerprintAfter, upgrade } = revision;
  const moved =
    upgrade?.tables.some(({ inserted, updated, deleted, rewritten, dropped }) =>
      inserted + updated + deleted > 0 || rewritten || dropped
    ) ?? false;
  const lost = revision.lost.length + revision.downgrade.lost.length > 0;
  return fingerprintAfter !== null && (fingerprintBefore !== fingerprintAfter || moved || lost ||
    revision.again?.failure != null);
}

function judgeEmpty(scene: Scene): Draft[] {
  const { changes } = scene.revision;
  const what = changes.length > 0 ? `: ${listed(changes, 4)}` : "";
  const text = `The downgrade is empty, and says that all is undone while nothing is${what}.`;
  return [undone("downgrade-empty", scene, text)];
}

/** A revision that cannot be undone by a downgrade can be undone by the backup before it. */
function undone(rule: Draft["rule"], scene: Scene, text: string): Draft {
  const { revision } = scene.revision;
  const says = `${revision} cannot be undone: restore the backup that was taken before`;
  const back = takenBack(scene);
  const fix = back !== undefined
    ? downgradeOf(back)
    : rule === "downgrade-raises"
    ? undefined
    : `${STAYS}\n${downgradeOf(`raise NotImplementedError("${says}")`)}`;
  return { rule, text: `${text} Only a restore of the backup brings back what was before.`, fix };
}

const STAYS =
  "# No downgrade brings it back. Let it say so: that is told, too, as downgrade-raises, and stops nothing.";

function downgradeOf(code: string): string {
  return ["def downgrade() -> None:", ...code.split("\n").map((line) => `    ${line}`)].join("\n");
}

/** What undoes an upgrade that only made things; undefined where it did more. */
function takenBack({ revision, step }: Scene): string | undefined {
  const { changes, lost } = revision;
  const moved = step.tables.some(({ inserted, updated, deleted, dropped }) =>
    inserted + updated + deleted > 0 || dropped
  );
  return moved || lost.length > 0 ? undefined : takeBack(changes)?.join("\n");
}

function judgeRun(scene: Scene): Draft[] {
  const { downgrade, revision } = scene.revision;
  if (downgrade.verdict === "fails" || downgrade.verdict === "none") {
    const { failure } = downgrade;
    const why = failure ? failureText(failure) : "it did not say why";
    const text = `The downgrade of ${revision} fails: ${ended(why)}`;
    return [{
      rule: "downgrade-fails",
      text,
      fix: failure ? fixOfFailure(failure) : undefined,
      at: failure,
    }];
  }
  const drafts = [...judgeLossy(scene), ...judgeLeft(scene)];
  if (downgrade.verdict !== "cosmetic") return drafts;
  const text = `The downgrade of ${revision} brings all back but the order of columns.`;
  return [{ rule: "downgrade-cosmetic", text }];
}

/** What the upgrade itself destroyed is told by another rule. */
function judgeLossy(scene: Scene): Draft[] {
  const { downgrade, revision } = scene.revision;
  if (downgrade.verdict !== "lossy") return [];
  const told = lostForGood(scene).filter((one) => isTold(scene, one));
  const more = downgrade.lost.filter(({ table, column, rows }) =>
    rows > 0 && !told.some((one) => one.table === table && (one.column ?? column) === column)
  );
  if (more.length === 0) return [];
  const text =
    `The downgrade of ${revision} runs without an error, and yet the data is not what it ` +
    `was: ${listed(more.map(lossText))}.`;
  return [{
    rule: "downgrade-lossy",
    text,
    fix: `${STAYS}\n` +
      downgradeOf(
        `raise NotImplementedError("restore the backup: ${revision} changes values for good")`,
      ),
    at: destroyer(downgrade.measured?.statements ?? [], more),
  }];
}

const DESTROY = ["update", "delete", "truncate", "drop-table", "alter-table"];

/** The statement of a downgrade that speaks of what is lost, and may have done it. */
function destroyer(
  statements: readonly TracedStatement[],
  lost: readonly DataLoss[],
): TracedStatement | undefined {
  return statements.find(({ sql }) =>
    DESTROY.includes(parseStatement(sql).kind) &&
    lost.some(({ table }) => wordsOf(sql).has(partsOf(table)[1]))
  );
}

function judgeLeft(scene: Scene): Draft[] {
  const { downgrade, revision } = scene.revision;
  const { differences, verdict } = downgrade;
  if (differences.length === 0 || (verdict !== "differs" && verdict !== "lossy")) return [];
  const left = dropLeft(scene);
  if (verdict === "lossy" && left.length === 0) return [];
  const things = left.map(({ kind, ident }) => `${kind} ${ident}`);
  const behind = things.length > 0
    ? `${listed(things)} ${
      things.length === 1 ? "is" : "are"
    } left behind by the downgrade of ${revision}.`
    : "";
  const other = differences.filter((line) => !left.some(({ ident }) => line.includes(ident)));
  const rest = other.length > 0
    ? `After the downgrade of ${revision} the schema is not the one before: ${listed(other, 4)}.`
    : "";
  const statements = downgrade.measured?.statements ?? [];
  return [{
    rule: "downgrade-leaves",
    text: sentence([behind, rest].filter((one) => one !== "").join(" ")),
    fix: left.length > 0
      ? "# At the end of the downgrade:\n" + left.map(({ code }) => code).join("\n")
      : undefined,
    at: statements.at(-1),
  }];
}

function judgeAgain({ revision }: Scene): Draft[] {
  const { again, downgrade } = revision;
  if (!again || again.same || downgrade.verdict === "none" || downgrade.verdict === "fails") {
    return [];
  }
  const text = again.failure
    ? `After its downgrade the upgrade of ${revision.revision} fails: ${
      ended(failureText(again.failure))
    }`
    : `After its downgrade the upgrade of ${revision.revision} makes ${
      again.differences.length > 0
        ? `other rows than before: ${listed(again.differences)}`
        : "another schema than before"
    }.`;
  const fix = again.failure ? fixOfFailure(again.failure) : undefined;
  return [{ rule: "not-repeatable", text, fix, at: again.failure }];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
