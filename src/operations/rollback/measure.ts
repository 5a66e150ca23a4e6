import { checkBackup } from "../../backups/check.ts";
import { lookup } from "../../backups/files.ts";
import { type Backup, dumpPath } from "../../backups/list.ts";
import { messageOf, OakumError } from "../../core/errors.ts";
import type { MigrationDatabase } from "../../migrators/migrator.ts";
import { sqlState } from "../../postgres/connection.ts";
import type { RollbackPrice, RollbackPrices } from "../../reports/rollback.ts";
import type { Context } from "../context.ts";
import type { Reached } from "../migrate/standing.ts";
import type { Copy } from "../rehearse/copy.ts";
import { type CloneRequest, openCopy } from "../rehearse/open_copy.ts";
import type { SeenBackup } from "../sandbox/load_backup.ts";
import { priceDowngrade } from "./price_downgrade.ts";
import { priceRestore } from "./price_restore.ts";
import { unmeasured, unmeasuredWay } from "./unpriced.ts";
import type { WayBack } from "./way.ts";

/** What prices are measured with. */
export interface Measuring {
  readonly context: Context;
  readonly place: Reached;
  readonly app: CloneRequest;
  /** Bytes that the copy's server may use. */
  readonly memory: number | undefined;
  readonly way: WayBack;
  readonly table: MigrationDatabase["versionTable"];
  readonly lockTimeoutMs: number;
  /** How long a step may take on the copy, in milliseconds. */
  readonly stepMs: number;
}

/** The prices, and the tables that a downgrade takes something from. */
export interface Measured {
  readonly prices: RollbackPrices;
  readonly touched: readonly string[];
}

/**
 * Measures what each way back would lose, on copies in a sandbox: the fresh backup, and the one from
 * before the upgrade. A sandbox that cannot be had leaves the prices unknown.
 */
export async function measurePrices(measuring: Measuring, fresh: Backup): Promise<Measured> {
  const { context, place, app, memory, way } = measuring;
  const { signal, emit } = context;
  try {
    const source = { kind: "backup" as const, backup: await checked(context, fresh) };
    await using copy = await openCopy(context, { source, real: place, app, memory, services: [] });
    return await copy.use(() => measureOn(measuring, copy));
  } catch (error) {
    signal.throwIfAborted();
    if (!isOfTheCopy(error)) throw error;
    const text = `The prices could not be measured: ${messageOf(error)}`;
    emit({ type: "warning", code: "not-measured", text });
    return { prices: unmeasured(way, sentence(messageOf(error))), touched: [] };
  }
}

async function measureOn(measuring: Measuring, copy: Copy): Promise<Measured> {
  const { context, way } = measuring;
  context.emit({ type: "step", step: "price", text: "Measuring what a downgrade would lose" });
  await copy.keep({ data: true });
  const { price, touched } = await priceDowngrade(measuring, copy);
  if ("cannot" in way.restore) {
    const restore = unmeasuredWay(way, "restore", "");
    return { prices: { downgrade: notCompared(price), restore }, touched };
  }
  context.emit({ type: "step", step: "price", text: "Measuring what a restore would lose" });
  try {
    const before = await checked(context, way.restore.can);
    return { prices: await priceRestore(measuring, copy, before, price), touched };
  } catch (error) {
    copy.signal.throwIfAborted();
    if (!isOfTheCopy(error)) throw error;
    const restore = unmeasuredWay(way, "restore", sentence(messageOf(error)));
    return { prices: { downgrade: notCompared(price), restore }, touched };
  }
}

/** What the copy's server refuses leaves the price unknown, as any other trouble of the copy does. */
function isOfTheCopy(error: unknown): boolean {
  return error instanceof OakumError || sqlState(error) !== undefined;
}

/** What the upgrade took away shows only beside a backup from before it. */
function notCompared(price: RollbackPrice): RollbackPrice {
  if (price.verdict === "impossible") return price;
  const note =
    "It was not compared with a backup from before: whether it brings back all that the " +
    "upgrade took is not known.";
  return { ...price, notes: [...price.notes, note] };
}

/** A backup is believed once its bytes are; what is loaded must be what was looked at. */
async function checked({ signal, emit }: Context, backup: Backup): Promise<SeenBackup> {
  const seen = await lookup(dumpPath(backup));
  emit({ type: "step", step: "checksum", text: `Comparing ${backup.id} with its checksums` });
  const [finding] = await checkBackup(backup, { others: [], signal });
  if (!finding) return { ...backup, seen };
  throw new OakumError("backup-damaged", "refused", finding.text, { data: { backup: backup.id } });
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
