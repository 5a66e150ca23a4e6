import { OakumError } from "../core/errors.ts";
import { requireContainer } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { openAlembic } from "../migrators/alembic/open.ts";
import type { CloneRequest } from "../operations/rehearse/open_copy.ts";
import type { AppShell } from "../operations/rehearse/run_command.ts";
import type { ServiceClone } from "../operations/rehearse/services.ts";
import { dialled } from "../targets/dialled.ts";
import { alembicHints } from "./app_host.ts";
import type { Session } from "./session.ts";
import { requireApp, type Stand } from "./stand.ts";

/** How an app is cloned, and how its commands are started there. */
export interface CloneChoice {
  readonly clone: CloneRequest;
  readonly shell: AppShell;
}

/** How the app of a target is cloned into a sandbox, with a container that it would be. */
export function chooseClone(
  session: Session,
  { context, target }: Pick<Stand, "context" | "target">,
  as: ContainerDetail,
): CloneChoice {
  const app = requireApp(target);
  const { rehearsal, app: { workdir } } = session.settings;
  // The copy answers at a pooler's address, too.
  const hints = alembicHints(session, { ...app, pastPooler: undefined }, as);
  const laidOver = rehearsal.environment.value;
  const environment = { ...hints.environment, ...laidOver };
  return {
    clone: {
      as,
      dialled: dialled(target.database, app),
      open: (host) => openAlembic(host, { ...hints, environment }, context.signal, { serve: true }),
      environment: laidOver,
      writable: rehearsal.writable.value,
    },
    shell: { environment, user: hints.user, workdir: workdir.value ?? app.workdir },
  };
}

const COMPOSE = "com.docker.compose";

/** Another service of a target's stack, to be cloned as its first container is. */
export async function serviceClone(
  { context: { engine }, target: { stack: { project } } }: Pick<Stand, "context" | "target">,
  service: string,
): Promise<ServiceClone> {
  const labels = [`${COMPOSE}.project=${project}`, `${COMPOSE}.service=${service}`];
  const [first] = await engine.containers(labels);
  if (first) return { service, as: await requireContainer(engine, first.Id) };
  throw new OakumError(
    "no-service",
    "notFound",
    `The stack "${project}" has no container of a service "${service}".`,
    { hint: "See which there are: docker compose ps --all" },
  );
}
