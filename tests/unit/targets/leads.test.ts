import assert from "node:assert/strict";
import type { ContainerDetail } from "../../../src/docker/shapes.ts";
import { follow } from "../../../src/targets/leads.ts";
import { described } from "./containers.ts";

const project = (name: string) => ({ "com.docker.compose.project": name });

const web = described({
  name: "shop-web-1",
  labels: project("shop"),
  networks: { shop_default: { IPAddress: "172.20.0.2", Gateway: "172.20.0.1" } },
});
const db = described({
  name: "shop-db-1",
  id: "d0d0d0d0d0d0" + "1".repeat(52),
  labels: project("shop"),
  networks: { shop_default: { IPAddress: "172.20.0.3", Aliases: ["db", "Store"] } },
});

function leadsOf(
  host: string,
  from: ContainerDetail,
  others: readonly ContainerDetail[],
  port = 5432,
) {
  const around = { containers: [from, ...others], hostAddresses: new Set(["192.168.1.10"]) };
  const leads = follow({ host, port }, from, around);
  return typeof leads === "string"
    ? leads
    : leads.map(({ container, port }) => `${container.Name.slice(1)}:${port}`);
}

Deno.test("follow() leads by alias, container name, short id and address on a shared network", () => {
  const names = ["db", "DB", "store", "shop-db-1", "d0d0d0d0d0d0", "172.20.0.3", "db.shop_default"];
  for (const host of names) assert.deepEqual(leadsOf(host, web, [db]), ["shop-db-1:5432"], host);
});

Deno.test("follow() tells a name on another network from a name that nobody has", () => {
  const elsewhere = described({
    name: "shop-db-1",
    networks: { backend: { IPAddress: "172.21.0.3", Aliases: ["db"] } },
  });
  assert.equal(leadsOf("db", web, [elsewhere]), "other-network");
  assert.equal(leadsOf("172.21.0.3", web, [elsewhere]), "other-network");
  assert.equal(leadsOf("database", web, [db]), "unknown-host");
  assert.equal(leadsOf("rds.example.com", web, [db]), "unknown-host");
});

Deno.test("follow() takes the stack's own service where another stack's has the same name", () => {
  const networks = { shared: { Aliases: ["db"] } };
  const own = described({ name: "shop-db-1", labels: project("shop"), networks });
  const other = described({ name: "blog-db-1", labels: project("blog"), networks });
  const app = described({ name: "shop-web-1", labels: project("shop"), networks: { shared: {} } });
  assert.deepEqual(leadsOf("db", app, [other, own]), ["shop-db-1:5432"]);
  assert.deepEqual(leadsOf("db", app, [other]), ["blog-db-1:5432"]);
});

Deno.test("follow() knows no names on the default bridge, only addresses and links", () => {
  const networks = { bridge: { IPAddress: "172.17.0.3", Gateway: "172.17.0.1" } };
  const server = described({ name: "pg", networks });
  const app = described({ name: "app", networks: { bridge: { IPAddress: "172.17.0.2" } } });
  assert.equal(leadsOf("pg", app, [server]), "other-network");
  assert.deepEqual(leadsOf("172.17.0.3", app, [server]), ["pg:5432"]);
});

Deno.test("follow() leads by the links and extra hosts of the app", () => {
  const networks = { shop_default: { IPAddress: "172.20.0.2", Links: ["shop-db-1:database"] } };
  const linked = described({ name: "shop-web-1", networks });
  assert.deepEqual(leadsOf("database", linked, [db]), ["shop-db-1:5432"]);
  const mapped = described({
    name: "shop-web-1",
    host: { ExtraHosts: ["pg.internal:172.20.0.3"] },
    networks: { shop_default: {} },
  });
  assert.deepEqual(leadsOf("pg.internal", mapped, [db]), ["shop-db-1:5432"]);
});

Deno.test("follow() takes localhost for the app's own container, unless it shares a network", () => {
  assert.equal(leadsOf("localhost", web, [db]), "loopback");
  assert.equal(leadsOf("127.0.0.1", web, [db]), "loopback");
  const joined = described({ name: "web", host: { NetworkMode: `container:${db.Id}` } });
  assert.deepEqual(leadsOf("localhost", joined, [db]), ["shop-db-1:5432"]);
  const beside = described({ name: "db2", host: { NetworkMode: `container:${web.Id}` } });
  assert.deepEqual(leadsOf("localhost", web, [beside]), ["db2:5432"]);
});

Deno.test("follow() marks the leads that dial a server on loopback in a network of both", () => {
  const marks = (from: ContainerDetail, other: ContainerDetail, host: string) => {
    const around = { containers: [from, other], hostAddresses: new Set<string>() };
    const leads = follow({ host, port: 5432 }, from, around);
    return typeof leads === "string" ? leads : leads.map(({ viaLoopback }) => viaLoopback ?? false);
  };
  const joined = described({ name: "web", host: { NetworkMode: `container:${db.Id}` } });
  assert.deepEqual(marks(joined, db, "localhost"), [true]);
  assert.deepEqual(marks(web, db, "db"), [false]);
  const [one, two] = ["web", "pg"].map((name) =>
    described({ name, host: { NetworkMode: "host" } })
  );
  assert.deepEqual(marks(one!, two!, "localhost"), [false]);
});

Deno.test("follow() sees from the host's network what is published and what is open there", () => {
  const app = described({ name: "web", host: { NetworkMode: "host" } });
  const published = described({
    name: "db",
    ports: { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: "5433" }] },
  });
  const open = described({ name: "pg", host: { NetworkMode: "host" } });
  assert.deepEqual(leadsOf("localhost", app, [published], 5433), ["db:5432"]);
  assert.equal(leadsOf("localhost", app, [published], 5432), "loopback");
  assert.deepEqual(leadsOf("localhost", app, [open]), ["pg:5432"]);
});

Deno.test("follow() leads through published ports by the host's names and addresses", () => {
  const ports = {
    "5432/tcp": [{ HostIp: "0.0.0.0", HostPort: "5433" }, { HostIp: "::", HostPort: "5433" }],
  };
  const published = described({ name: "blog-db-1", ports, networks: { blog_default: {} } });
  for (const host of ["host.docker.internal", "172.20.0.1", "192.168.1.10"]) {
    assert.deepEqual(leadsOf(host, web, [published], 5433), ["blog-db-1:5432"], host);
  }
  assert.equal(leadsOf("192.168.1.11", web, [published], 5433), "unknown-host");
  assert.equal(leadsOf("172.20.0.1", web, [published], 5434), "unknown-host");
  const mapped = described({
    name: "web",
    host: { ExtraHosts: ["pg:host-gateway"] },
    networks: { shop_default: {} },
  });
  assert.deepEqual(leadsOf("pg", mapped, [published], 5433), ["blog-db-1:5432"]);
});

Deno.test("follow() does not reach a port that is published on loopback only by a literal address", () => {
  const ports = { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: "5433" }] };
  const published = described({ name: "db", ports, networks: { other: {} } });
  assert.equal(leadsOf("172.20.0.1", web, [published], 5433), "unknown-host");
});
