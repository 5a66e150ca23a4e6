/**
 * What oakum uses of Deno that 2.6 does not have. Loaded before the program (`deno compile --preload`)
 * where only a runtime of that age can be had; no part of what is released.
 */
import http, { type RequestOptions } from "node:http";
import { tryLock } from "./lock.ts";
import { UpgradeRequest } from "./upgrade.ts";

const request = http.request;

Object.assign(http, {
  request: (options: RequestOptions, answer: () => void) =>
    (options.headers as Record<string, unknown> | undefined)?.Upgrade
      ? new UpgradeRequest(options)
      : request(options, answer),
});

Object.assign(Deno.FsFile.prototype, { tryLock });
