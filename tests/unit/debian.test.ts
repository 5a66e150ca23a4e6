import assert from "node:assert/strict";
import { debianMirror, mirrorIn } from "../../docker/debian.ts";

Deno.test("mirrorIn() reads one-line sources, options included", () => {
  const text = "# deb http://old/debian bookworm main\n" +
    "deb [signed-by=/k.gpg arch=amd64] https://mirror.test/debian trixie main\n";
  assert.equal(mirrorIn(text), "https://mirror.test/debian");
});

Deno.test("mirrorIn() reads deb822 stanzas, whatever stands first", () => {
  const text = "Types: deb\n# a comment\nURIs: http://mirror.test/debian\n" +
    "Suites: bookworm bookworm-updates\n\nTypes: deb\nURIs: http://other/debian-security\n" +
    "Suites: bookworm-security\n";
  assert.equal(mirrorIn(text), "http://mirror.test/debian");
});

Deno.test("mirrorIn() takes no vendor's repository and no security archive for a mirror", () => {
  assert.equal(mirrorIn("deb https://vendor.test/apt nodistro main\n"), undefined);
  assert.equal(
    mirrorIn("deb http://mirror.test/debian-security bookworm-security main"),
    undefined,
  );
});

Deno.test("debianMirror() falls back to Debian's own where apt names none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.equal(await debianMirror(folder), "http://deb.debian.org/debian");
    await Deno.mkdir(`${folder}/sources.list.d`);
    await Deno.writeTextFile(`${folder}/sources.list.d/a.list`, "deb http://m.test/d trixie main");
    assert.equal(await debianMirror(folder), "http://m.test/d");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
