import assert from "node:assert/strict";
import { imageDetail } from "../../../src/docker/shapes.ts";
import {
  imageBaseName,
  isPooler,
  isServerProcess,
  judgeServer,
} from "../../../src/targets/recognise.ts";
import { type Described, described } from "./containers.ts";

const official = { entrypoint: ["docker-entrypoint.sh"], cmd: ["postgres"], env: ["PGDATA=/data"] };

const verdict = (one: Omit<Described, "name">, image?: { Entrypoint?: string[]; Cmd?: string[] }) =>
  judgeServer(
    described({ name: "one", ...one }),
    image && imageDetail.parse({ Id: "sha256:0", Config: image }),
  );

Deno.test("judgeServer() takes the images that servers are run from", () => {
  const images = [
    ...["postgres", "postgres:17-alpine", "docker.io/library/postgres:15@sha256:00"],
    ...["postgis/postgis:16-3.4", "timescale/timescaledb-ha:pg16", "pgvector/pgvector:pg17"],
    ...["registry.local:5000/shop/store", "supabase/postgres:15"],
  ];
  for (const image of images) assert.equal(verdict({ ...official, image }), "yes", image);
});

Deno.test("judgeServer() takes flags, inits and other users for what they are", () => {
  const commands = [
    { cmd: ["-c", "max_connections=200"] },
    { cmd: ["postgres", "-c", "wal_level=logical"] },
    { entrypoint: ["tini", "-g", "--", "docker-entrypoint.sh"] },
    {
      entrypoint: ["gosu", "postgres"],
      cmd: ["/usr/lib/postgresql/17/bin/postgres", "-D", "/data"],
    },
  ];
  for (const command of commands) {
    assert.equal(verdict({ ...official, image: "shop/store", ...command }), "yes");
  }
});

Deno.test("judgeServer() takes an image's own command where the image is known", () => {
  const bitnami = { Entrypoint: ["/opt/bitnami/run.sh"], Cmd: ["go"] };
  const one = { image: "bitnami/postgresql:16", entrypoint: bitnami.Entrypoint, cmd: bitnami.Cmd };
  assert.equal(verdict(one, bitnami), "yes");
  assert.equal(verdict({ ...one, cmd: ["/backup.sh"] }, bitnami), "perhaps");
});

Deno.test("judgeServer() never takes an app, a pooler or a tool of PostgreSQL's for a server", () => {
  const env = ["POSTGRES_USER=owner", "POSTGRES_PASSWORD=x", "POSTGRES_DB=shop"];
  assert.equal(verdict({ image: "shop-web", cmd: ["uvicorn", "main:app"], env }), "no");
  const images = [
    ...[
      "edoburu/pgbouncer",
      "bitnami/pgbouncer:1",
      "dpage/pgadmin4",
      "adminer",
      "postgrest/postgrest",
    ],
    ...["prometheuscommunity/postgres-exporter", "prodrigestivill/postgres-backup-local:17"],
  ];
  for (const image of images) assert.equal(verdict({ image, env, cmd: ["run"] }), "no", image);
});

Deno.test("judgeServer() looks twice at a backup tool that runs the server's own image", () => {
  const scripts = [["/backup.sh"], ["sh", "-c", "pg_dump -U postgres -d shop"], [
    "pg_dump",
    "postgres",
  ]];
  for (const cmd of scripts) {
    assert.equal(verdict({ ...official, image: "postgres:17", cmd }), "perhaps", cmd.join(" "));
  }
});

Deno.test("judgeServer() lets the label decide", () => {
  const labelled = (role: string) => ({ labels: { "oakum.role": role } });
  assert.equal(verdict({ image: "odd", ...labelled("database") }), "yes");
  assert.equal(verdict({ ...official, image: "postgres", ...labelled("none") }), "no");
  assert.equal(verdict({ ...official, image: "postgres", ...labelled("app") }), "no");
});

Deno.test("isPooler() knows poolers by image or command", () => {
  const images = [
    "edoburu/pgbouncer:1.24",
    "pgcat",
    "odyssey",
    "bitnami/pgpool:4",
    "supabase/supavisor",
  ];
  for (const image of images) {
    assert.equal(isPooler(described({ name: "one", image })), true, image);
  }
  const cmd = ["pgbouncer", "/etc/pgbouncer/pgbouncer.ini"];
  assert.equal(isPooler(described({ name: "one", image: "shop/pool", cmd })), true);
  assert.equal(isPooler(described({ name: "one", image: "postgres", cmd: ["postgres"] })), false);
  const exporter = "spreaker/prometheus-pgbouncer-exporter";
  assert.equal(isPooler(described({ name: "one", image: exporter })), false);
});

