import assert from "node:assert/strict";
import { bash, oakum } from "./program.ts";

/** What bash would offer at the end of the line; `breaks` are the characters that break words. */
async function offered(line: string, breaks = "\"'><=;|&(:"): Promise<string[]> {
  const { stdout, stderr } = await bash(
    `source <(oakum completion bash)
    COMP_WORDBREAKS=$BREAKS COMP_LINE=$LINE COMP_POINT=\${#LINE}
    _oakum oakum
    printf '%s\\n' "\${COMPREPLY[@]}"`,
    { env: { LINE: line, BREAKS: breaks } },
  );
  assert.equal(stderr, "");
  return stdout.trim().split("\n").filter(Boolean);
}

Deno.test("bash completes verbs, options and values", async () => {
  assert.deepEqual(await offered("oakum ba"), ["backup", "backups"]);
  assert.deepEqual(await offered("oakum -p shop restore --jo"), ["--jobs"]);
  assert.deepEqual(await offered("oakum backup --format "), ["custom", "plain"]);
});

Deno.test("bash completes behind =, whether it breaks words or not", async () => {
  assert.deepEqual(await offered("oakum backup --format=p"), ["plain"]);
  assert.deepEqual(await offered("oakum backup --format=p", " "), ["--format=plain"]);
});

Deno.test("bash completes the folders and files of the disk", async () => {
  assert.deepEqual(await offered("oakum backup --dir /us"), ["/usr"]);
  assert.ok((await offered("oakum adopt /etc/host")).includes("/etc/hostname"));
});

Deno.test("bash evaluates nothing of the line that is being typed", async () => {
  const path = await Deno.makeTempFile({ prefix: "oakum_cli_" });
  await Deno.remove(path);
  await offered(`oakum restore $(touch ${path}) \`touch ${path}\` --`);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("the script for each shell is printed whole", async () => {
  const begins = {
    bash: "# bash",
    zsh: "#compdef oakum",
    fish: "# fish",
    powershell: "# PowerShell",
  };
  for (const [shell, begin] of Object.entries(begins)) {
    const { code, stdout } = await oakum(["completion", shell]);
    assert.equal(code, 0);
    assert.ok(
      stdout.startsWith(begin) && stdout.endsWith("\n") && !stdout.endsWith("\n\n"),
      stdout,
    );
  }
});
