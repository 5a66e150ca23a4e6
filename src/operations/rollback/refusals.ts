import type { Backup } from "../../backups/list.ts";
import { messageOf, OakumError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import {
  priceLines,
  type RollbackPrices,
  type RollbackWay,
  wayText,
} from "../../reports/rollback.ts";
import { headsText, sameHeads } from "../migrate/picture.ts";
import { untouched } from "../migrate/trouble.ts";
import type { RollbackRequest } from "../rollback.ts";

/** What a rollback was asked for, which every command that goes on from it has to ask for too. */
export type Asked = Pick<RollbackRequest, "to" | "backup" | "allow">;

/** The rollback that was asked for, by a way, as a command. */
function rollbackBy(way: RollbackWay, { to, backup, allow }: Asked): string {
  return [
    "oakum rollback",
    ...to === undefined ? [] : [`--to ${shellWord(to)}`],
    ...backup ? [] : ["--no-safety-backup"],
    `--via ${way}`,
    ...allow.map((rule) => `--allow ${rule}`),
  ].join(" ");
}

/** What is applied did not come about by an upgrade of oakum's. */
export function notOurs(
  graph: RevisionGraph,
  heads: readonly string[],
  good: readonly Backup[],
): OakumError {
  const at = ({ manifest: { migrations } }: Backup) => migrations?.revisions ?? [];
  // The newest of another state: what a person may want to look at.
  const backup = good.find((one) => !sameHeads(at(one), heads));
  const below = onlyBelow(graph, heads);
  const isBelow = (one: Backup) => sameHeads(at(one), below?.heads ?? []);
  const ways = [
    ...below && (below.undoable || good.some(isBelow)) ? [`oakum rollback --to ${below.name}`] : [],
    ...below?.undoable ? [`oakum downgrade ${below.name}`] : [],
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

/** What comes right before the only head, and whether a downgrade leads there; else undefined. */
function onlyBelow(graph: RevisionGraph, [only, ...others]: readonly string[]) {
  if (only === undefined || others.length > 0) return undefined;
  const heads = graph.parents(only, "down");
  if (heads.length > 1) return undefined;
  const { downgrade } = graph.get(only);
  const undoable = downgrade !== "missing" && downgrade !== "raises";
  return { name: heads[0] ?? "base", heads, undoable };
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
export function hasAPrice(prices: RollbackPrices, asked: Asked): OakumError {
  const lines = [prices.downgrade, prices.restore].flatMap((price) => {
    const [verdict, ...rest] = priceLines(price);
    return [`${wayText(price)}: ${verdict}`, ...rest.map((line) => `  ${line}`)];
  });
  const open = [prices.downgrade, prices.restore].filter(({ verdict }) => verdict !== "impossible");
  const commands = open.map(({ way }) => rollbackBy(way, asked));
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
export function cannotGo(way: RollbackWay, prices: RollbackPrices, asked: Asked): OakumError {
  const other = prices[way === "downgrade" ? "restore" : "downgrade"];
  return new OakumError(
    "rollback-impossible",
    "refused",
    `A rollback by ${wayText(prices[way])} cannot be done: ${prices[way].why}`,
    {
      hint: other.verdict === "impossible"
        ? "See what there is to go back to: oakum backups"
        : `The other way: ${rollbackBy(other.way, asked)}`,
      data: { prices },
    },
  );
}

/** Somebody wrote, after the backup, into what the way back takes away. */
export function wasWritten(
  doubts: readonly string[],
  way: RollbackWay,
  asked: Asked,
): OakumError {
  return new OakumError(
    "written-meanwhile",
    "refused",
    ["While the prices were measured, somebody wrote what is in none of them:", ...doubts]
      .join("\n"),
    {
      hint: `Stop the services that write, then again; or accept it: ${rollbackBy(way, asked)}`,
      data: { doubts: [...doubts] },
    },
  );
}

/** The same, after the backup was loaded and before it took the live database's place. */
export function writtenWhileLoading(
  doubts: readonly string[],
  database: string,
  asked: Asked,
): OakumError {
  const lines = ["While the backup was loaded, somebody wrote what is in no price:", ...doubts];
  return new OakumError(
    "written-meanwhile",
    "unchanged",
    [...lines, `"${database}" is as it was.`].join("\n"),
    {
      hint: "Stop the services that write, then again; or accept it: " +
        rollbackBy("restore", asked),
      data: { doubts: [...doubts] },
    },
  );
}

/** Without a fresh backup nothing begins, unless a person says so. */
export function noFreshBackup(error: unknown, asked: Asked): unknown {
  const text = `There is no fresh backup, so the rollback did not begin: ${messageOf(error)}`;
  if (!(error instanceof OakumError) || error.outcome === "interrupted") return error;
  const { code, outcome, hint, data } = untouched(error, text);
  const without = { ...asked, backup: undefined };
  const ways = (["downgrade", "restore"] as const).map((way) => rollbackBy(way, without));
  const broken = `Where the database is too broken to be dumped: ${ways.join(" or ")}`;
  return new OakumError(code, outcome, text, {
    hint: hint === undefined ? broken : `${hint.replace(/[^.]$/, "$&.")} ${broken}`,
    data,
    cause: error,
  });
}
