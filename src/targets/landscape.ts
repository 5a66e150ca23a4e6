import { type Engine, statusOf } from "../docker/engine.ts";
import { runCommand } from "../docker/run.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { hostAddresses } from "./host.ts";
import { namespaceOf, type Surroundings } from "./leads.ts";
import { type Listening, listeningOf } from "./listening.ts";
import { isPooler, isServerProcess, judgeServer } from "./recognise.ts";
import { type Upstream, upstreams } from "./poolers.ts";
import type { Survey } from "./survey.ts";

/** What stands on an engine and how it can be reached; everything is looked at once. */
export class Landscape {
  readonly #servers = new Map<string, Promise<boolean>>();
  readonly #listening = new Map<string, Promise<Listening>>();
  readonly #upstreams = new Map<string, Promise<Upstream[]>>();
  #hostAddresses: Promise<ReadonlySet<string>> | undefined;

  constructor(readonly engine: Engine, readonly survey: Survey) {}

  /** Containers among which names are looked up. */
  async surroundings(ids: readonly string[]): Promise<Surroundings> {
    this.#hostAddresses ??= hostAddresses(this.engine.address);
    return {
      containers: await this.survey.details(ids),
      hostAddresses: await this.#hostAddresses,
    };
  }

  /** Whether a container is a PostgreSQL server. */
  isServer(container: ContainerDetail): Promise<boolean> {
    const known = this.#servers.get(container.Id) ?? this.#judge(container);
    this.#servers.set(container.Id, known);
    return known;
  }

  async #judge(container: ContainerDetail): Promise<boolean> {
    const verdict = judgeServer(container, await this.survey.image(container.Image));
    if (verdict !== "perhaps") return verdict === "yes";
    if (!container.State.Running || container.State.Restarting) return false;
    return (await processesOf(this.engine, container.Id)).some(isServerProcess);
  }

  /** The servers among some containers. */
  async serversAmong(containers: readonly ContainerDetail[]): Promise<ContainerDetail[]> {
    const judged = await Promise.all(containers.map((one) => this.isServer(one)));
    return containers.filter((_, at) => judged[at]);
  }

  isPooler(container: ContainerDetail): boolean {
    return isPooler(container);
  }

  listening(server: ContainerDetail): Promise<Listening> {
    const known = this.#listening.get(server.Id) ?? listeningOf(this.engine, server);
    this.#listening.set(server.Id, known);
    return known;
  }

  upstreams(pooler: ContainerDetail): Promise<Upstream[]> {
    const known = this.#upstreams.get(pooler.Id) ?? upstreams(this.engine, pooler);
    this.#upstreams.set(pooler.Id, known);
    return known;
  }

  /** The servers that listen in a container's network; more than one only where they share it. */
  async serversIn(container: ContainerDetail, around: Surroundings): Promise<ContainerDetail[]> {
    const namespace = namespaceOf(container, around);
    return await this.serversAmong(
      around.containers.filter((one) => namespaceOf(one, around) === namespace),
    );
  }
}

/** Lists processes inside where the engine cannot: that takes a `ps` on its machine. */
async function processesOf(engine: Engine, id: string): Promise<string[]> {
  try {
    return await engine.processes(id);
  } catch (error) {
    if (statusOf(error) !== 500) throw error;
    // One process that forks nothing: beside a server no orphan may be left.
    const cmd = ["sh", "-c", "exec cat /proc/[0-9]*/comm"];
    return (await runCommand({ engine, id }, { cmd })).stdout.split("\n");
  }
}
