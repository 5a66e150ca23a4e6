import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import type { TargetName } from "../../../src/backups/manifest.ts";
import {
  isDatabaseFolder,
  isProjectFolder,
  targetOfFolder,
  targetPath,
} from "../../../src/backups/target_path.ts";
import { obligation, TARGET } from "./support.ts";

const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 70 }),
  fc.stringMatching(/^[a-zA-Z0-9._-]{0,70}$/),
  fc.constantFrom("", ".", "..", "...", "a.b", "A", "a/b", "../../etc", "%", "%41", "~", "é", "é"),
);
const target = fc.record(
  { project: name, service: name, database: name },
  { noNullPrototype: true },
);

function parts(path: string): { project: string; folder: string } {
  return { project: basename(dirname(path)), folder: basename(path) };
}

obligation("targetPath() leaves ordinary names as they are", () => {
  assert.equal(targetPath("/b", TARGET), "/b/shop/store.shop");
  const names = { project: "my-shop_2", service: "db-1", database: "app_production" };
  assert.equal(targetPath("/b", names), "/b/my-shop_2/db-1.app_production");
});

obligation("targetPath() keeps an odd name readable", () => {
  const names = { ...TARGET, database: 'My "shop"/v2.1' };
  assert.equal(basename(targetPath("/b", names)), "store.%4Dy%20%22shop%22%2Fv2%2E1");
});

obligation("targetPath() stays two folders below the backup folder, whatever the names", () => {
  fc.assert(fc.property(target, (names) => {
    const path = targetPath("/b", names);
    const { project, folder } = parts(path);
    assert.equal(path, join("/b", project, folder));
    assert.equal(dirname(dirname(path)), "/b");
    for (const part of [project, folder]) {
      assert.match(part, /^[a-z0-9_%-][a-z0-9A-F_%~.-]*$/);
      assert.ok(part.length <= 140, `${part.length} bytes`);
    }
  }));
});

obligation("targetPath() gives two targets two folders, also where case is ignored", () => {
  fc.assert(fc.property(target, target, (a, b) => {
    const same = JSON.stringify(a) === JSON.stringify(b);
    const [x, y] = [targetPath("/b", a), targetPath("/b", b)];
    assert.equal(x.toLowerCase() === y.toLowerCase(), same);
  }));
  const dotted = (service: string, database: string) =>
    targetPath("/b", { ...TARGET, service, database });
  assert.notEqual(dotted("a.b", "c"), dotted("a", "b.c"));
  assert.notEqual(dotted("a", "Shop").toLowerCase(), dotted("a", "shop").toLowerCase());
  const long = "ü".repeat(60);
  assert.notEqual(dotted("a", `${long}1`), dotted("a", `${long}2`));
});

obligation("targetOfFolder() reads back every name that was not cut", () => {
  fc.assert(fc.property(target, (names: TargetName) => {
    const { project, folder } = parts(targetPath("/b", names));
    assert.ok(isProjectFolder(project) && isDatabaseFolder(folder));
    const isCut = project.includes("~") || folder.includes("~");
    assert.deepEqual(targetOfFolder(project, folder), isCut ? undefined : names);
  }));
});

obligation("isProjectFolder() passes over what oakum cannot have made", () => {
  for (const other of ["lost+found", ".snapshot", "@eaDir", "Backups", "%zz", "a~b", "%6a"]) {
    assert.ok(!isProjectFolder(other), other);
  }
  for (const other of ["plain", ".a", "a.", "a.B", "a.b.c"]) {
    assert.ok(!isDatabaseFolder(other), other);
  }
});
