import assert from "node:assert/strict";
import { parseReport } from "../../../src/targets/environment.ts";
import { mainProcess } from "../../../src/targets/process.ts";

const at = (pid: number, parent: number, program: string) => ({
  pid,
  parent,
  uid: 0,
  gid: 0,
  program,
});

const mainOf = (...table: Parameters<typeof mainProcess>[0][number][]) => mainProcess(table)?.pid;

Deno.test("mainProcess() takes process 1 where that is the app itself", () => {
  assert.equal(mainOf(at(1, 0, "python"), at(7, 1, "python")), 1);
  assert.equal(mainOf(at(1, 0, "gunicorn: master [shop]"), at(8, 1, "gunicorn: worker")), 1);
  assert.equal(mainOf(at(1, 0, "nginx: master process nginx"), at(9, 1, "nginx: worker")), 1);
  assert.equal(mainProcess([]), undefined);
});

Deno.test("mainProcess() descends through inits, shells and what hands secrets down", () => {
  assert.equal(mainOf(at(1, 0, "/sbin/docker-init"), at(7, 1, "/srv/venv/bin/python")), 7);
  assert.equal(mainOf(at(1, 0, "/bin/sh"), at(7, 1, "uvicorn"), at(8, 7, "python")), 7);
  assert.equal(
    mainOf(at(1, 0, "tini"), at(6, 1, "-bash"), at(9, 6, "doppler"), at(12, 9, "python3.12")),
    12,
  );
  assert.equal(mainOf(at(1, 0, "sh")), 1);
});

Deno.test("mainProcess() follows the child that leads to Python, else the oldest", () => {
  const supervised = [at(1, 0, "s6-svscan"), at(3, 1, "s6-supervise"), at(4, 1, "s6-supervise")];
  assert.equal(mainOf(...supervised, at(5, 3, "nginx"), at(6, 4, "python3")), 6);
  assert.equal(mainOf(at(1, 0, "sh"), at(9, 1, "node"), at(5, 1, "ruby")), 5);
});

Deno.test("parseReport() passes over lines that are not what look.sh prints", () => {
  const report = parseReport([
    "process\t1\t0\t1000\t1000\tpython",
    "process\tone\t0\t0\t0\tx",
    "process\t7\t1\t0\t0\ta\tb",
    "cwd\t/srv/app",
    "alembic\t/srv/app/alembic.ini\t123 45",
    "alembic\t/srv/empty/alembic.ini\t4294967295 0",
    "something else",
    "environ",
    "A=1\0B=two\nenviron\nlines\0",
  ].join("\n"));
  assert.deepEqual(report.processes, [{ ...at(1, 0, "python"), uid: 1000, gid: 1000 }]);
  assert.equal(report.workdir, "/srv/app");
  assert.deepEqual(report.sightings, [
    { tool: "alembic", path: "/srv/app/alembic.ini", revisions: "123 45" },
    { tool: "alembic", path: "/srv/empty/alembic.ini", revisions: undefined },
  ]);
  assert.equal(report.environ, "A=1\0B=two\nenviron\nlines\0");
});
