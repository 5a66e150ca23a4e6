import { OakumError } from "../../core/errors.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import { Clone, type CloneWish } from "../../targets/clone.ts";
import type { Context } from "../context.ts";
import { becomesHealthy, checkAsker } from "./healthy.ts";
import { AppCommand, OWN } from "./run_command.ts";
import { scrubbed, secretsOf } from "./scrub.ts";

/** Another service of the stack that the sandbox has, too. */
export interface ServiceClone {
  readonly service: string;
  readonly as: ContainerDetail;
}

/** Starts clones of services beside the app's, each with its real command, and waits for them. */
export async function startServices(
  { engine, emit }: Context,
  services: readonly ServiceClone[],
  wish: CloneWish,
  resources: AsyncDisposableStack,
): Promise<void> {
  for (const { service, as } of services) {
    emit({ type: "step", step: "service", text: `Starting ${service} in the sandbox` });
    const clone = resources.use(await Clone.start(engine, as, wish));
    const command = [...as.Config.Entrypoint, ...as.Config.Cmd];
    const running = resources.use(await AppCommand.start(clone, command, OWN, wish.signal));
    const ask = checkAsker(clone, as);
    if (await becomesHealthy(running, ask, wish.signal)) continue;
    throw notUp(service, scrubbed(running.output, secretsOf(as, OWN)));
  }
}

function notUp(service: string, output: string): OakumError {
  const last = output.trim().split("\n").slice(-5).join("\n");
  return new OakumError(
    "service-not-up",
    "failed",
    [`${service} does not come up in the sandbox.`, ...last ? [last] : []].join("\n"),
    { hint: "It has no network there but that of the copy. Nothing of yours was touched." },
  );
}
