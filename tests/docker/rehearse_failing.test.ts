import assert from "node:assert/strict";
import { Site } from "./migrate/cli.ts";
import { FAILING } from "./rehearse/corpus/failing.ts";
import { rehearseCases, requireFindings } from "./rehearse/corpus/rehearsal.ts";

Deno.test("a rehearsal tells why a migration does not come to its end", async (t) => {
  await using site = await Site.open();
  await site.startApp();

  for (const one of FAILING) {
    await t.step(`${one.name} must be found`, async () => {
      const beside = one.beside === undefined
        ? []
        : [{ id: "aside", down: "base0", doc: "aside", upgrade: [one.beside] }];
      const args = ["heads", "--timeout", "20s"];
      const options = { beside, args, ...(one.env ? { env: one.env } : {}) };
      const report = await rehearseCases(site, [one], options);
      assert.equal(report.verdict, "failed");
      const first = report.revisions.filter(({ revision }) => revision === "case01");
      requireFindings(one, [...first.flatMap(({ findings }) => findings), ...report.findings]);
    });
  }
});
