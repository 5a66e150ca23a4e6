import type { z } from "zod";
import type {
  Compared,
  Expectation,
  MergeOrder,
  MigrationDatabase,
  MigrationProject,
  Migrator,
  ReadOptions,
  RevisionOrder,
  StepEvent,
  StepOrder,
} from "../migrator.ts";
import type { Program } from "./programs.ts";
import {
  type CheckReply,
  checkReply,
  type ContextReply,
  type FailureReply,
  type FilesReply,
  filesReply,
  type ProbeReply,
  probeReply,
  stepReply,
} from "./replies.ts";
import { RevisionGraph, revisionsOf } from "./revisions.ts";
import { ProgramFailure } from "./program_failure.ts";
import type { ProgramRuns } from "./program_runs.ts";

/** Where the project is; see `open_project` in `programs/oakum_project.py`. */
export interface ProjectArguments {
  readonly working_dir: string | undefined;
  readonly config: string | undefined;
  readonly name: string | undefined;
  readonly python_path: readonly string[];
  readonly x: readonly string[];
  /** Undefined where all of it is said. */
  readonly locate?: LocateArguments;
}

/** Where its configuration is looked for; see `place` in `programs/oakum_locate.py`. */
export interface LocateArguments {
  readonly working_dirs: readonly string[];
  /** The argv that the container is started with. */
  readonly commands: readonly (readonly string[])[];
  /** Configurations that were seen in the container. */
  readonly seen: readonly string[];
}

/** Hears once what the container's command and configuration have that is not looked at. */
export type Tell = (warning: { readonly code: string; text: string; hint: string }) => void;

/** Alembic in an app's container, driven through the app's own env.py. */
export class Alembic implements Migrator, AsyncDisposable {
  readonly tool = "alembic";

  constructor(
    private readonly programs: ProgramRuns,
    readonly python: string,
    private readonly project: ProjectArguments,
    readonly application: string,
    private readonly tell: Tell = () => {},
  ) {}

  #told = false;

  async read(
    { database, expect }: ReadOptions,
    signal: AbortSignal,
  ): Promise<MigrationProject> {
    let pooled = false;
    const args = { db: database, ...database ? this.#reading(expect) : {} };
    const reply = await this.#ask("probe", args, probeReply, signal, (event) => {
      pooled ||= event.event === "connect" && event.pooled;
    });
    if (!this.#told) passedOver(reply).forEach(this.tell);
    this.#told = true;
    return { ...projectOf(reply), pooled };
  }

  async step(
    order: StepOrder,
    onEvent: (event: StepEvent) => void,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const args = {
      do: order.move,
      heads: order.heads,
      settings: {
        ...SETTINGS,
        application_name: this.application,
        lock_timeout: `${order.lockTimeoutMs}ms`,
      },
      expect: { ...expectation(order.expect), direct: true },
      measure: order.measure ?? false,
    };
    const reply = await this.#ask("step", args, stepReply, signal, onEvent);
    return "heads" in reply ? reply.heads : [];
  }

  revision(order: RevisionOrder, signal: AbortSignal): Promise<Compared<FilesReply>> {
    const { message, autogenerate, head, splice, expect } = order;
    const revision = {
      ...{ message, autogenerate, head, splice },
      branch_label: order.branchLabel,
      version_path: order.versionPath,
      rev_id: order.revId,
      depends_on: order.dependsOn,
    };
    return this.#compare({ do: { revision } }, expect, filesReply, signal);
  }

  merge(order: MergeOrder, signal: AbortSignal): Promise<FilesReply> {
    const { revisions, message } = order;
    const merge = { revisions, message, branch_label: order.branchLabel, rev_id: order.revId };
    return this.#ask("commands", { do: { merge } }, filesReply, signal);
  }

  drift(expect: Expectation, signal: AbortSignal): Promise<Compared<CheckReply>> {
    return this.#compare({ do: { check: {} } }, expect, checkReply, signal);
  }

