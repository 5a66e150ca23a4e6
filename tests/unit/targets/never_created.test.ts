import assert from "node:assert/strict";
import { noAppHint } from "../../../src/targets/choose_app.ts";
import {
  createCommand,
  neverCreated,
  neverCreatedText,
} from "../../../src/targets/never_created.ts";
import type { Service } from "../../../src/targets/services.ts";
import type { Sighting } from "../../../src/targets/sightings.ts";
import { described } from "./containers.ts";

const COMPOSE = `
services:
  db: { image: postgres:17 }
  web: { image: acme/web }
  migrate:
    image: acme/web
    profiles: [tools, ci]
  odd: null
`;

const service = (
  name: string,
  tools: readonly Sighting["tool"][] = [],
  running = true,
): Service => ({
  ...{ name, members: [], container: described({ name }), running, labelledApp: false, routes: [] },
  look: { variables: {}, from: "x", user: undefined, workdir: undefined, sightings: [] },
  sightings: tools.map((tool) => ({ tool, path: "/app/alembic.ini", revisions: undefined })),
});

Deno.test("neverCreated() tells the services of the files that have no container", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, COMPOSE);
    const stack = {
      ...{ project: "shop", workingDir: undefined, running: true },
      configFiles: [file, "/nowhere.yaml"],
    };
    const missing = await neverCreated(stack, [{ service: "db" }, { service: "web" }]);
    assert.equal(
      neverCreatedText(missing),
      "migrate has no container, since it is under the profile tools, ci",
    );
    assert.equal(createCommand(missing[0]!), "docker compose --profile tools create migrate");
    assert.match(
      noAppHint([service("web")], missing),
      /docker compose --profile tools create migr/,
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("noAppHint() names the place in oakum.yaml, or the way of the tool that there is", () => {
  const place = /app: \{ service: web, alembic: \/app\/db\/alembic\.ini, workdir: \/app \}/;
  assert.match(noAppHint([service("web")], []), place);
  const flask =
    "Upgrade by its own tool: oakum backup, then: docker compose exec api flask db upgrade";
  assert.equal(noAppHint([service("web"), service("api", ["flask"])], []), flask);
  const stopped = noAppHint([service("site", ["django"], false)], []);
  assert.match(stopped, /docker compose run --rm site python manage\.py migrate$/);
  const both = noAppHint([service("api", ["flask"]), service("web", ["alembic"])], []);
  assert.match(both, /^Name the service that has the migrations: --app SERVICE\. Look closer/);
});
