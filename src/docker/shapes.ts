import { z } from "zod";

const stringMap = z.record(z.string(), z.string()).nullish().transform((map) => map ?? {});
const strings = z.array(z.string()).nullish().transform((list) => list ?? []);

/** A line of `GET /containers/json`. */
export const containerSummary = z.object({
  Id: z.string(),
  Names: strings,
  Image: z.string(),
  ImageID: z.string(),
  State: z.string(),
  Status: z.string().default(""),
  Created: z.number(),
  Labels: stringMap,
});

const textOrNothing = z.string().nullish().transform((text) => text ?? "");

const mount = z.object({
  Type: z.string(),
  Name: z.string().optional(),
  Source: z.string().default(""),
  Destination: z.string(),
  RW: z.boolean().default(true),
});

const endpoint = z.object({
  IPAddress: z.string().default(""),
  GlobalIPv6Address: textOrNothing,
  Gateway: textOrNothing,
  Aliases: strings,
  /** `container:alias`, for this container only. */
  Links: strings,
  NetworkID: z.string().default(""),
});

const ports = z.record(
  z.string(),
  z.array(z.object({ HostIp: textOrNothing, HostPort: textOrNothing })).nullable(),
).nullish().transform((map) => map ?? {});

/** `GET /containers/{id}/json`, as far as oakum reads it. */
export const containerDetail = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.string(),
  Image: z.string(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    Paused: z.boolean().default(false),
    Restarting: z.boolean().default(false),
    Pid: z.number().default(0),
    ExitCode: z.number().default(0),
    StartedAt: z.string().default(""),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({
    Hostname: z.string().default(""),
    Image: z.string(),
    User: z.string().nullish().transform((user) => user ?? ""),
    Env: strings,
    Cmd: strings,
    Entrypoint: z.union([z.array(z.string()), z.string().transform((one) => [one])]).nullish()
      .transform((list) => list ?? []),
    WorkingDir: z.string().nullish().transform((folder) => folder ?? ""),
    Labels: stringMap,
    /** With the image's own, where the service has none. */
    Healthcheck: z.object({ Test: strings }).nullish().transform((check) => check?.Test ?? []),
  }),
  HostConfig: z.object({
    NetworkMode: z.string().default("default"),
    ReadonlyRootfs: z.boolean().default(false),
    Init: z.boolean().nullish(),
    Memory: z.number().default(0),
    ShmSize: z.number().default(0),
    Binds: strings,
    ExtraHosts: strings,
    /** `/other:/this/alias`: names from before there were networks. */
    Links: strings,
    Dns: strings,
    DnsSearch: strings,
    DnsOptions: strings,
    GroupAdd: strings,
    CapAdd: strings,
    CapDrop: strings,
    SecurityOpt: strings,
    Tmpfs: stringMap,
    /** `5432/tcp` → where on the host; also of a container that does not run. */
    PortBindings: ports,
  }),
  NetworkSettings: z.object({
    Ports: ports,
    Networks: z.record(z.string(), endpoint).nullish().transform((map) => map ?? {}),
  }),
  Mounts: z.array(mount).nullish().transform((list) => list ?? []),
});

/** `GET /images/{name}/json`, as far as oakum reads it. */
export const imageDetail = z.object({
  Id: z.string(),
  RepoTags: strings,
  RepoDigests: strings,
  Created: z.string().default(""),
  RootFS: z.object({ Layers: strings }).nullish(),
  Config: z.object({
    Env: strings,
    Cmd: strings,
    Entrypoint: strings,
    WorkingDir: z.string().nullish().transform((folder) => folder ?? ""),
    User: z.string().nullish().transform((user) => user ?? ""),
    Labels: stringMap,
    Volumes: z.record(z.string(), z.unknown()).nullish().transform((map) => map ?? {}),
  }).nullish(),
});

/** A container as a listing shows it. */
export type ContainerSummary = z.infer<typeof containerSummary>;
/** A container in full. */
export type ContainerDetail = z.infer<typeof containerDetail>;
/** An image in full. */
export type ImageDetail = z.infer<typeof imageDetail>;
