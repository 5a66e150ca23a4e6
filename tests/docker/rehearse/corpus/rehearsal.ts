import assert from "node:assert/strict";
import { join } from "node:path";
import type { Finding, RehearsalReport } from "../../../../src/reports/rehearsal.ts";
import { oakum } from "../../../cli/program.ts";
import type { Site } from "../../migrate/cli.ts";
import type { EnvFile, RevisionFile } from "../../migrate/project.ts";
import { psql } from "../../stack.ts";
import { type Case, RULES, setup } from "./case.ts";
import { BASE, chain } from "./chain.ts";

/** How a rehearsal of cases differs from `oakum rehearse` with the thresholds of the tests. */
export interface CorpusOptions {
  readonly env?: EnvFile;
  readonly rules?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Revisions beside the chain of the cases. */
  readonly beside?: readonly RevisionFile[];
}

/** How `oakum rehearse` ended. */
export interface Outcome {
  readonly report?: RehearsalReport;
  readonly error?: { readonly code: string; readonly message: string };
  /** Everything that it wrote, for a failing test. */
  readonly said: string;
}

/** Makes the tables of all cases, and rehearses their revisions one after the other. */
export async function rehearseCases(
  site: Site,
  cases: readonly Case[],
  options: CorpusOptions = {},
): Promise<RehearsalReport> {
  const { report, said } = await outcomeOf(site, cases, options);
  assert.ok(report, said);
  return report;
}

/** The same, where it may come to no report. */
export async function outcomeOf(
  site: Site,
  cases: readonly Case[],
  { env, rules = {}, args = [], beside = [] }: CorpusOptions = {},
): Promise<Outcome> {
  await site.reset([...chain(cases, "case"), ...beside], env);
  const statements = [
    "create table alembic_version (version_num varchar(32) primary key)",
    `insert into alembic_version values ('${BASE.id}')`,
    ...cases.flatMap(setup),
  ];
  await psql(site.server, "postgres", statements.join(";\n"), ["-d", "shop"]);
  const settings = Object.entries({ ...RULES, ...rules });
  const lines = settings.map(([id, value]) => `    ${id}: "${value}"`);
  const yaml = ["rehearsal:", "  rules:", ...lines, ""].join("\n");
  await Deno.writeTextFile(join(site.stack.folder, "oakum.yaml"), yaml);
  const ran = await oakum(["rehearse", ...args, "--json"], { cwd: site.stack.folder });
  const last = ran.stdout.trim().split("\n").at(-1) || "{}";
  return { ...JSON.parse(last), said: ran.stdout + ran.stderr };
}

/** The findings about the revision of the case at this place. */
export function findingsOf(report: RehearsalReport, at: number): readonly Finding[] {
  const revision = report.revisions[at];
  assert.ok(revision, `The rehearsal came to ${report.revisions.length} revisions only.`);
  // After one that fails nothing is found, since nothing is looked at.
  assert.ok(revision.upgrade, `${revision.doc} was not reached.`);
  return revision.findings;
}

/** Holds the findings to what the case expects: all of them, and what they say. */
export function requireFindings({ name, rules, says = [] }: Case, found: readonly Finding[]): void {
  const texts = found.map(({ rule, level, text }) => `${level} ${rule}: ${text}`).join("\n");
  assert.deepEqual(found.map(({ rule }) => rule), rules, `${name}\n${texts}`);
  for (const [at, pattern] of says.entries()) assert.match(found[at]!.text, pattern, name);
}
