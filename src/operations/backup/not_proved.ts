import { messageOf, OakumError } from "../../core/errors.ts";
import type { BackupReport } from "../../reports/backup.ts";

/** A backup was taken and published, and the restore that was to prove it could not be done. */
export class NotProved extends OakumError {
  constructor(readonly report: BackupReport, cause: OakumError) {
    const { id } = report.manifest;
    super(
      "not-proved",
      "failed",
      `The backup ${id} was taken, but is not proved by a restore: ${messageOf(cause)}`,
      {
        ...(cause.hint === undefined ? {} : { hint: cause.hint }),
        data: { ...cause.data, backup: id, folder: report.folder, why: cause.code },
        cause,
      },
    );
  }
}
