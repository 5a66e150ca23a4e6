import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import { superusers } from "../../../src/targets/credentials.ts";
import { demandRunning } from "../../../src/targets/server.ts";
import { described } from "./containers.ts";

const users = (variables: Record<string, string>, image = "postgres:17") =>
  superusers(variables, described({ name: "db", image }), (names) => names.join(" + "))
    .map(({ user, password, from }) => [user, password, from]);

Deno.test("superusers() reads the official image's variables", () => {
  const both = { POSTGRES_USER: "owner", POSTGRES_PASSWORD: "secret" };
  assert.deepEqual(users(both), [["owner", "secret", "POSTGRES_USER + POSTGRES_PASSWORD"]]);
  assert.deepEqual(users({ POSTGRES_PASSWORD: "secret" }), [[
    "postgres",
    "secret",
    "POSTGRES_PASSWORD",
  ]]);
  const none = [["postgres", undefined, "PostgreSQL's own name for its superuser"]];
  assert.deepEqual(users({ POSTGRES_HOST_AUTH_METHOD: "trust" }), none);
});

Deno.test("superusers() tries Bitnami's and Supabase's real superuser before the owner", () => {
  const bitnami = {
    POSTGRESQL_USERNAME: "owner",
    POSTGRESQL_PASSWORD: "own",
    POSTGRESQL_POSTGRES_PASSWORD: "super",
  };
  assert.deepEqual(
    users(bitnami, "bitnami/postgresql:16").map(([user, password]) => [user, password]),
    [
      ["postgres", "super"],
      ["owner", "own"],
    ],
  );
  const supabase = users({ POSTGRES_PASSWORD: "secret" }, "supabase/postgres:15.1.0");
  assert.deepEqual(supabase.map(([user]) => user), ["supabase_admin", "postgres"]);
});

Deno.test("demandRunning() refuses each state with the command that fits it", () => {
  const refusal = (state: Record<string, unknown>) => {
    const container = described({ name: "shop-db-1" });
    try {
      demandRunning({ ...container, State: { ...container.State, ...state } });
    } catch (error) {
      assert.ok(error instanceof OakumError);
      assert.equal(error.outcome, "refused");
      return `${error.message} ${error.hint}`;
    }
  };
  assert.equal(refusal({}), undefined);
  assert.match(
    refusal({ Running: false, Status: "exited" }) ?? "",
    /\(exited\).* docker start shop-db-1/,
  );
  assert.match(refusal({ Paused: true }) ?? "", /paused.* docker unpause shop-db-1/);
  assert.match(
    refusal({ Restarting: true }) ?? "",
    /again and again.* docker logs --tail 50 shop-db-1/,
  );
});
