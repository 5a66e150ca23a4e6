import assert from "node:assert/strict";
import {
  psqlLine,
  scriptsOf,
  withStdinFor,
  worksAlone,
} from "../../../src/commands/psql_arguments.ts";

const line = (...words: string[]) => psqlLine(words).join(" ");

Deno.test("psqlLine() hands psql's own options on as they are, wherever oakum's stand", () => {
  assert.equal(line("psql"), "psql");
  assert.equal(line("psql", "-c", "select 1"), "psql -- -c select 1");
  assert.equal(line("psql", "-qAtc", "select 1"), "psql -- -qAtc select 1");
  assert.equal(line("psql", "-q", "-c", "x"), "psql -- -q -c x");
  assert.equal(line("psql", "--csv", "--command=x"), "psql -- --csv --command=x");
  assert.equal(line("psql", "-At", "-F", "-p", "-p", "shop"), "psql -p shop -- -At -F -p");
  assert.equal(
    line("-p", "shop", "psql", "-c", "--json", "--json"),
    "-p shop psql --json -- -c --json",
  );
  assert.equal(
    line("psql", "-c", "x", "-pshop", "--database=db/a", "-C", "/srv"),
    "psql -pshop --database=db/a -C /srv -- -c x",
  );
  assert.equal(line("psql", "other"), "psql -- other");
  assert.equal(line("psql", "-h"), "psql -h");
  assert.equal(line("--json", "--app=web", "psql", "-l"), "--json --app=web psql -- -l");
});

Deno.test("psqlLine() takes -v for psql's where a variable follows, and for oakum's elsewhere", () => {
  assert.equal(line("psql", "-v", "-c", "x"), "psql -v -- -c x");
  assert.equal(line("psql", "-v", "ON_ERROR_STOP=0"), "psql -- -v ON_ERROR_STOP=0");
  assert.equal(line("psql", "-vn=1", "-v", "m=2"), "psql -- -vn=1 -v m=2");
});

Deno.test("psqlLine() leaves what stands behind -- to psql, and other verbs alone", () => {
  assert.equal(line("psql", "-q", "-p", "shop", "--", "-c", "x"), "psql -q -p shop -- -c x");
  assert.equal(line("psql", "-At", "--", "-p", "5433"), "psql -- -At -p 5433");
  assert.equal(line("psql", "--"), "psql");
  for (const words of [["status", "-c", "x"], ["-p", "psql", "status", "-q"], ["-V"], []]) {
    assert.deepEqual(psqlLine(words), words);
  }
});

Deno.test("worksAlone() tells arguments with work in them from those for a session", () => {
  for (const args of ["-c x", "-Atc x", "-cx", "--file x", "-l", "-At --list", "-?", "--version"]) {
    assert.ok(worksAlone(args.split(" ")), args);
  }
  for (
    const args of ["", "-At", "-F c", "-v c=1", "--set x=1", "-- -c x", "-P format=csv", "-d c"]
  ) {
    assert.ok(!worksAlone(args.split(" ").filter(Boolean)), args);
  }
});

Deno.test("scriptsOf() finds scripts in every form, and withStdinFor() puts stdin in their place", () => {
  const forms = [["-f", "a.sql"], ["-fa.sql"], ["--file", "a.sql"], ["--file=a.sql"]];
  for (const form of forms) {
    assert.deepEqual(scriptsOf(["-1", ...form, "-c", "-f"]), ["a.sql"]);
    assert.deepEqual(withStdinFor([...form, "-c", "-f"], "a.sql"), ["--file=-", "-c", "-f"]);
  }
  assert.deepEqual(withStdinFor(["-1Atf", "a.sql"], "a.sql"), ["-1At", "--file=-"]);
  assert.deepEqual(scriptsOf(["-f", "-", "--", "-f", "b.sql"]), []);
  assert.deepEqual(scriptsOf(["-f", "a.sql", "-F", "-fx", "--file=b.sql"]), ["a.sql", "b.sql"]);
});
