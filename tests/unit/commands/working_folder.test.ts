import assert from "node:assert/strict";
import { workingFolder } from "../../../src/commands/shell.ts";

Deno.test("workingFolder() says that the folder was deleted, and what helps", async () => {
  const before = Deno.cwd();
  const gone = await Deno.makeTempDir();
  try {
    Deno.chdir(gone);
    assert.equal(workingFolder(), await Deno.realPath(gone));
    await Deno.remove(gone);
    assert.throws(workingFolder, {
      code: "folder-missing",
      message: /not there any more/,
      hint: /oakum -C/,
    });
  } finally {
    Deno.chdir(before);
  }
});
