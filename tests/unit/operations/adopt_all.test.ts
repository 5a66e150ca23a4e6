import assert from "node:assert/strict";
import { join } from "node:path";
import type { OakumEvent } from "../../../src/core/events.ts";
import { systemClock } from "../../../src/core/time.ts";
import { adoptAll, type AdoptAllRequest } from "../../../src/operations/adopt_all.ts";
import type { Context } from "../../../src/operations/context.ts";

const SCRIPT = "-- PostgreSQL database dump\ncreate table items (id int);\n" +
  "-- PostgreSQL database dump complete\n";

Deno.test("adoptAll() goes on past a lost connection and past a defect, and reports the rest", async () => {
  const dir = await Deno.makeTempDir({ prefix: "oakum-test-" });
  try {
    const dump = join(dir, "shop.sql");
    await Deno.writeTextFile(dump, SCRIPT);
    const events: OakumEvent[] = [];
    const signal = new AbortController().signal;
    const context = {
      emit: (event: OakumEvent) => void events.push(event),
      signal,
      clock: systemClock,
    } as Context;
    const faults = [
      Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
      new TypeError("x is undefined"),
    ];
    const request = {
      paths: [dump, dump, dump],
      dir,
      dryRun: true,
      get target() {
        const fault = faults.shift();
        if (fault) throw fault;
        return { project: "shop", service: "db", database: "shop" };
      },
    } as unknown as AdoptAllRequest;

    const { planned, failed } = await adoptAll(context, request);

    assert.deepEqual(planned.map(({ file }) => file), [dump]);
    assert.deepEqual(failed.map(({ code }) => code), ["docker-lost", "unexpected"]);
    assert.equal(events.filter(({ type }) => type === "warning").length, 2);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
