import assert from "node:assert/strict";
import { containerSummary } from "../../../src/docker/shapes.ts";
import { memberOf } from "../../../src/targets/survey.ts";

const COMPOSE = "com.docker.compose.";

function member(labels: Record<string, string>, names = ["/shop-db-1"]) {
  const own = { project: "shop", service: "db", "container-number": "2", ...labels };
  return memberOf(containerSummary.parse({
    Id: "0123456789abcdef",
    Names: names,
    Image: "postgres",
    ImageID: "sha256:0",
    State: "running",
    Created: 1,
    Labels: Object.fromEntries(Object.entries(own).map(([key, value]) => [COMPOSE + key, value])),
  }))[0];
}

Deno.test("memberOf() reads what Compose v1 and v2 write", () => {
  const folder = {
    "project.working_dir": "/srv/shop",
    "project.config_files": "/srv/shop/a.yml,/b.yml",
  };
  assert.deepEqual(member(folder, ["/web/db", "/shop_db_2"]), {
    ...{ id: "0123456789abcdef", name: "shop_db_2", project: "shop", service: "db", number: 2 },
    ...{ state: "running", created: 1, workingDir: "/srv/shop" },
    windowsDir: undefined,
    configFiles: ["/srv/shop/a.yml", "/b.yml"],
  });
});

Deno.test("memberOf() takes neither one-off runs nor labels that Compose would not write", () => {
  assert.equal(member({ oneoff: "True" }), undefined);
  assert.notEqual(member({ oneoff: "False" }), undefined);
  for (const project of ["", "Shop", "a b", "../x", "-x", "shop\u001b[2J"]) {
    assert.equal(member({ project }), undefined, project);
  }
  for (const service of ["", "a b", "db\nx", "$(id)"]) {
    assert.equal(member({ service }), undefined, service);
  }
  assert.equal(member({ "project.working_dir": "relative" })?.workingDir, undefined);
  assert.equal(member({ "project.working_dir": "/srv/\u001b[2J" })?.workingDir, undefined);
  assert.equal(member({ "container-number": "x" })?.number, 1);
});

Deno.test("memberOf() reads paths of Windows as they are seen in WSL", () => {
  const seen = {
    "C:\\Users\\me\\shop": "/mnt/c/Users/me/shop",
    "d:/code/my shop": "/mnt/d/code/my shop",
    "\\\\wsl.localhost\\Ubuntu-24.04\\home\\me\\shop": "/home/me/shop",
    "\\\\wsl$\\Debian\\srv": "/srv",
  };
  for (const [path, here] of Object.entries(seen)) {
    const found = member({
      "project.working_dir": path,
      "project.config_files": `${path}\\compose.yaml`,
    });
    assert.deepEqual([found?.workingDir, found?.windowsDir], [here, path]);
    assert.deepEqual(found?.configFiles, [`${here}/compose.yaml`]);
  }
  for (const path of ["C:", "C:x", "\\\\nas\\share", "C:\\a\u001b"]) {
    assert.equal(member({ "project.working_dir": path })?.workingDir, undefined, path);
  }
});
