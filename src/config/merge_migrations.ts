import { parsedBy, VARIABLES, wordOf } from "./environment.ts";
import { HEALTH_ADDRESS, parseHealthAddresses } from "./health_address.ts";
import { ON_FAILURE } from "./levels.ts";
import { first, mapped, type Origins } from "./origins.ts";
import { DURATION, MEMORY_SIZE, parseDuration, parseMemory } from "./quantities.ts";
import type { RehearsalSettings, SettingFlags, Settings } from "./settings.ts";

const LOCK_TIMEOUT_MS = 3000;
const STEP_TIMEOUT_MS = 30 * 60_000;

/** How migrations are applied: flags > environment > file > defaults. */
export function upgradeSettings(from: Origins, flags: SettingFlags): Settings["upgrade"] {
  const { lock_timeout, health, on_failure } = from.file?.config.upgrade ?? {};
  return {
    lockTimeout: first([
      from.flag("--lock-timeout", flags.lockTimeout),
      from.variable(VARIABLES.lockTimeout, parsedBy(parseDuration, DURATION)),
      mapped(from.setting("upgrade.lock_timeout", lock_timeout), parseDuration),
    ], LOCK_TIMEOUT_MS),
    health: first([
      from.variable(VARIABLES.health, parsedBy(parseHealthAddresses, HEALTH_ADDRESS)),
      from.setting("upgrade.health", health),
    ], []),
    onFailure: first([
      from.variable(VARIABLES.onFailure, wordOf(ON_FAILURE)),
      from.setting("upgrade.on_failure", on_failure),
    ], "stop"),
  };
}

/** How a migration is tried on a copy: environment > file > defaults. */
export function rehearsalSettings(from: Origins): RehearsalSettings {
  const { rules, run, environment, services, memory, writable, timeout } =
    from.file?.config.rehearsal ?? {};
  return {
    rules: first([mapped(from.setting("rehearsal.rules", rules), written)], {}),
    run: first([
      from.variable(VARIABLES.rehearsalRun, String),
      from.setting("rehearsal.run", run),
    ], undefined),
    environment: first([from.setting("rehearsal.environment", environment)], {}),
    services: first([from.setting("rehearsal.services", services)], []),
    memory: first([
      from.variable(VARIABLES.rehearsalMemory, parsedBy(parseMemory, MEMORY_SIZE)),
      mapped(from.setting("rehearsal.memory", memory), parseMemory),
    ], undefined),
    writable: first([from.setting("rehearsal.writable", writable)], []),
    timeout: first([
      from.variable(VARIABLES.rehearsalTimeout, parsedBy(someTime, DURATION)),
      mapped(from.setting("rehearsal.timeout", timeout), parseDuration),
    ], STEP_TIMEOUT_MS),
  };
}

/** A step that may take no time at all could never be made. */
function someTime(text: string): number | undefined {
  return parseDuration(text) || undefined;
}

/** `100` and `"100"` mean the same. */
function written(rules: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(rules).map(([rule, value]) => [rule, String(value)]));
}
