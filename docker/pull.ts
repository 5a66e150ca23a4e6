import { run } from "./command.ts";

const PULL_LIMIT_MS = 60_000;

/** Whether the engine has an image. */
export async function hasImage(tag: string): Promise<boolean> {
  return (await run(["docker", "image", "inspect", tag])).code === 0;
}

/** Pulls an image, or says why that cannot be. */
export async function pull(tag: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(PULL_LIMIT_MS);
  const { code, stderr } = await run(["docker", "pull", "--quiet", tag], { signal });
  if (code === 0) return;
  if (signal.aborted) return `no answer in ${PULL_LIMIT_MS / 1000} s`;
  return stderr.trim() || `docker pull ended with code ${code}`;
}
