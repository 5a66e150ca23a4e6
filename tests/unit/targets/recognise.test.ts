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
