/** A time that was read somewhere. */
export interface Reading {
  readonly at: Date;
  /** False where only the date is known: then it is the beginning of that day in UTC. */
  readonly exact: boolean;
}

/** A date that the calendar has, and perhaps a time of day. */
export interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly time: readonly [hour: number, minute: number, second: number] | undefined;
}

type Digits = string | number | undefined;

/** Puts a date together; nothing where there is no such day, or where no dump can be so old. */
export function fieldsOf(
  year: Digits,
  month: Digits,
  day: Digits,
  hour?: Digits,
  minute?: Digits,
  second: Digits = 0,
): Fields | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const date = new Date(Date.UTC(y, m - 1, d));
  if (!(y >= 1996) || date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return undefined;
  const time = hour === undefined || minute === undefined
    ? undefined
    : [Number(hour), Number(minute), Number(second)] as const;
  return { year: y, month: m, day: d, time };
}

/** The instant that fields mean in a zone: `Z`, `UTC`, `+0100`; in this machine's where none is given. */
export function dateOf({ year, month, day, time }: Fields, zone?: string): Reading {
  if (!time) return { at: new Date(Date.UTC(year, month - 1, day)), exact: false };
  const at = zone === undefined
    ? new Date(year, month - 1, day, ...time)
    : new Date(Date.UTC(year, month - 1, day, ...time) - offsetMs(zone));
  return { at, exact: true };
}

function offsetMs(zone: string): number {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const minutesEast = Number(hours) * 60 + Number(minutes ?? 0);
  return (sign === "-" ? -1 : 1) * minutesEast * 60_000;
}

const SKEW_MS = 5 * 60_000;
/** Where the day begins first. */
const EARLIEST_ZONE_MS = 14 * 60 * 60_000;

/** A reading that can be true; what is yet to come is not, in whatever zone it was written. */
export function believed(reading: Reading | undefined, now: Date): Reading | undefined {
  if (!reading) return undefined;
  const ahead = reading.at.getTime() - now.getTime();
  if (ahead <= (reading.exact ? SKEW_MS : EARLIEST_ZONE_MS)) return reading;
  if (!reading.exact || ahead > EARLIEST_ZONE_MS) return undefined;
  // It was read in another zone than it was written in.
  return { at: new Date(reading.at.toISOString().slice(0, 10)), exact: false };
}
