import type { TargetName } from "../backups/manifest.ts";
import { lossText } from "./data_loss.ts";
import type { MigrationReport } from "./migration.ts";
import type { DataLoss } from "./rehearsal.ts";
import type { RestoreReport } from "./restore.ts";

/** The ways back. */
export type RollbackWay = "downgrade" | "restore";

/** What one way back costs, measured on copies. */
export interface RollbackPrice {
  readonly way: RollbackWay;
  /**
   * - `free`: nothing is lost.
   * - `loses`: what `lost`, `returning`, `notBack` and `besides` say.
   * - `unknown`: it could not be measured.
   * - `impossible`: this way cannot be gone.
   */
  readonly verdict: "free" | "loses" | "unknown" | "impossible";
  /** Why it is unknown or impossible, in a sentence. */
  readonly why: string | null;
  /** The backup that a restore loads. */
  readonly backup: string | null;
  /** What is in the database now and would be in it no more. */
  readonly lost: readonly DataLoss[];
  /** Rows that were deleted since and would come back, by table. */
  readonly returning: readonly { readonly table: string; readonly rows: number }[];
  /** What the upgrade took away and this way does not bring back. */
  readonly notBack: readonly DataLoss[];
  /** What is lost besides rows, in sentences: numbers of sequences, large objects. */
  readonly besides: readonly string[];
  /** Sentences on what is to be known of the measurement. */
  readonly notes: readonly string[];
}

/** Both prices. */
export type RollbackPrices = Readonly<Record<RollbackWay, RollbackPrice>>;

/** An image as it was named, and its content. */
export interface NamedImage {
  readonly name: string;
  readonly id: string;
}

/** What a rollback undoes. */
export interface RollbackScope {
  readonly target: TargetName;
  readonly app: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Newest first, as they are undone. */
  readonly revisions: readonly { readonly id: string; readonly doc: string }[];
  /** The upgrade that is undone; null where `--to` named the goal. */
  readonly upgrade: { readonly run: string; readonly at: string } | null;
  /** The backup that was taken first; null where none was. */
  readonly backup: string | null;
  readonly prices: RollbackPrices;
  /** The app's image from before the upgrade, where the journal knows it. */
  readonly image: NamedImage | null;
  /** The image that the app's container has now. */
  readonly runs: NamedImage;
  /** The folder of the host that the app has its revisions from; null where they are in the image. */
  readonly mounted: string | null;
  readonly warnings: readonly string[];
}

/** What a rollback would do. */
export interface RollbackPlan extends RollbackScope {
  readonly kind: "rollback-plan";
  /** The way that would be gone; null where a person has to decide. */
  readonly way: RollbackWay | null;
}

/** What a rollback did. */
export interface RollbackReport extends RollbackScope {
  readonly kind: "rollback";
  readonly way: RollbackWay;
  /** What the downgrade did; null after a restore. */
  readonly migration: MigrationReport | null;
  /** What the restore did; null after a downgrade. */
  readonly restored: RestoreReport | null;
  /** Milliseconds of the whole without the wait for an answer, and of the way back alone. */
  readonly tookMs: number;
  readonly wayTookMs: number;
}

/** What a way back is, in words. */
export function wayText({ way, backup }: Pick<RollbackPrice, "way" | "backup">): string {
  return way === "restore" && backup !== null ? `restore of ${backup}` : way;
}

/** A price in lines: the verdict, then what it is made of. */
export function priceLines(price: RollbackPrice): [verdict: string, ...rest: string[]] {
  const { verdict, why, lost, returning, notBack, besides, notes } = price;
  switch (verdict) {
    case "impossible":
      return [`cannot be done: ${why}`, ...notes];
    case "unknown":
      return [`not measured: ${why}`, ...notes];
    case "free":
      return ["loses nothing", ...notes];
    case "loses":
      return [
        takesOfNow(price) ? "would lose" : "does not bring everything back",
        ...lost.map(lossText),
        ...returning.map(({ table, rows }) =>
          `table ${table}: ${deleted(rows)} ${rows === 1 ? "comes" : "come"} back`
        ),
        ...besides,
        ...notBack.map(notBackText),
        ...notes,
      ];
  }
}

/** The same of a way that was gone: a sentence, then what it is made of. */
export function paidLines(price: RollbackPrice): [sentence: string, ...rest: string[]] {
  const { verdict, why, lost, returning, notBack, besides, notes } = price;
  switch (verdict) {
    case "impossible":
    case "unknown":
      return [`What it lost is not known: ${why}`, ...notes];
    case "free":
      return ["It lost nothing.", ...notes];
    case "loses":
      return [
        takesOfNow(price) ? "It lost:" : "It did not bring everything back:",
        ...lost.map(lossText),
        ...returning.map(({ table, rows }) => `table ${table}: ${deleted(rows)} came back`),
        ...besides,
        ...notBack.map(notBackText),
        ...notes,
      ];
  }
}

/** Whether a way takes something that is in the database before it. */
export function takesOfNow({ lost, returning, besides }: RollbackPrice): boolean {
  return lost.length + returning.length + besides.length > 0;
}

function deleted(rows: number): string {
  return `${rows.toLocaleString("en")} deleted ${rows === 1 ? "row" : "rows"}`;
}

function notBackText(loss: DataLoss): string {
  return `not brought back: ${lossText(loss)}`;
}
