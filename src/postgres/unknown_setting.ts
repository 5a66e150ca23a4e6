import { messageOf } from "../core/errors.ts";
import { type Queryable, sqlState } from "./connection.ts";

/** "invalid_parameter_value", "undefined_object", "invalid_name": of a setting, or of its value. */
const UNKNOWN = new Set(["22023", "42704", "42602"]);

/**
 * Sets something in a transaction; answers with what the server says where it does not know the
 * setting or its value, such as a time zone of before: then nothing is left of the attempt.
 */
export async function unknownToServer(
  transaction: Queryable,
  set: () => Promise<void>,
): Promise<string | undefined> {
  await transaction.unsafe("savepoint oakum_setting");
  try {
    await set();
    await transaction.unsafe("release savepoint oakum_setting");
  } catch (error) {
    if (!UNKNOWN.has(sqlState(error) ?? "")) throw error;
    await transaction.unsafe("rollback to savepoint oakum_setting");
    return messageOf(error);
  }
}

/** A sentence on a setting that was left out; `whose` begins it, such as `The database's`. */
export function leftOutText(whose: string, name: string, why: string): string {
  return `${whose} setting ${name} is left out, since this server does not know its value: ` +
    `${why.replace(/\.$/, "")}. Set one that it knows, or RESET it.`;
}
