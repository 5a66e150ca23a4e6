import { OakumError } from "../core/errors.ts";
import type { Engine } from "../docker/engine.ts";
import type { CommandHost } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import type { AlembicHints } from "../migrators/alembic/open.ts";
import type { Context } from "../operations/context.ts";
import { appSession } from "../operations/migrate/sessions.ts";
import type { AppPlace } from "../targets/find_app.ts";
import { OneOff } from "../targets/oneoff.ts";
import { withImage } from "../targets/with_image.ts";
import type { Session } from "./session.ts";
import type { ImageChoice } from "./shared_options.ts";

/** A container that commands of the app are run in; a one-off one goes when it is disposed. */
export interface AppHost extends CommandHost, AsyncDisposable {
  /** The container that it is, or stands for. */
  readonly as: ContainerDetail;
}

/** The app's container where it runs and its own image will do, else a one-off one. */
export async function openHost(
  { engine, runId }: Context,
  { container, running }: AppPlace,
  image: ImageChoice["image"],
): Promise<AppHost> {
  if (image.kind === "running" && running) {
    requireAwake(container);
    const stay = () => Promise.resolve();
    return { engine, id: container.Id, as: container, [Symbol.asyncDispose]: stay };
  }
  const as = await chosenContainer(engine, { container }, image);
  const oneOff = await OneOff.start(engine, as, runId);
  return { engine, id: oneOff.id, as, [Symbol.asyncDispose]: () => oneOff[Symbol.asyncDispose]() };
}

/** The app's container as it would be with the image that was chosen. */
export async function chosenContainer(
  engine: Engine,
  { container }: Pick<AppPlace, "container">,
  image: ImageChoice["image"],
): Promise<ContainerDetail> {
  if (image.kind === "running") return container;
  const name = image.kind === "named" ? image.name : container.Config.Image;
  return await withImage(engine, container, name);
}

function requireAwake({ Name, State }: ContainerDetail): void {
  if (!State.Paused && !State.Restarting) return;
  const name = Name.slice(1);
  const [state, hint] = State.Paused
    ? ["paused", `Wake it: docker unpause ${name}`]
    : ["restarting again and again", `See why: docker logs --tail 50 ${name}`];
  throw new OakumError("app-not-running", "refused", `The app's container "${name}" is ${state}.`, {
    hint,
  });
}

/** What Alembic is looked for and run with in a container. */
export function alembicHints(
  { settings, runId }: Session,
  app: AppPlace,
  { Config, Image }: ContainerDetail,
): AlembicHints {
  const { workdir, alembic, name, x } = settings.app;
  const sameImage = Image === app.container.Image;
  const exported = sameImage ? app.environment : imageless(app.environment);
  return {
    workdir: workdir.value,
    config: alembic.value,
    section: name.value,
    x: x.value,
    folders: [sameImage ? app.workdir ?? "" : "", Config.WorkingDir],
    commands: [[...Config.Entrypoint, ...Config.Cmd], ...app.otherCommands],
    seen: sameImage && app.sighting ? [app.sighting.path] : [],
    user: sameImage ? app.user : undefined,
    environment: { ...exported, ...app.pastPooler?.environment },
    application: appSession(runId),
  };
}

/** What an entrypoint exported, without what says where things lie in its image. */
function imageless(environment: AppPlace["environment"]): Record<string, string> {
  const ofImage = /^(PATH|VIRTUAL_ENV|CONDA_.*|PYTHON.*|LD_.*|UV_.*|POETRY_.*)$/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !ofImage.test(name)));
}
