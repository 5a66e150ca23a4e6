import { shellWord } from "../core/shell.ts";
import { messageOf, OakumError, type Outcome } from "../core/errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user has no permission",
  EPERM: "this user has no permission",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder, not a file",
  ENOENT: "it does not exist",
  EEXIST: "something of that name is in the way",
  ELOOP: "its symbolic links lead in a circle",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENAMETOOLONG: "the name is longer than the file system allows",
  EIO: "the disk reports an input/output error",
};

/** The system's name of an error, such as `ENOSPC`; empty where there is none. */
export function errnoOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** Whether an error says that no more bytes fit on the disk. */
export function isDiskFull(thrown: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(errnoOf(thrown));
}

/** Turns what a file operation threw into an error that names the path and the reason. */
export function fileError(
  action: string,
  path: string,
  thrown: unknown,
  outcome: Exclude<Outcome, "done"> = "failed",
): OakumError {
  if (thrown instanceof OakumError) return thrown;
  const errno = errnoOf(thrown);
  const full = isDiskFull(thrown);
  return new OakumError(
    full ? "disk-full" : "file-access",
    outcome,
    `Cannot ${action} "${path}": ${REASONS[errno] ?? messageOf(thrown)}.`,
    {
      data: { path, errno },
      cause: thrown,
      ...hintFor(errno, path),
    },
  );
}

function hintFor(errno: string, path: string): { hint?: string } {
  if (["ENOSPC", "EDQUOT"].includes(errno)) {
    return { hint: "Free some space there, or choose another folder with --dir." };
  }
  if (errno !== "EACCES" && errno !== "EPERM") return {};
  const word = shellWord(path);
  const look = errno === "EPERM" ? `ls -ld ${word}; lsattr -d ${word}` : `ls -ld ${word}`;
  return {
    hint:
      `See whose it is: ${look}. Run oakum as that user, or have it, or the folder that it lies ` +
      'in, given to this one: sudo chown -R "$USER" PATH',
  };
}

/** The error for a path where something lies that must not be replaced or followed. */
export function inTheWay(path: string, what: string, hint?: string): OakumError {
  return new OakumError("path-in-the-way", "refused", `"${path}" ${what}.`, {
    data: { path },
    ...(hint ? { hint } : {}),
  });
}
