import type { Backup } from "../../backups/list.ts";
import { messageOf, OakumError } from "../../core/errors.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import {
  priceLines,
  type RollbackPrices,
  type RollbackWay,
  wayText,
} from "../../reports/rollback.ts";
import { headsText } from "../migrate/picture.ts";
import { untouched } from "../migrate/trouble.ts";

/** What is applied did not come about by an upgrade of oakum's. */
export function notOurs(
  graph: RevisionGraph,
  heads: readonly string[],
  backup: Backup | undefined,
): OakumError {
  const [only, ...others] = heads;
  const parents = only === undefined || others.length > 0 ? [] : graph.parents(only, "down");
  const below = parents.length > 1 ? undefined : parents[0] ?? "base";
  const ways = [
    ...below === undefined || only === undefined ? [] : [`oakum rollback --to ${below}`],
    ...below === undefined || only === undefined ? [] : [`oakum downgrade ${below}`],
    ...backup ? [`oakum restore ${backup.id}`] : [],
  ];
  return new OakumError(
    "no-upgrade-known",
    "refused",
    `The database is at ${headsText(heads)}, and oakum's journal knows of no upgrade that led ` +
      "there. What came about in another way is not guessed at.",
    {
      hint: ways.length > 0
        ? `Think about what is to be undone, then one of: ${ways.join("; ")}`
        : "See what there is to go back to: oakum history, oakum backups",
      data: { heads: [...heads], backup: backup?.id ?? null },
    },
  );
}

/** Nothing above the goal is applied. */
export function nothingToUndo(heads: readonly string[], typed: string): OakumError {
  return new OakumError(
    "nothing-to-undo",
    "refused",
    `There is nothing to undo: the database is at ${headsText(heads)}, and nothing above ` +
      `"${typed}" is applied.`,
    { data: { heads: [...heads] } },
  );
}

/** No way is free, so a person has to decide. */
export function hasAPrice(prices: RollbackPrices): OakumError {
  const lines = [prices.downgrade, prices.restore].flatMap((price) => {
    const [verdict, ...rest] = priceLines(price);
    return [`${wayText(price)}: ${verdict}`, ...rest.map((line) => `  ${line}`)];
  });
  const open = [prices.downgrade, prices.restore].filter(({ verdict }) => verdict !== "impossible");
  const commands = open.map(({ way }) => `oakum rollback --via ${way}`);
  return new OakumError(
    "rollback-costs",
    "refused",
    ["Neither way back is known to lose nothing, so oakum does not choose.", ...lines].join("\n"),
    {
      hint: commands.length > 0
        ? `Decide: ${commands.join(" or ")}. Nothing was changed.`
        : "Nothing was changed. See what there is to go back to: oakum backups",
      data: { prices },
    },
  );
}

/** The way that was chosen cannot be gone. */
export function cannotGo(way: RollbackWay, prices: RollbackPrices): OakumError {
  const other = prices[way === "downgrade" ? "restore" : "downgrade"];
  return new OakumError(
    "rollback-impossible",
    "refused",
    `A rollback by ${wayText(prices[way])} cannot be done: ${prices[way].why}`,
    {
      hint: other.verdict === "impossible"
        ? "See what there is to go back to: oakum backups"
        : `The other way: oakum rollback --via ${other.way}`,
      data: { prices },
    },
  );
}

/** Somebody wrote, after the backup, into what the way back takes away. */
export function wasWritten(doubts: readonly string[], way: RollbackWay): OakumError {
  return new OakumError(
    "written-meanwhile",
    "refused",
    ["While the prices were measured, somebody wrote what is in none of them:", ...doubts]
      .join("\n"),
    {
      hint: "Stop the services that write, then again; or accept it: " +
        `oakum rollback --via ${way}`,
      data: { doubts: [...doubts] },
    },
  );
}

/** The same, after the backup was loaded and before it took the live database's place. */
export function writtenWhileLoading(doubts: readonly string[], database: string): OakumError {
  const lines = ["While the backup was loaded, somebody wrote what is in no price:", ...doubts];
  return new OakumError(
    "written-meanwhile",
    "unchanged",
    [...lines, `"${database}" is as it was.`].join("\n"),
    {
      hint: "Stop the services that write, then again; or accept it: oakum rollback --via restore",
      data: { doubts: [...doubts] },
    },
  );
}

/** Without a fresh backup nothing begins, unless a person says so. */
export function noFreshBackup(error: unknown): unknown {
  const text = `There is no fresh backup, so the rollback did not begin: ${messageOf(error)}`;
  if (!(error instanceof OakumError) || error.outcome === "interrupted") return error;
  const { code, outcome, data } = untouched(error, text);
  const hint = "Where the database is too broken to be dumped: oakum rollback " +
    "--no-safety-backup --via downgrade, or --via restore";
  return new OakumError(code, outcome, text, { hint, data, cause: error });
}
