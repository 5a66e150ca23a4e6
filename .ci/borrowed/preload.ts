/**
 * What oakum uses of Deno that 2.6 does not have. Loaded before the program (`deno compile --preload`)
 * where only a runtime of that age can be had; no part of what is released.
 */
import http, { type RequestOptions } from "node:http";
import util from "node:util";
import { parseEnv } from "./env.ts";
import { tryLock } from "./lock.ts";
import { PlainRequest } from "./request.ts";

Object.assign(http, { request: (options: RequestOptions) => new PlainRequest(options) });
Object.assign(util, { parseEnv });
Object.assign(Deno.FsFile.prototype, { tryLock });
