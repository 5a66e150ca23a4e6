import type { AdoptReport } from "../../reports/adopt.ts";
import type { Page } from "../page.ts";
import { showBackup } from "./backup.ts";

/** Foreign dumps that became backups. */
export function showAdopted({ adopted }: AdoptReport, page: Page): void {
  for (const { file, built, backup } of adopted) {
    page.line(`${file} built the database "${built}" in a sandbox:`);
    showBackup(backup, page);
  }
}
