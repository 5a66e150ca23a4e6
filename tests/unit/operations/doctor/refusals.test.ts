import assert from "node:assert/strict";
import { refusal, type Refused } from "../../../../src/operations/doctor/refusals.ts";

const about: Refused = {
  place: "DATABASE_URL of web",
  apply: "docker compose up -d web",
  user: "keeper",
  hasPassword: true,
  database: "shop",
  container: "shop-db-1",
  admin: "it's me",
  roles: [{ name: "keeper", mayLogIn: true, expired: false }],
  databases: ["postgres"],
  rightPassword: undefined,
};
const refused = (state: string) => ({ kind: "refused", state, message: "said so" }) as const;

Deno.test("a role that is refused by name and not by password is the rules' doing", () => {
  const { name, level, text } = refusal(refused("28000"), about);
  assert.deepEqual([name, level], ["login", "not-checked"]);
  assert.match(text, /pg_hba\.conf of shop-db-1 has no rule .*: said so\.$/);
});

Deno.test("an unknown user is told from a wrong password, whichever state the server gives", () => {
  for (const state of ["28000", "28P01"]) {
    assert.equal(refusal(refused(state), { ...about, roles: [] }).name, "unknown-user");
  }
  assert.equal(refusal(refused("28P01"), about).name, "wrong-password");
});

Deno.test("commands take any name as one word and one identifier", () => {
  const odd = { ...about, user: `a "b" $(c)`, roles: [], database: "x; y" };
  const made = refusal(refused("3D000"), odd).mend ?? "";
  assert.equal(
    made,
    `Make it: docker exec shop-db-1 createdb -U 'it'\\''s me' -O 'a "b" $(c)' 'x; y'`,
  );
  const granted = refusal(refused("42501"), { ...odd, database: "shop" }).mend ?? "";
  assert.match(granted, / -c 'grant connect on database shop to "a ""b"" \$\(c\)"'$/);
});

for (
  const [state, name] of [
    ["55000", "database-closed"],
    ["53300", "too-many-connections"],
    ["57P03", "login"],
  ] as const
) {
  Deno.test(`SQLSTATE ${state} is ${name}`, () => {
    const check = refusal(refused(state), about);
    assert.equal(check.name, name);
    assert.equal(check.level, name === "login" ? "not-checked" : "trouble");
  });
}

Deno.test("refusal() takes only a refused connection for a server that does not listen", () => {
  const nobody = refusal({ kind: "unreachable", message: "Connection refused" }, about);
  assert.deepEqual([nobody.name, nobody.level], ["not-listening", "trouble"]);
  const lost = refusal({ kind: "unknown", message: "the helper is gone" }, about);
  assert.deepEqual([lost.name, lost.level], ["login", "not-checked"]);
  assert.match(lost.text, /: the helper is gone$/);
});
