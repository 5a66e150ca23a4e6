import type { TargetName } from "../backups/manifest.ts";
import { targetPath } from "../backups/target_path.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { Check, DoctorReport } from "../reports/doctor.ts";
import type { OpenTarget, StackView } from "../targets/find.ts";
import type { Context } from "./context.ts";
import { checkApp } from "./doctor/app.ts";
import { checkBackups, checkBuildContext } from "./doctor/backups.ts";
import { attempt, failed, ok, trouble, warning } from "./doctor/checks.ts";
import { checkLeftovers, endLeftovers } from "./doctor/leftovers.ts";
import { checkCollations, checkServer, checkSessions } from "./doctor/server.ts";
import { checkAddresses, checkEnvFile, checkServices } from "./doctor/stack.ts";
import { findLeftovers } from "./leftovers.ts";

/** What the doctor looks at. */
export interface DoctorRequest {
  readonly opened: OpenTarget;
  readonly name: TargetName;
  readonly dir: string;
  /** Opens the app's migration tool; undefined where there is no app. */
  readonly openMigrator: (() => Promise<Migrator>) | undefined;
  /** Whether what dead runs left behind is ended. */
  readonly endLeftovers: boolean;
}

/** Looks for each known trouble of a target that is up; a check that fails does not stop the others. */
export async function examine(context: Context, request: DoctorRequest): Promise<DoctorReport> {
  const { engine, signal, clock, runId } = context;
  const { opened: { target, session, view }, name, dir, openMigrator } = request;
  const { database, stack, app } = target;
  const sql = session.sql(database.name);
  const containers = [database.server.container, ...app ? [app.container] : []];
  const folder = targetPath(dir, name);
  const look = (check: string, work: () => Promise<readonly Check[]>) =>
    attempt(check, signal, work);
  const leftovers = await findLeftovers({
    ...{ engine, sql, folder, runId },
    containers: containers.map(({ Id }) => Id),
  });
  const ended = request.endLeftovers ? await endLeftovers(context, session, folder, leftovers) : [];
  const checks = await Promise.all([
    [ok(
      "docker",
      `Docker ${engine.serverVersion} at ${engine.address}, API ${engine.apiVersion}.`,
    )],
    [ok(
      "database",
      `${database.service}/${database.name} lets in ${database.server.credentials.user}.`,
    )],
    database.inRecovery
      ? [warning("standby", "The server is a standby: it is never migrated or restored.")]
      : [],
    look("address", async () => checkAddresses(await view())),
    look("services", async () => checkServices(await view())),
    look("env-file", () => checkEnvFile(stack.workingDir, containers)),
    openMigrator
      ? look("app", async () => await checkApp(await openMigrator(), session, database, signal))
      : [
        warning(
          "no-app",
          `No service of "${stack.project}" has Alembic and leads to "${database.name}".`,
          "Name it: --app SERVICE",
        ),
      ],
    look("pg-dump", () => checkServer(session, database.name)),
    look("collation-version", () => checkCollations(sql)),
    look("sessions", () => checkSessions(sql)),
    look("backups", () => checkBackups(dir, name, clock.now())),
    look("build-context", () => checkBuildContext(dir, stack.workingDir)),
    checkLeftovers(leftovers.filter((one) => !ended.includes(one.name))),
  ]);
  return { kind: "doctor", checks: checks.flat(), ended };
}

/** What can be said where no target could be opened: why not, and what the stack's addresses say. */
export function examineWithout(
  context: Context | undefined,
  error: unknown,
  view: StackView | undefined,
): DoctorReport {
  const docker = context
    ? [ok("docker", `Docker ${context.engine.serverVersion} at ${context.engine.address}.`)]
    : [];
  const stopped = (view?.servers ?? []).filter(({ state }) => !state.startsWith("running")).map((
    server,
  ) =>
    trouble(
      "database-stopped",
      `${server.container} is ${server.state}.`,
      `docker start ${server.container}`,
    )
  );
  const seen = view ? [...checkAddresses(view), ...checkServices(view)] : [];
  const name = context ? "target" : "docker";
  return {
    kind: "doctor",
    checks: [...docker, failed(name, error), ...stopped, ...seen],
    ended: [],
  };
}
