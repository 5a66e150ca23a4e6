import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { ensureImages } from "../../docker/images.ts";
import { findStack } from "../../src/targets/find.ts";
import {
  appOf,
  ENV_PY,
  environment,
  fails,
  found,
  PASSWORD,
  project,
  SCRIPTS,
  server,
  shop,
  url,
  withServices,
  withUrl,
} from "./discovery/shop.ts";
import { searcher, wish } from "./stack.ts";

Deno.test("web, worker and beat of one image, and their replicas, are one app", async () => {
  await withServices(["web", "worker", "beat", "cache"], async () => {
    // The checksum of the scripts counts, so an image of another build is no other app.
    await shop.add("worker", "app-system", { options: withUrl(url()) });
    await shop.add("web", "app", { options: withUrl(url()), name: `${shop.project}_web_1` });
    await shop.add("web", "app", { options: withUrl(url()), number: 2 });
    await shop.add("beat", "app", { options: withUrl(url()), start: false });
    await shop.add("cache", "app", { options: environment({ POSTGRES_DB: "shop" }) });
    const target = await found();
    const { app, database, origins } = target;
    assert.equal(app?.service, "web", "running ones come first, then by name");
    assert.equal(app.container.Name, `/${shop.project}_web_1`);
    assert.deepEqual(app.sameAs, [`${shop.project}-web-2`, "worker", "beat"]);
    assert.deepEqual([database.service, database.name], ["db", "shop"]);
    assert.equal(database.server.credentials.password, PASSWORD);
    assert.equal(origins.get("database.name"), "DATABASE_URL of web");
    assert.doesNotMatch(JSON.stringify([...origins]), /p@ss|p%40ss/);
  });
});

Deno.test("an app's address decides among the databases of a server", async () => {
  await withServices(["web"], async () => {
    await shop.add("web", "app", {
      options: [
        ...environment({ DB_HOST: "db", DB_NAME: "stock", DB_USER: "owner" }),
        ...environment({ DB_PASSWORD: PASSWORD }),
        ...SCRIPTS,
      ],
    });
    const { database, app } = await found();
    assert.deepEqual([database.name, app?.service], ["stock", "web"]);
  });
});

Deno.test("an image that was built anew and does not run yet is reported", async () => {
  const tag = `${shop.project}/web:latest`;
  const { app: base } = await ensureImages(["app"]);
  await withServices(["web"], async () => {
    await output(["docker", "tag", base, tag]);
    await shop.add("web", tag as `${string}:${string}`, { options: withUrl(url()) });
    assert.equal((await appOf(found())).newerImage, undefined);
    const dockerfile = `${shop.folder}/Dockerfile`;
    await Deno.writeTextFile(dockerfile, `FROM ${base}\nLABEL build=new\n`);
    await output(["docker", "build", "--quiet", "--tag", tag, "--file", dockerfile, shop.folder]);
    const app = await appOf(found());
    assert.equal(app.newerImage?.tag, tag);
    assert.notEqual(app.newerImage?.id, app.container.Image);
  });
  await output(["docker", "rmi", "--force", tag]);
});

Deno.test("apps with different migrations for one database are candidates, and --app decides", async () => {
  await withServices(["web", "admin"], async () => {
    await shop.add("web", "app", { options: withUrl(url()) });
    const scripts = await project("admin", ENV_PY('"never asked"'));
    await shop.add("admin", "app", {
      options: [...scripts, ...environment({ DATABASE_URL: url() })],
    });
    const ambiguous = fails(
      "app-ambiguous",
      /2 apps .* lead to db\/shop: admin, web/,
      /--app admin/,
    );
    await assert.rejects(found(), ambiguous);
    assert.equal((await found({}, { needsApp: false })).app, undefined);
    const named = await found({ app: "web" });
    assert.deepEqual([named.app?.service, named.origins.get("app.service")], ["web", "--app"]);
    const typo = fails("no-such-app", /no service "wbe"/, /Use --app web/);
    await assert.rejects(found({ app: "wbe" }), typo);
    const elsewhere = found({ app: "web", database: { service: "db", name: "stock" } });
    await assert.rejects(
      elsewhere,
      fails("app-leads-elsewhere", /not to db\/stock/, /--app SERVICE/),
    );
  });
});

Deno.test("the label oakum.role decides which service is the app", async () => {
  await withServices(["web", "admin"], async () => {
    await shop.add("web", "app", { options: withUrl(url()) });
    const scripts = await project("labelled", ENV_PY('"never asked"'));
    await shop.add("admin", "app", {
      options: [
        ...[...scripts, ...environment({ DATABASE_URL: url() })],
        ...["--label", "oakum.role=app"],
      ],
    });
    assert.equal((await found()).app?.service, "admin");
  });
});

