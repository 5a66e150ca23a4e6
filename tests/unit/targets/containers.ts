import { type ContainerDetail, containerDetail } from "../../../src/docker/shapes.ts";

/** What tests say of a container; the rest is as the engine reports an ordinary one. */
export interface Described {
  readonly id?: string;
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly running?: boolean;
  readonly host?: Readonly<Record<string, unknown>>;
  /** Endpoints by network. */
  readonly networks?: Readonly<Record<string, Record<string, unknown>>>;
  readonly ports?: Readonly<Record<string, unknown>>;
}

/** A container as `GET /containers/{id}/json` describes it. */
export function described(one: Described): ContainerDetail {
  const running = one.running ?? true;
  return containerDetail.parse({
    Id: one.id ?? one.name.padEnd(64, "0"),
    Name: `/${one.name}`,
    Created: "2026-01-01T00:00:00Z",
    Image: "sha256:0",
    State: { Status: running ? "running" : "exited", Running: running },
    Config: {
      Image: one.image ?? "app",
      Env: one.env ?? [],
      Cmd: one.cmd ?? [],
      Entrypoint: one.entrypoint ?? [],
      Labels: one.labels ?? {},
    },
    HostConfig: { NetworkMode: "shop_default", ...one.host },
    NetworkSettings: { Networks: one.networks ?? {}, Ports: one.ports ?? {} },
    Mounts: [],
  });
}
