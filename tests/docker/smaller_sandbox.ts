import type { CreateOptions, Engine } from "../../src/docker/engine.ts";
import { LABELS } from "../../src/docker/sidecar.ts";

type Change = Pick<NonNullable<CreateOptions["HostConfig"]>, "Memory" | "MemorySwap" | "Tmpfs">;

/** The engine itself, on which sandboxes are made a little smaller than they are elsewhere. */
export function smaller(engine: Engine, change: Change): Engine {
  const create = (options: CreateOptions) => {
    if (options.Labels?.[LABELS.kind] !== "sandbox") return engine.create(options);
    const { Volumes: _volumes, ...rest } = options;
    const made = change.Tmpfs ? rest : options;
    return engine.create({ ...made, HostConfig: { ...options.HostConfig, ...change } });
  };
  return new Proxy(engine, {
    get(_, name) {
      if (name === "create") return create;
      const value = Reflect.get(engine, name, engine);
      return typeof value === "function" ? value.bind(engine) : value;
    },
  });
}

/** The name of a run's sandbox, found at once: the run stands still meanwhile. */
export function sandboxOf(runId: string): string {
  const filters = [`${LABELS.run}=${runId}`, `${LABELS.kind}=sandbox`];
  const labels = filters.flatMap((label) => ["--filter", `label=${label}`]);
  const args = ["ps", "--format", "{{.Names}}", ...labels];
  return new TextDecoder().decode(new Deno.Command("docker", { args }).outputSync().stdout).trim();
}
