import assert from "node:assert/strict";
import type { JournalEntry } from "../../../src/backups/journal_entry.ts";
import { lastUpgrade } from "../../../src/operations/rollback/last_upgrade.ts";

/** Steps as runs write them, `run operation from→to`; a failed one ends with `!`. */
function journal(...lines: readonly string[]): JournalEntry[] {
  return lines.flatMap((line, at) => {
    const [run = "", operation = "", move = ""] = line.replace("!", "").split(" ");
    const [from = "", to = ""] = move.split("→");
    const heads = (text: string) => text === "base" || text === "" ? [] : text.split("+");
    const step = operation === "restore" ? "swap" : operation === "stamp" ? "stamp" : "apply";
    const entry = {
      ...{ v: 1 as const, run, id: `${run}.${at}`, step },
      at: `2026-11-22T14:00:${String(at).padStart(2, "0")}Z`,
      operation: operation as JournalEntry["operation"],
    };
    const revision = operation === "downgrade" ? from : to;
    const data = { revision, from: heads(from), to: heads(to), backup: `backup of ${run}` };
    return [
      { ...entry, kind: "intent", data },
      { ...entry, kind: "outcome", ok: !line.endsWith("!"), data: {} },
    ];
  });
}

/** What is undone from some heads on: the run, and where it began. */
function found(heads: string, ...lines: readonly string[]): string | undefined {
  const last = lastUpgrade(journal(...lines), heads === "base" ? [] : heads.split("+"));
  return last && `${last.run} from ${last.before.join("+") || "base"} (${last.backup})`;
}

Deno.test("lastUpgrade() has all steps of one run, and none of the run before", () => {
  assert.equal(
    found("c", "one upgrade base→a", "two upgrade a→b", "two upgrade b→c"),
    "two from a (backup of two)",
  );
});

Deno.test("lastUpgrade() leaves out what failed and what was undone since", () => {
  const steps = ["one upgrade base→a", "two upgrade a→b", "two upgrade b→c", "two upgrade c→d!"];
  assert.equal(found("c", ...steps), "two from a (backup of two)");
  assert.equal(found("b", ...steps, "three downgrade c→b"), "two from a (backup of two)");
  assert.equal(
    found("a", ...steps, "three downgrade c→b", "three downgrade b→a"),
    "one from base (backup of one)",
  );
});

Deno.test("lastUpgrade() knows nothing of what came about in another way", () => {
  assert.equal(found("b", "one upgrade base→a"), undefined);
  assert.equal(found("b", "one upgrade a→b", "two stamp b→b"), undefined);
  assert.equal(found("a"), undefined);
  assert.equal(found("base", "one upgrade base→a", "two downgrade a→base"), undefined);
});

Deno.test("lastUpgrade() goes by what a restore brought back", () => {
  const steps = ["one upgrade base→a", "two upgrade a→b", "three restore"];
  assert.equal(found("a", ...steps), "one from base (backup of one)");
  assert.equal(found("b", ...steps), "two from a (backup of two)");
  assert.equal(found("base", ...steps), undefined);
  assert.equal(found("b", ...steps, "four upgrade a→b"), "four from a (backup of four)");
});

Deno.test("lastUpgrade() has the app's image from before it, where the journal has it", () => {
  const entries = journal("one upgrade base→a");
  const image = { name: "shop:41", id: "sha256:0" };
  const [intent, ...rest] = entries;
  const told = { ...intent!, data: { ...intent!.data, image } } as JournalEntry;
  assert.deepEqual(lastUpgrade([told, ...rest], ["a"])?.image, image);
  assert.equal(lastUpgrade(entries, ["a"])?.image, null);
});

Deno.test("lastUpgrade() has when it ended only where the run itself saw it", () => {
  const entries = journal("one upgrade base→a", "one upgrade a→b");
  assert.equal(lastUpgrade(entries, ["b"])?.until, "2026-11-22T14:00:01Z");
  const last = entries.at(-1)!;
  const settled = { ...last, data: { settledBy: "two" } } as JournalEntry;
  assert.equal(lastUpgrade([...entries.slice(0, -1), settled], ["b"])?.until, null);
});