Deno.test("alembic.ini is found deep in what is mounted, and in the app's own package", async () => {
  await withServices(["web"], async () => {
    const deep = `${shop.folder}/deploy/db/migrations/prod/conf`;
    await Deno.mkdir(deep, { recursive: true });
    await Deno.writeTextFile(`${deep}/alembic.ini`, "[alembic]\nscript_location = /srv/app\n");
    const mounted = ["--volume", `${shop.folder}/deploy:/etc/deploy`];
    const web = await shop.add("web", "app", {
      options: [...mounted, ...environment({ DATABASE_URL: url() })],
      command: ["/srv/venv/bin/python", "-c", "import time; time.sleep(1e6)"],
    });
    const sighting = async () => (await appOf(found())).sighting?.path;
    assert.equal(await sighting(), "/etc/deploy/db/migrations/prod/conf/alembic.ini");
    await Deno.remove(`${deep}/alembic.ini`);
    const install = (name: string, more: string) =>
      output([
        ...["docker", "exec", "--user", "0", web, "sh", "-c"],
        `cd /srv/venv/lib/python3*/site-packages && mkdir -p ${name} ${name}-1.0.dist-info &&
          printf '[alembic]\nscript_location = ${name}:migrations\n' > ${name}/alembic.ini; ${more}`,
      ]);
    // What a library brings along is for a database of its own.
    await install("library", "true");
    await assert.rejects(
      found(),
      fails("no-app", /^No service/, /app: \{ service: web, alembic: /),
    );
    const local = `printf '{"url": "file:///src"}' > shopkit-1.0.dist-info/direct_url.json`;
    await install("shopkit", local);
    assert.match(await sighting() ?? "", /site-packages\/shopkit\/alembic\.ini$/);
  });
});

Deno.test("where no app leads to the database, each service says why", async () => {
  await withServices(["web", "far", "site", "board"], async () => {
    await shop.add("web", "app", { options: withUrl(url("localhost")) });
    await shop.add("far", "app", { options: withUrl(url("rds.example.com:5433")) });
    await Deno.mkdir(`${shop.folder}/site`, { recursive: true });
    await Deno.writeTextFile(
      `${shop.folder}/site/manage.py`,
      "os.environ['DJANGO_SETTINGS_MODULE']",
    );
    await shop.add("site", "app", {
      options: [
        ...environment({ DATABASE_URL: url() }),
        "--volume",
        `${shop.folder}/site:/srv/app`,
      ],
    });
    const flask = await project("board", "from flask import current_app");
    await shop.add("board", "app", {
      options: [...flask, ...environment({ DATABASE_URL: url() })],
    });
    const reasons = new RegExp([
      "board migrates with Flask-Migrate",
      "far has Alembic, but its DATABASE_URL leads elsewhere: no container answers at rds.example.com:5433",
      "site migrates with Django",
      `web has Alembic, but its DATABASE_URL leads elsewhere: "localhost" is the app's own container`,
    ].join(".*"));
    await assert.rejects(found(), fails("no-app", reasons, /--app SERVICE/));
    const { app, database } = await found({}, { needsApp: false });
    assert.deepEqual([app, database.name], [undefined, "shop"]);
  });
});

Deno.test("findStack() shows wrong ports, starts that migrate, and states", async () => {
  await withServices(["web", "api", "old"], async () => {
    await shop.add("web", "app", {
      options: withUrl(url("db:6432")),
      command: ["sh", "-c", "alembic -c alembic.ini upgrade head; exec serve"],
    });
    const script = `${shop.folder}/prestart.sh`;
    await Deno.writeTextFile(
      script,
      "#!/bin/sh\n# alembic stamp\nset -e\nalembic upgrade head\nexec serve\n",
    );
    await shop.add("api", "app", {
      options: [...withUrl(url()), "--volume", `${script}:/srv/prestart.sh`],
      command: ["sh", "../prestart.sh"],
    });
    await shop.add("old", "app", { options: withUrl(url()), start: false });
    const view = await findStack(await searcher(), await wish(shop.folder));
    assert.deepEqual(view.servers.map(({ service, state }) => [service, state]), [[
      "db",
      "running",
    ]]);
    const shown = view.services.map(({ service, containers, addresses, migratesAtStart }) => [
      ...[service, containers[0]?.state, addresses[0]?.leadsTo, addresses[0]?.problem],
      migratesAtStart?.where,
    ]);
    assert.deepEqual(shown, [
      ["api", "running", `${server}/shop`, undefined, "/srv/prestart.sh"],
      ["web", "running", undefined, "wrong-port", "its command"],
      ["old", "created", `${server}/shop`, undefined, undefined],
    ]);
    const web = view.services.find(({ service }) => service === "web");
    assert.match(web?.addresses[0]?.how ?? "", /listens on 5432, not on 6432/);
    assert.doesNotMatch(JSON.stringify(view), /p@ss|p%40ss/);
  });
});
