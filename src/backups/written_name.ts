import { dateOf, fieldsOf, type Reading } from "./written_reading.ts";

const SEPARATOR = "[-_. ]";
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH = `(?<name>${MONTHS.join("|")})[a-z]{0,6}`;
const YEAR = String.raw`(?<year>(?:19|20)\d\d)`;
/** `_15-27-18`, `T152718Z`, ` 15:27:18.123+01:00`, `_15h27m`. */
const TIME = String
  .raw`(?:[T_ .-]{0,2}(?<hour>[01]\d|2[0-3])[-_.:h]?(?<minute>[0-5]\d)m?(?:[-_.:]?(?<second>[0-5]\d)s?)?(?:\.\d+)?[_ ]?(?<zone>Z|UTC|GMT|\+\d\d:?\d\d|-\d\d:\d\d)?)?(?!\d)`;

/** What a date looks like; of those that begin at one place the first. */
const FORMS: readonly RegExp[] = [
  String.raw`${YEAR}(?<gap>[-_. ]?)(?<month>\d\d)\k<gap>(?<day>\d\d)${TIME}`,
  String.raw`(?<first>\d\d?)(?<gap>[-_.])(?<second_>\d\d?)\k<gap>${YEAR}${TIME}`,
  String.raw`(?<day>\d\d?)${SEPARATOR}?${MONTH}${SEPARATOR}?${YEAR}${TIME}`,
  String.raw`${YEAR}${SEPARATOR}?${MONTH}${SEPARATOR}?(?<day>\d\d?)${TIME}`,
  String.raw`(?<epoch>1\d{9}(?:\d{3})?)(?!\d)`,
].map((form) => new RegExp(String.raw`(?<!\d)${form}`, "gi"));

/** Two readings of one name that are farther apart mean different things. */
const SAME_MS = 26 * 60 * 60_000;

/**
 * When a file's name says that it was written; nothing where it does not, where that can be read in
 * two ways, as in `05-11-2026`, or where it names more than one day.
 */
export function writtenByName(name: string): Reading | undefined {
  const readings = matchesIn(name).flatMap((groups) => readingOf(groups) ?? []);
  const times = readings.map(({ at }) => at.getTime());
  if (Math.max(...times) - Math.min(...times) > SAME_MS) return undefined;
  return readings.find(({ exact }) => exact) ?? readings[0];
}

type Groups = Readonly<Record<string, string | undefined>>;

/** What stands there from left to right, each character once. */
function matchesIn(name: string): Groups[] {
  const found: Groups[] = [];
  for (let at = 0; at < name.length;) {
    const next = FORMS.map((form) => {
      form.lastIndex = at;
      return form.exec(name);
    }).filter((match) => match !== null).toSorted((a, b) => a.index - b.index)[0];
    if (!next?.groups) break;
    found.push(next.groups);
    at = next.index + next[0].length;
  }
  return found;
}

function readingOf(groups: Groups): Reading | undefined {
  const { epoch, year, hour, minute, second, zone } = groups;
  if (epoch) return { at: new Date(Number(epoch.padEnd(13, "0"))), exact: true };
  const [month, day] = monthAndDay(groups);
  const fields = fieldsOf(year, month, day, hour, minute, second);
  return fields && dateOf(fields, zone?.toUpperCase());
}

/** Of two numbers before a year one is the day where the other one alone can be the month. */
function monthAndDay({ month, day, name, first, second_ }: Groups): (number | undefined)[] {
  if (name) return [MONTHS.indexOf(name.toLowerCase()) + 1, Number(day)];
  if (first === undefined) return [Number(month), Number(day)];
  const [a, b] = [Number(first), Number(second_)];
  if (a === b || (a > 12 && b <= 12)) return [b, a];
  return b > 12 && a <= 12 ? [a, b] : [undefined, undefined];
}
