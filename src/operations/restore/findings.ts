import { OakumError } from "../../core/errors.ts";
import type { Queryable } from "../../postgres/connection.ts";
import type { Finding } from "../../reports/restore.ts";

/** The rules of a restore's findings, for those who may need one later. */
export const RESTORE_RULES: readonly string[] = [
  "logical-slot",
  "subscription",
  "untested-extension",
  "space-unknown",
];

/** A finding before it is known whether it was accepted. */
export type Found = Omit<Finding, "allowed">;

/** What is bound to the live database and would be left behind by a swap, or would prevent it. */
export async function findBound(sql: Queryable, database: string): Promise<Found[]> {
  const slots = await sql<{ name: string }[]>`
    select slot_name as name from pg_replication_slots
    where database = ${database} and slot_type = 'logical' order by 1`;
  const subscriptions = await sql<{ name: string }[]>`
    select s.subname as name from pg_subscription s join pg_database d on d.oid = s.subdbid
    where d.datname = ${database} order by 1`;
  return [
    ...slots.length === 0 ? [] : [{
      rule: "logical-slot",
      text: `Logical replication slots belong to "${database}": ${names(slots)}.`,
      hint:
        "They stay with that very database, whatever its name: after a swap whoever reads them " +
        "gets none of the new one's changes, and --finalize drops them.",
    }],
    ...subscriptions.length === 0 ? [] : [{
      rule: "subscription",
      text: `Subscriptions belong to "${database}": ${names(subscriptions)}.`,
      hint:
        "They stay with that very database, whatever its name: after a swap they go on in the old " +
        "one, and the restored one has none until they are made again there.",
    }],
  ];
}

/** A prepared transaction blocks the rename, whatever anybody allows. */
export async function requireNoPrepared(sql: Queryable, database: string): Promise<void> {
  const prepared = await sql<{ name: string }[]>`
    select gid as name from pg_prepared_xacts where database = ${database} order by prepared`;
  if (prepared.length === 0) return;
  throw new OakumError(
    "prepared-transaction",
    "refused",
    `"${database}" has prepared transactions, which no swap gets past: ${names(prepared)}.`,
    {
      hint: "End each in that database, as its owner knows best: COMMIT PREPARED 'name'; or " +
        "ROLLBACK PREPARED 'name';",
      data: { transactions: prepared.map(({ name }) => name) },
    },
  );
}

/** Marks what was accepted by name. */
export function judged(found: readonly Found[], allow: readonly string[]): Finding[] {
  return found.map((finding) => ({ ...finding, allowed: allow.includes(finding.rule) }));
}

/** The options that agree to rules; what is allowed already has to be so the next time, too. */
export function consentTo(rules: readonly string[], allowed: readonly string[]): string {
  return [...new Set([...allowed, ...rules])].map((rule) => `--allow ${rule}`).join(" ");
}

/** Throws where a finding was not accepted; `allowed` has everything that was. */
export function requireAllowed(findings: readonly Finding[], allowed: readonly string[]): void {
  const open = findings.filter(({ allowed }) => !allowed);
  const [first] = open;
  if (!first) return;
  const consent = consentTo(open.map(({ rule }) => rule), allowed);
  throw new OakumError(first.rule, "refused", open.map(({ text }) => text).join(" "), {
    hint: `${open.map(({ hint }) => hint).join(" ")} If that is right: ${consent}`,
    data: { findings: open },
  });
}

function names(rows: readonly { name: string }[]): string {
  return rows.map(({ name }) => `"${name}"`).join(", ");
}