/** Labels as Compose sets them. */
const of = (project: string, service: string) => ({
  "com.docker.compose.project": project,
  "com.docker.compose.service": service,
});

Deno.test("judgeServer() hears nothing of a name that Compose made of the project", () => {
  const made = [
    ["cde-backup-portal", "db", "cde-backup-portal-db"],
    ["pgbouncer-lab", "db", "pgbouncer-lab-db"],
    ["odyssey", "store", "odyssey_store"],
    ["postgres-exporter-demo", "db", "postgres-exporter-demo-db:latest"],
    ["x", "pgadmin", "x-pgadmin"],
    ["wal-g-tests", "postgres", "registry.local/team/wal-g-tests-pg:3"],
  ] as const;
  for (const [project, service, image] of made) {
    const labels = of(project, service);
    assert.equal(verdict({ ...official, image, labels }), "yes", image);
    const flags = { ...official, cmd: ["-c", "max_connections=200"], image, labels };
    assert.equal(verdict(flags), "yes", image);
    const app = described({ name: "web", image, labels, cmd: ["gunicorn", "shop:app"] });
    assert.equal(isPooler(app), false, image);
    assert.equal(judgeServer(app, undefined), "no", image);
  }
});

Deno.test("judgeServer() looks twice where a tool's name stands against a server's traits", () => {
  const image = "acme/backup-portal-postgres:17";
  assert.equal(verdict({ ...official, image }), "yes");
  assert.equal(verdict({ ...official, image, cmd: ["-c", "ssl=on"] }), "perhaps");
  assert.equal(verdict({ ...official, image: "acme/pg-backup", cmd: ["/backup.sh"] }), "perhaps");
});

Deno.test("isPooler() takes no word of an app's command for a pooler", () => {
  const commands = [
    ["python3", "-m", "odyssey.main"],
    ["python3", "-m", "odyssey"],
    ["celery", "-A", "odyssey", "worker"],
    ["uvicorn", "--app-dir", "/srv/pgbouncer", "main:app"],
    ["sh", "-c", "cd /srv/odyssey && exec gunicorn odyssey:app"],
    ["odyssey", "serve"],
  ];
  for (const cmd of commands) {
    for (const image of ["odyssey-cde-web", "ghcr.io/acme/odyssey-api", "acme/web"]) {
      assert.equal(isPooler(described({ name: "one", image, cmd })), false, cmd.join(" "));
    }
  }
  const product = described({ name: "one", image: "acme/odyssey", cmd: ["uvicorn", "main:app"] });
  assert.equal(isPooler(product), false);
});

Deno.test("isPooler() finds a pooler's program behind inits, entrypoints and shells", () => {
  const commands = [
    ["tini", "--", "/usr/bin/pgbouncer", "/etc/pgbouncer/pgbouncer.ini"],
    ["sh", "-c", "envsubst < a > b; exec pgbouncer b"],
    ["/docker-entrypoint.sh", "pgcat", "/etc/pgcat/pgcat.toml"],
    ["/start.sh", "pgpool", "-n"],
    ["odyssey", "/etc/odyssey/odyssey.conf"],
  ];
  for (const cmd of commands) {
    const one = described({ name: "one", image: "x-pool", labels: of("x", "pool"), cmd });
    assert.equal(isPooler(one), true, cmd.join(" "));
  }
});

Deno.test("isPooler() lets the label decide", () => {
  const labelled = (role: string) =>
    described({ name: "one", image: "pgbouncer", labels: { "oakum.role": role } });
  assert.equal(isPooler(labelled("app")), false);
  assert.equal(isPooler(labelled("pooler")), true);
});

Deno.test("isServerProcess() knows the server among what a machine runs", () => {
  for (
    const line of ["postgres", "/usr/lib/postgresql/17/bin/postgres -D /data", "postmaster -D /d"]
  ) {
    assert.equal(isServerProcess(line), true, line);
  }
  for (const line of ["postgres: checkpointer", "pg_dump postgres", "python postgres.py"]) {
    assert.equal(isServerProcess(line), false, line);
  }
});

Deno.test("imageBaseName() leaves registry, tag and digest away", () => {
  assert.equal(imageBaseName("registry.local:5000/a/Postgres:17@sha256:00"), "postgres");
  assert.equal(imageBaseName("postgres"), "postgres");
});
