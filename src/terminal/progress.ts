import type { ProgressEvent, StepEvent } from "../core/events.ts";
import { size } from "../core/sizes.ts";
import { printable } from "./printable.ts";
import { fit, width } from "./width.ts";

/** The step that runs, and how far it is; times are milliseconds of one clock. */
export interface Progress {
  readonly step: StepEvent;
  readonly startedAt: number;
  readonly latest: ProgressEvent | undefined;
  /** Where the bytes stood, oldest first, over the last seconds. */
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

const RATE_WINDOW = 5000;
const SAMPLE_EVERY = 250;
const LEAST_TEXT = 24;

/** The progress after an event; one of another step than the running one changes nothing. */
export function advance(
  progress: Progress | undefined,
  event: StepEvent | ProgressEvent,
  now: number,
): Progress | undefined {
  if (event.type === "step") {
    return { step: event, startedAt: now, latest: undefined, samples: [{ at: now, bytes: 0 }] };
  }
  if (!progress || progress.step.step !== event.step) return progress;
  const latest = { ...progress.latest, ...event };
  return { ...progress, latest, samples: sampled(progress.samples, latest.bytes, now) };
}

function sampled(samples: readonly Sample[], bytes: number | undefined, now: number) {
  if (bytes === undefined || now - (samples.at(-1)?.at ?? -Infinity) < SAMPLE_EVERY) return samples;
  return [...samples.filter(({ at }) => now - at < RATE_WINDOW), { at: now, bytes }];
}

/** Bytes a second over the last seconds, or nothing before there is something to go by. */
export function rate({ samples }: Progress): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < SAMPLE_EVERY) return undefined;
  return Math.max(0, (last.bytes - first.bytes) * 1000 / (last.at - first.at));
}

/** `0:07`, `12:30`, `1:02:05`: time since the step began. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const tail = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${tail}` : `${minutes}:${tail}`;
}

/** The measures of the step, each with a rank: a low one is the last to be left out. */
function measures(progress: Progress, now: number): readonly (readonly [string, number])[] {
  const { bytes, expectedBytes, done, total, unit, item } = progress.latest ?? {};
  const perSecond = rate(progress);
  const parts: (readonly [string, number])[] = [];
  if (bytes !== undefined && expectedBytes) {
    // Growth since the last run must not read as more than everything.
    parts.push([`${Math.min(99, Math.floor(bytes * 100 / expectedBytes))} %`, 1]);
  }
  if (bytes !== undefined) parts.push([size(bytes), 2]);
  if (bytes !== undefined && perSecond) parts.push([`${size(Math.round(perSecond))}/s`, 4]);
  if (done !== undefined) {
    const many = total === undefined ? `${done}` : `${done}/${total}`;
    parts.push([unit ? `${many} ${printable(unit)}` : many, 3]);
  }
  if (item) parts.push([printable(item), 5]);
  return [...parts, [elapsed(now - progress.startedAt), 0]];
}

/** The measures on one line: `142 MB · 48 MB/s · 12/40 tables · bids · 0:03`. */
export function measureLine(progress: Progress, now: number): string {
  return measures(progress, now).map(([text]) => text).join(" · ");
}

/** Step and measures on one line of at most `columns`; what matters least is left out first. */
export function progressLine(progress: Progress, now: number, columns: number): string {
  const text = printable(progress.step.text);
  let parts = measures(progress, now);
  const tail = () => parts.map(([part]) => ` · ${part}`).join("");
  while (parts.length > 1 && width(tail()) + Math.min(width(text), LEAST_TEXT) > columns) {
    const least = Math.max(...parts.map(([, rank]) => rank));
    parts = parts.filter(([, rank]) => rank !== least);
  }
  return fit(fit(text, Math.max(LEAST_TEXT, columns - width(tail()))) + tail(), columns);
}
