import assert from "node:assert/strict";
import { type ClusterRoles, newRoles, withoutRole } from "../../../src/postgres/cluster_roles.ts";

const role = (oid: string, name: string) => ({
  ...{ oid, name, limit: -1, password: null },
  options: ["LOGIN" as const],
});

Deno.test("withoutRole() forgets a role and its memberships, so that it is new when it is made again", () => {
  const was: ClusterRoles = {
    roles: [role("10", "postgres"), role("20", "app"), role("30", "team")],
    memberships: [
      { group: "team", member: "app", admin: false },
      { group: "app", member: "postgres", admin: true },
      { group: "team", member: "postgres", admin: false },
    ],
  };
  const left = withoutRole(was, "app");
  assert.deepEqual(left.roles.map(({ name }) => name), ["postgres", "team"]);
  assert.deepEqual(left.memberships, [{ group: "team", member: "postgres", admin: false }]);
  assert.deepEqual(newRoles(left, { ...was, roles: [...left.roles, role("40", "app")] }), ["app"]);
});