  /** Read-only at first; an env.py that writes on its own is let, as Alembic itself would let it. */
  async #compare<T>(
    args: Record<string, unknown>,
    expect: Expectation | undefined,
    reply: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<Compared<T>> {
    const all = { ...args, ...expect ? this.#reading(expect) : {} };
    const ask = (more: object) => this.#ask("commands", { ...all, ...more }, reply, signal);
    try {
      return { ...await ask({ read_only: true }), writing: undefined };
    } catch (error) {
      if (!(error instanceof ProgramFailure) || !isRefusedWrite(error.failure)) throw error;
      return { ...await ask({}), writing: error.failure };
    }
  }

  /** What sessions are to be like that write nothing. */
  #reading(expect: Expectation | undefined): Record<string, unknown> {
    const settings = { ...READING, application_name: this.application };
    return { settings, ...expect ? { expect: expectation(expect) } : {} };
  }

  async #ask<T>(
    program: Program,
    args: Record<string, unknown>,
    reply: z.ZodType<T>,
    signal: AbortSignal,
    onEvent: (event: StepEvent) => void = () => {},
  ): Promise<T> {
    const all = { ...this.project, ...args };
    return reply.parse(await this.programs.run(program, all, onEvent, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.programs[Symbol.asyncDispose]();
  }
}

/** What an answer says nothing of, though the app has it. */
function passedOver({ config, passed_over: sections, unknown_x: x }: ProbeReply) {
  const [section] = sections;
  const [argument] = x;
  return [
    ...section === undefined ? [] : [{
      code: "section-not-looked-at",
      text: `${config} also has ${sections.map((one) => `[${one}]`).join(" and ")}, with ` +
        "revisions of its own: nobody looked at them.",
      hint: `Name it in oakum.yaml: app: { name: ${section} }`,
    }],
    ...argument === undefined ? [] : [{
      code: "argument-unknown",
      text: `The container's command gives Alembic ${x.map((one) => `-x ${one}`).join(" ")}, ` +
        "which only its shell knows: it was left out.",
      hint: `Say it with -x, or in oakum.yaml: app: { x: ["${
        argument.replace(/[$\`].*/s, "")
      }…"] }`,
    }],
  ];
}

/** Where env.py passes over the refusal, the next statement meets a transaction that failed. */
function isRefusedWrite({ sqlstate }: FailureReply): boolean {
  return sqlstate === "25006" || sqlstate === "25P02";
}

/**
 * The app's database and roles may carry timeouts of their own, which would cut a migration. The
 * server looks every two seconds whether the client of a long statement is still there.
 */
const SETTINGS = {
  statement_timeout: "0",
  transaction_timeout: "0",
  idle_in_transaction_session_timeout: "10min",
  client_connection_check_interval: "2s",
};

/** A table that somebody keeps locked would hold up a reader for as long as that lasts. */
const READING = { lock_timeout: "10s", client_connection_check_interval: "2s" };

function expectation(
  { database, serverStarted, sandbox }: Expectation,
): Record<string, unknown> {
  return {
    database,
    server_started: serverStarted,
    setting: sandbox ?? null,
  };
}

function projectOf(reply: ProbeReply): Omit<MigrationProject, "pooled"> {
  return {
    tool: "alembic",
    versions: { tool: reply.alembic, library: reply.sqlalchemy, python: reply.python },
    config: reply.config,
    section: reply.name,
    workingDir: reply.working_dir,
    scripts: reply.script_location,
    scriptsSha256: reply.scripts_sha256,
    folders: reply.versions.map(({ path, writable }) => ({ path, writable })),
    graph: new RevisionGraph(revisionsOf(reply.revisions)),
    databases: (reply.databases ?? []).map(databaseOf),
    databaseError: reply.database_error,
  };
}

function databaseOf(reply: ContextReply): MigrationDatabase {
  const { host, port, database, user } = reply.address;
  return {
    heads: reply.heads,
    versionTable: {
      schema: reply.version_table_schema,
      name: reply.version_table,
      foundIn: reply.version_table_found_in,
    },
    hasVersionTable: reply.has_version_table,
    driver: reply.driver,
    externalTransaction: reply.external_transaction,
    address: { host: reply.address.query_host ?? host, port, database, user },
  };
}
