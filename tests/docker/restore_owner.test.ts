import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { listMarked } from "../../src/postgres/marks.ts";
import { BackupFolder, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

/** A server with a database of an ordinary user's, seen with that user's eyes. */
async function ownersServer(): Promise<RestoreServer> {
  const server = await startServer();
  await makeShop(server, "shop");
  await server.psql(
    "shop",
    `create role keeper login createdb password 'k';
     alter database shop owner to keeper; comment on database shop is 'the shop';
     alter schema public owner to keeper;
     do $$ declare t text; begin
       for t in select format('alter %s public.%I owner to keeper', kind, name) from (
         values ('table', 'artworks'), ('table', 'bids'), ('view', 'open_artworks'), ('type', 'state')
       ) of_mine (kind, name) loop execute t; end loop;
       execute 'alter function total(bigint) owner to keeper';
       execute (select format('alter large object %s owner to keeper', oid) from pg_largeobject_metadata);
     end $$;`,
  );
  const credentials = { user: "keeper", password: "k", from: "the test" };
  return { ...server, access: { ...server.access, credentials } };
}

async function failure(work: Promise<unknown>): Promise<OakumError> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `${error?.stack ?? "it did not fail"}`);
  return error;
}

Deno.test("restore() as an ordinary owner", async (t) => {
  const server = await ownersServer();
  try {
    await using folder = await BackupFolder.make(server);
    const backup = await folder.backUp("shop");

    await t.step("works with CREATEDB, and marks what is kept by a comment", async () => {
      await server.psql("shop", "truncate bids");
      const { keptAs } = await folder.restore(backup);
      assert.equal(await server.psql("shop", "select count(*) from bids"), "5000");
      const comment = (name: string) =>
        server.psql(
          "postgres",
          `select shobj_description(oid, 'pg_database') from pg_database where datname = '${name}'`,
        );
      assert.equal(await comment("shop"), "the shop");
      await using session = await server.session();
      const [marked] = await inMaintenance(session, (sql) => listMarked(sql));
      assert.deepEqual([marked?.name, marked?.mark?.purpose], [keptAs!, "before"]);

      await folder.undo("shop");
      assert.equal(await comment("shop"), "the shop");
      assert.equal(await server.psql("shop", "select count(*) from bids"), "0");
      await folder.finalize("shop");
      assert.deepEqual(await server.databases(), ["postgres", "shop"]);
    });

    await t.step(
      "is told whose rights a foreign dump would have, and may agree to it",
      async () => {
        const adopted = { file: "shop.sql", writtenAt: null };
        const foreign = { ...backup, manifest: { ...backup.manifest, adopted } };
        const error = await failure(folder.restore(foreign, { into: "looked" }));
        assert.deepEqual([error.code, error.outcome], ["dump-code", "refused"]);
        assert.match(error.message, /the rights of the user "keeper", who is no superuser/);
        await folder.restore(foreign, { into: "looked", allow: ["dump-code"] });
        assert.equal(await server.psql("looked", "select count(*) from bids"), "5000");
        await server.psql("postgres", "drop database looked");
      },
    );

    await t.step("is told before an undo or a finalize what it may not do", async () => {
      const { keptAs } = await folder.restore(backup);
      const unasked = () => Promise.reject(new Error("it was asked"));
      const change = { ask: { confirm: unasked, typeName: unasked, choose: unasked } };
      const refusals = async () => {
        const errors = [
          await failure(folder.undo("shop", change)),
          await failure(folder.finalize("shop", [], change)),
        ];
        return errors.map(({ code, outcome }) => [code, outcome]);
      };
      await server.psql("postgres", `alter database ${keptAs} owner to postgres`);
      assert.deepEqual(await refusals(), Array(2).fill(["missing-rights", "refused"]));
      await server.psql("postgres", `alter database ${keptAs} owner to keeper`);
      await folder.finalize("shop");
    });

    await t.step("refuses what needs more rights, before anything is done", async () => {
      const refusal = async (change: string, back: string) => {
        await server.psql("shop", change);
        const error = await failure(folder.restore(backup));
        await server.psql("shop", back);
        assert.equal(error.outcome, "refused", error.message);
        return error.message;
      };
      assert.match(
        await refusal("alter role keeper nocreatedb", "alter role keeper createdb"),
        /may not create databases/,
      );
      assert.match(
        await refusal(
          "alter database shop owner to postgres",
          "alter database shop owner to keeper",
        ),
        /does not own "shop"/,
      );
    });

    await t.step("refuses objects of other owners unless they may become its own", async () => {
      await server.psql(
        "shop",
        "create role other; alter table bids owner to other; grant all on bids to keeper",
      );
      await server.psql("shop", "grant usage, select on sequence bids_id_seq to keeper");
      const mixed = await folder.backUp("shop");
      assert.match((await failure(folder.restore(mixed))).message, /belong to "other"/);
      await folder.restore(mixed, { owner: false });
      assert.equal(
        await server.psql("shop", "select tableowner from pg_tables where tablename = 'bids'"),
        "keeper",
      );
    });
  } finally {
    assert.equal(await server.hasCrashed(), false);
    await server[Symbol.asyncDispose]();
  }
});
