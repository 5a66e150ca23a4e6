import { join } from "node:path";
import { TestStack } from "../docker/stack.ts";
import { type RevisionFile, writeProject } from "../docker/verbs/project.ts";
import { type Ended, oakum, type Start } from "./program.ts";

/** A database and an app with its code mounted: a stack as people have it, without a setting. */
export class CliShop implements AsyncDisposable {
  private constructor(readonly stack: TestStack, readonly db: string, readonly web: string) {}

  static async open(revisions: readonly RevisionFile[]): Promise<CliShop> {
    const stack = await TestStack.create();
    try {
      const names = ["--env", "POSTGRES_USER=shop", "--env", "POSTGRES_DB=shop"];
      const db = await stack.addServer("db", {
        options: [...names, "--env", "POSTGRES_PASSWORD=s3cret-w0rd"],
      });
      const code = join(stack.folder, "web");
      await writeProject(code, revisions);
      const mount = ["--volume", `${code}:/srv/project`, "--workdir", "/srv/project"];
      const url = "DATABASE_URL=postgresql+psycopg://shop:s3cret-w0rd@db/shop";
      const web = await stack.add("web", "app", { options: [...mount, "--env", url] });
      return new CliShop(stack, db, web);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  get folder(): string {
    return this.stack.folder;
  }

  /** Runs oakum in the stack's folder. */
  run(args: readonly string[], start: Start = {}): Promise<Ended> {
    return oakum(args, { cwd: this.folder, ...start });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}
