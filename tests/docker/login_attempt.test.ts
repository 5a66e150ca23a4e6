import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import { LoginAttempts } from "../../src/postgres/attempt.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { ownServer } from "./fixtures.ts";

// One for each program that says it in its own words.
for (
  const image of [
    "postgres17",
    "postgres17-only-socat",
    "postgres17-only-perl",
    "postgres17-only-python3",
    "postgres17-alpine",
  ] as const
) {
  Deno.test(`a login where nothing listens is told as such by ${image}`, async () => {
    await using own = await ownServer(image);
    await using session = await ServerSession.open(own.engine, own.access, newRunId());
    const { sidecar, server, runId, facts } = session;
    const nobody = { sidecar, server: { ...server, port: 1 }, runId, facts };
    const attempts = await LoginAttempts.at("127.0.0.1", nobody);
    const answer = await attempts.try(own.access.credentials, "postgres");
    assert.equal(answer.kind, "unreachable", JSON.stringify(answer));
  });
}
