import assert from "node:assert/strict";
import { join } from "node:path";
import { ownerFor, sudoPerson } from "../../../src/operations/revision_file/owner.ts";
import { writeBeside } from "../../../src/operations/revision_file/write.ts";

const ROOT = Deno.uid() === 0;
const RUN = { run: "0123456789", person: undefined };

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "oakum-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function modeOf(path: string): Promise<string> {
  return ((await Deno.stat(path)).mode! & 0o777).toString(8);
}

Deno.test("writeBeside() writes a file with the mode of its neighbours, and nothing else", async () => {
  await using folder = await temporaryFolder();
  for (const [name, mode] of [["a.py", 0o664], ["b.py", 0o664], ["c.py", 0o600]] as const) {
    await Deno.writeTextFile(join(folder.path, name), "");
    await Deno.chmod(join(folder.path, name), mode);
  }
  const path = join(folder.path, "new.py");
  await writeBeside(path, "print('é')\n", RUN);
  assert.equal(await Deno.readTextFile(path), "print('é')\n");
  assert.equal(await modeOf(path), "664");
  const names = (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name);
  assert.deepEqual(names.sort(), ["a.py", "b.py", "c.py", "new.py"]);
});

Deno.test("writeBeside() gives a first file the usual mode, and makes its folders", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "migrations/versions/new.py");
  await writeBeside(path, "", RUN);
  assert.equal(await modeOf(path), "644");
});

Deno.test("writeBeside() never replaces a file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "new.py");
  await Deno.writeTextFile(path, "mine");
  await assert.rejects(writeBeside(path, "yours", RUN), { code: "path-in-the-way" });
  assert.equal(await Deno.readTextFile(path), "mine");
  assert.equal((await Array.fromAsync(Deno.readDir(folder.path))).length, 1);
});

// Without root's rights everything is this user's own, whoever is named.
const OWNER = ROOT ? { uid: 4711, gid: 4712 } : { uid: Deno.uid()!, gid: Deno.gid()! };
const PERSON = { uid: 4811, gid: 4812 };

Deno.test("writeBeside() gives the file, and folders that it makes, to the folder's owner", async () => {
  await using folder = await temporaryFolder();
  await Deno.chown(folder.path, OWNER.uid, OWNER.gid);
  await writeBeside(join(folder.path, "new.py"), "", RUN);
  await writeBeside(join(folder.path, "deep/er/new.py"), "", RUN);
  for (const name of ["new.py", "deep", "deep/er", "deep/er/new.py"]) {
    const { uid, gid } = await Deno.stat(join(folder.path, name));
    assert.deepEqual({ uid, gid }, OWNER, name);
  }
});

Deno.test("writeBeside() as root gives the file to whoever called sudo", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "new.py");
  await writeBeside(path, "", { ...RUN, person: PERSON });
  const { uid, gid } = await Deno.stat(path);
  assert.deepEqual({ uid, gid }, ROOT ? PERSON : OWNER);
});

Deno.test("ownerFor() keeps the group of a folder that is shared by its group", async () => {
  await using folder = await temporaryFolder();
  await Deno.chown(folder.path, OWNER.uid, OWNER.gid);
  await Deno.chmod(folder.path, 0o2775);
  const owner = await ownerFor(folder.path, PERSON);
  assert.deepEqual(owner, ROOT ? { uid: PERSON.uid, gid: OWNER.gid } : undefined);
});

Deno.test("sudoPerson() is nobody without both numbers", () => {
  const of = (values: Record<string, string>) => sudoPerson((name) => values[name]);
  assert.deepEqual(of({ SUDO_UID: "1000", SUDO_GID: "1001" }), { uid: 1000, gid: 1001 });
  assert.equal(of({ SUDO_UID: "1000" }), undefined);
  assert.equal(of({ SUDO_UID: "me", SUDO_GID: "1001" }), undefined);
});
