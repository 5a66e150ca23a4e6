import assert from "node:assert/strict";
import { preloadSettings, preloadTries } from "../../../src/postgres/preload.ts";

const of = (...libraries: string[]) => ({ libraries, database: "shop" });

Deno.test("preloadTries() ends with none, and keeps what only watches as long as it can", () => {
  assert.deepEqual(preloadTries(of("pgaudit", "odd")), [["pgaudit", "odd"], ["pgaudit"], []]);
  assert.deepEqual(preloadTries(of("pgaudit")), [["pgaudit"], []]);
  assert.deepEqual(preloadTries(of("odd")), [["odd"], []]);
  assert.deepEqual(preloadTries(of()), [[]]);
});

Deno.test("preloadSettings() leaves no place to workers of what acts by itself", () => {
  const settings = (...names: string[]) => preloadSettings(names, of(...names));
  assert.deepEqual(settings(), []);
  assert.deepEqual(settings("pgaudit"), ["shared_preload_libraries=pgaudit"]);
  assert.deepEqual(settings("pg_cron", "pgaudit"), [
    "shared_preload_libraries=pg_cron,pgaudit",
    "max_worker_processes=0",
    "cron.database_name=shop",
    "cron.launch_active_jobs=off",
  ]);
});
