import { OakumError } from "../core/errors.ts";
import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail, ImageDetail } from "../docker/shapes.ts";

/**
 * A service's container as it would be with another image: what came from the old image comes from
 * the new one, and what the service set itself stays.
 */
export async function withImage(
  engine: Engine,
  container: ContainerDetail,
  name: string,
): Promise<ContainerDetail> {
  const [next, old] = await Promise.all([engine.image(name), engine.image(container.Image)]);
  if (!next) throw imageMissing(name);
  const { Config } = container;
  const own = (value: string, inherited: string | undefined, fresh: string | undefined) =>
    value === (inherited ?? "") ? fresh ?? "" : value;
  const inherited = new Set(old?.Config?.Env ?? []);
  const ownEnv = Config.Env.filter((pair) => !inherited.has(pair));
  return {
    ...container,
    Image: next.Id,
    Config: {
      ...Config,
      Image: name,
      Env: overlay(next, ownEnv),
      User: own(Config.User, old?.Config?.User, next.Config?.User),
      WorkingDir: own(Config.WorkingDir, old?.Config?.WorkingDir, next.Config?.WorkingDir),
      Cmd: sameWords(Config.Cmd, old?.Config?.Cmd) ? next.Config?.Cmd ?? [] : Config.Cmd,
      Entrypoint: sameWords(Config.Entrypoint, old?.Config?.Entrypoint)
        ? next.Config?.Entrypoint ?? []
        : Config.Entrypoint,
    },
  };
}

/** The new image's variables, with those of the service on top. */
function overlay(image: ImageDetail, own: readonly string[]): string[] {
  const nameOf = (pair: string) => pair.split("=", 1)[0];
  const names = new Set(own.map(nameOf));
  return [...(image.Config?.Env ?? []).filter((pair) => !names.has(nameOf(pair))), ...own];
}

function sameWords(a: readonly string[], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

function imageMissing(name: string): OakumError {
  return new OakumError(
    "image-missing",
    "notFound",
    `There is no image "${name}" on this engine.`,
    {
      hint: `Build or pull it first: docker pull ${name}`,
    },
  );
}
