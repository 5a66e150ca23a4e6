import { messageOf, type OakumError } from "../core/errors.ts";
import type { ClosedStatusReport } from "../reports/status.ts";
import type { ServiceView, StackView } from "../targets/find.ts";
import { listStackBackups } from "./list_backups.ts";

/** What there is to say of a stack whose database cannot be asked. */
export async function closedStatus(
  view: StackView,
  error: OakumError,
  dir: string | undefined,
  now: Date,
): Promise<ClosedStatusReport> {
  const { stack, servers, services } = view;
  const { code, hint = null } = error;
  return {
    kind: "status",
    stack: { project: stack.project, workingDir: stack.workingDir ?? null },
    database: null,
    problem: { code, message: messageOf(error), hint },
    servers,
    apps: services.filter(({ tool }) => tool?.name === "alembic").map(appLine),
    backups: dir === undefined
      ? null
      : { dir, targets: (await listStackBackups(dir, now, stack.project)).targets },
    view,
  };
}

function appLine({ service, containers }: ServiceView) {
  return { service, running: containers.some(({ state }) => state === "running") };
}
