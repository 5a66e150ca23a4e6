import { Option } from "@commander-js/extra-typings";
import { duration, filled, gathered, webAddress, wholeNumber } from "./values.ts";

/** The forms that a rehearsal's report has beside JSON. */
export const REHEARSAL_FORMATS = ["text", "markdown", "junit", "github"] as const;

/** One of `REHEARSAL_FORMATS`. */
export type RehearsalFormat = typeof REHEARSAL_FORMATS[number];

/** What a file may hold; JSON on stdout is `--json`. */
export type FileForm = RehearsalFormat | "json";

/** What a file holds by its ending, where that says it; else what `--format` says. */
export function fileForm(file: string, format: RehearsalFormat): FileForm {
  if (/\.md$/i.test(file)) return "markdown";
  if (/\.xml$/i.test(file)) return "junit";
  return /\.json$/i.test(file) ? "json" : format;
}

/** `--last`. */
export const lastOption = () =>
  new Option("--last <n>", "the newest so many revisions, applied or not")
    .conflicts("fromEmpty")
    .argParser(wholeNumber(1, 1000));

/** `--from-empty`. */
export const fromEmptyOption = () =>
  new Option("--from-empty", "the whole history, on an empty database").conflicts("from");

/** `--from`. */
export const fromOption = () =>
  new Option("--from <backup>", "on this backup, by its name or file; an adopted dump is one, too")
    .argParser(filled);

/** `--run`. */
export const runOption = () =>
  new Option("--run <command>", "then run this in the app, such as its tests").argParser(filled);

/** `--health`, with a URL or without. */
export const healthOption = () =>
  new Option("--health [url]", "then start the app, until it is healthy or the URL answers")
    .argParser(webAddress);

/** `--service`. */
export const serviceOption = () =>
  new Option("--service <service>", "start this one in the sandbox, too; repeatable")
    .argParser(gathered);

/** `--timeout`. */
export const timeoutOption = () =>
  new Option("--timeout <duration>", "how long a step may take (default: 30min)")
    .argParser(duration);

/** `--format`. */
export const formatOption = () =>
  new Option("--format <format>", "the form of the report")
    .choices(REHEARSAL_FORMATS).default("text" as const);

/** `--output`. */
export const outputOption = () =>
  new Option("--output <file>", "write the report to this file; .md, .xml and .json say the form")
    .argParser(filled);
