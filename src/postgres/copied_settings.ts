import type { Queryable } from "./connection.ts";

/**
 * What of a server's settings changes how statements are read, planned and refused. Nothing that
 * archives, replicates, waits for others, runs a command or reaches outside is among it.
 */
const COPIED = new Set([
  ...["array_nulls", "backslash_quote", "bytea_output", "check_function_bodies", "DateStyle"],
  ...["default_table_access_method", "default_text_search_config", "default_toast_compression"],
  ...["default_transaction_isolation", "default_with_oids", "escape_string_warning"],
  ...["extra_float_digits", "IntervalStyle", "lo_compat_privileges", "quote_all_identifiers"],
  ...["search_path", "standard_conforming_strings", "TimeZone", "timezone_abbreviations"],
  ...["transform_null_equals", "xmlbinary", "xmloption"],
  ...["constraint_exclusion", "cursor_tuple_fraction", "default_statistics_target"],
  ...["effective_cache_size", "effective_io_concurrency", "from_collapse_limit", "geqo", "jit"],
  ...["join_collapse_limit", "parallel_setup_cost", "parallel_tuple_cost", "plan_cache_mode"],
  ...["cpu_index_tuple_cost", "cpu_operator_cost", "cpu_tuple_cost", "random_page_cost"],
  ...["seq_page_cost", "hash_mem_multiplier", "maintenance_work_mem", "work_mem"],
  ...["deadlock_timeout", "max_locks_per_transaction", "max_stack_depth"],
  ...["idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"],
]);

const PLANNER_METHODS = /^enable_[a-z_]+$/;

/** Whether a setting is one that a sandbox takes over. */
export function isCopied(name: string): boolean {
  return COPIED.has(name) || PLANNER_METHODS.test(name);
}

/** Settings of libraries that do something by themselves. */
const ACTIVE = /^(cron|oakum|pg_cron|pgagent)\./i;

/** Whether a database's or role's own setting goes with it: also those that apps make up. */
export function isCarried(name: string): boolean {
  return isCopied(name) || (name.includes(".") && !ACTIVE.test(name));
}

/** `name=value` of the settings in which a server differs from PostgreSQL's own, for a sandbox. */
export async function copiedSettings(sql: Queryable): Promise<string[]> {
  // Without a unit a value counts in the setting's own.
  const rows = await sql<{ name: string; value: string }[]>`
    select name, reset_val as value from pg_settings
    where source in ('configuration file', 'command line', 'environment variable', 'global')
      and reset_val is distinct from boot_val`;
  const own = rows.filter(({ name }) => isCopied(name));
  return own.map(({ name, value }) => `${name}=${value}`);
}
