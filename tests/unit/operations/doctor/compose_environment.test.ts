import assert from "node:assert/strict";
import {
  expectedEnvironments,
  interpolated,
  statedIn,
} from "../../../../src/operations/doctor/compose_environment.ts";

const dotenv = { NAME: "shop", EMPTY: "", ...statedIn("URL=postgresql://${NAME}@db/shop") };

for (
  const [template, value] of [
    ["plain", "plain"],
    ["$NAME and ${NAME}", "shop and shop"],
    ["$$NAME", "$NAME"],
    ["${EMPTY:-other}", "other"],
    ["${EMPTY-other}", ""],
    ["${MISSING-other}", "other"],
    ["${NAME:?must be there}", "shop"],
    ["${NAME:+set}", "set"],
    ["${MISSING:+set}", ""],
    ["${MISSING}", undefined],
    ["${MISSING:?must be there}", undefined],
    ["${MISSING:-${NAME}}", undefined],
    ["${toString}", undefined],
    ["${URL}", undefined],
    ["${URL:-other}", undefined],
  ] as const
) {
  Deno.test(`interpolated() makes ${JSON.stringify(value)} of ${template}`, () => {
    assert.equal(interpolated(template, dotenv), value);
  });
}

async function expected(files: Readonly<Record<string, string>>) {
  const compose = Object.keys(files).filter((path) => path.endsWith(".yaml"));
  const read = (path: string) => Promise.resolve(files[path]);
  return Object.fromEntries(await expectedEnvironments(compose, dotenv, read));
}

Deno.test("expectedEnvironments() has lists, maps, files and later compose files win", async () => {
  const found = await expected({
    "/srv/a.yaml": `
services:
  list: { environment: [ "A=\${NAME}", NAME, FROM_SHELL ] }
  map: { environment: { A: 1, B: true }, env_file: [ one.env, { path: sub/two.env } ] }
`,
    "/srv/b.yaml": "services: { map: { environment: { A: 2 } } }",
    "/srv/one.env": "A=file\nC='of one'\n",
    "/srv/sub/two.env": "C=of two\n",
  });
  assert.deepEqual(found, {
    list: { A: "shop", NAME: "shop" },
    map: { A: "2", B: "true", C: "of two" },
  });
});

Deno.test("expectedEnvironments() leaves out what Compose would expand in a file", async () => {
  const found = await expected({
    "/srv/a.yaml": `
services:
  web: { environment: [ URL, "ALSO=\${URL:-none}" ], env_file: [ one.env, two.env ] }
`,
    "/srv/one.env": "A=file\nB=file\n",
    "/srv/two.env": 'B="${A}"\nC=${URL}\n',
  });
  assert.deepEqual(found, { web: { A: "file" } });
});

Deno.test("expectedEnvironments() says nothing of what it cannot read", async () => {
  assert.deepEqual(await expected({ "/srv/a.yaml": "services: [ {" }), {});
  assert.deepEqual(await expected({ "/srv/a.yaml": "services: { web: 7 }" }), { web: {} });
});
