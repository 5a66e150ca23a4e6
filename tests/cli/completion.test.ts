import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { eventually } from "../docker/polling.ts";
import { MIGRATIONS, TestStack } from "../docker/stack.ts";
import { bash, oakum } from "./program.ts";

/** What bash would offer at the end of the line; `breaks` are the characters that break words. */
async function offered(line: string, breaks = "\"'><=;|&(:", cwd = "."): Promise<string[]> {
  const { stdout, stderr } = await bash(
    `source <(oakum completion bash)
    COMP_WORDBREAKS=$BREAKS COMP_LINE=$LINE COMP_POINT=\${#LINE}
    _oakum oakum
    printf '%s\\n' "\${COMPREPLY[@]}"`,
    { cwd, env: { LINE: line, BREAKS: breaks } },
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

Deno.test("bash completes projects, services, backups and revisions of the folder's stack", async () => {
  await using stack = await TestStack.create();
  const { folder: cwd, project } = stack;
  const names = ["--env", "POSTGRES_PASSWORD=p", "--env", "POSTGRES_DB=shop"];
  const db = await stack.addServer("store", { options: names });
  const url = "DATABASE_URL=postgresql+psycopg://postgres:p@store/shop";
  const code = ["--volume", `${MIGRATIONS}:/srv/app/migrations:ro`, "--workdir", "/srv/app"];
  const options = [...code, "--env", url];
  const web = await stack.add("web", "app", { options, command: ["sleep", "infinity"] });
  const taken = await oakum(["backup", "--verify", "none", "--json", "--quiet"], { cwd });
  const { manifest } = JSON.parse(taken.stdout);
  const here = (line: string) => offered(line, undefined, cwd);
  assert.deepEqual(await here(`oakum -p ${project.slice(0, -2)}`), [project]);
  assert.deepEqual(await here("oakum status --app "), ["web"]);
  assert.deepEqual(await here("oakum status --database "), ["store"]);
  assert.deepEqual(await here("oakum restore db_"), [manifest.id]);
  assert.deepEqual(await offered(`oakum -p ${project} verify db_`), [manifest.id]);
  assert.deepEqual(await here("oakum verify --dir backups db_"), [manifest.id]);
  // On a machine that is busy the app may answer too late for one Tab.
  await eventually(async () => {
    const revisions = await here("oakum upgrade ");
    assert.ok(revisions.includes("head") && revisions.includes("4f1c09ab27de"), String(revisions));
  });
  await output(["docker", "stop", "--time", "1", db, web]);
  assert.deepEqual(await here("oakum restore db_"), [manifest.id]);
  assert.deepEqual(await here("oakum upgrade h"), ["head", "heads"]);
});

Deno.test("completion is quiet and quick where there is no Docker", async () => {
  const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
  const { code, stdout, stderr } = await oakum(["__complete", "--", "restore", "lat"], { env });
  assert.deepEqual([code, stdout.split("\t")[0], stderr], [0, "latest", ""]);
});
