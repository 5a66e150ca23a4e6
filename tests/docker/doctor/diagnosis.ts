import assert from "node:assert/strict";
import type { Check, DoctorReport } from "../../../src/reports/doctor.ts";
import { oakum } from "../../cli/program.ts";
import type { TestStack } from "../stack.ts";

/** What the doctor said, and how it ended. */
export interface Diagnosis {
  readonly code: number;
  readonly report: DoctorReport;
  /** The report with everything masked that differs from run to run. */
  readonly masked: string;
  /** All checks of a name. */
  named(name: string): readonly Check[];
}

/** Runs `oakum doctor --json` in a stack's folder. */
export async function diagnose(stack: TestStack, ...args: string[]): Promise<Diagnosis> {
  const { code, stdout, stderr } = await oakum(["doctor", "--json", ...args], {
    cwd: stack.folder,
  });
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as DoctorReport;
  return {
    code,
    report,
    masked: masked(`${JSON.stringify(report, null, 2)}\n`, stack),
    named: (name) => report.checks.filter((check) => check.name === name),
  };
}

function masked(text: string, { folder, project }: TestStack): string {
  return text
    .replaceAll(folder, "FOLDER")
    .replaceAll(project, "PROJECT")
    .replaceAll(/Docker \S+ at \S+, API [\d.]+/g, "Docker VERSION at ADDRESS, API VERSION")
    .replaceAll(/PostgreSQL [\d.]+, pg_dump [\d.]+/g, "PostgreSQL VERSION, pg_dump VERSION")
    .replaceAll(/db_backup_\d{8}_\d{6}/g, "BACKUP")
    .replaceAll(/instead of \d+\./g, "instead of SIZE.")
    .replaceAll(/ \(\d+ bytes\)/g, "")
    .replaceAll(/\b\d+(\.\d+)? [kMGT]?B\b/g, "SIZE")
    .replaceAll(/is from [^,"]+/g, "is from THEN")
    .replaceAll(/version \d\S* of its/g, "version VERSION of its")
    .replaceAll(/server has \d[\d.]*:/g, "server has VERSION:");
}
